//! Bad input from either side gets a clear error, hangs nothing, and disturbs nobody else.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tabhub::config::limits;
use tabhub::protocol::{CallId, ClientId, ErrorCode, Frame, Hello};
use tokio_tungstenite::tungstenite::Message;

use crate::support::browser::{FakeBrowser, answer, origin};
use crate::support::client::{FakeClient, authorization, dial, hello, nothing, receive_bye, send};
use crate::support::hub::{TOKEN, TestHub};
use crate::support::within;

#[tokio::test]
async fn garbage_of_a_browser_is_survived_and_its_calls_go_on() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    for garbage in
        ["{", "", "[1,2]", r#"{"type":"dance"}"#, r#"{"type":"answer","id":"x","payload":{}}"#, r#"{"type":"call"}"#]
    {
        browser.send_text(garbage).await;
    }
    browser.send(answer(CallId::mint(), Some(client.id), Ok(json!({})))).await;
    browser.send(answer(CallId::mint(), None, Ok(json!({})))).await;
    browser.send_text(r#"{"type":"event","payload":{"name":"from_the_future"}}"#).await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert!(!browser.is_over());
}

#[tokio::test]
async fn garbage_of_an_instance_is_survived_and_its_calls_go_on() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    for garbage in ["{", "null", r#"{"type":"dance"}"#, r#"{"type":"call","id":"not-a-uuid","payload":{}}"#] {
        client.send_text(garbage.to_owned()).await;
    }
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn a_first_frame_that_is_no_hello_ends_the_connection_with_a_reason() {
    let hub = TestHub::start().await;
    for first in ["{", r#"{"type":"ping","id":"1"}"#, r#"{"type":"hello","payload":{"role":"ghost"}}"#] {
        let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
        socket.send(Message::text(first)).await.unwrap();
        if first.contains("ping") {
            // A ping is answered at any time; the connection still wants its hello.
            send(&mut socket, &Frame::Cancel(CallId::mint(), None)).await;
        }
        assert_eq!(receive_bye(&mut socket).await.unwrap().code, "invalid_params", "{first}");
    }
}

#[tokio::test]
async fn a_frame_over_the_cap_closes_that_connection_only() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let other = FakeClient::connect(hub.port, "other").await;
    let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
    send(&mut socket, &Frame::Hello(Some(ClientId::mint()), Hello::Instance(hello("big")))).await;
    let huge = "x".repeat(limits::INSTANCE_FRAME_BYTES + 1);
    let _ = socket.send(Message::text(huge)).await;
    // Its goodbye may be lost, since the hub does not read the rest; the connection is over either way.
    let bye = receive_bye(&mut socket).await;
    assert!(bye.is_none_or(|bye| bye.message.contains("larger")));
    assert!(other.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn an_unknown_tool_and_a_call_that_is_too_late_are_named_as_such() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let error = client.call("browser_fly", nothing()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidParams);
    assert!(error.message.contains("browser_fly"));
    let late = client.call_as(CallId::mint(), 1, "browser_click", nothing(), Duration::ZERO).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::DeadlineExceeded);
    assert!(late.message.contains("did not run"));
    assert!(browser.calls().is_empty(), "neither reached the browser");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_an_error_that_names_the_extension() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(
        hub.port,
        tabhub::protocol::BrowserId::mint(),
        tabhub::protocol::BrowserEpoch::mint(),
        |_| crate::support::browser::Reaction::Silence,
    )
    .await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let waiting = client.start(id, 1, "browser_click", nothing(), Duration::from_secs(15)).await;
    crate::support::eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    browser
        .send_text(format!(r#"{{"type":"answer","id":"{id}","clientId":"{}","payload":{{"ok":"maybe"}}}}"#, client.id))
        .await;
    let error = crate::support::within("the answer", waiting).await.unwrap().error().unwrap().unwrap();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(error.message.contains("extension"));
}

/// A socket of the given route after its upgrade, as bytes.
async fn raw_socket(port: u16, route: &str, headers: &[(&'static str, String)]) -> tokio::net::TcpStream {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let upgrade = format!(
        "GET {route} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within("the upgrade", stream.read_u8()).await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}

#[tokio::test]
async fn bytes_that_are_no_websocket_frames_end_that_connection_and_hold_nobody_up() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let unmasked: &[u8] = &[0x81, 0x02, b'h', b'i'];
    let reserved_bits: &[u8] = &[0xf1, 0x82, 0, 0, 0, 0, b'h', b'i'];
    let no_opcode: &[u8] = &[0x83, 0x82, 0, 0, 0, 0, b'h', b'i'];
    let mut streams = Vec::new();
    for bytes in [unmasked, reserved_bits, no_opcode] {
        for (route, headers) in [("/ws/browser", [origin()]), ("/ws/instance", [authorization(hub.port, TOKEN)])] {
            let mut stream = raw_socket(hub.port, route, &headers).await;
            if route == "/ws/instance" {
                // Past its hello no timer ends it any more.
                let said = Frame::Hello(Some(ClientId::mint()), Hello::Instance(hello("raw"))).encode().unwrap();
                let length = u16::try_from(said.len()).unwrap().to_be_bytes();
                let head = [0x81, 0x80 | 126, length[0], length[1], 0, 0, 0, 0];
                stream.write_all(&[&head[..], said.as_bytes()].concat()).await.unwrap();
            }
            stream.write_all(bytes).await.unwrap();
            assert!(within("others' calls", client.call("browser_snapshot", nothing())).await.is_ok());
            streams.push(stream);
        }
    }
    for mut stream in streams {
        within("the end of the connection", stream.read_to_end(&mut Vec::new())).await.ok();
    }
}

#[tokio::test]
async fn a_frame_that_only_claims_to_be_over_the_cap_is_refused_before_its_bytes_come() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let hub = TestHub::start().await;
    let mut stream = raw_socket(hub.port, "/ws/browser", &[origin()]).await;
    let mut head = vec![0x81, 0xff];
    head.extend_from_slice(&(1u64 << 40).to_be_bytes());
    head.extend_from_slice(&[0, 0, 0, 0]);
    stream.write_all(&head).await.unwrap();
    let mut heard = Vec::new();
    within("the end of the connection", stream.read_to_end(&mut heard)).await.ok();
    assert!(String::from_utf8_lossy(&heard).contains("larger"), "it was told why");
}
