//! Who may come to that port, and what a hub does where it cannot have it.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use serde_json::Value;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::home::Home;
use crate::support::client::{FakeClient, dial, nothing};
use crate::support::eventually;
use crate::support::hub::TestHub;
use crate::support::legacy::{FakeExtension, ORIGIN, Tab, headers, knock};
use crate::{hub, legacy};

fn status_of<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Option<u16> {
    match outcome {
        Err(Error::Http(response)) => Some(response.status().as_u16()),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

fn origin(origin: &str) -> Vec<(&'static str, String)> {
    vec![("origin", origin.to_owned())]
}

#[tokio::test]
async fn only_that_extension_may_come_and_only_to_its_own_route() {
    let hub = hub().await;
    let port = legacy(&hub);
    let own = format!("chrome-extension://{}", tabhub::protocol::EXTENSION_ID);
    for wrong in ["https://evil.example", "null", &own, &format!("http://127.0.0.1:{port}"), &ORIGIN.to_uppercase()] {
        assert_eq!(status_of(knock(port, &origin(wrong)).await), Some(403), "{wrong}");
    }
    assert_eq!(status_of(knock(port, &[]).await), Some(403), "no Origin at all");
    let rebound = [headers(), vec![("host", format!("evil.example:{port}"))]].concat();
    assert_eq!(status_of(knock(port, &rebound).await), Some(403), "a name that was rebound");
    for route in ["/ws/browser", "/ws/instance", "/health", "/demo/alpha"] {
        assert_eq!(status_of(dial(port, route, &headers()).await), Some(403), "{route}");
    }
    assert_eq!(status_of(knock(hub.port, &headers()).await), Some(403), "the hub's own port");
    assert_eq!(status_of(knock(hub.port, &[]).await), Some(404), "the hub's own port");
    assert!(hub.status().await.browsers.is_empty());
}

#[tokio::test]
async fn both_loopback_addresses_lead_to_it() {
    let hub = hub().await;
    let mut request = format!("ws://[::1]:{}/", legacy(&hub)).into_client_request().unwrap();
    for (name, value) in headers() {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => {
            let mut tab = Tab::default();
            let _extension = FakeExtension::over(socket, move |got| tab.react(got));
            let client = FakeClient::connect(hub.port, "one").await;
            client.call("browser_snapshot", nothing()).await.unwrap();
        }
        Err(Error::Io(error)) => println!("skipped: this machine has no IPv6 ({error})"),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_program_of_another_user_is_refused_whatever_origin_it_sends() {
    let hub = hub().await;
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{0}; printf 'GET / HTTP/1.1\\r\\nHost: 127.0.0.1:{0}\\r\\nOrigin: {ORIGIN}\\r\\n\
         Connection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n' >&3; head -n 1 <&3",
        legacy(&hub)
    );
    let knock = |uid: Option<u32>| {
        let mut command = Command::new("/bin/bash");
        command.arg("-c").arg(&script).current_dir("/").env_clear().env("PATH", "/usr/bin:/bin");
        uid.into_iter().for_each(|uid| {
            command.uid(uid).gid(uid);
        });
        tokio::task::spawn_blocking(move || command.output())
    };
    let ours = knock(None).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&ours.stdout).starts_with("HTTP/1.1 101"), "{ours:?}");
    match knock(Some(65_534)).await.unwrap() {
        Ok(theirs) => assert!(String::from_utf8_lossy(&theirs.stdout).starts_with("HTTP/1.1 403"), "{theirs:?}"),
        Err(error) => println!("skipped: this user cannot start another one's program ({error})"),
    }
}

#[tokio::test]
async fn there_is_an_end_to_the_browsers_that_may_come() {
    let hub = hub().await;
    let mut there = Vec::new();
    for _ in 0..tabhub::config::limits::LEGACY_BROWSERS {
        there.push(knock(legacy(&hub), &headers()).await.unwrap());
    }
    assert_eq!(status_of(knock(legacy(&hub), &headers()).await), Some(503));
    drop(there.pop());
    eventually("a place is free", async || knock(legacy(&hub), &headers()).await.is_ok()).await;
}

#[tokio::test]
async fn a_port_that_another_program_holds_costs_nothing_but_that_port_and_is_told() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let home = Home::set(&[("TABHUB_LEGACY_PORT", &port.to_string())]);
    home.ok_meanwhile(["start"]).await;
    assert_eq!(home.hub().legacy_port, None);
    let status = home.status();
    assert_eq!(status["hub"]["legacyPort"], Value::Null);
    let trouble = status["hub"]["legacyTrouble"].as_str().unwrap().to_owned();
    let me = format!("(process {})", std::process::id());
    assert!(trouble.contains(&format!("port {port} is taken by")) && trouble.contains(&me), "{trouble}");
    assert!(home.ok(["status"]).contains(&format!("No Browser MCP extension: {trouble}")));
    assert!(home.log().contains("the Browser MCP extension cannot connect"), "{}", home.log());
    assert_eq!(status["hub"]["port"], home.port(), "all else works");
}

#[tokio::test]
async fn up_opens_a_browser_of_its_own_beside_one_whose_tab_all_share() {
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "0")]);
    home.ok_meanwhile(["start"]).await;
    let (_extension, _tab) = FakeExtension::connect(home.hub().legacy_port.unwrap()).await;
    let nowhere = home.path().join("no-such-browser").display().to_string();
    let mut up = tokio::process::Command::from(home.command(["up", "--headless", "--browser", &nowhere]));
    let ran = up.output().await.unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(!ran.status.success() && said.contains(&nowhere), "{said}");
    assert!(home.ok_meanwhile(["status"]).await.contains("1, shared"));
}

#[tokio::test]
async fn a_hub_without_that_port_says_nothing_of_it() {
    let hub = TestHub::start().await;
    let status = hub.status().await.hub.unwrap();
    assert_eq!((hub.legacy_port, status.legacy_port, status.legacy_trouble), (None, None, None));
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "off")]);
    home.ok_meanwhile(["start"]).await;
    assert_eq!(home.hub().legacy_port, None);
    assert!(!home.ok(["status"]).contains("Browser MCP"));
}

#[tokio::test]
async fn another_extension_may_come_where_the_settings_name_it() {
    let other = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
    let home = Home::set(&[("TABHUB_LEGACY_PORT", "0"), ("TABHUB_LEGACY_ORIGINS", "abcdefghijklmnopabcdefghijklmnop")]);
    home.ok_meanwhile(["start"]).await;
    let port = home.hub().legacy_port.unwrap();
    assert!(home.ok(["status"]).contains(&format!("Browser MCP on {port}")));
    assert_eq!(status_of(knock(port, &headers()).await), Some(403));
    assert!(knock(port, &origin(other)).await.is_ok());
}
