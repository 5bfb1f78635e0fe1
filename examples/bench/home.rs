//! A folder with a hub of its own, which ends with it, and instances' links to that hub.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::value::RawValue;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::{Finder, HubFile, hub_json};
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig};
use tabhub::mcp::CallRequest;
use tabhub::protocol::{CallId, ClientId, Deadline};

/// A folder with a hub of its own, which ends with it.
pub struct Home {
    dir: tempfile::TempDir,
    tabhub: PathBuf,
}

impl Home {
    /// A new folder; the ports of its hub are the system's.
    pub fn new(tabhub: PathBuf) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pairing-secret"), crate::support::hub::SECRET).unwrap();
        Self { dir, tabhub }
    }

    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TABHUB_HOME", self.dir.path().display().to_string()),
            ("TABHUB_PORT", "0".to_owned()),
            ("TABHUB_MCP_PORT", "0".to_owned()),
            ("TABHUB_LEGACY_PORT", "off".to_owned()),
        ]
    }

    /// Runs a subcommand and returns what it printed.
    pub fn run(&self, args: &[&str]) -> String {
        let out = std::process::Command::new(&self.tabhub).args(args).envs(self.env()).output().unwrap();
        assert!(out.status.success(), "tabhub {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The settings as a process of this home reads them.
    pub fn settings(&self) -> Settings {
        let env = self.env();
        let find = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
        Settings::from_sources(Overrides::default(), find).unwrap()
    }

    /// What `hub.json` says of the running hub.
    pub fn hub(&self) -> HubFile {
        hub_json::read(&self.settings().paths.hub_json()).unwrap()
    }

    /// The link of an instance, in this process: what it costs without its host's pipe.
    pub fn link(&self) -> Link {
        let finder = Finder { settings: self.settings(), exe: self.tabhub.clone() };
        let (client_id, farewell, place) = (ClientId::mint(), Farewell::Done, HubPlace::Daemon);
        Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell, place }).0
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.run(&["down"]);
    }
}

/// A call that costs its browser nothing.
pub fn hover() -> CallRequest {
    CallRequest {
        id: CallId::mint(),
        tool: "browser_hover",
        params: RawValue::from_string(r#"{"ref":"e1"}"#.to_owned()).unwrap(),
        deadline: Deadline::after(Duration::from_secs(60)),
        progress: None,
    }
}
