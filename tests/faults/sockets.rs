//! What goes wrong on a socket: it is cut at any moment, its other end is gone and nobody says so, its peer does not
//! read, or says nothing at all, or far too much. It costs that one connection, and nobody else anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tabhub::actors::house::Tuning;
use tabhub::config::limits::CALLS_PER_INSTANCE;
use tabhub::protocol::{Answer, BrowserEpoch, BrowserId, CallId, ClientId, ErrorCode, Event, Frame, PROTOCOL};
use tabhub::supervise::fault::points::BROWSER_SOCKET_WRITE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::by_hand::{call, connect, greet};
use crate::desk::Desk;
use crate::support::browser::{FakeBrowser, echo, origin, say_hello, tab};
use crate::support::client::{FakeClient, Socket, authorization, dial, receive, receive_bye};
use crate::support::hub::{SECRET, TOKEN, TestHub};
use crate::support::journal::{Deed, Moment, Setup, Step};
use crate::support::proxy::Proxy;
use crate::support::{eventually, within};

const CLIENTS: usize = 3;
const TIME: Duration = Duration::from_secs(60);

/// Peers that are silent are found soon, but not those that a busy machine holds up.
fn impatient(tuning: &mut Tuning) {
    (tuning.ping_interval, tuning.silence_limit) = (Duration::from_millis(500), Duration::from_secs(5));
}

#[tokio::test]
async fn a_browsers_connection_that_is_cut_at_any_moment_costs_nobody_an_answer() {
    let mut moments = vec![(Step::Welcomed, Deed::HangUp)];
    for step in [Step::Heard, Step::Started, Step::Acted, Step::Answering, Step::Answered] {
        moments.extend([Deed::HangUp, Deed::Reset, Deed::RedialBeside].map(|deed| (step, deed)));
    }
    moments.push((Step::Answering, Deed::HangUpInTheMiddle));
    for (step, deed) in moments {
        let is_armed = Arc::new(AtomicBool::new(false));
        let armed = Arc::clone(&is_armed);
        let hook = move |moment: &Moment| {
            // Once; not while everyone makes themselves at home.
            let is_now = moment.step == step && armed.swap(false, Ordering::SeqCst);
            (if is_now { deed } else { Deed::GoOn }).into()
        };
        let desk = Desk::with(CLIENTS, |_| {}, Setup { hook: Arc::new(hook), ..Setup::default() }).await;
        is_armed.store(true, Ordering::SeqCst);
        if step == Step::Welcomed {
            desk.browser.suffer(Deed::HangUp);
        }
        let calls: Vec<_> =
            (0..CLIENTS).map(|n| desk.start(n, "browser_click", json!({ "pad": 300_000 }), TIME)).collect();
        for call in calls {
            let done = call.done().await;
            assert!(done.outcome.is_ok(), "{step:?}, {deed:?}: {:?}", done.outcome);
            done.is_honest(&desk);
        }
        assert!(!is_armed.load(Ordering::SeqCst), "{step:?}, {deed:?}: it was cut");
        assert_eq!(desk.reconnects(), [0; CLIENTS], "no client's connection was touched");
        desk.is_well().await;
    }
}

/// A browser that is gone and nobody has said so, with a call on its way to it.
struct HalfOpen {
    id: BrowserId,
    epoch: BrowserEpoch,
    answer: oneshot::Receiver<Answer>,
    /// Whatever would tell of it by its end.
    _kept: (Proxy, Socket, FakeClient),
}

async fn half_open(port: u16) -> HalfOpen {
    let way = Proxy::to(port).await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let mut lost = way.dial("/ws/browser", &[origin()]).await;
    say_hello(&mut lost, port, SECRET, id, epoch, PROTOCOL).await;
    assert!(matches!(receive(&mut lost).await, Some(Frame::Welcome(_))));
    let client = FakeClient::connect(port, "one").await;
    way.lose();
    let answer = client.start(CallId::mint(), 1, "browser_click", json!({}), TIME).await;
    HalfOpen { id, epoch, answer, _kept: (way, lost, client) }
}

