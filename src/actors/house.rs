//! The house: where each actor is found, across its restarts, and what all of them share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::actors::client_registry::ClientRegistry;
use crate::actors::link::Budget;
use crate::actors::router::Router;
use crate::actors::supervisor::Supervisor;
use crate::actors::supervisor::messages::EndHub;
use crate::config::limits;
use crate::protocol::event::BrowserSummary;
use crate::protocol::status::{HubStatus, LastExit};
use crate::protocol::{PROTOCOL, VERSION};
use crate::supervise::fault::Faults;
use crate::supervise::watchdog::Pulse;
use crate::supervise::{Care, Gauge, RestartPolicy, Slot};

/// The times and bounds that the actors keep, so that tests can shorten them.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// How long a client that left without a word keeps its tabs.
    pub lease_grace: Duration,
    /// How long a call waits for a browser that has left.
    pub browser_away: Duration,
    /// How long a call waits for a browser with the Browser MCP extension that has left.
    pub legacy_away: Duration,
    /// How long such a browser may take to answer one frame.
    pub legacy_frame: Duration,
    /// How long a call waits for a first browser after the start.
    pub browser_first: Duration,
    /// The hub leaves after this time without clients.
    pub idle_exit: Option<Duration>,
    /// How long a stopping hub lets calls finish.
    pub drain: Duration,
    /// Calls that one browser runs at a time.
    pub calls_per_browser: usize,
    /// Calls that one client may have under way.
    pub calls_per_client: usize,
    /// How often, and how fast, an actor may be restarted.
    pub restarts: RestartPolicy,
    /// How many messages an actor's mailbox holds.
    pub mailbox: usize,
    /// How often an actor is asked whether it is well.
    pub health_interval: Duration,
    /// How often a peer is pinged.
    pub ping_interval: Duration,
    /// How long a peer may be silent.
    pub silence_limit: Duration,
    /// How long a peer may take to say hello.
    pub hello_timeout: Duration,
    /// Sockets at one route that have not said hello.
    pub strangers: usize,
    /// Bytes in one socket's outbox.
    pub outbox_bytes: usize,
    /// Bytes in all sockets' outboxes.
    pub outboxes_bytes: usize,
    /// Bytes that one socket's peer has sent and its session has not heard.
    pub inbox_bytes: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            lease_grace: Duration::from_secs(30),
            browser_away: limits::BROWSER_AWAY,
            legacy_away: limits::LEGACY_AWAY,
            legacy_frame: limits::LEGACY_FRAME_TIME,
            browser_first: limits::BROWSER_FIRST,
            idle_exit: None,
            drain: limits::DRAIN,
            calls_per_browser: limits::CALLS_PER_BROWSER,
            calls_per_client: limits::CALLS_PER_CLIENT,
            restarts: RestartPolicy::default(),
            mailbox: limits::MAILBOX,
            health_interval: limits::HEALTH_INTERVAL,
            ping_interval: limits::PING_INTERVAL,
            silence_limit: limits::SILENCE_LIMIT,
            hello_timeout: limits::HELLO_TIMEOUT,
            strangers: limits::STRANGERS,
            outbox_bytes: limits::OUTBOX_BYTES,
            outboxes_bytes: limits::OUTBOXES_BYTES,
            inbox_bytes: limits::INBOX_BYTES,
        }
    }
}

/// What the process knows of itself once its sockets listen.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The port of the hub's sockets.
    pub port: u16,
    /// The port of Streamable HTTP, while something listens there.
    pub mcp_port: Option<u16>,
    /// Why nothing listens there, if that is so.
    pub mcp_trouble: Option<String>,
    /// The port for the Browser MCP extension, while something listens there.
    pub legacy_port: Option<u16>,
    /// Why nothing listens there, if something should.
    pub legacy_trouble: Option<String>,
    /// How the last hub ended.
    pub last_exit: Option<LastExit>,
}

