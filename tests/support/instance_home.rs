//! The home of instances inside the test's process, whose `hub.json` tells of the hub of a test.

use std::path::PathBuf;

use tabhub::config::{Overrides, Settings};
use tabhub::daemon::Finder;
use tabhub::daemon::locks::{self, Lock};
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig};
use tabhub::protocol::ClientId;
use tempfile::TempDir;

use super::hub::TestHub;

/// The home of instances. The test holds the hub's lock: nobody believes a `hub.json` whose hub does not.
pub struct InstanceHome(TempDir, #[allow(dead_code, reason = "held, never read")] Lock);

impl InstanceHome {
    /// A home that tells of no hub yet.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lock = locks::try_lock(&dir.path().join("hub.lock")).unwrap().expect("nobody else is here");
        Self(dir, lock)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// Writes `hub.json`.
    pub fn tell_of(&self, hub: &TestHub) {
        hub.tell(&self.0.path().join("hub.json"));
    }

    /// An instance's link.
    pub fn link(&self) -> Link {
        self.link_as(ClientId::mint(), |_| {})
    }

    /// The same under a given id, with changed settings.
    pub fn link_as(&self, client_id: ClientId, change: impl FnOnce(&mut Settings)) -> Link {
        let path = self.0.path().display().to_string();
        let env = |name: &str| (name == "TABHUB_HOME").then(|| path.clone());
        let mut settings = Settings::from_sources(Overrides::default(), env).unwrap();
        change(&mut settings);
        // A program that starts no hub: only the hubs of the test are there.
        let finder = Finder { settings, exe: PathBuf::from("/bin/false") };
        let place = HubPlace::Daemon;
        Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell: Farewell::Done, place }).0
    }
}
