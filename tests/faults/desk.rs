//! A hub in the test's process with links of real instances and a browser that keeps the journal, and the look at all
//! of them when a fault is over: every actor answers, no lane is stuck, nothing is left behind, everyone can call.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::actors::call::CallKey;
use tabhub::actors::client_registry::messages::ListClients;
use tabhub::actors::house::Tuning;
use tabhub::actors::router::messages::ListBrowsers;
use tabhub::daemon::locks::{self, Lock};
use tabhub::instance::{HubPlace, Link, Phase};
use tabhub::mcp::Backend;
use tabhub::protocol::{CallId, ClientId, ErrorCode, HubError, TabId};
use tabhub::supervise::fault::PanicNow;
use tokio::task::JoinHandle;

use crate::home::Home;
use crate::links::{link_as, request_with, until};
use crate::support::hub::TestHub;
use crate::support::journal::{JournalBrowser, Setup};
use crate::support::{PATIENCE, eventually, within};

/// What a call's caller got.
pub type Outcome = Result<Value, HubError>;

/// A call that was made.
pub struct Made {
    pub key: CallKey,
    pub tool: &'static str,
    answer: JoinHandle<Outcome>,
}

/// A client: the link of an instance.
pub struct Client {
    pub id: ClientId,
    pub link: Link,
}

/// A hub with clients and a browser.
pub struct Desk {
    pub hub: TestHub,
    pub browser: JournalBrowser,
    pub clients: Vec<Client>,
    home: Home,
    _lock: Lock,
}

impl Desk {
    /// A desk with so many clients, each of which has called once and has its tab.
    pub async fn of(clients: usize) -> Self {
        Self::tuned(clients, |_| {}).await
    }

    /// The same with other times and bounds.
    pub async fn tuned(clients: usize, tune: impl FnOnce(&mut Tuning)) -> Self {
        Self::with(clients, tune, Setup::default()).await
    }

    /// The same with another browser.
    pub async fn with(clients: usize, tune: impl FnOnce(&mut Tuning), setup: Setup) -> Self {
        let hub = TestHub::start_tuned(|_| {}, tune).await;
        let home = Home::new();
        let paths = home.settings().paths;
        // Nobody believes a `hub.json` while nobody holds the hub's lock, and nobody starts another while one does.
        let lock = locks::try_lock(&paths.hub_lock()).unwrap().expect("nobody else is here");
        hub.tell(&paths.hub_json());
        let port = hub.port;
        let browser = JournalBrowser::start(std::sync::Arc::new(move || Some(port)), setup);
        eventually("the browser is there", async || browser.is_connected()).await;
        let mut desk = Self { hub, browser, clients: Vec::new(), home, _lock: lock };
        for n in 0..clients {
            let client = desk.join(&format!("client-{n}")).await;
            desk.clients.push(client);
            let warm = desk.start(n, "browser_click", json!({}), Duration::from_secs(60)).done().await;
            assert!(warm.outcome.is_ok(), "{:?}", warm.outcome);
        }
        desk.is_well().await;
        desk
    }

    /// A client more.
    pub async fn join(&self, name: &str) -> Client {
        let client = self.come(name);
        until(&client.link, Phase::is_connected).await;
        client
    }

    /// A client that is on its way.
    pub fn come(&self, name: &str) -> Client {
        let id = ClientId::mint();
        let link = link_as(&self.home, HubPlace::Daemon, id);
        link.identify(name, "1");
        Client { id, link }
    }

    /// A call of a client that goes on while the test does something else.
    pub fn start(&self, client: usize, tool: &'static str, params: Value, time: Duration) -> Made {
        self.clients[client].start(tool, params, time)
    }

    /// Which of its calls had their effect how often.
    pub fn effects_of(&self, key: CallKey) -> usize {
        self.browser.record(|record| record.effects_of(key))
    }

    /// Makes an actor panic; of several, the session of the first client. Returns when it is counted as dead.
    pub async fn panic(&self, actor: &str) {
        let deaths = self.hub.restarts(actor);
        eventually("there is one to die", async || self.tell_to_panic(actor).await.is_some()).await;
        eventually("it died", async || self.hub.restarts(actor) > deaths).await;
    }

    /// Tells an actor to panic, and waits for nothing; `None` where there is none to tell.
    pub async fn tell_to_panic(&self, actor: &str) -> Option<()> {
        let house = &self.hub.house;
        match actor {
            "Supervisor" => house.supervisor.try_send(PanicNow).ok(),
            "ClientRegistry" => house.registry.try_send(PanicNow).ok(),
            "Router" => house.router.try_send(PanicNow).ok(),
            "BrowserSession" => {
                let rows = house.router.current()?.send(ListBrowsers).await.ok()?;
                rows.first()?.session.try_send(PanicNow).ok()
            }
            "ClientSession" => {
                let rows = house.registry.current()?.send(ListClients).await.ok()?;
                let row = rows.into_iter().find(|row| row.status.id == self.clients[0].id)?;
                row.session?.try_send(PanicNow).ok()
            }
            other => panic!("no actor is called {other}"),
        }
    }

