//! Floods: one client calls as fast as it can, a browser tells more than anybody wants to know, a thousand calls wait
//! for a browser that is away. Who floods is told to wait; everyone else goes on, and the hub's memory stays as it is.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tabhub::actors::call::CallKey;
use tabhub::actors::house::Tuning;
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, ClientId, ErrorCode, Event, Frame, HubError};
use tokio_tungstenite::tungstenite::Message;

use crate::by_hand::{call, connect};
use crate::desk::Desk;
use crate::home::Home;
use crate::support::browser::{FakeBrowser, Reaction, answer, echo, tab};
use crate::support::client::{FakeClient, Socket};
use crate::support::hub::{TOKEN, TestHub};
use crate::support::journal::{Deed, JournalBrowser, Setup, Step, find_in};
use crate::support::{eventually, within};

const TIME: Duration = Duration::from_secs(60);

/// Makes so many calls as fast as the socket takes them, and reads every answer.
async fn flood(socket: Socket, calls: usize) -> HashMap<CallId, Vec<Option<HubError>>> {
    let (mut sink, mut stream) = socket.split();
    let pour = tokio::spawn(async move {
        for _ in 0..calls {
            sink.feed(call("browser_click", &json!({}), TIME)).await.expect("the connection lives");
        }
        sink.flush().await.expect("the connection lives");
        sink
    });
    let mut answers: HashMap<CallId, Vec<Option<HubError>>> = HashMap::new();
    while answers.len() < calls {
        let message = within("the next answer", stream.next()).await.expect("the connection lives").unwrap();
        let Message::Text(text) = message else { continue };
        if let Frame::Answer(answer) = Frame::decode(&text).unwrap() {
            answers.entry(answer.id).or_default().push(answer.error().unwrap());
        }
    }
    drop(pour.await.unwrap());
    answers
}

#[tokio::test]
async fn a_client_that_makes_ten_thousand_calls_at_once_is_alone_told_to_wait() {
    const CALLS: usize = 10_000;
    let desk = Desk::of(3).await;
    let (id, socket) = connect(desk.hub.port, TOKEN).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let flooding = {
        let is_over = Arc::clone(&is_over);
        tokio::spawn(async move {
            let answers = flood(socket, CALLS).await;
            is_over.store(true, Ordering::SeqCst);
            answers
        })
    };
    let mut made = 0;
    while !is_over.load(Ordering::SeqCst) {
        let done = desk.start(made % 3, "browser_click", json!({}), TIME).done().await;
        assert!(done.outcome.is_ok(), "{:?}", done.outcome);
        done.is_honest(&desk);
        made += 1;
    }
    assert!(made >= 3, "others could call meanwhile");
    let answers = flooding.await.unwrap();
    let mut busy = 0;
    for (call, errors) in &answers {
        let [error] = errors.as_slice() else { panic!("{call:?} was answered {} times", errors.len()) };
        let effects = desk.effects_of(CallKey { client: id, id: *call });
        match error {
            None => assert_eq!(effects, 1),
            Some(error) => {
                assert_eq!((error.code, effects), (ErrorCode::Busy, 0), "{error}");
                assert!(error.data.as_ref().unwrap()["retryAfterMs"].as_u64().is_some());
                busy += 1;
            }
        }
    }
    assert!((1..CALLS).contains(&busy), "{busy} of {CALLS} were told to wait");
    assert_eq!(desk.reconnects(), [0; 3]);
}

