//! The hub is killed again and again under twenty clients that never pause: every call is answered once, what changes
//! something runs once, there is never a second hub, and everyone keeps id, name and tabs.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tabhub::daemon::hub_json;
use tabhub::instance::Link;
use tabhub::mcp::Backend;
use tabhub::protocol::{ClientId, ErrorCode};

use crate::home::{Home, signal};
use crate::links::{connected_link, request_with};
use crate::short_or_long;
use crate::support::browser::tab;
use crate::support::mcp::{McpProcess, text_of};
use crate::support::wanderer::Wanderer;
use crate::support::{eventually, within};

const LINKS: usize = 16;
const HOSTS: usize = 4;
const TOOLS: [&str; 3] = ["browser_click", "browser_snapshot", "browser_type"];

/// What one call came to, as its caller saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Unknown,
}

/// What all clients share.
#[derive(Default)]
struct Storm {
    is_over: AtomicBool,
    /// How many calls of each client were answered.
    answered: [AtomicUsize; LINKS + HOSTS],
    /// What each call came to, by its mark.
    outcomes: Mutex<HashMap<String, Outcome>>,
}

enum Caller {
    Link(Link),
    Host(Box<McpProcess>),
}

impl Caller {
    async fn call(&self, tool: &'static str, mark: &str) -> Outcome {
        let arguments = json!({ "ref": mark, "text": "some text" });
        let (is_error, text) = match self {
            Caller::Link(link) => {
                let call = link.call(request_with(tool, arguments, Duration::from_secs(60)));
                match within("an answer", call).await {
                    Ok(raw) => (false, raw.get().to_owned()),
                    Err(error) if error.code == ErrorCode::OutcomeUnknown => return Outcome::Unknown,
                    Err(error) => (true, error.text()),
                }
            }
            Caller::Host(host) => {
                let result = within("an answer", host.call(tool, arguments)).await;
                (result["isError"] == true, text_of(&result))
            }
        };
        if is_error && text.starts_with("outcome_unknown") {
            return Outcome::Unknown;
        }
        assert!(!is_error, "{tool} {mark}: {text}");
        assert!(text.contains(mark), "the answer is that of {mark}: {text}");
        Outcome::Done
    }
}

/// Calls without a pause until the storm is over.
async fn work(n: usize, caller: Caller, storm: Arc<Storm>) -> Caller {
    for serial in 0.. {
        if storm.is_over.load(Ordering::SeqCst) {
            break;
        }
        let mark = format!("mark-{n}-{serial}.");
        let outcome = caller.call(TOOLS[serial % TOOLS.len()], &mark).await;
        let before = storm.outcomes.lock().unwrap().insert(mark, outcome);
        assert_eq!(before, None);
        storm.answered[n].fetch_add(1, Ordering::SeqCst);
    }
    caller
}

/// Everyone's id, name and tabs.
fn everyone(home: &Home) -> BTreeMap<String, (Value, Vec<Value>)> {
    let clients = home.status()["clients"].as_array().cloned().unwrap_or_default();
    let row = |client: &Value| {
        let tabs = client["tabs"].as_array().unwrap().iter().map(|tab| tab["tabId"].clone()).collect();
        (client["id"].as_str().unwrap().to_owned(), (client["name"].clone(), tabs))
    };
    clients.iter().filter(|client| client["state"] == "ready").map(row).collect()
}

/// Looks all the time how many hubs there are; ends with the most that were ever seen at once.
fn watch_hubs(home: Arc<Home>, storm: Arc<Storm>) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut most = 0;
        while !storm.is_over.load(Ordering::SeqCst) {
            most = most.max(home.hubs().len());
            std::thread::sleep(Duration::from_millis(5));
        }
        most
    })
}

/// Two of each name, as a person runs two of each host.
fn name_of(n: usize) -> String {
    format!("host-{}", n / 2)
}

async fn callers(home: &Home) -> Vec<Caller> {
    let mut callers = Vec::new();
    for n in 0..LINKS {
        let link = connected_link(home).await;
        link.identify(&name_of(n), "1");
        callers.push(Caller::Link(link));
    }
    for n in LINKS..LINKS + HOSTS {
        callers.push(Caller::Host(Box::new(home.host(&name_of(n)).await)));
    }
    callers
}

#[tokio::test]
async fn a_hub_that_is_killed_again_and_again_costs_its_clients_nothing_but_moments() {
    let home = Arc::new(Home::new());
    let callers = callers(&home).await;
    let browser = Wanderer::start(home.settings().paths);
    browser.connected().await;
    eventually("everyone is here and has introduced itself", async || {
        let everyone = everyone(&home);
        everyone.len() == LINKS + HOSTS && everyone.values().all(|(name, _)| name.as_str().unwrap().starts_with("host"))
    })
    .await;
    let ids = everyone(&home);
    let tabs = ids.keys().enumerate().map(|(n, id)| {
        let id = ClientId(id.parse().unwrap());
        tab(i64::try_from(n).unwrap() + 1, Some(id), true)
    });
    browser.tell_tabs(tabs.collect());
    eventually("everyone has a tab", async || everyone(&home).values().all(|(_, tabs)| tabs.len() == 1)).await;
    let before = everyone(&home);

    let storm = Arc::new(Storm::default());
    let watch = watch_hubs(Arc::clone(&home), Arc::clone(&storm));
    let start = |(n, caller)| tokio::spawn(work(n, caller, Arc::clone(&storm)));
    let work: Vec<_> = callers.into_iter().enumerate().map(start).collect();
    let paths = home.settings().paths;
    for kill in 0..short_or_long(8, 50) {
        let hub = home.hub();
        signal(hub.pid, Signal::KILL);
        eventually("there is another hub", async || {
            hub_json::read(&paths.hub_json()).is_ok_and(|next| next.pid != hub.pid)
        })
        .await;
        // Every third hub dies before most clients have found it.
        if kill % 3 != 2 {
            let count = || storm.answered.iter().map(|count| count.load(Ordering::SeqCst)).collect::<Vec<_>>();
            let then = count();
            eventually("everyone's calls go on", async || {
                count().iter().zip(&then).all(|(now, then)| *now >= then + 2)
            })
            .await;
        }
    }
    eventually("everyone is back as before", async || everyone(&home) == before).await;
    storm.is_over.store(true, Ordering::SeqCst);
    let mut ended = Vec::new();
    for task in work {
        ended.push(within("the last call of a client", task).await.unwrap());
    }
    assert_eq!(watch.join().unwrap(), 1, "never two hubs at once");
    assert_eq!(home.hubs(), [home.hub().pid]);

    assert_eq!(browser.ran_twice(), [], "what may change something ran once");
    let outcomes = storm.outcomes.lock().unwrap().clone();
    let mut runs: HashMap<String, usize> = HashMap::new();
    let book = browser.book();
    let keys: HashMap<_, _> =
        book.calls.iter().map(|call| ((call.client.unwrap(), call.id), call.body.params.get().to_owned())).collect();
    for (key, times) in &book.runs {
        let params: Value = serde_json::from_str(&keys[key]).unwrap();
        *runs.entry(params["ref"].as_str().unwrap().to_owned()).or_default() += times;
    }
    let not_run: Vec<_> =
        outcomes.iter().filter(|(mark, outcome)| **outcome == Outcome::Done && !runs.contains_key(*mark)).collect();
    assert_eq!(not_run, [], "what is done ran");
    let total: usize = storm.answered.iter().map(|count| count.load(Ordering::SeqCst)).sum();
    assert_eq!(outcomes.len(), total, "one answer a call");
}
