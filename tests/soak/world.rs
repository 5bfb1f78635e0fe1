//! What all parts of the soak share: the folder, the stage that everyone plays on, who is there, and what was seen.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tabhub::daemon::control;
use tabhub::daemon::hub_json::{self, HubFile};
use tabhub::protocol::status::Status;
use tabhub::protocol::{ClientId, TabId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;

use crate::browsers::Browsers;
use crate::home::{Home, signal};
use crate::ledger::Ledger;
use crate::procs::processes_with;
use crate::trail::Trail;

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Everyone works, and everything breaks.
    Storm,
    /// Nobody calls, but once to show that it can; nothing is broken on purpose. The number tells them apart.
    Quiet(u64),
    /// Everyone goes.
    Over,
}

/// How long the hub may take to answer a question about itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// What all parts share.
pub struct World {
    /// The state folder.
    pub home: Home,
    /// Where all chance comes from.
    pub seed: u64,
    /// When it began.
    pub began: Instant,
    /// What happened.
    pub trail: Arc<Trail>,
    /// The calls.
    pub ledger: Arc<Ledger>,
    /// The stand-in browsers.
    pub browsers: Browsers,
    /// Whether hubs may die now.
    pub is_lethal: AtomicBool,
    stage: watch::Sender<Stage>,
    busy: AtomicUsize,
    /// Who is there, and in which quiet moment each showed last that it works.
    roster: Mutex<BTreeMap<String, u64>>,
    faults: Mutex<BTreeMap<String, u64>>,
}

/// Somebody is at something that must be over before a moment is quiet.
pub struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whatever of this folder still runs when the soak is given up is ended with it.
impl Drop for World {
    fn drop(&mut self) {
        for (pid, _) in processes_with(&self.variable()) {
            signal(pid, Signal::KILL);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world in which nothing has begun.
    pub fn new(home: Home, seed: u64, trail: Arc<Trail>, ledger: Arc<Ledger>, browsers: Browsers) -> Self {
        Self {
            home,
            seed,
            began: Instant::now(),
            trail,
            ledger,
            browsers,
            is_lethal: AtomicBool::new(true),
            stage: watch::Sender::new(Stage::Storm),
            busy: AtomicUsize::new(0),
            roster: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    /// The stage, to be waited on.
    pub fn stage(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Changes the stage.
    pub fn turn(&self, stage: Stage) {
        self.browsers.let_break(stage == Stage::Storm);
        self.stage.send_replace(stage);
    }

    /// Whether everyone works.
    pub fn is_storm(&self) -> bool {
        *self.stage.borrow() == Stage::Storm
    }

    /// Waits for a while, but no longer than the storm lasts.
    pub async fn storm_for(&self, time: Duration) {
        let mut stage = self.stage();
        let _ = tokio::time::timeout(time, stage.wait_for(|stage| *stage != Stage::Storm)).await;
    }

    /// Somebody is at something.
    pub fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Busy(&self.busy)
    }

    /// Whether nobody is at anything.
    pub fn is_idle(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    /// Somebody is there from now on.
    pub fn enter(&self, name: &str) {
        lock(&self.roster).insert(name.to_owned(), 0);
    }

    /// Somebody has gone.
    pub fn leave(&self, name: &str) {
        lock(&self.roster).remove(name);
    }

    /// Somebody has shown in this quiet moment that it works.
    pub fn present(&self, name: &str, moment: u64) {
        lock(&self.roster).insert(name.to_owned(), moment);
    }

    /// Who is there, and in which quiet moment each showed last that it works.
    pub fn roster(&self) -> BTreeMap<String, u64> {
        lock(&self.roster).clone()
    }

    /// A fault.
    pub fn count_fault(&self, kind: &str) {
        *lock(&self.faults).entry(kind.to_owned()).or_default() += 1;
    }

    /// How often each kind of fault was made.
    pub fn faults(&self) -> BTreeMap<String, u64> {
        let mut faults = lock(&self.faults).clone();
        faults.extend(self.browsers.faults());
        faults
    }

    /// The hub that `hub.json` tells of.
    pub fn hub(&self) -> Option<HubFile> {
        hub_json::read(&self.home.path().join("hub.json")).ok()
    }

    /// The environment's word that tells this folder's processes from all others.
    pub fn variable(&self) -> String {
        format!("TABHUB_HOME={}", self.home.path().display())
    }

    /// Asks the hub by the control connection.
    pub async fn ask(&self, tool: &str, params: &Value) -> Result<Box<RawValue>, String> {
        let hub = self.hub().ok_or("there is no hub.json")?;
        let asked = control::ask_hub(&hub, tool, to_raw_value(params).unwrap(), PATIENCE);
        let answer = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "the hub does not answer".to_owned())?;
        answer.map_err(|error| error.to_string())
    }

    /// The status of the house.
    pub async fn status(&self) -> Result<Status, String> {
        let raw = self.ask(control::HUB_STATUS, &Value::Null).await?;
        serde_json::from_str(raw.get()).map_err(|error| error.to_string())
    }

    /// Arms faults in the hub, in place of those that were armed. Tells how many have struck so far.
    pub async fn arm(&self, spec: &str) -> Result<u64, String> {
        let raw = self.ask("hub_fault", &json!({ "spec": spec })).await?;
        let told: Value = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        told["strikes"].as_u64().ok_or_else(|| raw.get().to_owned())
    }

    /// What `/health` tells.
    pub async fn health(&self, port: u16) -> Result<Value, String> {
        let asked = async {
            let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            let request = format!("GET /health HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.map(|_| answer)
        };
        let answer = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "/health does not answer".to_owned())?;
        let answer = answer.map_err(|error| error.to_string())?;
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        serde_json::from_str(body).map_err(|error| format!("{error}: {answer}"))
    }

    /// A tab that a client may name: one of its own.
    pub fn tab_of(&self, client: ClientId) -> Option<TabId> {
        self.browsers.all().iter().find_map(|browser| browser.tabs_of(client).first().copied())
    }
}
