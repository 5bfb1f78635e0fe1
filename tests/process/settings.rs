//! Every time and retry setting takes effect in the real processes.

use std::time::{Duration, Instant};

use tabhub::daemon::locks;
use tabhub::instance::{HubPlace, Phase};

use crate::home::Home;
use crate::links::{link_to, until};
use crate::support::eventually;

#[tokio::test]
async fn a_hub_without_clients_leaves_after_the_time_of_the_setting() {
    let home = Home::set(&[("TABHUB_IDLE_EXIT", "0.4")]);
    let began = Instant::now();
    home.ok(["start"]);
    eventually("the hub has left", async || !home.is_hub_alive()).await;
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
    assert!(!home.status()["lastExit"]["reason"].as_str().unwrap().contains("killed"));
}

#[tokio::test]
async fn the_longest_pause_between_attempts_is_that_of_the_setting() {
    let home = Home::set(&[("TABHUB_RECONNECT_MAX", "60"), ("TABHUB_START_TIMEOUT", "0.05")]);
    // Somebody is the hub and answers nobody, so that every attempt fails after its 50 ms.
    let lock = locks::try_lock(&home.settings().paths.hub_lock()).unwrap().unwrap();
    let link = link_to(&home, HubPlace::Daemon);
    eventually("it has failed ten times", async || {
        link.history().iter().filter(|change| change.state == "failed").count() >= 10
    })
    .await;
    let history = link.history();
    let failed: Vec<u64> = history.iter().filter(|c| c.state == "failed").map(|c| c.at).collect();
    let longest = failed.windows(2).map(|two| two[1] - two[0]).max().unwrap();
    assert!(longest < 1000, "without the setting the tenth pause is over two seconds: {longest} ms");
    drop(lock);
}

#[tokio::test]
async fn a_client_that_vanished_keeps_its_tabs_for_the_grace_of_the_setting() {
    let home = Home::set(&[("TABHUB_LEASE_GRACE", "0.5")]);
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let mut instance = home.command(["stdio"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    eventually("both are here", async || home.status()["clients"].as_array().unwrap().len() == 2).await;
    instance.kill().unwrap();
    instance.wait().unwrap();
    let began = Instant::now();
    eventually("it is gone", async || home.status()["clients"].as_array().unwrap().len() == 1).await;
    assert!((300..5000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}
