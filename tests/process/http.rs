//! MCP over HTTP at a hub that is a process of its own: its port, its token, and how people hear of both.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::home::Home;
use crate::support::eventually;
use crate::support::http::{Request, hello, rpc};

async fn status_of(port: u16, token: &str) -> u16 {
    let request = Request::new(port, "POST", "/mcp").body(rpc(1, "initialize", &hello("host", &json!({}))));
    request.header("authorization", &format!("Bearer {token}")).send().await.status
}

#[tokio::test]
async fn the_token_of_http_outlives_hubs_and_is_replaced_only_on_purpose() {
    let home = Home::new();
    let first = home.ok(["token"]);
    assert_eq!(first.trim().len(), 64, "one line, for a shell to use: {first:?}");
    let mode = std::fs::metadata(home.settings().paths.http_token()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = first.trim().to_owned();
    home.ok(["start"]);
    let port = home.hub().mcp_port.expect("HTTP is served");
    assert_eq!((status_of(port, &token).await, status_of(port, &home.hub().token).await), (200, 401));
    home.ok(["restart"]);
    assert_eq!(home.hub().mcp_port, Some(port), "hosts have the address in their files");
    assert_eq!(home.ok(["token"]), first);
    assert_eq!(status_of(port, &token).await, 200);
    let second = home.ok(["token", "--new"]).trim().to_owned();
    assert_ne!(second, token);
    eventually("the running hub takes the new one", async || status_of(port, &second).await == 200).await;
    assert_eq!(status_of(port, &token).await, 401);
}

#[tokio::test]
async fn who_wants_no_token_is_asked_for_none_by_the_daemon() {
    let home = Home::set(&[("TABHUB_HTTP_AUTH", "off")]);
    home.ok(["start"]);
    assert_eq!(status_of(home.hub().mcp_port.unwrap(), "none").await, 200);
}

#[tokio::test]
async fn a_taken_port_of_http_is_told_with_its_owner_and_costs_nothing_else() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = Home::set(&[("TABHUB_MCP_PORT", &port)]);
    home.ok(["start"]);
    assert_eq!(home.hub().mcp_port, None);
    let trouble = home.status()["hub"]["mcpTrouble"].as_str().unwrap().to_owned();
    for place in [&trouble, &home.ok(["status"]), &home.log()] {
        for part in [format!("port {port} is taken by"), std::process::id().to_string(), "TABHUB_MCP_PORT".into()] {
            assert!(place.contains(&part), "{part} in {place}");
        }
    }
    let host = home.host("stdio").await;
    let status = || host.text("browser_status", json!({}));
    eventually("instances are served", async || status().await.contains("You are")).await;
}