/// Where each permanent actor is found, and what all actors share.
#[derive(Debug, Clone)]
pub struct House {
    /// The root.
    pub supervisor: Slot<Supervisor>,
    /// Who is here.
    pub registry: Slot<ClientRegistry>,
    /// Which browser a call goes to.
    pub router: Slot<Router>,
    /// Times and bounds.
    pub tuning: Arc<Tuning>,
    /// What the process knows of itself; empty in tests without sockets.
    pub facts: Arc<OnceLock<Facts>>,
    /// Beats while the actors' thread turns.
    pub pulse: Pulse,
    /// How many actors there are.
    pub actors: Gauge,
    /// What waits in the outboxes of all sockets.
    pub outboxes: Budget,
    /// What is to go wrong, in the test build; nothing in a release.
    pub faults: Faults,
    started: Instant,
    restarts: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    serials: Arc<AtomicU64>,
    browsers: Arc<Mutex<Vec<BrowserSummary>>>,
    ending: Arc<OnceLock<String>>,
}

impl House {
    /// An empty house; [`crate::actors::supervisor::start`] fills it.
    #[must_use]
    pub fn new(tuning: Tuning) -> Self {
        let outboxes = Budget::new(tuning.outboxes_bytes);
        let names = ["BrowserSession", "ClientRegistry", "ClientSession", "Router", "Supervisor"];
        Self {
            supervisor: Slot::default(),
            registry: Slot::default(),
            router: Slot::default(),
            tuning: Arc::new(tuning),
            facts: Arc::default(),
            pulse: Pulse::default(),
            actors: Gauge::default(),
            outboxes,
            faults: Faults::of_the_environment(),
            started: Instant::now(),
            restarts: Arc::new(Mutex::new(names.into_iter().map(|name| (name, 0)).collect())),
            serials: Arc::new(AtomicU64::new(0)),
            browsers: Arc::default(),
            ending: Arc::default(),
        }
    }

    /// Whether the hub is about to end: who comes now must go to the next one, or this one would never be empty.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.ending.get().is_some()
    }

    /// Why the hub is about to end, once it is.
    #[must_use]
    pub fn ending(&self) -> Option<&str> {
        self.ending.get().map(String::as_str)
    }

    /// Ends the hub: calls may finish, everyone hears a goodbye. The reason is written down before anyone is told,
    /// so that it outlives a fall of the supervisor.
    pub fn end(&self, reason: impl Into<String>) {
        if self.ending.set(reason.into()).is_ok() {
            self.supervisor.tell(EndHub);
        }
    }

    /// How the actors are kept.
    #[must_use]
    pub fn care(&self) -> Care {
        Care { mailbox: self.tuning.mailbox, health_interval: self.tuning.health_interval, actors: self.actors.clone() }
    }

    /// Room for what waits for one more peer.
    #[must_use]
    pub fn outbox(&self) -> Budget {
        self.outboxes.part(self.tuning.outbox_bytes)
    }

    /// How long the house has been standing.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// The hub as `status` tells it.
    #[must_use]
    pub fn hub_status(&self) -> HubStatus {
        let facts = self.facts.get().cloned().unwrap_or_default();
        HubStatus {
            pid: std::process::id(),
            version: VERSION.to_owned(),
            protocol: PROTOCOL,
            port: facts.port,
            mcp_port: facts.mcp_port,
            mcp_trouble: facts.mcp_trouble,
            legacy_port: facts.legacy_port,
            legacy_trouble: facts.legacy_trouble,
            uptime_secs: self.uptime().as_secs(),
            restarts: self.restarts(),
            unwell: Vec::new(),
        }
    }

    /// How often each actor was restarted (a `ClientSession`: ended by a panic), by its name.
    #[must_use]
    pub fn restarts(&self) -> BTreeMap<String, u64> {
        let restarts = self.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        restarts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
    }

    /// Counts a restart.
    pub fn count_restart(&self, actor: &'static str) {
        let mut restarts = self.restarts.lock().unwrap_or_else(PoisonError::into_inner);
        *restarts.entry(actor).or_default() += 1;
    }

    /// The browsers that instances are told of, as the router told last. They outlive its fall, so that a client
    /// that comes meanwhile is not told that there are none.
    #[must_use]
    pub fn browsers(&self) -> Vec<BrowserSummary> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The browsers are these now.
    pub fn note_browsers(&self, browsers: Vec<BrowserSummary>) {
        *self.browsers.lock().unwrap_or_else(PoisonError::into_inner) = browsers;
    }

    /// The next serial number: of two runs or connections, the newer has the higher one.
    #[must_use]
    pub fn next_serial(&self) -> u64 {
        self.serials.fetch_add(1, Ordering::Relaxed)
    }
}
