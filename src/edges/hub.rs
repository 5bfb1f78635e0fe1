//! The hub as a whole: opens the port, builds the house, serves the routes, and tells how it ended.
//!
//! One worker thread carries sockets and actors alike: a hop between two actors is a push into a queue, never a
//! switch of threads.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use actix::{Arbiter, ArbiterHandle};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, middleware, web};
use tokio::sync::{Notify, oneshot};

use super::browser_socket::browser_socket;
use super::connection::remember_connection;
use super::demo::demo;
use super::door::Door;
pub use super::error::StartError;
use super::guard::{self, BROWSER_ROUTE, INSTANCE_ROUTE};
use super::health::health;
use super::instance_socket::instance_socket;
use super::legacy::{LegacyPort, Seats, legacy_socket};
use super::listeners;
use super::mcp_http::{self, HttpRules, HttpToken, McpHttp};
use super::state::HubState;
use crate::actors::House;
use crate::actors::house::{Facts, Tuning};
use crate::actors::supervisor::{self, Exit};
use crate::config::{Settings, limits};
use crate::protocol::proof;
use crate::protocol::status::LastExit;

/// What a hub needs to start.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// The settings.
    pub settings: Settings,
    /// The times and bounds of its actors and sockets.
    pub tuning: Tuning,
    /// The instances' token.
    pub token: String,
    /// The secret that pairs the hub with extensions.
    pub pairing_secret: String,
    /// How the last hub ended.
    pub last_exit: Option<LastExit>,
    /// The port of the last hub, tried first when any port will do.
    pub preferred_port: Option<u16>,
    /// The port of the last hub's Streamable HTTP, likewise.
    pub preferred_mcp_port: Option<u16>,
    /// What Streamable HTTP keeps to.
    pub http: HttpRules,
    /// Names who holds a port.
    pub port_owner: fn(u16) -> String,
}

impl HubConfig {
    /// What a hub needs to start, with the times and bounds of these settings; no hub was there before it. Until HTTP is
    /// given a token of its own, the instances' token opens it.
    #[must_use]
    pub fn new(settings: Settings, token: String, pairing_secret: String) -> Self {
        let tuning = Tuning { lease_grace: settings.lease_grace, idle_exit: settings.idle_exit, ..Tuning::default() };
        let http = HttpRules {
            token: HttpToken::new(settings.http_auth.then(|| token.clone())),
            rate: settings.http_rate,
            idle: settings.http_idle,
            resume_patience: limits::HTTP_RESUME_PATIENCE,
            body_bytes: limits::HTTP_BODY_BYTES,
        };
        Self {
            settings,
            tuning,
            token,
            pairing_secret,
            last_exit: None,
            preferred_port: None,
            preferred_mcp_port: None,
            http,
            port_owner: |_| "another program".to_owned(),
        }
    }
}

/// How long the worker thread may take to come up.
const WORKER_PATIENCE: Duration = Duration::from_secs(10);

/// A hub whose sockets listen.
#[derive(Debug)]
pub struct RunningHub {
    /// The port of its sockets.
    pub port: u16,
    /// The port of Streamable HTTP, while something listens there.
    pub mcp_port: Option<u16>,
    /// The port for the Browser MCP extension, while something listens there.
    pub legacy_port: Option<u16>,
    /// Where its actors are found.
    pub house: House,
    /// The token of Streamable HTTP, which may be replaced.
    pub http_token: HttpToken,
    server: ServerHandle,
    mcp: Option<McpHttp>,
    exit: oneshot::Receiver<Exit>,
    /// How it ended, once that is known: a wait for the end may be given up and begun again.
    ended: Option<Exit>,
    exit_now: ExitNow,
}

type ExitNow = Arc<Mutex<Option<oneshot::Sender<Exit>>>>;