#[tokio::test]
async fn a_browser_that_is_gone_without_a_trace_is_found_by_its_silence_and_its_calls_go_to_its_next_connection() {
    let hub = TestHub::start_tuned(|_| {}, impatient).await;
    let HalfOpen { id, epoch, answer, _kept } = half_open(hub.port).await;
    eventually("its silence is noticed", async || hub.status().await.browsers.iter().all(|b| !b.connected)).await;
    let back = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    assert!(within("the answer", answer).await.unwrap().outcome().unwrap().is_ok());
    assert_eq!(back.calls().len(), 1);
}

#[tokio::test]
async fn a_browser_that_comes_back_before_its_silence_is_noticed_takes_over_at_once() {
    // Here nobody waits for a silence.
    let hub = TestHub::start().await;
    let HalfOpen { id, epoch, answer, _kept } = half_open(hub.port).await;
    eventually("the call is under way", async || hub.status().await.browsers.iter().any(|b| b.in_flight == 1)).await;
    let _back = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    assert!(within("the answer", answer).await.unwrap().outcome().unwrap().is_ok());
}

async fn state_of(hub: &TestHub, id: ClientId) -> Option<String> {
    hub.status().await.clients.into_iter().find(|client| client.id == id).map(|client| client.state)
}

#[tokio::test]
async fn an_instance_that_is_gone_without_a_trace_is_found_by_its_silence_and_no_other_is() {
    let desk = Desk::tuned(CLIENTS, impatient).await;
    let (way, id) = (Proxy::to(desk.hub.port).await, ClientId::mint());
    let _lost = greet(way.dial("/ws/instance", &[authorization(desk.hub.port, TOKEN)]).await, id).await;
    eventually("it is here", async || state_of(&desk.hub, id).await.as_deref() == Some("ready")).await;
    way.lose();
    eventually("it is away", async || state_of(&desk.hub, id).await.as_deref() == Some("reconnecting")).await;
    assert_eq!(desk.reconnects(), [0; CLIENTS]);
    let back = dial(desk.hub.port, "/ws/instance", &[authorization(desk.hub.port, TOKEN)]).await.unwrap();
    let _back = greet(back, id).await;
    eventually("it is back", async || state_of(&desk.hub, id).await.as_deref() == Some("ready")).await;
    for n in 0..CLIENTS {
        assert!(desk.start(n, "browser_click", json!({}), TIME).done().await.outcome.is_ok());
    }
}

/// An instance that asks for `calls` answers of `pad` bytes each and reads none of them.
async fn asks_and_does_not_read(desk: &Desk, calls: usize, pad: usize) -> (ClientId, Socket) {
    let (id, mut socket) = connect(desk.hub.port, TOKEN).await;
    for _ in 0..calls {
        socket.send(call("browser_snapshot", &json!({ "pad": pad }), TIME)).await.unwrap();
    }
    (id, socket)
}

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn an_instance_that_does_not_read_its_answers_loses_its_connection_and_nobody_else_does() {
    // So much fits into no system's buffers.
    let desk = Desk::tuned(CLIENTS, |tuning| tuning.outbox_bytes = 4 * MIB).await;
    let (id, _socket) = asks_and_does_not_read(&desk, 16, 2 * MIB).await;
    let most = AtomicUsize::new(0);
    eventually("it is given up", async || {
        most.fetch_max(desk.hub.house.outboxes.held(), Ordering::Relaxed);
        state_of(&desk.hub, id).await.as_deref() == Some("reconnecting")
    })
    .await;
    // One frame is let in beyond what waits, and a call's frame has some bytes around its answer.
    let most = most.into_inner();
    assert!(most <= 4 * MIB + 3 * MIB, "{most} bytes waited for it");
    eventually("nothing is kept for it", async || desk.hub.house.outboxes.held() == 0).await;
    for n in 0..CLIENTS {
        assert!(desk.start(n, "browser_click", json!({}), TIME).done().await.outcome.is_ok());
    }
    assert_eq!(desk.reconnects(), [0; CLIENTS]);
}

