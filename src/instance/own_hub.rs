//! A hub in this process: takes the lock for life, starts the house, writes `hub.json`, and tells how it ended.
//!
//! The daemon, `tabhub hub` in a terminal and `--direct` all run the same hub, so that others find and join each.

use tokio::time::Instant;

use crate::config::{Settings, limits};
use crate::daemon::extension_dir::{self, Pairing};
use crate::daemon::http_token::{self, TokenKeeper};
use crate::daemon::hub_json::{self, HubFile};
use crate::daemon::keeper::{Finding, Keeper};
use crate::daemon::locks::{self, Lock};
use crate::daemon::{DaemonError, last_exit, pairing_secret, port_owner};
use crate::edges::hub::{self, HubConfig, RunningHub, StartError};
use crate::edges::mcp_http::{HttpRules, HttpToken};
use crate::protocol::now_ms;
use crate::protocol::status::LastExit;
use crate::protocol::{ErrorCode, HubError, PROTOCOL, VERSION};
use crate::supervise::fault::{Faults, points};

/// Whose the hub's lock is.
#[derive(Debug)]
pub enum Claim {
    /// This process may be the hub.
    Mine(Box<Claimed>),
    /// Another process is; `hub.json` tells which, unless it has not written it yet.
    Taken(Option<HubFile>),
}

/// The right to be the hub, with what a hub needs to know before it starts.
#[derive(Debug)]
pub struct Claimed {
    lock: Lock,
    settings: Settings,
    pairing_secret: String,
    http_token: String,
    last_exit: Option<LastExit>,
    last_hub: Option<HubFile>,
}

/// A hub that listens and is known by `hub.json`.
#[derive(Debug)]
pub struct OwnHub {
    /// What `hub.json` says of it.
    pub file: HubFile,
    hub: RunningHub,
    settings: Settings,
    faults: Faults,
    /// Holds the lock until the hub has ended.
    keeper: Keeper,
    token_keeper: TokenKeeper,
    next_look: Instant,
}

/// How a hub ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Why, in a sentence.
    pub reason: String,
    /// Whether it was meant to.
    pub is_clean: bool,
}

/// Takes the right to be the hub.
///
/// # Errors
/// When the state folder cannot be written.
pub fn claim(settings: &Settings) -> Result<Claim, DaemonError> {
    let paths = &settings.paths;
    let Some(lock) = locks::take_for_life(&paths.hub_lock())? else {
        return Ok(Claim::Taken(hub_json::read(&paths.hub_json()).ok()));
    };
    Ok(Claim::Mine(Box::new(Claimed {
        lock,
        pairing_secret: pairing_secret::load_or_create(&paths.pairing_secret())?,
        http_token: http_token::load_or_create(&paths.http_token())?,
        last_exit: last_exit::of_the_dead(paths),
        last_hub: hub_json::read(&paths.hub_json()).ok(),
        settings: settings.clone(),
    })))
}

impl Claimed {
    /// Starts the hub inside an actix `System`. When it returns, the sockets listen and `hub.json` tells of them.
    ///
    /// # Errors
    /// When a port is taken, or the state folder cannot be written.
    pub async fn start(self) -> Result<OwnHub, DaemonError> {
        let Claimed { lock, settings, pairing_secret, http_token, last_exit, last_hub } = self;
        let faults = Faults::of_the_environment();
        faults.pass(points::HUB_CLAIMED).await;
        if let Some(last) = &last_exit {
            log::info!("the last hub was {}: {}", last.pid, last.reason);
        }
        let token = hub_json::new_token();
        let defaults = HubConfig::new(settings.clone(), token.clone(), pairing_secret.clone());
        let asked_for = HttpToken::new(settings.http_auth.then(|| http_token.clone()));
        let config = HubConfig {
            last_exit,
            preferred_port: last_hub.as_ref().map(|hub| hub.port),
            preferred_mcp_port: last_hub.and_then(|hub| hub.mcp_port),
            http: HttpRules { token: asked_for, ..defaults.http },
            port_owner: |port| port_owner::find(port).to_string(),
            ..defaults
        };
        let hub = hub::start(config).await.map_err(|error| DaemonError::Told(explain(&error)))?;
        let file = HubFile {
            pid: std::process::id(),
            port: hub.port,
            mcp_port: hub.mcp_port,
            legacy_port: hub.legacy_port,
            version: VERSION.to_owned(),
            protocol: PROTOCOL,
            token,
            started_at: now_ms(),
        };
        faults.pass(points::HUB_LISTENING).await;
        let keeper = Keeper::announce(settings.paths.clone(), file.clone(), pairing_secret.clone(), lock)?;
        extension_dir::refresh(&settings.paths, &Pairing { port: file.port, secret: pairing_secret });
        log::info!("hub {} of tabhub {VERSION} listens on port {}", file.pid, file.port);
        faults.pass(points::HUB_READY).await;
        let token_keeper = TokenKeeper::new(settings.paths.http_token(), http_token);
        Ok(OwnHub {
            file,
            hub,
            settings,
            faults,
            keeper,
            token_keeper,
            next_look: Instant::now() + limits::STATE_CHECK,
        })
    }
}

