//! The hub as a daemon: one of it, however many start it; found, healed and stopped.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tabhub::daemon::{HubFile, hub_json, locks};

use crate::home::{Home, Ran, TABHUB, signal};
use crate::support::eventually;

#[test]
fn ten_that_start_at_once_get_one_hub() {
    let home = Home::new();
    let starters: Vec<_> = (0..10)
        .map(|_| home.command(["start"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let mut said: Vec<String> = starters
        .into_iter()
        .map(|starter| {
            let output = starter.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        })
        .collect();
    said.dedup();
    assert_eq!(said.len(), 1, "all were told of one hub: {said:?}");
    assert_eq!(home.hubs(), [home.hub().pid], "no second hub stayed behind");
}

fn home_variable(home: &Home) -> String {
    format!("TABHUB_HOME={}", home.path().display())
}

#[test]
fn the_daemon_belongs_to_nobody_and_holds_nothing_of_its_starters() {
    let home = Home::new();
    // A host may leave more than the three standard streams open in what it starts.
    let mut starter = Command::new("sh")
        .args(["-c", "exec 7>&1; exec \"$0\" start", TABHUB])
        .envs(home.env())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (starter.stdout.take().unwrap(), starter.stderr.take().unwrap());
    // The end of both streams comes only when nobody holds them any more.
    stdout.read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut err).unwrap();
    assert!(starter.wait().unwrap().success(), "{err}");
    let pid = home.hub().pid;
    assert!(home.is_hub_alive());
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let (parent, session) = (fields[1].parse::<u32>().unwrap(), fields[3].parse::<u32>().unwrap());
    assert_ne!(parent, starter.id());
    assert_ne!(parent, std::process::id());
    assert_eq!(session, pid, "a session of its own");
    assert_eq!(std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap(), home.path().canonicalize().unwrap());
    for handle in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let target = std::fs::read_link(handle.path()).unwrap_or_default();
        assert!(!target.to_string_lossy().starts_with("pipe:"), "it holds {target:?}");
    }
    let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert!(environ.split(|b| *b == 0).any(|var| var == home_variable(&home).as_bytes()), "it keeps TABHUB_*");
    assert!(std::fs::read_to_string(home.path().join("hub.log")).unwrap().contains("listens on port"));
}

#[test]
fn a_stale_a_cut_and_a_strange_hub_json_heal() {
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port();
    let whole =
        |port: u16| format!(r#"{{"pid":1,"port":{port},"version":"0.0.1","protocol":1,"token":"00","startedAt":1}}"#);
    for content in [String::new(), "{\"pid\":1,".to_owned(), "[1]".to_owned(), whole(1), whole(port)] {
        let home = Home::new();
        std::fs::write(home.path().join("hub.json"), &content).unwrap();
        let began = Instant::now();
        home.ok(["start"]);
        assert!(home.is_hub_alive(), "{content}");
        assert!(began.elapsed() < Duration::from_secs(2), "what is stale is not waited for: {content}");
        assert_ne!(home.hub().pid, 1);
    }
}

#[test]
fn a_killed_hub_is_told_of_and_the_next_one_takes_its_port() {
    let home = Home::new();
    home.ok(["start"]);
    let first = home.hub();
    home.kill_hub();
    let status = home.status();
    assert!(status["hub"].is_null());
    assert_eq!(status["lastExit"]["pid"], first.pid);
    assert!(status["lastExit"]["reason"].as_str().unwrap().contains("killed"), "{status}");
    home.ok(["start"]);
    let second = home.hub();
    assert_ne!(second.pid, first.pid);
    assert_eq!(second.port, first.port, "everyone finds the next hub where the last one was");
    assert_ne!(second.token, first.token);
    assert_eq!(home.status()["lastExit"]["pid"], first.pid);
}

#[test]
fn starting_and_stopping_twice_is_starting_and_stopping_once() {
    let home = Home::new();
    assert!(home.ok(["stop"]).contains("No hub runs"));
    let (first, second) = (home.ok(["start"]), home.ok(["start"]));
    assert_eq!(first, second);
    assert!(home.ok(["stop"]).contains("has ended"));
    assert!(!home.is_hub_alive());
    assert!(home.ok(["stop"]).contains("No hub runs"));
    assert!(home.ok(["down"]).contains("No hub runs"));
    assert!(home.status()["lastExit"]["reason"].as_str().unwrap().contains("tabhub stop"));
}

#[test]
fn a_stop_is_over_when_the_hub_has_ended_although_another_took_its_place_at_once() {
    let home = Home::new();
    home.ok(["start"]);
    let (first, paths) = (home.hub(), home.settings().paths);
    let stop = home.command(["stop"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Without a pause, so that whoever looks from time to time never finds the lock free.
    let _next = loop {
        if let Some(lock) = locks::try_lock(&paths.hub_lock()).unwrap() {
            break lock;
        }
        std::hint::spin_loop();
    };
    let next = HubFile { token: hub_json::new_token(), ..first.clone() };
    hub_json::write(&paths.hub_json(), &next).unwrap();
    let output = stop.wait_with_output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&format!("The hub (process {}) has ended.", first.pid)), "{said}{complaint}");
}

#[test]
fn a_restart_brings_another_hub_to_the_same_port_and_says_so_beside_the_extension() {
    let home = Home::new();
    home.ok(["start"]);
    let first = home.hub();
    home.ok(["extension"]);
    let address = home.path().join("extension/hub.json");
    let port =
        || serde_json::from_slice::<serde_json::Value>(&std::fs::read(&address).unwrap()).unwrap()["port"].clone();
    assert_eq!(port(), first.port);
    std::fs::write(&address, r#"{"port":1,"secret":"x"}"#).unwrap();
    home.ok(["restart"]);
    assert_ne!(home.hub().pid, first.pid);
    assert_eq!(port(), home.hub().port, "a hub brings every remembered folder up to date");
}

#[tokio::test]
async fn a_signal_ends_the_hub_with_its_reason() {
    let home = Home::new();
    home.ok(["start"]);
    signal(home.hub().pid, Signal::TERM);
    eventually("the hub has ended", async || !home.is_hub_alive()).await;
    assert!(home.status()["lastExit"]["reason"].as_str().unwrap().contains("SIGTERM"));
}

#[test]
fn a_second_hub_in_the_foreground_is_refused_with_the_first_ones_address() {
    let home = Home::new();
    home.ok(["start"]);
    let second = home.run(["hub"]);
    assert_eq!(second.code(), 1);
    let hub = home.hub();
    assert!(second.stderr().contains(&hub.pid.to_string()) && second.stderr().contains(&hub.port.to_string()));
    let daemon = home.run(["hub", "--daemon"]);
    assert_eq!(daemon.code(), 0, "a daemon that is not needed is no failure");
    assert!(daemon.stdout().starts_with(&format!(r#"{{"already":{{"pid":{}"#, hub.pid)), "{}", daemon.stdout());
}

#[test]
fn status_without_a_hub_prints_only_json_says_3_and_leaves_no_trace() {
    let home = Home::new();
    let before = std::fs::read_dir(home.path()).unwrap().count();
    let status = home.run(["status", "--json"]);
    assert_eq!((status.code(), status.stderr().as_str()), (3, ""));
    let json: serde_json::Value = serde_json::from_str(&status.stdout()).unwrap();
    assert!(json.as_object().unwrap().contains_key("hub") && json["hub"].is_null());
    assert_eq!(home.run(["status"]).code(), 3);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), before);
    home.ok(["start"]);
    let status = home.run(["status", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&status.stdout()).unwrap();
    assert_eq!((status.code(), json["hub"]["pid"].as_u64()), (0, Some(u64::from(home.hub().pid))));
    assert_eq!(json["clients"], serde_json::json!([]), "asking registers nothing");
}

#[test]
fn the_hub_may_open_as_many_files_as_the_system_lets_it() {
    let home = Home::new();
    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -Sn 128; exec \"$0\" start", TABHUB]).envs(home.env());
    let ran = Ran::of(&mut few);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", home.hub().pid)).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let [soft, hard] = line.split_whitespace().skip(3).take(2).collect::<Vec<_>>()[..] else { panic!("{line}") };
    assert_eq!(soft, hard, "the first limit was 128");
}
