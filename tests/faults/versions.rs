//! Builds of different ages work together: the protocol before this one is taken, every other is named with its side,
//! and what a later build says beyond this one is passed over, from either side.

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tabhub::instance::Phase;
use tabhub::protocol::hello::ControlHello;
use tabhub::protocol::{
    BrowserEpoch, BrowserId, CallId, ClientId, Frame, Hello, MIN_PROTOCOL, PROTOCOL, VERSION, now_ms,
};
use tokio_tungstenite::tungstenite::Message;

use crate::home::Home;
use crate::links::{call, link_to, request, result, until};
use crate::standin_hub::{Answers, StandinHub};
use crate::support::browser::{FakeBrowser, hello_to, origin, say_hello};
use crate::support::client::{FakeClient, Socket, authorization, dial, hello, nothing, receive, send};
use crate::support::hub::{SECRET, TOKEN, TestHub};
use crate::support::within;

/// What the hub says to a hello: taken, or the reason why not.
async fn verdict(socket: &mut Socket) -> Result<(), String> {
    loop {
        match receive(socket).await {
            Some(Frame::Welcome(_)) => return Ok(()),
            Some(Frame::Bye(bye)) if bye.code == "version_mismatch" => return Err(bye.message),
            Some(Frame::Hello(..)) => {}
            other => panic!("neither welcome nor refusal: {other:?}"),
        }
    }
}

async fn verdict_for(hub: &TestHub, who: &str, protocol: u32) -> Result<(), String> {
    if who == "extension" {
        let mut socket = dial(hub.port, "/ws/browser", &[origin()]).await.unwrap();
        say_hello(&mut socket, hub.port, SECRET, BrowserId::mint(), BrowserEpoch::mint(), protocol).await;
        return verdict(&mut socket).await;
    }
    let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
    let frame = if who == "instance" {
        let mut hello = hello("of another time");
        hello.protocol = protocol;
        Frame::Hello(Some(ClientId::mint()), Hello::Instance(hello))
    } else {
        Frame::Hello(None, Hello::Control(ControlHello { protocol, version: VERSION.to_owned() }))
    };
    send(&mut socket, &frame).await;
    verdict(&mut socket).await
}

#[tokio::test]
async fn a_hub_takes_this_protocol_and_the_one_before_and_tells_others_which_side_is_older() {
    let hub = TestHub::start().await;
    for who in ["instance", "extension", "command line"] {
        for protocol in [0, MIN_PROTOCOL - 1, MIN_PROTOCOL, PROTOCOL, PROTOCOL + 1, 99] {
            let older = match protocol {
                known if (MIN_PROTOCOL..=PROTOCOL).contains(&known) => None,
                old if old < MIN_PROTOCOL => Some(who),
                _ => Some("hub"),
            };
            let said = verdict_for(&hub, who, protocol).await;
            match (older, said) {
                (None, said) => assert_eq!(said, Ok(()), "{who} {protocol}"),
                (Some(older), Err(said)) => {
                    let sentence = format!("the {older} is the older side");
                    assert!(said.contains(&sentence) && said.contains(&protocol.to_string()), "{said}");
                }
                (Some(_), Ok(())) => panic!("{who} {protocol} was taken"),
            }
        }
    }
}

/// The same JSON with more in it than this build knows.
fn with_more(frame: &Frame) -> Value {
    let mut json: Value = serde_json::from_str(&frame.encode().unwrap()).unwrap();
    json["mood"] = json!("fine");
    json["payload"]["moons"] = json!({ "count": 2, "names": ["a", "b"] });
    json["payload"]["capabilities"] = json!(["journal", "telepathy"]);
    json
}

/// What no build knows yet.
fn omens() -> [Value; 3] {
    [
        json!({ "type": "omen", "id": "1", "payload": { "a": [1, 2] } }),
        json!({ "type": "event", "payload": { "name": "comet_seen", "brightness": 7 } }),
        json!({ "type": "pong", "id": "1", "payload": { "and": "more" } }),
    ]
}

async fn send_json(socket: &mut Socket, json: &Value) {
    socket.send(Message::text(json.to_string())).await.unwrap();
}

#[tokio::test]
async fn an_instance_of_a_later_build_is_served_whatever_more_it_says() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
    let client = ClientId::mint();
    send_json(&mut socket, &with_more(&Frame::Hello(Some(client), Hello::Instance(hello("later"))))).await;
    assert_eq!(verdict(&mut socket).await, Ok(()));
    for omen in omens() {
        send_json(&mut socket, &omen).await;
    }
    let id = CallId::mint();
    let call = json!({ "type": "call", "id": id, "clientId": client, "urgency": 9, "payload": {
        "tool": "browser_click", "params": { "ref": "e1", "gently": true }, "attempt": 1, "expiresAt": now_ms() + 20_000,
        "insurance": { "by": "nobody" },
    } });
    send_json(&mut socket, &call).await;
    let answer = within("the answer", async {
        loop {
            match receive(&mut socket).await.expect("the connection holds") {
                Frame::Answer(answer) if answer.id == id => return answer,
                _ => {}
            }
        }
    })
    .await;
    let result: Value = serde_json::from_str(answer.outcome().unwrap().unwrap().get()).unwrap();
    assert_eq!(result["params"]["gently"], true, "arguments are passed on as they are: {result}");
}