#[tokio::test]
async fn clients_take_turns_however_many_calls_some_of_them_make() {
    const FLOODERS: usize = 3;
    // One call at a time, so that every call but one waits for its turn.
    let desk = Desk::tuned(FLOODERS + 1, |tuning| tuning.calls_per_browser = 1).await;
    let is_over = AtomicBool::new(false);
    let flooder = async |n: usize| {
        while !is_over.load(Ordering::SeqCst) {
            let done = desk.start(n, "browser_click", json!({}), TIME).done().await;
            assert!(done.outcome.is_ok(), "{:?}", done.outcome);
        }
    };
    let flooding = join_all((0..16 * FLOODERS).map(|n| flooder(n % FLOODERS)));
    let quiet = async {
        eventually("the flood is there", async || desk.hub.status().await.browsers[0].queued >= 15 * FLOODERS).await;
        let calls: Vec<_> = (0..16).map(|_| desk.start(FLOODERS, "browser_click", json!({}), TIME)).collect();
        for call in calls {
            assert!(call.done().await.outcome.is_ok());
        }
        is_over.store(true, Ordering::SeqCst);
    };
    tokio::join!(flooding, quiet);
    let quiet = desk.clients[FLOODERS].id;
    let heard: Vec<ClientId> = desk.browser.record(|record| {
        let heard = record.moments.iter().filter(|moment| moment.step == Step::Heard);
        heard.filter_map(|moment| moment.call.map(|key| key.client)).collect()
    });
    // From its first call on it had one that waited, up to its last.
    let turns: Vec<usize> = (0..heard.len()).filter(|at| heard[*at] == quiet).collect();
    let turns = &turns[turns.len() - 16..];
    for pair in turns.windows(2) {
        let between = &heard[pair[0] + 1..pair[1]];
        for flooder in &desk.clients[..FLOODERS] {
            let calls = between.iter().filter(|client| **client == flooder.id).count();
            assert!(calls <= 1, "{calls} calls of one client between two of another that waited");
        }
    }
}

#[tokio::test]
async fn a_full_mailbox_is_told_as_busy_and_loses_no_call() {
    let desk = Desk::tuned(3, |tuning: &mut Tuning| tuning.mailbox = 24).await;
    for point in ["router.call", "browser.call"] {
        desk.hub.house.faults.arm(&format!("{point}=delay:300")).unwrap();
        let calls: Vec<_> = (0..48).map(|n| desk.start(n % 3, "browser_click", json!({}), TIME)).collect();
        let mut busy = 0;
        for call in calls {
            let done = call.done().await;
            done.is_honest(&desk);
            if let Err(error) = &done.outcome {
                assert_eq!((error.code, desk.effects_of(done.key)), (ErrorCode::Busy, 0), "{point}: {error}");
                assert!(error.data.as_ref().unwrap()["retryAfterMs"].as_u64().is_some());
                busy += 1;
            }
        }
        assert!((1..48).contains(&busy), "{point}: {busy} of 48 were told to wait");
        desk.is_well().await;
    }
    assert_eq!(desk.reconnects(), [0; 3]);
}

#[tokio::test]
async fn a_browser_that_floods_with_progress_costs_nobody_an_answer() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.tool == "browser_wait_for" { Reaction::Silence } else { echo(call) }
    })
    .await;
    let (one, two) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "two").await);
    let id = CallId::mint();
    let waiting = one.start(id, 1, "browser_wait_for", json!({}), TIME).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    for n in 0..20_000_u32 {
        let (call_id, client_id, progress) = (id, one.id, f64::from(n));
        let news = Event::Progress { call_id, client_id, progress, total: None, message: "on".to_owned() };
        browser.send(Frame::Event(news)).await;
        if n % 5_000 == 0 {
            assert!(two.call("browser_snapshot", json!({})).await.is_ok());
        }
    }
    browser.send(answer(id, Some(one.id), Ok(json!({})))).await;
    assert!(within("the answer", waiting).await.unwrap().outcome().unwrap().is_ok());
    let steps: Vec<f64> = one.events.lock().unwrap().iter().filter_map(step).collect();
    assert!(!steps.is_empty() && steps.windows(2).all(|two| two[0] < two[1]), "it only grows");
    assert!(!two.saw(|event| step(event).is_some()), "it is nobody else's business");
    assert!(!browser.is_over());
}

fn step(event: &Event) -> Option<f64> {
    if let Event::Progress { progress, .. } = event { Some(*progress) } else { None }
}

#[tokio::test]
async fn a_browser_that_floods_with_its_tabs_is_known_as_it_told_last() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    for n in 0..2_000 {
        browser.tell_tabs((0..50).map(|id| tab(n * 50 + id, None, false)).collect()).await;
        if n % 500 == 0 {
            assert!(client.call("browser_snapshot", json!({})).await.is_ok());
        }
    }
    browser.tell_tabs(vec![tab(1_000_000, Some(client.id), true)]).await;
    eventually("the last picture is known", async || {
        let status = hub.status().await;
        let tabs: Vec<_> = status.clients.iter().flat_map(|c| c.tabs.iter().map(|t| t.tab_id.0)).collect();
        status.browsers.iter().all(|b| b.tabs == 1) && tabs == [1_000_000]
    })
    .await;
    assert!(client.call("browser_snapshot", json!({ "tabId": 1_000_000 })).await.is_ok());
    assert!(!browser.is_over());
}