#[tokio::test]
async fn all_that_waits_for_those_who_do_not_read_is_bounded_and_who_reads_is_not_held_back() {
    let tune = |tuning: &mut Tuning| (tuning.outbox_bytes, tuning.outboxes_bytes) = (64 * MIB, 4 * MIB);
    let desk = Desk::tuned(CLIENTS, tune).await;
    let idlers: Vec<_> = join_all((0..3).map(|_| asks_and_does_not_read(&desk, 10, MIB))).await;
    let readers: Vec<_> =
        (0..CLIENTS).map(|n| desk.start(n, "browser_snapshot", json!({ "pad": MIB }), TIME)).collect();
    let most = AtomicUsize::new(0);
    eventually("those that wait for too much are given up", async || {
        most.fetch_max(desk.hub.house.outboxes.held(), Ordering::Relaxed);
        let clients = desk.hub.status().await.clients;
        let is_away = |id: &ClientId| clients.iter().any(|c| c.id == *id && c.state == "reconnecting");
        idlers.iter().filter(|(id, _)| is_away(id)).count() >= 2
    })
    .await;
    for reader in readers {
        assert!(reader.done().await.outcome.is_ok(), "who reads gets its answer");
    }
    assert_eq!(desk.reconnects(), [0; CLIENTS]);
    // One frame of each is let in where nothing waits for it.
    let most = most.into_inner();
    assert!(most <= (4 + 3 * 2 + CLIENTS * 2) * MIB, "{most} bytes waited");
}