#[tokio::test]
async fn an_extension_of_a_later_build_is_served_whatever_more_it_says() {
    let hub = TestHub::start().await;
    let mut socket = dial(hub.port, "/ws/browser", &[origin()]).await.unwrap();
    let Some(Frame::Hello(_, Hello::Hub(challenge))) = receive(&mut socket).await else {
        panic!("the hub speaks first")
    };
    let ids = (BrowserId::mint(), BrowserEpoch::mint());
    let mut said = with_more(&hello_to(&challenge, hub.port, SECRET, ids.0, ids.1, PROTOCOL));
    said["payload"]["browser"]["colour"] = json!("blue");
    send_json(&mut socket, &said).await;
    assert_eq!(verdict(&mut socket).await, Ok(()));
    for omen in omens() {
        send_json(&mut socket, &omen).await;
    }
    let client = FakeClient::connect(hub.port, "one").await;
    let tabs = json!({ "type": "event", "payload": { "name": "tabs", "focused": true, "weather": "sunny", "tabs": [
        { "tabId": 1, "owner": client.id, "current": true, "url": "http://x/", "taste": "sweet" },
    ] } });
    send_json(&mut socket, &tabs).await;
    let serve = async {
        let mut served = 0;
        while served < 2 {
            let Frame::Call(call) = receive(&mut socket).await.expect("the connection holds") else { continue };
            let payload = match served {
                0 => json!({ "ok": true, "result": { "text": "fine" }, "took": 1 }),
                _ => json!({ "ok": false, "error": { "code": "eclipse", "message": "The sun is gone.", "until": 9 } }),
            };
            let answer =
                json!({ "type": "answer", "id": call.id, "clientId": call.client, "hops": 3, "payload": payload });
            send_json(&mut socket, &answer).await;
            served += 1;
        }
    };
    let ask = async {
        let fine = client.call("browser_click", nothing()).await;
        (fine, client.call("browser_click", nothing()).await)
    };
    let ((), (fine, eclipse)) = within("both answers", async { tokio::join!(serve, ask) }).await;
    assert_eq!(fine.unwrap()["text"], "fine");
    let error = eclipse.unwrap_err();
    assert!(error.message.contains("The sun is gone"), "the reason reaches the caller all the same: {error}");
    assert_eq!(hub.status().await.clients[0].tabs.len(), 1);
}

#[tokio::test]
async fn a_hub_of_a_later_build_is_used_whatever_more_it_says() {
    let home = Home::new();
    let later = StandinHub::start(&home, PROTOCOL + 1, Answers::FromTheFuture).await;
    let link = link_to(&home, tabhub::instance::HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    assert_eq!(later.spoken(), Some(PROTOCOL), "the newest protocol that both know");
    assert_eq!(result(call(&link, request("browser_click")).await)["text"], "call 1");
    // At the second one it says goodbye in a word that this build does not know; the call is sent again.
    assert_eq!(result(call(&link, request("browser_click")).await)["text"], "call 3");
    assert!(link.history().iter().any(|change| change.reason.contains("eclipse")), "{:?}", link.history());
    let host = home.host("real").await;
    assert!(host.text("browser_click", json!({ "ref": "e1" })).await.contains("call "));
    assert!(home.hubs().is_empty(), "no other hub was started");
}

#[tokio::test]
async fn an_instance_that_a_later_hub_refuses_says_which_side_is_older_and_serves_once_that_hub_is_gone() {
    let home = Home::new();
    let later = StandinHub::start(&home, 99, Answers::RefuseVersion).await;
    let host = home.host("older").await;
    let (_, answer) = host.ask("tools/call", json!({ "name": "browser_click", "arguments": { "ref": "e1" } })).await;
    let told = within("the answer", answer).await.unwrap().to_string();
    assert!(told.contains("version_mismatch") && told.contains("I speak 98 to 99"), "{told}");
    assert!(told.contains("Update the older side"), "it says what to do: {told}");
    assert!(!later.was_stopped() && home.hubs().is_empty(), "nobody ends a later hub, nor starts one beside it");
    later.release_lock();
    crate::support::eventually("it has a hub of its own time", async || {
        host.text("browser_status", json!({})).await.contains("Hub: tabhub")
    })
    .await;
    assert_eq!(home.hubs(), [home.hub().pid]);
}
