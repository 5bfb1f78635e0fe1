//! `tabhub stdio` as a host meets it: there at once, gone with its host.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::home::{Home, TABHUB, signal};
use crate::support::browser::FakeBrowser;
use crate::support::mcp::McpProcess;
use crate::support::{eventually, within};

#[tokio::test]
async fn a_host_is_answered_and_the_hub_starts_by_itself() {
    let home = Home::new();
    let server = home.host("first").await;
    let tools = server.request("tools/list", json!({})).await;
    assert!(tools["tools"].as_array().unwrap().len() > 10);
    eventually("the status tells of a hub", async || {
        server.text("browser_status", json!({})).await.contains("Hub: tabhub")
    })
    .await;
    assert_eq!(home.status()["clients"][0]["name"], "first");
    let _browser = FakeBrowser::connect(home.hub().port).await;
    server.text("browser_snapshot", json!({})).await;
}

#[tokio::test]
async fn initialize_and_the_list_of_tools_need_no_hub() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::set(&[("TABHUB_PORT", &taken.local_addr().unwrap().port().to_string())]);
    let server = home.host("lonely").await;
    assert!(server.request("tools/list", json!({})).await["tools"].is_array());
    let (_, answer) = server.ask("tools/call", json!({ "name": "browser_click", "arguments": { "ref": "e1" } })).await;
    let answer = within("an answer", answer).await.unwrap();
    assert!(answer.to_string().contains("is taken by"), "{answer}");
}

#[tokio::test]
async fn an_instance_ends_with_its_input_and_frees_its_client_at_once() {
    let home = Home::new();
    let server = home.host("short").await;
    eventually("it is a client", async || home.status()["clients"][0]["name"] == "short").await;
    let began = Instant::now();
    assert_eq!(server.close().await.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    eventually("its client is gone", async || home.status()["clients"] == json!([])).await;
    assert!(home.is_hub_alive(), "the hub is not its child");
}

#[tokio::test]
async fn a_signal_ends_an_instance_as_the_end_of_its_input_does() {
    for end in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let mut server = home.host("signalled").await;
        eventually("it is a client", async || home.status()["clients"][0]["name"] == "signalled").await;
        signal(server.child.id().unwrap(), end);
        let status = within("its end", server.child.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0));
        eventually("its client is gone", async || home.status()["clients"] == json!([])).await;
    }
}

#[tokio::test]
async fn the_name_that_a_person_gave_is_over_what_the_host_says() {
    let home = Home::new();
    let server = McpProcess::start(TABHUB.as_ref(), &["stdio", "--name", "mine"], &home.env(), "host").await;
    eventually("it is a client", async || home.status()["clients"][0]["name"] == "mine").await;
    drop(server);
}
