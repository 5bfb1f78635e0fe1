//! Who may come in: the guard at the door, and the proofs behind it.

use tabhub::protocol::hello::BrowserHello;
use tabhub::protocol::{BrowserEpoch, BrowserId, ClientId, EXTENSION_ID, Frame, Hello, PROTOCOL};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Error;

use crate::support::browser::{FakeBrowser, origin, say_hello};
use crate::support::client::{authorization, dial, hello, nothing, receive, receive_bye, send};
use crate::support::hub::{SECRET, TOKEN, TestHub};
use crate::support::{client::FakeClient, eventually, within};

fn status_of(error: &Error) -> Option<u16> {
    match error {
        Error::Http(response) => Some(response.status().as_u16()),
        _ => None,
    }
}

async fn get(port: u16, path: &str, headers: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    within("an answer over HTTP", stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn the_extensions_socket_refuses_every_other_origin_with_403() {
    let hub = TestHub::start().await;
    for wrong in ["https://evil.example", "chrome-extension://bjfgambnhccakkhmkepdoekmckoijdlc", "null"] {
        let error = dial(hub.port, "/ws/browser", &[("origin", wrong.to_owned())]).await.unwrap_err();
        assert_eq!(status_of(&error), Some(403), "{wrong}");
    }
    let error = dial(hub.port, "/ws/browser", &[]).await.unwrap_err();
    assert_eq!(status_of(&error), Some(403), "no Origin at all");
}

#[tokio::test]
async fn the_instances_socket_refuses_a_wrong_token_and_any_web_page_with_403() {
    let hub = TestHub::start().await;
    let page = ("origin", format!("http://127.0.0.1:{}", hub.port));
    for headers in [
        vec![],
        vec![authorization(hub.port, "wrong")],
        vec![authorization(hub.port.wrapping_add(1), TOKEN)],
        vec![authorization(hub.port, TOKEN), page],
        vec![("authorization", format!("Bearer {TOKEN}"))],
    ] {
        let error = dial(hub.port, "/ws/instance", &headers).await.unwrap_err();
        assert_eq!(status_of(&error), Some(403), "{headers:?}");
    }
    assert!(hub.status().await.clients.is_empty());
}

#[tokio::test]
async fn a_wrong_host_or_a_foreign_page_gets_403_on_every_route() {
    let hub = TestHub::start().await;
    let right = format!("host: 127.0.0.1:{}\r\n", hub.port);
    for path in ["/health", "/demo/alpha", "/ws/instance", "/ws/browser", "/nowhere"] {
        let answer = get(hub.port, path, &format!("host: evil.example:{}\r\n", hub.port)).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
        let answer = get(hub.port, path, &format!("{right}origin: https://evil.example\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
    }
    assert!(get(hub.port, "/health", &right).await.starts_with("HTTP/1.1 200"));
    let own = format!("{right}origin: chrome-extension://{EXTENSION_ID}\r\n");
    assert!(get(hub.port, "/health", &own).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn another_spelling_of_a_path_opens_no_other_door() {
    let hub = TestHub::start().await;
    let page = format!("http://127.0.0.1:{}", hub.port);
    for path in ["/ws/browse%72", "/ws%2Fbrowser", "/%77s/browser", "//ws/browser", "/ws/browser/", "/ws/./browser"] {
        let error = dial(hub.port, path, &[("origin", page.clone())]).await.unwrap_err();
        assert!(matches!(status_of(&error), Some(403 | 404)), "{path}: {error}");
        let error = dial(hub.port, path, &[]).await.unwrap_err();
        assert!(matches!(status_of(&error), Some(403 | 404)), "{path}: {error}");
    }
    let error =
        dial(hub.port, "/ws/instanc%65", &[authorization(hub.port, TOKEN), ("origin", page)]).await.unwrap_err();
    assert_eq!(status_of(&error), Some(403));
}

#[tokio::test]
async fn health_tells_counts_and_registers_nothing() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    let answer = get(hub.port, "/health", &format!("host: localhost:{}\r\n", hub.port)).await;
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let health: tabhub::protocol::status::Health = serde_json::from_str(body).unwrap();
    assert_eq!((health.name.as_str(), health.pid), ("tabhub", std::process::id()));
    assert_eq!((health.browsers, health.clients, health.calls_in_flight), (1, 1, 0));
    assert_eq!(health.restarts.get("Router"), Some(&0));
    assert_eq!(hub.status().await.clients.len(), 1);
    assert_eq!(health.actors, 5, "supervisor, registry, router, a browser, a client");
    client.leave().await;
    eventually("the client's actor is counted no more", async || hub.house.actors.get() == 4).await;
}

#[tokio::test]
async fn an_extension_that_cannot_prove_the_secret_is_told_so_and_turned_away() {
    let hub = TestHub::start().await;
    let mut socket = dial(hub.port, "/ws/browser", &[origin()]).await.unwrap();
    say_hello(&mut socket, hub.port, "WRON-GWRO", BrowserId::mint(), BrowserEpoch::mint(), PROTOCOL).await;
    assert_eq!(receive_bye(&mut socket).await.unwrap().code, "unauthorized");
    // A proof for another port, as a stranger would pass it on, is worth nothing here.
    let mut socket = dial(hub.port, "/ws/browser", &[origin()]).await.unwrap();
    say_hello(&mut socket, hub.port.wrapping_add(1), SECRET, BrowserId::mint(), BrowserEpoch::mint(), PROTOCOL).await;
    assert_eq!(receive_bye(&mut socket).await.unwrap().code, "unauthorized");
    assert!(hub.status().await.browsers.is_empty());
}

#[tokio::test]
async fn the_hub_proves_itself_to_a_browser_and_to_an_instance() {
    use tabhub::protocol::proof::{self, Challenge, Prover};
    let hub = TestHub::start().await;
    let mut socket = dial(hub.port, "/ws/browser", &[origin()]).await.unwrap();
    let Some(Frame::Hello(_, Hello::Hub(challenge))) = receive(&mut socket).await else { panic!("a challenge") };
    let (nonce, secret) = (proof::nonce(), proof::normalize_secret(SECRET));
    let signed = Challenge { port: hub.port, hub_nonce: &challenge.nonce, peer_nonce: &nonce };
    let mut hello_json = serde_json::json!({
        "role": "browser", "protocol": PROTOCOL, "version": "0.1.0", "nonce": nonce, "port": hub.port,
        "proof": proof::prove(&secret, Prover::Browser, signed),
    });
    hello_json["browser"] = serde_json::json!({
        "id": BrowserId::mint(), "name": "B", "version": "1", "epoch": BrowserEpoch::mint(),
    });
    let Hello::Browser(hello_browser) = serde_json::from_value::<Hello>(hello_json).unwrap() else { panic!("a hello") };
    let _: &BrowserHello = &hello_browser;
    send(&mut socket, &Frame::Hello(None, Hello::Browser(hello_browser))).await;
    let Some(Frame::Welcome(welcome)) = receive(&mut socket).await else { panic!("a welcome") };
    assert!(proof::verify(&secret, Prover::Hub, signed, &welcome.proof));

    let (name, value) = authorization(hub.port, TOKEN);
    let nonce = value.trim_start_matches("Tabhub ").split('.').next().unwrap().to_owned();
    let mut socket = dial(hub.port, "/ws/instance", &[(name, value)]).await.unwrap();
    send(&mut socket, &Frame::Hello(Some(ClientId::mint()), Hello::Instance(hello("one")))).await;
    let Some(Frame::Welcome(welcome)) = receive(&mut socket).await else { panic!("a welcome") };
    let signed = Challenge { port: hub.port, hub_nonce: "", peer_nonce: &nonce };
    assert!(proof::verify(TOKEN, Prover::Hub, signed, &welcome.proof));
}