impl OwnHub {
    /// Lets calls finish, says goodbye to everyone, and ends.
    pub fn stop(&self, reason: &str) {
        self.hub.stop(reason);
    }

    /// Ends at once, without a goodbye: who was connected looks for the next hub.
    pub fn stop_now(&self, reason: &str) {
        self.hub.stop_now(reason);
    }

    /// Ends this process when the hub stands still, with the reason where `status` and the next hub find it. Only a
    /// process that is nothing but a hub may be ended so.
    pub fn end_when_jammed(&self) {
        let Some(limit) = self.settings.watchdog else { return };
        let (path, pid) = (self.settings.paths.last_exit(), self.file.pid);
        let on_jam = move || {
            let reason = format!("its actors stood still for {limit:?}, and its watchdog ended it");
            // With or without its reason, it must end.
            let _ = last_exit::try_write(&path, &LastExit { pid, at: now_ms(), reason });
            // Nothing may run on the way out: who knows what the jammed thread holds, the log's lock perhaps.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        };
        if let Err(error) = self.hub.house.pulse.watch(limit, on_jam) {
            log::warn!("no watchdog: {error}");
        }
    }

    /// Waits for the end and writes it down. Meanwhile it keeps on disk what makes this hub known.
    pub async fn ended(&mut self) -> Ended {
        let exit = loop {
            tokio::select! {
                exit = self.hub.ended() => break exit,
                () = tokio::time::sleep_until(self.next_look) => self.look_after_the_state(),
            }
        };
        self.faults.pass(points::HUB_STOPPING).await;
        let told = LastExit { pid: self.file.pid, at: now_ms(), reason: exit.reason.clone() };
        last_exit::write(&self.settings.paths.last_exit(), &told);
        log::info!("hub {} ended: {}", self.file.pid, exit.reason);
        Ended { reason: exit.reason, is_clean: exit.is_clean }
    }
}

impl OwnHub {
    fn look_after_the_state(&mut self) {
        self.next_look = Instant::now() + limits::STATE_CHECK;
        if let Some(token) = self.token_keeper.look() {
            self.hub.http_token.replace(token);
        }
        if let Finding::Replaced { by } = self.keeper.look() {
            self.hub.stop(&format!("its lock was removed, and another hub (process {by}) has taken its place"));
        }
    }
}

fn explain(error: &StartError) -> HubError {
    let StartError::PortTaken { port, .. } = error else {
        return HubError::new(ErrorCode::Internal, format!("The hub cannot start: {error}."))
            .with_next("Set TABHUB_PORT to another port, or 0 for any free one; then call again.");
    };
    let owner = port_owner::find(*port);
    HubError::new(ErrorCode::Internal, format!("The hub cannot start: port {port} is taken by {owner}."))
        .with_next("End that program, or set TABHUB_PORT to another port (0 for any free one); then call again.")
        .with_data(serde_json::json!({ "port": port, "owner": owner.to_string() }))
}
