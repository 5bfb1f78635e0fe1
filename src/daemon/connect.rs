//! `connect_or_start`: the one way to a hub, for everyone who needs one.
//!
//! ① read `hub.json`, connect, hello; ② else take `start.lock`; ③ try again; ④ ask an older, idle hub that speaks
//! no common protocol to stop; ⑤ start one and read its line; ⑥ connect. The lock makes sure that of many who start
//! at once one starts and the others find; the hub's own lock makes sure that there is never a second one.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::control::{self, HUB_STATUS, HUB_STOP};
use super::error::DaemonError;
use super::hub_json::{self, HubFile};
use super::locks::{self, LOOK_AGAIN, Lock};
use super::socket::{self, HubSocket, Miss};
use super::spawn::{self, ReadyLine};
use crate::config::{Settings, limits};
use crate::protocol::hello::Welcome;
use crate::protocol::status::Status;
use crate::protocol::{Frame, MIN_PROTOCOL};

/// Who looks for a hub.
#[derive(Debug, Clone)]
pub struct Finder {
    /// The settings: where to look, and what a new hub is started with.
    pub settings: Settings,
    /// The program that a new hub is started from.
    pub exe: PathBuf,
}

/// A step on the way to a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading `hub.json`.
    Discovering,
    /// Connecting to what `hub.json` tells of.
    Connecting,
    /// Saying hello.
    Registering,
    /// Starting a hub.
    Starting,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Step::Discovering => "finding the hub",
            Step::Connecting => "connecting to the hub",
            Step::Registering => "registering with the hub",
            Step::Starting => "starting the hub",
        }
    }
}

/// A hub that has welcomed the caller.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub socket: HubSocket,
    /// What the hub said.
    pub welcome: Welcome,
    /// Which hub it is.
    pub hub: HubFile,
    /// How it was come by, in a few words.
    pub why: String,
}

/// What the caller says as its hello, in the protocol that both sides know.
pub type HelloOf<'a> = dyn Fn(u32) -> Frame + Send + Sync + 'a;
/// Hears each step with its reason.
pub type OnStep<'a> = dyn FnMut(Step, &str) + Send + 'a;

/// How long one hub may take to answer a hello before it counts as silent: long enough for a machine that is busy,
/// short enough that the whole way, which may take as long as `start_timeout`, still can name who was silent.
fn patience(settings: &Settings) -> Duration {
    limits::HELLO_TIMEOUT.min(settings.start_timeout / 3)
}

impl Finder {
    /// Connects to the hub that runs; starts none.
    ///
    /// # Errors
    /// When none is to be had.
    pub async fn connect(&self, hello: &HelloOf<'_>, on_step: &mut OnStep<'_>) -> Result<Connected, Miss> {
        on_step(Step::Discovering, "");
        let hub = hub_json::read(&self.settings.paths.hub_json())?;
        // The system frees a hub's lock with its death: what nobody holds need not be dialled, whoever listens there now.
        if !locks::is_held(&self.settings.paths.hub_lock()) {
            return Err(Miss::Gone { port: hub.port, pid: hub.pid });
        }
        if hub.protocol < MIN_PROTOCOL {
            return Err(Miss::Older { version: hub.version, protocol: hub.protocol });
        }
        let (pid, port) = (hub.pid, hub.port);
        let way = async {
            on_step(Step::Connecting, &format!("hub.json tells of process {pid} on port {port}"));
            let open = socket::open(&hub).await?;
            on_step(Step::Registering, "the connection is open");
            open.greet(&hello(socket::common_protocol(&hub))).await
        };
        let silent = |_| Miss::Silent { port, pid };
        let (socket, welcome) = tokio::time::timeout(patience(&self.settings), way).await.map_err(silent)??;
        Ok(Connected { socket, welcome, why: format!("found hub {pid} on port {port}"), hub })
    }

    /// Connects to the hub that runs, or starts one.
    ///
    /// # Errors
    /// When there is none by the deadline; the error names the step and what to do.
    pub async fn connect_or_start(
        &self,
        hello: &HelloOf<'_>,
        deadline: Instant,
        on_step: &mut OnStep<'_>,
    ) -> Result<Connected, DaemonError> {
        let began = Instant::now();
        let mut trace = Trace { step: Step::Discovering, seen: String::from("no hub was seen"), on_step };
        let found = tokio::time::timeout_at(deadline, self.walk(hello, &mut trace)).await;
        found.unwrap_or_else(|_| {
            let waited_ms = began.elapsed().as_millis();
            Err(DaemonError::Timeout { step: trace.step.words(), waited_ms, detail: trace.seen })
        })
    }