/// Starts the hub inside an actix `System`; returns when its sockets listen.
///
/// # Errors
/// When the port cannot be opened.
pub async fn start(config: HubConfig) -> Result<RunningHub, StartError> {
    let (port, mut listeners) = open(config.settings.port, config.preferred_port)?;
    let (legacy, legacy_trouble) = open_legacy(&config, &mut listeners);
    let legacy_port = legacy.as_ref().map(|legacy| legacy.port);
    let mcp = open(config.settings.mcp_port, config.preferred_mcp_port);
    let (mcp_port, mcp_trouble) = match &mcp {
        Ok((port, _)) => (Some(*port), None),
        Err(error) => (None, Some(explain(error, config.port_owner))),
    };
    if let Some(trouble) = &mcp_trouble {
        log::warn!("no MCP over HTTP: {trouble}");
    }
    let (house, (exit_tx, exit)) = (Arc::new(OnceLock::<(House, ArbiterHandle)>::new()), oneshot::channel());
    let exit_now: ExitNow = Arc::new(Mutex::new(Some(exit_tx)));
    let last_exit = config.last_exit.clone();
    let facts = Facts { port, mcp_port, mcp_trouble, legacy_port, legacy_trouble, last_exit };
    let built = Arc::new(Notify::new());
    let make_house = {
        let (house, exit_now, built) = (Arc::clone(&house), Arc::clone(&exit_now), Arc::clone(&built));
        let (settings, tuning) = (config.settings.clone(), config.tuning.clone());
        move || {
            let build = || (build(&settings, tuning.clone(), &facts, &exit_now), Arbiter::current());
            let (house, _) = house.get_or_init(build).clone();
            let (router, built) = (house.router.clone(), Arc::clone(&built));
            // A hub that says it is ready has all its permanent actors; the router is the last of them.
            actix_web::rt::spawn(async move {
                let mut runs = router.runs();
                if router.current().is_some() || runs.next().await.is_some() {
                    built.notify_one();
                }
            });
            house
        }
    };
    let secret = proof::normalize_secret(&config.pairing_secret);
    let (http, settings) = (config.http.clone(), config.settings.clone());
    let mut server = HttpServer::new(move || {
        let state = web::Data::new(HubState {
            house: make_house(),
            token: config.token.clone(),
            pairing_secret: secret.clone(),
            port,
            legacy: legacy.clone(),
            settings: config.settings.clone(),
            browsers_door: Door::new(config.tuning.strangers),
            instances_door: Door::new(config.tuning.strangers),
        });
        App::new()
            .app_data(state)
            .wrap(middleware::from_fn(guard::guard))
            .route(BROWSER_ROUTE, web::get().to(browser_socket))
            .route(INSTANCE_ROUTE, web::get().to(instance_socket))
            .route("/", web::get().to(legacy_socket))
            .route("/health", web::get().to(health))
            .route("/demo/{name}", web::get().to(demo))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .on_connect(remember_connection);
    for listener in listeners {
        server = server.listen(listener).map_err(|source| StartError::Bind { port, source })?;
    }
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let _ = tokio::time::timeout(WORKER_PATIENCE, built.notified()).await;
    let (house, thread) = house.get().cloned().ok_or(StartError::NoWorker)?;
    let mcp = match mcp {
        Ok((port, listeners)) => {
            let actors = (house.clone(), thread);
            let served = mcp_http::start(listeners, port, &http, actors, &settings);
            Some(served.map_err(|source| StartError::Bind { port, source })?)
        }
        Err(_) => None,
    };
    let http_token = http.token;
    let server = handle;
    Ok(RunningHub { port, mcp_port, legacy_port, house, http_token, server, mcp, exit, ended: None, exit_now })
}

/// The port that was asked for; if any will do, the one that the last hub had, so that everyone finds it again.
fn open(port: u16, preferred: Option<u16>) -> Result<(u16, Vec<std::net::TcpListener>), StartError> {
    if let (0, Some(preferred)) = (port, preferred)
        && let Ok(opened) = listeners::bind(preferred)
    {
        return Ok(opened);
    }
    listeners::bind(port)
}

/// Why there is no MCP over HTTP, and what to do. Everything else goes on without it.
fn explain(error: &StartError, port_owner: fn(u16) -> String) -> String {
    match error {
        StartError::PortTaken { port, .. } => format!(
            "port {port} is taken by {}. End that program or set TABHUB_MCP_PORT to another port, then `tabhub restart`.",
            port_owner(*port)
        ),
        error => format!("{error}."),
    }
}

/// Opens the port for the Browser MCP extension. A hub does without it where it cannot be had, and says why.
fn open_legacy(config: &HubConfig, listeners: &mut Vec<std::net::TcpListener>) -> (Option<LegacyPort>, Option<String>) {
    let Some(wanted) = config.settings.legacy_port else { return (None, None) };
    let trouble = match listeners::bind(wanted) {
        Ok((port, opened)) => {
            listeners.extend(opened);
            let origins = config.settings.legacy_origins.clone();
            return (Some(LegacyPort { port, origins, seats: Seats::default() }), None);
        }
        Err(StartError::PortTaken { port, .. }) => format!(
            "port {port} is taken by {}. End that program, or set TABHUB_LEGACY_PORT to another port or to off; then `tabhub restart`.",
            (config.port_owner)(port)
        ),
        Err(error) => format!("{error}."),
    };
    log::warn!("the Browser MCP extension cannot connect: {trouble}");
    (None, Some(trouble))
}

/// Builds the house on the worker's thread.
fn build(settings: &Settings, tuning: Tuning, facts: &Facts, exit_now: &ExitNow) -> House {
    let (house, exit) = supervisor::start(tuning);
    if let Some(limit) = settings.watchdog {
        house.pulse.beat_here(limit);
    }
    let _ = house.facts.set(facts.clone());
    let exit_now = Arc::clone(exit_now);
    actix_web::rt::spawn(async move {
        let ended = exit
            .await
            .unwrap_or_else(|_| Exit { reason: "the thread of the actors ended".to_owned(), is_clean: false });
        send_exit(&exit_now, ended);
    });
    house
}

fn send_exit(port: &ExitNow, exit: Exit) {
    if let Some(port) = port.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = port.send(exit);
    }
}

impl RunningHub {
    /// Ends the hub: calls may finish, everyone hears a goodbye.
    pub fn stop(&self, reason: &str) {
        self.house.end(reason);
    }

    /// Ends the hub at once.
    pub fn stop_now(&self, reason: &str) {
        send_exit(&self.exit_now, Exit { reason: reason.to_owned(), is_clean: true });
    }

    /// Waits until the hub has ended, closes its port, and tells how it ended.
    pub async fn ended(&mut self) -> Exit {
        let exit = match self.ended.clone() {
            Some(exit) => exit,
            None => (&mut self.exit)
                .await
                .unwrap_or_else(|_| Exit { reason: "the hub's server ended".to_owned(), is_clean: false }),
        };
        self.ended = Some(exit.clone());
        if let Some(mcp) = &self.mcp {
            mcp.stop().await;
        }
        self.server.stop(false).await;
        exit
    }
}
