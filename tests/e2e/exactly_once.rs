//! A page that counts its clicks, in real Chromium with the real extension, a real hub's process and a real link,
//! while seeded random harm comes at random moments of a click: it happens at most once, and its answer is true.
//! `TABHUB_SEED=n` runs one schedule and prints it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::daemon::control;
use tabhub::instance::Link;
use tabhub::protocol::{ErrorCode, HubError};
use tokio::sync::Notify;

use crate::home::Home;
use crate::hosts::browser_for;
use crate::links::{call, connected_link, request_with, result};
use crate::reference;
use crate::support::chromium::Chromium;
use crate::support::dice::Dice;
use crate::support::eventually;
use crate::support::site::{Page, Site};

/// What is done to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    /// The hub's process is killed with SIGKILL.
    KillHub,
    /// The extension's worker is stopped, as Chrome does when it wants the memory.
    StopWorker,
    /// A fault strikes at a point of the hub: a socket breaks, or an actor panics.
    Fault(&'static str),
}

/// When harm that comes from outside comes.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after the call was made.
    After(Duration),
    /// When the page has seen the click, and its answer is on its way.
    Clicked,
}

/// Where the connections are cut, and whom it costs what is under way.
const FAULTS: [&str; 8] = [
    "instance_socket.read=panic",
    "instance_socket.write=panic",
    "browser_socket.write=panic",
    "browser_socket.read=panic",
    "browser.written=panic",
    "browser.answer=panic",
    "router.sent=panic",
    "client.answer=panic",
];

#[derive(Debug)]
struct Schedule(Vec<(Harm, Moment)>);

impl Schedule {
    fn of(seed: u64) -> Self {
        let dice = &mut Dice::new(seed);
        let mut harms = vec![Harm::KillHub, Harm::StopWorker, Harm::Fault(dice.one_of(&FAULTS))];
        Self(dice.many(1, 2, |dice| {
            let at = usize::try_from(dice.between(0, harms.len() as u64 - 1)).unwrap();
            let after = Moment::After(Duration::from_millis(dice.between(0, 150)));
            (harms.remove(at), if dice.percent(50) { Moment::Clicked } else { after })
        }))
    }

    fn stops_a_worker(&self) -> bool {
        self.0.iter().any(|(harm, _)| *harm == Harm::StopWorker)
    }
}

/// One browser on a counting page, for one schedule after another.
struct Counter {
    home: Home,
    chromium: Chromium,
    _site: Site,
    link: Link,
    button: String,
    /// The clicks that the page told its site, and the news of each.
    told: Arc<(AtomicU64, Notify)>,
}

impl Counter {
    async fn start() -> Self {
        let home = Home::new();
        let link = connected_link(&home).await;
        let chromium = browser_for(&home).await;
        let told = Arc::new((AtomicU64::new(0), Notify::new()));
        let hears = Arc::clone(&told);
        let site = Site::serve(move |path| {
            if path == "/clicked" {
                hears.0.fetch_add(1, Ordering::SeqCst);
                hears.1.notify_waiters();
            }
            Page::html(
                "<title>Count</title><button onclick=\"window.n = (window.n || 0) + 1; \
                 this.textContent = 'n' + window.n; fetch('/clicked', { keepalive: true })\">n0</button>",
            )
        })
        .await;
        let opened = request_with("browser_navigate", json!({ "url": site.url("/") }), crate::support::PATIENCE);
        let button = reference(&crate::yaml(&result(call(&link, opened).await)), "button \"n0\"");
        Self { home, chromium, _site: site, link, button, told }
    }

    /// How often the page was clicked.
    async fn clicks(&self) -> u64 {
        let asked = json!({ "function": "() => window.n || 0" });
        let asked = request_with("browser_evaluate", asked, crate::support::PATIENCE);
        result(call(&self.link, asked).await)["value"].as_u64().unwrap()
    }

    /// Arms faults in the hub that runs, in place of those that were armed.
    async fn arm(&self, spec: &str) {
        let params = serde_json::value::to_raw_value(&json!({ "spec": spec })).unwrap();
        let paths = self.home.settings().paths;
        control::ask(&paths, "hub_fault", params, Duration::from_secs(5)).await.unwrap();
    }

    /// Runs a schedule; tells what is wrong.
    async fn run(&self, schedule: &Schedule) -> Result<(), String> {
        let (before, told_before) = (self.clicks().await, self.told.0.load(Ordering::SeqCst));
        let faults = schedule.0.iter().filter_map(|(harm, _)| match harm {
            Harm::Fault(spec) => Some(*spec),
            _ => None,
        });
        self.arm(&faults.collect::<Vec<_>>().join(";")).await;
        let click = request_with("browser_click", json!({ "ref": self.button }), Duration::from_secs(30));
        let harms =
            futures_util::future::join_all(schedule.0.iter().map(|(harm, moment)| self.do_harm(*harm, *moment)));
        let (outcome, _) = tokio::join!(call(&self.link, click), harms);
        eventually("there is a hub", async || self.home.is_hub_alive() && self.link.phase().is_connected()).await;
        self.arm("").await;
        let clicks = self.clicks().await - before;
        let told = || self.told.0.load(Ordering::SeqCst) - told_before;
        let wrong = |what: &str| Err(format!("{what}: {clicks} clicks, {} told, {outcome:?}", told()));
        match &outcome {
            _ if clicks > 1 => return wrong("it happened more than once"),
            Ok(answer) if clicks != 1 || !answer.get().contains(&format!("\\\"n{}\\\"", before + 1)) => {
                return wrong("its answer is not true");
            }
            Err(error) if !is_explained(error, schedule) => return wrong("nothing explains the error"),
            _ => {}
        }
        eventually("the site knows of each click", async || told() >= clicks).await;
        if told() == clicks { Ok(()) } else { wrong("the site was told of more clicks than there were") }
    }

    async fn do_harm(&self, harm: Harm, moment: Moment) {
        match moment {
            Moment::After(time) => tokio::time::sleep(time).await,
            Moment::Clicked => {
                // A click that harm of another kind kept from happening is not waited for.
                let _ = tokio::time::timeout(Duration::from_secs(1), self.told.1.notified()).await;
            }
        }
        match harm {
            Harm::KillHub => self.home.kill_hub(),
            Harm::StopWorker => self.chromium.stop_workers().await,
            Harm::Fault(_) => {} // It strikes by itself.
        }
    }
}

/// Whether the harm of a schedule can leave a click's outcome unknown: only a worker that dies forgets what it is at.
fn is_explained(error: &HubError, schedule: &Schedule) -> bool {
    error.code == ErrorCode::OutcomeUnknown && schedule.stops_a_worker()
}

#[tokio::test]
async fn a_click_happens_at_most_once_whatever_harm_comes_in_the_middle_of_it() {
    let counter = Counter::start().await;
    #[expect(clippy::disallowed_methods, reason = "a seed is no setting of the product")]
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let most = if std::env::var_os("TABHUB_TEST_LONG").is_some() { 400 } else { 30 };
    let seeds = number("TABHUB_SEED").map_or(0..most, |seed| seed..seed + 1);
    let is_one = seeds.end - seeds.start == 1;
    for seed in seeds {
        let schedule = Schedule::of(seed);
        if is_one {
            println!("schedule {seed}: {schedule:?}");
        }
        if let Err(wrong) = counter.run(&schedule).await {
            panic!("schedule {seed} fails (TABHUB_SEED={seed} replays it): {wrong}\n{schedule:?}");
        }
    }
    let status: Value = counter.home.status();
    assert_eq!(status["browsers"][0]["inFlight"], 0, "{status}");
}