    /// How often each client's link was lost since its first hub.
    pub fn reconnects(&self) -> Vec<usize> {
        let lost = |client: &Client| client.link.history().iter().filter(|step| step.state == "reconnecting").count();
        self.clients.iter().map(lost).collect()
    }

    /// Everyone's name and tabs as the hub tells them.
    pub async fn belongings(&self) -> HashMap<ClientId, (String, Vec<TabId>)> {
        let clients = self.hub.status().await.clients.into_iter();
        clients.map(|c| (c.id, (c.name, c.tabs.iter().map(|tab| tab.tab_id).collect()))).collect()
    }

    /// Waits until the fault has left no trace, and sees to it that everyone can call.
    pub async fn is_well(&self) {
        self.is_quiet().await;
        // A registry that has just come back is told by everyone within moments.
        eventually("every client has its name and its tabs", async || {
            let names = self.belongings().await;
            self.clients.iter().all(|client| {
                let known = names.get(&client.id);
                known
                    .is_some_and(|(name, tabs)| name.starts_with("client-") && *tabs == self.browser.tabs_of(client.id))
            })
        })
        .await;
        let time = Duration::from_secs(30);
        let click = |client: &Client| client.start("browser_click", json!({}), time);
        let calls: Vec<_> = self.clients.iter().map(click).collect();
        for call in calls {
            let done = call.done().await;
            assert!(done.outcome.is_ok(), "a fresh call: {:?}", done.outcome);
            assert_eq!(self.effects_of(done.key), 1);
        }
        self.is_quiet().await;
    }

    /// Waits until everyone answers and nothing is under way or left behind.
    pub async fn is_quiet(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while let Some(trouble) = self.trouble().await {
            assert!(tokio::time::Instant::now() < deadline, "it never came to rest: {trouble}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What is not as it should be while nobody calls; `None` when all is well.
    pub async fn trouble(&self) -> Option<String> {
        let status = self.hub.status().await;
        let unwell = status.hub.map(|hub| hub.unwell).unwrap_or_default();
        if !unwell.is_empty() {
            return Some(format!("{unwell:?} do not answer"));
        }
        let lanes: Vec<_> = status.browsers.iter().map(|b| (b.connected, b.in_flight, b.queued)).collect();
        if lanes != [(true, 0, 0)] {
            return Some(format!("the browsers: {lanes:?}"));
        }
        let rows: Vec<_> = status.clients.iter().map(|c| (c.id, c.state.as_str(), c.in_flight)).collect();
        let is_whole = |client: &Client| rows.contains(&(client.id, "ready", 0));
        let is_linked = |client: &Client| client.link.phase().is_connected();
        if rows.len() != self.clients.len() || !self.clients.iter().all(|c| is_whole(c) && is_linked(c)) {
            return Some(format!("the clients: {rows:?}"));
        }
        let known = self.hub.house.router.current()?.send(ListBrowsers).await;
        (known.map(|rows| rows.len()) != Ok(1)).then(|| "the router lost the browser".to_owned())
    }
}

impl Client {
    /// A call that goes on while the test does something else.
    pub fn start(&self, tool: &'static str, params: Value, time: Duration) -> Made {
        let (link, request) = (self.link.clone(), request_with(tool, params, time));
        let key = CallKey { client: self.id, id: request.id };
        let answer = tokio::spawn(async move {
            let raw = link.call(request).await?;
            Ok(serde_json::from_str(raw.get()).unwrap())
        });
        Made { key, tool, answer }
    }
}

/// A call that was answered.
pub struct Done {
    pub key: CallKey,
    pub tool: &'static str,
    pub outcome: Outcome,
}

impl Made {
    /// Waits for the answer.
    pub async fn done(self) -> Done {
        let outcome = within("an answer", self.answer).await.unwrap();
        Done { key: self.key, tool: self.tool, outcome }
    }
}

impl Done {
    /// The code of its error.
    pub fn code(&self) -> Option<ErrorCode> {
        self.outcome.as_ref().err().map(|error| error.code)
    }

    /// Its answer is its own, and what it says of its effect is true.
    pub fn is_honest(&self, desk: &Desk) {
        let (effects, id): (usize, CallId) = (desk.effects_of(self.key), self.key.id);
        assert!(effects <= 1, "{id} happened {effects} times");
        match &self.outcome {
            Ok(result) => {
                assert_eq!(result["id"], json!(id), "the answer is its own");
                assert_eq!(effects, usize::from(self.tool == "browser_click"), "{id}: {result}");
            }
            Err(error) if error.message.contains("did not run") => assert_eq!(effects, 0, "{error}"),
            Err(_) => {}
        }
    }
}
