//! What goes wrong around a hub: each trouble is named with its place and what to do, and nobody is ever killed for it.

use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use rustix::process::Signal;
use tabhub::daemon::locks;

use crate::home::{Home, Ran, TABHUB, signal};
use crate::standin_hub::{Answers, StandinHub};

fn start_in(folder: &std::path::Path) -> Ran {
    let mut command = Command::new(TABHUB);
    command
        .arg("start")
        .env("TABHUB_HOME", folder)
        .env("TABHUB_PORT", "0")
        .env("TABHUB_MCP_PORT", "0")
        .env("TABHUB_LEGACY_PORT", "off");
    Ran::of(&mut command)
}

#[test]
fn a_state_folder_that_is_none_is_named_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "").unwrap();
    let state = home.path().join("file/state");
    let ran = start_in(&state);
    assert_eq!(ran.code(), 1);
    let said = ran.stderr();
    assert!(said.contains(state.to_str().unwrap()) || said.contains("config.toml"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// A small file system of its own; `None` where this user may not mount one.
struct Mount(tempfile::TempDir);

impl Mount {
    #[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        println!("skipped: this user may not mount a file system");
        None
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_read_only_state_folder_is_named_with_what_to_do() {
    let Some(mount) = Mount::new("size=64k,ro") else { return };
    let ran = start_in(mount.0.path());
    assert_eq!(ran.code(), 1);
    let said = ran.stderr();
    assert!(said.contains(mount.0.path().to_str().unwrap()) && said.contains("read-only"), "{said}");
    assert!(said.contains("TABHUB_HOME"), "{said}");
}

#[test]
fn a_full_disk_is_named_with_what_to_do() {
    let Some(mount) = Mount::new("size=16k") else { return };
    let filler = std::fs::write(mount.0.path().join("filler"), vec![0; 64 * 1024]);
    assert!(filler.is_err(), "it is full");
    let ran = start_in(mount.0.path());
    assert_eq!(ran.code(), 1);
    let said = ran.stderr();
    assert!(said.contains(mount.0.path().to_str().unwrap()) && said.contains("the disk is full"), "{said}");
    assert!(said.contains("Free some space"), "{said}");
}

#[test]
fn who_holds_the_port_is_named_and_lives_on() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = Home::set(&[("TABHUB_PORT", &port)]);
    let ran = home.run(["start"]);
    assert_eq!(ran.code(), 1);
    let name = std::fs::read_to_string("/proc/self/comm").unwrap();
    for part in [format!("port {port}"), name.trim().to_owned(), std::process::id().to_string(), "TABHUB_PORT".into()] {
        assert!(ran.stderr().contains(&part), "{part}: {}", ran.stderr());
    }
    assert!(!home.is_hub_alive());
    assert!(std::net::TcpStream::connect(taken.local_addr().unwrap()).is_ok());
}

#[test]
fn a_hub_that_holds_its_tongue_is_named_and_not_killed() {
    let home = Home::set(&[("TABHUB_START_TIMEOUT", "0.6")]);
    home.ok(["start"]);
    let pid = home.hub().pid;
    signal(pid, Signal::STOP);
    let ran = home.run(["start"]);
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr().contains(&pid.to_string()) && ran.stderr().contains("does not answer"), "{}", ran.stderr());
    let status = home.run(["status", "--json"]);
    assert_eq!(status.code(), 1, "there is one, and it is not well");
    signal(pid, Signal::CONT);
    home.ok(["start"]);
    assert_eq!(home.hub().pid, pid);
}

#[test]
fn a_start_that_takes_too_long_names_its_step_and_keeps_to_its_time() {
    for (seconds, at_most) in [("0.2", 2.0), ("1", 4.0)] {
        let home = Home::set(&[("TABHUB_START_TIMEOUT", seconds)]);
        // Somebody is the hub, and tells nobody where.
        let _lock = locks::try_lock(&home.settings().paths.hub_lock()).unwrap().unwrap();
        let began = Instant::now();
        let ran = home.run(["start"]);
        let took = began.elapsed().as_secs_f64();
        assert_eq!(ran.code(), 1);
        assert!(ran.stderr().contains("finding the hub took too long"), "{}", ran.stderr());
        assert!(took >= seconds.parse().unwrap() && took < at_most, "{took} s");
    }
}

#[tokio::test]
async fn an_idle_hub_of_a_forgotten_protocol_is_asked_to_stop_and_replaced() {
    let home = Home::new();
    let old = StandinHub::start(&home, 0, Answers::Idle).await;
    let connected = start(&home).await.unwrap();
    assert!(old.was_stopped());
    assert_ne!(connected.hub.pid, std::process::id());
    assert_eq!(connected.hub.protocol, tabhub::protocol::PROTOCOL);
}

#[tokio::test]
async fn a_busy_hub_of_a_forgotten_protocol_stays_and_is_named() {
    let home = Home::new();
    let old = StandinHub::start(&home, 0, Answers::Busy).await;
    let error = start(&home).await.unwrap_err().to_string();
    assert!(error.contains("other hosts are using it") && error.contains("protocol 0"), "{error}");
    assert!(!old.was_stopped());
}

#[tokio::test]
async fn a_newer_hub_that_refuses_is_never_ended_by_an_older_client() {
    let home = Home::new();
    let newer = StandinHub::start(&home, 99, Answers::RefuseVersion).await;
    let error = start(&home).await.unwrap_err().to_string();
    assert!(error.contains("speak 98 to 99"), "it is the hub that knows: {error}");
    assert!(!newer.was_stopped());
}

#[tokio::test]
async fn a_newer_hub_that_still_knows_this_protocol_is_simply_used() {
    let home = Home::new();
    let newer = StandinHub::start(&home, 2, Answers::Idle).await;
    let connected = start(&home).await.unwrap();
    assert_eq!(connected.hub.pid, std::process::id(), "it is the stand-in");
    assert_eq!(newer.spoken(), Some(tabhub::protocol::PROTOCOL));
    assert!(!newer.was_stopped());
}

#[tokio::test]
async fn a_stranger_that_cannot_prove_the_token_is_not_believed() {
    let home = Home::set(&[("TABHUB_START_TIMEOUT", "0.5")]);
    let stranger = StandinHub::start(&home, 1, Answers::WrongProof).await;
    let error = start(&home).await.unwrap_err().to_string();
    assert!(error.contains("cannot prove the token"), "{error}");
    stranger.release_lock();
    let connected = start(&home).await.unwrap();
    assert_ne!(connected.hub.pid, std::process::id(), "nobody holds the lock, so a hub of one's own was started");
}

async fn start(home: &Home) -> Result<tabhub::daemon::Connected, tabhub::daemon::DaemonError> {
    use tabhub::protocol::{Frame, Hello, VERSION, hello::ControlHello};
    let hello = |protocol| Frame::Hello(None, Hello::Control(ControlHello { protocol, version: VERSION.to_owned() }));
    let deadline = tokio::time::Instant::now() + home.settings().start_timeout;
    home.finder().connect_or_start(&hello, deadline, &mut |_, _| {}).await
}
