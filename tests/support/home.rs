//! A state folder of a test's own, with the real binary over it. Whatever hub runs there is ended with the test.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::hub_json::{self, HubFile};
use tabhub::daemon::{Finder, locks};
use tempfile::TempDir;

use crate::support::mcp::McpProcess;

/// The binary under test.
pub const TABHUB: &str = env!("CARGO_BIN_EXE_tabhub");

/// A state folder of a test's own.
pub struct Home {
    folder: TempDir,
    vars: Vec<(&'static str, String)>,
}

impl Home {
    /// An empty folder; the hub takes any free port, and pairs with the secret of the stand-in browsers.
    pub fn new() -> Self {
        Self::set(&[])
    }

    /// The same with settings on top.
    pub fn set(vars: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut all: Vec<(&'static str, String)> = vec![
            ("TABHUB_PORT", "0".to_owned()),
            ("TABHUB_MCP_PORT", "0".to_owned()),
            ("TABHUB_LEGACY_PORT", "off".to_owned()),
            // One that was just being started when its test ended leaves by itself.
            ("TABHUB_IDLE_EXIT", "300".to_owned()),
        ];
        for (name, value) in vars {
            all.retain(|(known, _)| known != name);
            all.push((name, (*value).to_owned()));
        }
        let home = Self { folder, vars: all };
        std::fs::create_dir_all(home.path()).unwrap();
        std::fs::write(home.path().join("pairing-secret"), crate::support::hub::SECRET).unwrap();
        home
    }

    /// One more setting.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.vars.retain(|(known, _)| *known != name);
        self.vars.push((name, value.into()));
        self
    }

    /// `TABHUB_HOME`.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The environment of everything that belongs to this home.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let home = ("TABHUB_HOME", self.path().display().to_string());
        self.vars.iter().cloned().chain([home]).collect()
    }

    /// The settings as a process of this home reads them.
    pub fn settings(&self) -> Settings {
        let env = self.env();
        let find = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
        Settings::from_sources(Overrides::default(), find).unwrap()
    }

    /// Who looks for a hub here, and starts the real one.
    pub fn finder(&self) -> Finder {
        Finder { settings: self.settings(), exe: TABHUB.into() }
    }

    /// A command of the binary in this home.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(TABHUB);
        command.args(args).envs(self.env()).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run<const N: usize>(&self, args: [&str; N]) -> Ran {
        Ran(self.command(args).output().unwrap())
    }

    /// Runs the binary to its end; it must succeed.
    pub fn ok<const N: usize>(&self, args: [&str; N]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code(), 0, "{args:?}: {}{}", ran.stdout(), ran.stderr());
        ran.stdout()
    }

    /// The same while this test's own stand-ins go on.
    pub async fn ok_meanwhile<const N: usize>(&self, args: [&str; N]) -> String {
        let output = tokio::process::Command::from(self.command(args)).output();
        let ran = Ran(crate::support::within("the command's end", output).await.unwrap());
        assert_eq!(ran.code(), 0, "{args:?}: {}{}", ran.stdout(), ran.stderr());
        ran.stdout()
    }

    /// What `hub.json` says.
    pub fn hub(&self) -> HubFile {
        hub_json::read(&self.settings().paths.hub_json()).unwrap()
    }

    /// The running hub's port.
    pub fn port(&self) -> u16 {
        self.hub().port
    }

    /// The pairing secret of this home's hub.
    pub fn secret(&self) -> String {
        std::fs::read_to_string(self.settings().paths.pairing_secret()).unwrap().trim().to_owned()
    }

    /// An MCP host of this name with an instance of its own.
    pub async fn host(&self, name: &str) -> McpProcess {
        McpProcess::start(Path::new(TABHUB), &[], &self.env(), name).await
    }

    /// Whether a hub holds the lock.
    pub fn is_hub_alive(&self) -> bool {
        locks::is_held(&self.settings().paths.hub_lock())
    }

    /// Every process of this home that is a hub, or is about to be one, whatever `hub.json` says.
    pub fn hubs(&self) -> Vec<u32> {
        self.processes("hub")
    }

    /// Every native messaging host of this home.
    pub fn native_hosts(&self) -> Vec<u32> {
        self.processes("native-host")
    }

    /// Every process of this home that runs this subcommand.
    fn processes(&self, subcommand: &str) -> Vec<u32> {
        self.processes_where(|line| line.get(1).is_some_and(|word| word == subcommand))
    }

    /// Every process of this home with such a command line.
    fn processes_where(&self, is_it: impl Fn(&[String]) -> bool) -> Vec<u32> {
        let home = format!("TABHUB_HOME={}", self.path().display());
        let words = |pid: u32, file: &str| {
            let text = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            text.split(|b| *b == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>()
        };
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| {
            let line = words(*pid, "cmdline");
            is_it(&line) && !line.iter().any(|word| word == "--detach") && words(*pid, "environ").contains(&home)
        })
        .collect()
    }

    /// The log of this home's hubs.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("hub.log")).unwrap_or_default()
    }

    /// Ends the hub as a crash would.
    pub fn kill_hub(&self) {
        signal(self.hub().pid, rustix::process::Signal::KILL);
        let deadline = std::time::Instant::now() + crate::support::PATIENCE;
        while self.is_hub_alive() {
            assert!(std::time::Instant::now() < deadline, "the hub is dead");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// `status --json`, whatever its exit code.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.run(["status", "--json"]).stdout()).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.path().join("browser/browser.json").exists() {
            self.run(["down"]);
        }
        // Instances first: one that outlives its test for a moment would start the next hub.
        let is_tabhub = |line: &[String]| line.first().is_some_and(|program| program.ends_with("/tabhub"));
        for instance in self.processes_where(|line| is_tabhub(line) && line.get(1).is_none_or(|word| word != "hub")) {
            signal(instance, rustix::process::Signal::KILL);
        }
        // By what they are, not by what `hub.json` says: a test may have changed it, or taken the lock away.
        for hub in self.hubs() {
            signal(hub, rustix::process::Signal::KILL);
        }
    }
}

/// Whether a process lives; one that only waits to be buried does not.
pub fn is_alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.trim_start().starts_with(['Z', 'X']))
}

/// Sends a signal to a process.
pub fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let _ = rustix::process::kill_process(pid, signal);
}

/// A command that has ended.
pub struct Ran(Output);

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).output().unwrap())
    }

    /// Its exit code; 255 stands for a signal.
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(255)
    }

    /// What it printed.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// What it complained about.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }
}
