//! The state folder is cleaned, damaged and forged under a running hub: everyone still finds that hub, nobody believes a
//! stranger, and there is never a second hub for long.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;
use tabhub::daemon::{hub_json, locks};
use tabhub::instance::{Link, Phase};

use crate::home::{Home, is_alive, signal};
use crate::links::{call, connected_link, request, until};
use crate::support::eventually;
use crate::support::wanderer::Wanderer;

/// Nobody, as most systems call this user.
const STRANGER: u32 = 65_534;

/// Removes the folder, whoever writes into it meanwhile.
fn remove(folder: &Path) {
    while let Err(error) = std::fs::remove_dir_all(folder) {
        assert!(matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound), "{error}");
    }
}

/// `hub.json` as this home's hub wrote it.
async fn is_known_again(home: &Home, hub: &hub_json::HubFile) {
    let path = home.settings().paths.hub_json();
    eventually("hub.json is as it was", async || {
        home.is_hub_alive()
            && hub_json::read(&path).is_ok_and(|now| now == *hub)
            && std::fs::metadata(&path).is_ok_and(|meta| meta.permissions().mode() & 0o777 == 0o600)
    })
    .await;
}

fn was_lost(link: &Link) -> bool {
    link.history().iter().any(|change| change.state == "reconnecting")
}

#[tokio::test]
async fn a_state_folder_that_is_removed_under_a_running_hub_is_made_anew_and_nobody_notices() {
    let home = Home::new();
    let (link, host) = (connected_link(&home).await, home.host("host").await);
    let browser = Wanderer::start(home.settings().paths);
    browser.connected().await;
    let (hub, secret) = (home.hub(), home.secret());
    remove(&home.path());
    assert!(call(&link, request("browser_click")).await.is_ok());
    assert!(!host.text("browser_click", json!({ "ref": "e1" })).await.is_empty());
    is_known_again(&home, &hub).await;
    eventually("the pairing is kept", async || std::fs::read_to_string(home.path().join("pairing-secret")).is_ok())
        .await;
    assert_eq!(home.secret(), secret);
    let newcomer = connected_link(&home).await;
    assert!(call(&newcomer, request("browser_click")).await.is_ok());
    assert_eq!(home.hubs(), [hub.pid], "there is one hub");
    assert!(!was_lost(&link), "{:?}", link.history());
    eventually("the log says it", async || home.log().contains("hub.lock was removed under this hub")).await;
    home.ok_meanwhile(["stop"]).await;
    eventually("it can be stopped as ever", async || !is_alive(hub.pid)).await;
}

#[tokio::test]
async fn a_hub_beside_which_another_was_born_gives_way_to_it_and_takes_its_clients_along() {
    let home = Home::new();
    let link = connected_link(&home).await;
    let browser = Wanderer::start(home.settings().paths);
    browser.connected().await;
    let (old, secret) = (home.hub(), home.secret());
    // Suspended, it cannot put anything back before the other one is born.
    signal(old.pid, Signal::STOP);
    remove(&home.path());
    std::fs::create_dir_all(home.path()).unwrap();
    std::fs::write(home.path().join("pairing-secret"), secret).unwrap();
    home.ok_meanwhile(["start"]).await;
    let new = home.hub();
    assert_ne!((new.pid, new.port), (old.pid, old.port));
    signal(old.pid, Signal::CONT);
    eventually("the older one has ended", async || !is_alive(old.pid)).await;
    assert_eq!(home.hubs(), [new.pid]);
    let told = format!("another hub (process {}) has taken its place", new.pid);
    eventually("its client has heard why", async || link.history().iter().any(|change| change.reason.contains(&told)))
        .await;
    until(&link, Phase::is_connected).await;
    assert!(home.log().contains(&told), "{}", home.log());
    assert!(call(&link, request("browser_click")).await.is_ok());
    assert_eq!(home.status()["clients"].as_array().unwrap().len(), 1);
    assert_eq!(home.hub(), new, "and its files are untouched");
}