#[tokio::test]
async fn a_reader_that_is_only_slow_gets_everything() {
    let desk = Desk::of(1).await;
    let (id, mut socket) = asks_and_does_not_read(&desk, 8, 2 * MIB).await;
    eventually("all of them are answered", async || {
        let clients = desk.hub.status().await.clients;
        desk.browser.running() == 0 && clients.iter().any(|client| client.id == id && client.in_flight == 0)
    })
    .await;
    let mut answers = 0;
    while answers < 8 {
        if let Some(Frame::Answer(answer)) = receive(&mut socket).await {
            assert!(answer.payload.get().len() > 2 * MIB);
            answers += 1;
        }
    }
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_silent_too_however_little_waits_for_it() {
    let desk = Desk::tuned(CLIENTS, impatient).await;
    // More than the system takes, and far less than any bound.
    let (id, _socket) = asks_and_does_not_read(&desk, 7, 2 * MIB).await;
    eventually("it is given up", async || state_of(&desk.hub, id).await.as_deref() == Some("reconnecting")).await;
    eventually("nothing is kept for it", async || desk.hub.house.outboxes.held() == 0).await;
    assert_eq!(desk.reconnects(), [0; CLIENTS]);
}

#[tokio::test]
async fn a_browser_that_does_not_read_its_calls_is_given_up_and_gets_them_when_it_is_back() {
    let tune = |tuning: &mut Tuning| {
        impatient(tuning);
        tuning.outbox_bytes = 3 * MIB / 2;
    };
    let desk = Desk::tuned(CLIENTS, tune).await;
    desk.browser.pause_reading(true);
    // Together they are far over the bound, and that is no sign of a browser that does not read.
    let text = "x".repeat(MIB);
    let calls: Vec<_> = (0..CLIENTS)
        // A counter of its own: its name stands in the answer, and the journal keeps no answer of such a length.
        .flat_map(|n| [0, 1].map(|_| (n, json!({ "text": text, "counter": "long" }))))
        .map(|(n, params)| desk.start(n, if n == 0 { "browser_snapshot" } else { "browser_type" }, params, TIME))
        .collect();
    eventually("it is given up", async || desk.hub.status().await.browsers.iter().all(|b| !b.connected)).await;
    desk.browser.pause_reading(false);
    for call in calls {
        let done = call.done().await;
        assert!(done.outcome.is_ok(), "{:?}", done.outcome);
        assert!(desk.effects_of(done.key) <= 1);
    }
    assert_eq!(desk.reconnects(), [0; CLIENTS]);
    desk.is_well().await;
}

#[tokio::test]
async fn who_connects_and_says_nothing_takes_no_room_from_others() {
    let tune = |tuning: &mut Tuning| (tuning.strangers, tuning.hello_timeout) = (16, Duration::from_secs(3600));
    let hub = TestHub::start_tuned(|_| {}, tune).await;
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(dial(hub.port, "/ws/browser", &[origin()]).await.unwrap());
        silent.push(dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap());
    }
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    assert!(client.call("browser_snapshot", json!({})).await.is_ok());
    // Those of the first ones that were not let in any more are told by their end, oldest first.
    let mut ended = 0;
    for socket in &mut silent[..2 * (60 - 16)] {
        while receive(socket).await.is_some() {}
        ended += 1;
    }
    assert_eq!(ended, 2 * (60 - 16));
    let held = silent.last_mut().unwrap();
    let next = tokio::time::timeout(Duration::from_millis(50), held.next()).await;
    assert!(next.is_err(), "the last ones may still speak: {next:?}");
    assert!(!browser.is_over());
    assert!(client.call("browser_snapshot", json!({})).await.is_ok());
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_sent_away_after_a_while() {
    let hub = TestHub::start_tuned(|_| {}, |tuning| tuning.hello_timeout = Duration::from_millis(200)).await;
    let mut browser = dial(hub.port, "/ws/browser", &[origin()]).await.unwrap();
    let mut instance = dial(hub.port, "/ws/instance", &[authorization(hub.port, TOKEN)]).await.unwrap();
    for (socket, code) in [(&mut browser, ErrorCode::Unauthorized), (&mut instance, ErrorCode::InvalidParams)] {
        let bye = receive_bye(socket).await.unwrap();
        assert_eq!((bye.code.as_str(), bye.message.as_str()), (code.word(), "No hello came in time."));
    }
    // Not even a request: five seconds are the server's own patience.
    let mut mute = TcpStream::connect(("127.0.0.1", hub.port)).await.unwrap();
    within("the end of the connection", mute.read_to_end(&mut Vec::new())).await.ok();
}

#[tokio::test]
async fn a_flood_of_frames_ends_at_most_the_connection_that_it_comes_from() {
    let desk = Desk::of(CLIENTS).await;
    let cancel = || Frame::Cancel(CallId::mint(), None).encode().unwrap();
    let identify = || r#"{"type":"event","payload":{"name":"identify","clientName":"odd"}}"#.to_owned();
    let ping = || Frame::Ping("1".to_owned()).encode().unwrap();
    let garbage = || "{".to_owned();
    let floods: [(&str, &dyn Fn() -> String); 4] =
        [("cancels", &cancel), ("pings", &ping), ("garbage", &garbage), ("introductions", &identify)];
    let written = || desk.hub.house.faults.hits(BROWSER_SOCKET_WRITE);
    let most = written() + u64::try_from(CALLS_PER_INSTANCE + floods.len() * CLIENTS * 10).unwrap();
    for (what, frame) in floods {
        let (_, mut socket) = connect(desk.hub.port, TOKEN).await;
        let flood: Vec<u8> = (0..20_000).flat_map(|_| bytes_of(&frame())).collect();
        let calls: Vec<_> = (0..CLIENTS).map(|n| desk.start(n, "browser_click", json!({}), TIME)).collect();
        let pour = async {
            // The hub may have had enough of it before its end.
            let _ = socket.get_mut().write_all(&flood).await;
            let _ = socket.close(None).await;
        };
        within("the flood", pour).await;
        while let Some(Ok(_)) = within("the end of the flood", socket.next()).await {}
        for call in calls {
            let done = call.done().await;
            assert!(done.outcome.is_ok(), "{what}: {:?}", done.outcome);
            done.is_honest(&desk);
        }
        assert_eq!(desk.browser.record(|record| record.welcomes), 1, "{what}: the browser's connection was touched");
        assert_eq!(desk.reconnects(), [0; CLIENTS], "{what}");
    }
    // No instance has more calls than that which it could cancel.
    assert!(written() <= most, "{} frames for a browser that has nothing to do with it", written());
}

/// A text as the bytes of a WebSocket frame (RFC 6455, section 5.2; a mask of zeros leaves it readable).
fn bytes_of(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    assert!(length < 126, "a short frame");
    [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()
}

#[tokio::test]
async fn a_browser_that_is_told_of_a_thousand_clients_at_one_moment_keeps_its_connection() {
    let hub = TestHub::start_tuned(|_| {}, |tuning| tuning.lease_grace = Duration::from_millis(100)).await;
    let browser = FakeBrowser::connect(hub.port).await;
    // Whoever held them was here before this hub; their grace begins, and ends, for all of them at once.
    browser.tell_tabs((0..1_000).map(|id| tab(id, Some(ClientId::mint()), true)).collect()).await;
    let is_gone = |event: &&Event| matches!(event, Event::ClientGone { .. });
    eventually("it is told of each", async || {
        assert!(!browser.is_over(), "its connection was ended");
        browser.seen.lock().unwrap().events.iter().filter(is_gone).count() >= 1_000
    })
    .await;
}
