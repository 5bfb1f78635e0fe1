//! A tabhub of its own, as processes: a folder for its state, ports that the system chose, the real binary.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::mcp::McpProcess;

/// A tabhub of its own.
pub struct Home {
    dir: TempDir,
    /// More environment, over what is set here.
    pub more: Vec<(&'static str, String)>,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), more: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// The binary under test.
    pub fn binary() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_tabhub"))
    }

    pub fn env(&self) -> Vec<(&'static str, String)> {
        let mut env = vec![
            ("TABHUB_HOME", self.dir.path().display().to_string()),
            ("TABHUB_PORT", "0".to_owned()),
            ("TABHUB_MCP_PORT", "0".to_owned()),
            ("TABHUB_LEGACY_PORT", "off".to_owned()),
        ];
        env.extend(self.more.iter().cloned());
        env
    }

    /// A command of the binary, in this home.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(Self::binary());
        command.args(args).envs(self.env());
        command
    }

    /// Runs a subcommand to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a subcommand that must succeed, and returns what it printed.
    pub fn ok(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(out.status.success(), "tabhub {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// `status --json`.
    pub fn status(&self) -> Value {
        serde_json::from_slice(&self.run(&["status", "--json"]).stdout).expect("status --json prints JSON")
    }

    /// The running hub's port.
    pub fn port(&self) -> u16 {
        u16::try_from(self.status()["hub"]["port"].as_u64().expect("a hub runs")).unwrap()
    }

    /// The pairing secret of this home's hub.
    pub fn secret(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("pairing-secret")).unwrap().trim().to_owned()
    }

    /// An MCP host of this name with an instance of its own.
    pub async fn host(&self, name: &str) -> McpProcess {
        McpProcess::start(Self::binary(), &[], &self.env(), name).await
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = self.run(&["stop"]);
    }
}