#[tokio::test]
async fn a_thousand_calls_that_wait_for_a_browser_are_all_answered_when_it_is_back_or_at_their_deadline() {
    let hub = TestHub::start().await;
    let (port, is_away) = (hub.port, Arc::new(AtomicBool::new(false)));
    let find = {
        let is_away = Arc::clone(&is_away);
        Arc::new(move || (!is_away.load(Ordering::SeqCst)).then_some(port))
    };
    let browser = JournalBrowser::start(find, Setup::default());
    eventually("the browser is there", async || browser.is_connected()).await;
    let clients = join_all((0..100).map(|_| FakeClient::connect(port, "one of many"))).await;
    for (time, is_back) in [(Duration::from_secs(4), false), (TIME, true)] {
        is_away.store(true, Ordering::SeqCst);
        browser.suffer(Deed::HangUp);
        eventually("it is away", async || hub.status().await.browsers.iter().all(|b| !b.connected)).await;
        let mut waiting = Vec::new();
        for client in &clients {
            for _ in 0..10 {
                let id = CallId::mint();
                let key = CallKey { client: client.id, id };
                waiting.push((key, client.start(id, 1, "browser_click", json!({}), time).await));
            }
        }
        eventually("all of them wait", async || {
            hub.status().await.browsers.first().is_some_and(|b| b.queued == 1_000) || !is_back
        })
        .await;
        if is_back {
            is_away.store(false, Ordering::SeqCst);
        }
        for (key, answer) in waiting {
            let answer = within("an answer", answer).await.unwrap();
            let effects = browser.record(|record| record.effects_of(key));
            match answer.outcome().unwrap() {
                Ok(_) => assert_eq!((effects, is_back), (1, true)),
                Err(error) => {
                    assert_eq!((error.code, effects, is_back), (ErrorCode::DeadlineExceeded, 0, false), "{error}");
                    assert!(error.message.contains("for the browser to come back; it did not run"), "{error}");
                }
            }
        }
        is_away.store(false, Ordering::SeqCst);
        eventually("it is back", async || browser.is_connected()).await;
        let status = hub.status().await;
        assert!(status.clients.iter().all(|client| client.in_flight == 0), "nothing is left behind");
        assert!(status.browsers.iter().all(|b| b.queued == 0));
    }
}

/// A figure of `/proc/PID/status`, in MiB.
fn mib(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// A hub of its own process with a browser.
async fn process() -> (Home, JournalBrowser) {
    let home = Home::new();
    home.ok_meanwhile(["start"]).await;
    let browser = JournalBrowser::start(find_in(home.path()), Setup::default());
    eventually("the browser is there", async || browser.is_connected()).await;
    (home, browser)
}

#[tokio::test]
async fn the_memory_of_a_hub_stays_as_it_is_through_a_flood_of_calls() {
    let (home, _browser) = process().await;
    let hub = home.hub();
    let one_flood = async |calls| {
        let (_, socket) = connect(hub.port, &hub.token).await;
        assert_eq!(flood(socket, calls).await.len(), calls);
    };
    one_flood(1_000).await;
    let before = mib(hub.pid, "VmRSS");
    one_flood(10_000).await;
    let most = mib(hub.pid, "VmHWM");
    assert!(most <= before + 24, "{most} MiB at most, {before} MiB before");
}

#[tokio::test]
async fn the_memory_of_a_hub_is_bounded_when_nobody_reads_its_answers() {
    const MIB: usize = 1024 * 1024;
    let (home, _browser) = process().await;
    let hub = home.hub();
    let (_, mut socket) = connect(hub.port, &hub.token).await;
    for _ in 0..16 {
        socket.send(call("browser_snapshot", &json!({ "pad": 12 * MIB }), TIME)).await.unwrap();
    }
    eventually("it is given up", async || home.status()["clients"][0]["state"] == "reconnecting").await;
    // 64 MiB may wait for it, and one frame is on its way through the hub. Without a bound it was twice as much.
    let most = mib(hub.pid, "VmHWM");
    assert!(most <= 180, "{most} MiB at most");
}