#[tokio::test]
async fn a_lock_that_is_removed_under_a_running_hub_makes_no_second_hub_for_long() {
    let home = Home::new();
    let link = connected_link(&home).await;
    let browser = Wanderer::start(home.settings().paths);
    browser.connected().await;
    std::fs::remove_file(home.path().join("hub.lock")).unwrap();
    // Either the hub has its lock again before these come, or one of them starts the next hub.
    let newcomers = [home.host("one").await, home.host("two").await];
    eventually("there is one hub, and everyone is with it", async || {
        let status = home.status();
        home.hubs() == [home.hub().pid]
            && status["clients"].as_array().unwrap().len() == 3
            && status["browsers"][0]["connected"] == true
    })
    .await;
    assert!(call(&link, request("browser_click")).await.is_ok());
    for host in newcomers {
        assert!(!host.text("browser_click", json!({ "ref": "e1" })).await.is_empty());
    }
}

/// A `hub.json` that leads to this port.
fn leading_to(port: u16) -> String {
    json!({ "pid": 1, "port": port, "version": "9.9.9", "protocol": 1, "token": "00", "startedAt": 1 }).to_string()
}

#[tokio::test]
async fn a_hub_json_that_is_damaged_under_a_running_hub_is_written_again_and_everyone_finds_the_hub() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port();
    let home = Home::new();
    let link = connected_link(&home).await;
    let (hub, path) = (home.hub(), home.settings().paths.hub_json());
    let whole = std::fs::read(&path).unwrap();
    let mut newer: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    newer["fromTheFuture"] = json!({ "and": ["its", "friends"] });
    let give_away = || {
        if chown(&path, Some(STRANGER), None).is_err() {
            std::fs::remove_file(&path).unwrap();
        }
    };
    let harms: [(&str, &dyn Fn()); 9] = [
        ("removed", &|| std::fs::remove_file(&path).unwrap()),
        ("truncated", &|| std::fs::write(&path, &whole[..whole.len() / 2]).unwrap()),
        ("empty", &|| std::fs::write(&path, "").unwrap()),
        ("garbage", &|| std::fs::write(&path, "[1]").unwrap()),
        ("of a process that is none, on a port of nobody", &|| std::fs::write(&path, leading_to(1)).unwrap()),
        ("of a stranger, on a port of a stranger", &|| std::fs::write(&path, leading_to(port)).unwrap()),
        ("readable by others", &|| std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap()),
        ("writable by others", &|| std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap()),
        ("another user's", &give_away),
    ];
    for (harm, harming) in harms {
        harming();
        let said = home.ok_meanwhile(["start"]).await;
        assert!(said.contains(&format!("process {}", hub.pid)), "{harm}: {said}");
        is_known_again(&home, &hub).await;
    }
    std::fs::write(&path, newer.to_string()).unwrap();
    let said = home.ok_meanwhile(["start"]).await;
    assert!(said.contains(&format!("process {}", hub.pid)), "with fields of a newer build: {said}");
    assert_eq!(home.hubs(), [hub.pid]);
    assert!(!was_lost(&link), "{:?}", link.history());
    eventually("the log says it", async || home.log().matches("it is written again").count() >= harms.len()).await;
}

#[tokio::test]
async fn a_hub_json_of_another_user_leads_nobody_anywhere() {
    if !rustix::process::geteuid().is_root() {
        #[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
        {
            println!("skipped: only root may give a file away");
        }
        return;
    }
    let home = Home::set(&[("TABHUB_START_TIMEOUT", "0.5")]);
    let paths = home.settings().paths;
    // Somebody is the hub, so that what hub.json says would be believed.
    let _lock = locks::try_lock(&paths.hub_lock()).unwrap().unwrap();
    for (owner, is_believed) in [(None, true), (Some(STRANGER), false)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        std::fs::write(paths.hub_json(), leading_to(listener.local_addr().unwrap().port())).unwrap();
        chown(paths.hub_json(), owner, None).unwrap();
        let ran = home.run(["start"]);
        assert_eq!(ran.code(), 1);
        assert_eq!(listener.accept().is_ok(), is_believed, "{}", ran.stderr());
        if !is_believed {
            assert!(ran.stderr().contains("belongs to another user"), "{}", ran.stderr());
        }
    }
}
