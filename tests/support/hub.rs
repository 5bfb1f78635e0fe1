//! A hub inside the test's process, on its own thread.

use std::path::Path;
use std::time::Duration;

use tabhub::actors::House;
use tabhub::actors::client_registry::messages::ListClients;
use tabhub::actors::house::Tuning;
use tabhub::actors::router::messages::ListBrowsers;
use tabhub::actors::supervisor::Exit;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::{HubFile, hub_json};
use tabhub::edges::hub::{HubConfig, start};
use tabhub::protocol::{ClientId, PROTOCOL, VERSION, now_ms};
use tabhub::supervise::fault::PanicNow;
use tempfile::TempDir;

/// The pairing secret of every test's hub.
pub const SECRET: &str = "ABCD-EFGH-IJKL-MNOP-QRST";
/// The instances' token of every test's hub.
pub const TOKEN: &str = "0123456789abcdef";

/// A hub inside the test's process.
pub struct TestHub {
    pub port: u16,
    /// The port of Streamable HTTP.
    pub mcp_port: u16,
    /// The port for the Browser MCP extension, if there is one.
    pub legacy_port: Option<u16>,
    pub house: House,
    home: TempDir,
    exit: Option<tokio::sync::oneshot::Receiver<Exit>>,
    die: Option<tokio::sync::oneshot::Sender<()>>,
}

impl TestHub {
    /// A hub with the default settings.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A hub with changed settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_tuned(change, |_| {}).await
    }

    /// A hub with changed settings, and with other times and bounds.
    pub async fn start_tuned(change: impl FnOnce(&mut Settings), tune: impl FnOnce(&mut Tuning)) -> Self {
        Self::start_as(change, |config| tune(&mut config.tuning)).await
    }

    /// A hub with changed settings, and whatever else is to be different.
    pub async fn start_as(change: impl FnOnce(&mut Settings), set: impl FnOnce(&mut HubConfig)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().display().to_string();
        let mut settings =
            Settings::from_sources(Overrides::default(), |name| (name == "TABHUB_HOME").then(|| path.clone())).unwrap();
        settings.port = 0;
        settings.mcp_port = 0;
        settings.legacy_port = None;
        change(&mut settings);
        let mut config = HubConfig::new(settings, TOKEN.to_owned(), SECRET.to_owned());
        set(&mut config);
        let (started, ready) = tokio::sync::oneshot::channel();
        let (ended, exit) = tokio::sync::oneshot::channel();
        let (die, death) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                let mut hub = start(config).await.unwrap();
                let _ = started.send((hub.port, hub.mcp_port, hub.legacy_port, hub.house.clone()));
                tokio::select! {
                    exit = hub.ended() => return drop(ended.send(exit)),
                    Ok(()) = death => hub.stop_now("the test killed it"),
                }
                let _ = ended.send(hub.ended().await);
            });
        });
        let (port, mcp_port, legacy_port, house) = ready.await.unwrap();
        Self {
            port,
            mcp_port: mcp_port.unwrap_or_default(),
            legacy_port,
            house,
            home,
            exit: Some(exit),
            die: Some(die),
        }
    }

    /// Ends the hub at once, without a word to anyone.
    pub fn die(&mut self) {
        let _ = self.die.take().expect("it dies once").send(());
    }

    /// How often an actor was restarted.
    pub fn restarts(&self, actor: &str) -> u64 {
        self.house.restarts().get(actor).copied().unwrap_or_default()
    }

    /// Tells of itself in a `hub.json`, as a hub does that is a process of its own.
    pub fn tell(&self, hub_json: &Path) {
        let file = HubFile {
            pid: 1,
            port: self.port,
            mcp_port: None,
            legacy_port: None,
            version: VERSION.to_owned(),
            protocol: PROTOCOL,
            token: TOKEN.to_owned(),
            started_at: now_ms(),
        };
        hub_json::write(hub_json, &file).unwrap();
    }

    /// Makes the session of the one browser panic.
    pub async fn panic_browser_session(&self) {
        let rows = self.house.router.current().unwrap().send(ListBrowsers).await.unwrap();
        rows[0].session.tell(PanicNow);
    }

    /// Makes a client's session panic.
    pub async fn panic_client_session(&self, id: ClientId) {
        let rows = self.house.registry.current().unwrap().send(ListClients).await.unwrap();
        let row = rows.into_iter().find(|row| row.status.id == id).unwrap();
        row.session.unwrap().try_send(PanicNow).unwrap();
    }

    /// The status of the house.
    pub async fn status(&self) -> tabhub::protocol::status::Status {
        tabhub::actors::status::collect(&self.house).await
    }

    /// Waits until the hub has ended by itself.
    pub async fn ended(&mut self) -> Exit {
        let exit = self.exit.take().expect("asked for the first time");
        tokio::time::timeout(Duration::from_secs(20), exit).await.expect("the hub ends").expect("the hub says how")
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.house.end("the test is over");
    }
}