    async fn walk(&self, hello: &HelloOf<'_>, trace: &mut Trace<'_, '_>) -> Result<Connected, DaemonError> {
        match self.look(hello, trace).await {
            Ok(connected) => return Ok(connected),
            Err(miss) => trace.see(miss)?,
        }
        let _starting = match self.wait_for_start_lock(hello, trace).await? {
            Turn::Mine(lock) => lock,
            Turn::FoundMeanwhile(connected) => return Ok(*connected),
        };
        let (mut started, mut has_died) = (None, false);
        loop {
            match self.look(hello, trace).await {
                Ok(mut connected) => {
                    if let Some(why) = started {
                        connected.why = why;
                    }
                    return Ok(connected);
                }
                Err(Miss::Older { version, protocol }) => self.retire(&version, protocol).await?,
                Err(miss) => trace.see(miss)?,
            }
            if locks::is_held(&self.settings.paths.hub_lock()) {
                // Another is starting, or on its way out; it will be seen, or its lock will be free.
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            let reason = format!("started a hub: {}", trace.seen);
            trace.note(Step::Starting, &trace.seen.clone());
            match spawn::spawn(&self.exe, &self.settings).await {
                Ok(ReadyLine::Ready { .. }) => started = Some(reason),
                Ok(ReadyLine::Already { .. }) => tokio::time::sleep(LOOK_AGAIN).await,
                Ok(ReadyLine::Error(error)) => return Err(DaemonError::Told(error)),
                // Somebody killed it while it started; that two in a row die so is no accident.
                Err(DaemonError::DiedSilently) if !has_died => has_died = true,
                Err(error) => return Err(error),
            }
        }
    }

    async fn look(&self, hello: &HelloOf<'_>, trace: &mut Trace<'_, '_>) -> Result<Connected, Miss> {
        let seen = trace.seen.clone();
        let mut on_step = |step, reason: &str| trace.note(step, if step == Step::Discovering { &seen } else { reason });
        self.connect(hello, &mut on_step).await
    }

    /// Waits for the turn to start a hub. Who held it before has most likely started one, so that is looked for first.
    async fn wait_for_start_lock(&self, hello: &HelloOf<'_>, trace: &mut Trace<'_, '_>) -> Result<Turn, DaemonError> {
        let (lock, hub_json) = (self.settings.paths.start_lock(), self.settings.paths.hub_json());
        let mut known = hub_json::read(&hub_json).ok();
        loop {
            if let Some(lock) = locks::try_lock(&lock)? {
                return Ok(Turn::Mine(lock));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            let now = hub_json::read(&hub_json).ok();
            if now.is_some() && now != known {
                known = now;
                match self.look(hello, trace).await {
                    Ok(connected) => return Ok(Turn::FoundMeanwhile(Box::new(connected))),
                    Err(miss) => trace.see(miss)?,
                }
            }
        }
    }

    /// Asks a hub that speaks no common protocol to stop, if nobody needs it.
    async fn retire(&self, version: &str, protocol: u32) -> Result<(), DaemonError> {
        let stays = |why: &str| DaemonError::VersionMismatch {
            message: format!(
                "The hub that runs (tabhub {version}) speaks protocol {protocol}, this tabhub needs {MIN_PROTOCOL} or newer, and {why}."
            ),
        };
        let Ok(hub) = hub_json::read(&self.settings.paths.hub_json()) else { return Ok(()) };
        let patience = patience(&self.settings);
        let asked = control::ask_hub(&hub, HUB_STATUS, RawValue::NULL.to_owned(), patience).await;
        let Ok(status) = asked else {
            return if locks::is_held(&self.settings.paths.hub_lock()) {
                Err(stays("it cannot be asked whether it is needed"))
            } else {
                Ok(())
            };
        };
        match serde_json::from_str::<Status>(status.get()) {
            Ok(status) if status.clients.is_empty() => {}
            Ok(_) => return Err(stays("other hosts are using it")),
            Err(_) => return Err(stays("its status cannot be read")),
        }
        log::info!("asking the idle hub of protocol {protocol} (process {}) to stop", hub.pid);
        // What it answers does not matter: its lock tells when it is gone, and the deadline when it is not.
        let _ = control::ask_hub(&hub, HUB_STOP, RawValue::NULL.to_owned(), patience).await;
        while locks::is_held(&self.settings.paths.hub_lock()) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}

enum Turn {
    Mine(Lock),
    FoundMeanwhile(Box<Connected>),
}

/// What the way to a hub has come to, for the caller's history and for an error's text.
struct Trace<'a, 'b> {
    step: Step,
    seen: String,
    on_step: &'a mut OnStep<'b>,
}

impl Trace<'_, '_> {
    fn note(&mut self, step: Step, reason: &str) {
        self.step = step;
        (self.on_step)(step, reason);
    }

    /// Remembers why there is no hub yet; a hub that is newer than this build is the end of the way.
    fn see(&mut self, miss: Miss) -> Result<(), DaemonError> {
        match miss {
            Miss::Newer { message } => Err(DaemonError::VersionMismatch { message }),
            miss => {
                self.seen = miss.to_string();
                Ok(())
            }
        }
    }
}
