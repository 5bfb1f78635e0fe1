//! The hub inside an instance: `--direct`, and where no process can be started.

use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig, Phase};
use tabhub::protocol::ClientId;

use crate::home::{Home, TABHUB};
use crate::links::{link_to, until};
use crate::support::eventually;
use crate::support::mcp::McpProcess;

#[tokio::test]
async fn a_hub_within_is_found_and_joined_by_others() {
    let home = Home::new();
    let direct = link_to(&home, HubPlace::Within);
    until(&direct, |phase| phase == Phase::Direct).await;
    assert_eq!(home.hub().pid, std::process::id());
    let other = link_to(&home, HubPlace::Daemon);
    until(&other, Phase::is_connected).await;
    assert_eq!(home.status()["clients"].as_array().unwrap().len(), 2);
    direct.close().await;
    eventually("the other one has elected a hub of its own", async || {
        home.is_hub_alive() && home.hub().pid != std::process::id() && other.phase() == Phase::Ready
    })
    .await;
    other.close().await;
}

#[tokio::test]
async fn a_direct_instance_joins_the_hub_that_runs() {
    let home = Home::new();
    home.ok(["start"]);
    let direct = link_to(&home, HubPlace::Within);
    until(&direct, |phase| phase == Phase::Ready).await;
    assert_ne!(home.hub().pid, std::process::id());
}

#[tokio::test]
async fn where_no_process_can_be_started_the_hub_runs_within() {
    let home = Home::new();
    let mut finder = home.finder();
    finder.exe = home.path().join("no-such-program");
    let config = LinkConfig {
        finder,
        client_id: ClientId::mint(),
        grace_secs: None,
        farewell: Farewell::Done,
        place: HubPlace::Daemon,
    };
    let (link, _task) = Link::start(config);
    until(&link, |phase| phase == Phase::Direct).await;
    assert_eq!(home.hub().pid, std::process::id());
    link.close().await;
    assert!(!home.is_hub_alive());
}

#[tokio::test]
async fn when_a_direct_instance_is_killed_the_others_elect_anew() {
    let home = Home::new();
    let mut direct = McpProcess::start(TABHUB.as_ref(), &["--direct"], &home.env(), "direct").await;
    eventually("the direct instance is the hub", async || home.is_hub_alive()).await;
    let other = link_to(&home, HubPlace::Daemon);
    until(&other, Phase::is_connected).await;
    assert_eq!(Some(home.hub().pid), direct.child.id());
    direct.child.kill().await.unwrap();
    eventually("there is another hub", async || {
        Some(home.hub().pid) != direct.child.id() && other.phase() == Phase::Ready
    })
    .await;
}
