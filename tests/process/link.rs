//! The link of an instance: calls that outlive their hub, and what a caller hears when there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tabhub::instance::{HubPlace, Phase};
use tabhub::mcp::Backend;
use tabhub::protocol::topics::{PagePart, Part};
use tabhub::protocol::{BrowserEpoch, BrowserId, ClientId, ErrorCode, TabId, Topics};

use crate::home::{Home, signal};
use crate::links::{call, link_as, link_to, request, request_with, request_within, result, until};
use crate::support::browser::{FakeBrowser, Reaction, echo, tab};
use crate::support::{eventually, within};

#[tokio::test]
async fn a_call_that_is_under_way_when_the_hub_is_killed_is_sent_again_and_finished() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let (first, port) = (home.hub(), home.hub().port);
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let before = FakeBrowser::connect_with(port, id, epoch, |_| Reaction::Silence).await;
    // The news of the browser stand before this answer, so the instance knows to which run it sends.
    assert!(call(&link, request("browser_status")).await.is_ok());
    let request = request("browser_click");
    let call_id = request.id;
    let caller = link.clone();
    let running = tokio::spawn(async move { caller.call(request).await });
    eventually("the browser has the call", async || before.calls().len() == 1).await;
    home.kill_hub();
    until(&link, |phase| !phase.is_connected()).await;
    until(&link, Phase::is_connected).await;
    assert_ne!(home.hub().pid, first.pid, "the instance started the next hub");
    assert_eq!(home.hub().port, port);
    let after = FakeBrowser::connect_with(port, id, epoch, echo).await;
    let outcome = within("the answer", running).await.unwrap();
    assert_eq!(result(outcome)["tool"], "browser_click");
    let calls = after.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].id, calls[0].body.attempt, calls[0].body.browser_epoch), (call_id, 2, Some(epoch)));
    let states: Vec<String> = link.history().into_iter().map(|change| change.state).collect();
    let way = ["ready", "reconnecting"];
    assert!(states.windows(2).any(|two| two == way) && states.contains(&"restarting".to_owned()), "{states:?}");
}

#[tokio::test]
async fn a_hub_that_is_killed_is_replaced_at_once() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let pid = home.hub().pid;
    let began = Instant::now();
    signal(pid, Signal::KILL);
    eventually("the next hub is there", async || home.hub().pid != pid && link.phase().is_connected()).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_call_whose_caller_goes_away_is_cancelled_in_the_browser() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let browser =
        FakeBrowser::connect_with(home.hub().port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence)
            .await;
    let request = request("browser_snapshot");
    let id = request.id;
    tokio::select! {
        _ = link.call(request) => panic!("nobody answers"),
        () = eventually("the browser has the call", async || browser.calls().len() == 1) => {}
    }
    eventually("the browser is told", async || browser.seen.lock().unwrap().cancels == [id]).await;
}

#[tokio::test]
async fn a_call_made_before_there_is_a_hub_waits_for_it() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    let caller = link.clone();
    let running = tokio::spawn(async move { caller.call(request("browser_snapshot")).await });
    until(&link, Phase::is_connected).await;
    let _browser = FakeBrowser::connect(home.hub().port).await;
    assert_eq!(result(within("the answer", running).await.unwrap())["tool"], "browser_snapshot");
}

#[tokio::test]
async fn without_a_hub_to_be_had_calls_say_why_and_the_status_answers_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = Home::set(&[("TABHUB_PORT", &port)]);
    let link = link_to(&home, HubPlace::Daemon);
    let error = call(&link, request("browser_click")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(
        error.text().contains(&format!("port {port} is taken by")) && error.text().contains("TABHUB_PORT"),
        "{error}"
    );
    let began = Instant::now();
    let status = result(call(&link, request("browser_status")).await);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(status["value"]["hub"].is_null());
    assert!(status["link"]["lastError"].as_str().unwrap().contains("is taken by"), "{status}");
    assert!(!status["link"]["history"].as_array().unwrap().is_empty());
    drop(taken);
    eventually("the port is free, and the next call finds a hub", async || {
        result(call(&link, request("browser_status")).await)["value"]["hub"].is_object()
    })
    .await;
}

#[tokio::test]
async fn a_link_that_has_failed_finds_the_hub_that_another_started() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::set(&[("TABHUB_PORT", &taken.local_addr().unwrap().port().to_string())]);
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, |phase| phase == Phase::Failed).await;
    home.ok(["start", "--port", "0"]);
    until(&link, |phase| phase == Phase::Ready).await;
    assert_eq!(link.last_error(), None);
}

#[tokio::test]
async fn a_hub_that_was_stopped_stays_away_until_a_call_needs_it() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    home.ok(["stop"]);
    until(&link, |phase| phase == Phase::Reconnecting).await;
    assert!(!home.is_hub_alive(), "whoever stops the hub does not get it back at once");
    home.ok(["start"]);
    until(&link, Phase::is_connected).await;
    home.ok(["stop"]);
    until(&link, |phase| phase == Phase::Reconnecting).await;
    let error = call(&link, request_within("browser_click", Duration::from_secs(7))).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NoBrowser, "there is a hub again, and no browser yet: {error}");
}

#[tokio::test]
async fn calls_go_on_across_a_restart_and_none_fails() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let (id, epoch, first) = (BrowserId::mint(), BrowserEpoch::mint(), home.hub());
    let _before = FakeBrowser::connect_with(first.port, id, epoch, echo).await;
    let (caller, done) = (link.clone(), Arc::new(AtomicBool::new(false)));
    let is_done = Arc::clone(&done);
    let calls = tokio::spawn(async move {
        let mut answered = 0;
        while !is_done.load(Ordering::SeqCst) {
            let outcome = call(&caller, request("browser_click")).await;
            assert!(outcome.is_ok(), "after {answered} calls: {outcome:?}");
            answered += 1;
        }
        answered
    });
    home.ok_meanwhile(["restart"]).await;
    assert_ne!(home.hub().pid, first.pid);
    let after = FakeBrowser::connect_with(home.hub().port, id, epoch, echo).await;
    eventually("calls reach the next hub", async || after.calls().len() > 20).await;
    done.store(true, Ordering::SeqCst);
    assert!(within("the last call", calls).await.unwrap() > 20);
}

#[tokio::test]
async fn a_call_that_a_stopping_hub_refuses_is_taken_by_the_next_one() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let (id, epoch, first) = (BrowserId::mint(), BrowserEpoch::mint(), home.hub());
    let slow = |_: &tabhub::protocol::Call| Reaction::Later(Duration::from_millis(600), json!({ "text": "slow" }));
    let before = FakeBrowser::connect_with(first.port, id, epoch, slow).await;
    let start = |tool| {
        let link = link.clone();
        tokio::spawn(async move { call(&link, request(tool)).await })
    };
    let slow = start("browser_click");
    eventually("the browser has the call", async || before.calls().len() == 1).await;
    let mut restart = tokio::process::Command::from(home.command(["restart"])).spawn().unwrap();
    let log = home.path().join("hub.log");
    eventually("the hub is stopping", async || std::fs::read_to_string(&log).unwrap().contains("the hub ends")).await;
    let refused = start("browser_hover");
    assert_eq!(result(within("the call that was under way", slow).await.unwrap())["text"], "slow");
    assert!(within("the restart", restart.wait()).await.unwrap().success());
    let after = FakeBrowser::connect_with(home.hub().port, id, epoch, echo).await;
    assert_eq!(result(within("the call that was refused", refused).await.unwrap())["tool"], "browser_hover");
    assert_eq!(after.calls().len(), 1, "the slow one was finished before");
}

#[tokio::test]
async fn a_call_that_runs_out_of_time_names_the_hop_that_was_late() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    signal(home.hub().pid, Signal::STOP);
    let began = Instant::now();
    let error = call(&link, request_within("browser_click", Duration::from_millis(400))).await.unwrap_err();
    assert!((300..1500).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
    assert!(error.message.contains("the hub did not answer") && error.message.contains("may have happened"), "{error}");
    signal(home.hub().pid, Signal::CONT);
    let _browser = FakeBrowser::connect(home.hub().port).await;
    assert_eq!(result(call(&link, request("browser_click")).await)["tool"], "browser_click");
}

#[tokio::test]
async fn many_calls_that_come_at_once_are_all_answered() {
    let home = Home::new();
    let link = Arc::new(link_to(&home, HubPlace::Daemon));
    until(&link, Phase::is_connected).await;
    let _browser = FakeBrowser::connect(home.hub().port).await;
    eventually("the browser is known", async || {
        result(call(&link, request("browser_status")).await)["value"]["browsers"][0]["connected"] == true
    })
    .await;
    let calls = (0..300).map(|_| {
        let link = Arc::clone(&link);
        tokio::spawn(async move { call(&link, request("browser_snapshot")).await })
    });
    let (mut done, mut busy) = (0, 0);
    for running in calls.collect::<Vec<_>>() {
        match running.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) if error.code == ErrorCode::Busy => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(done + busy, 300);
    assert!(done >= 16, "{done} done, {busy} busy");
}

#[tokio::test]
async fn closing_a_link_frees_its_client_at_once_and_cancels_what_is_under_way() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let browser =
        FakeBrowser::connect_with(home.hub().port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence)
            .await;
    let (caller, answered) = (link.clone(), Arc::new(AtomicBool::new(false)));
    let flag = Arc::clone(&answered);
    tokio::spawn(async move {
        let outcome = caller.call(request("browser_click")).await;
        flag.store(outcome.is_err_and(|error| error.code == ErrorCode::Cancelled), Ordering::SeqCst);
    });
    eventually("the browser has the call", async || browser.calls().len() == 1).await;
    within("the goodbye", link.close()).await;
    eventually("its caller was told", async || answered.load(Ordering::SeqCst)).await;
    eventually("its browser was told", async || browser.seen.lock().unwrap().cancels.len() == 1).await;
    eventually("it is gone from the house", async || home.status()["clients"] == json!([])).await;
    assert_eq!(link.phase(), Phase::Stopping);
    let error = call(&link, request("browser_click")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Cancelled);
}

#[tokio::test]
async fn a_host_that_introduces_itself_at_any_moment_of_the_handshake_is_known_by_its_name() {
    let home = Home::new();
    home.ok(["start"]);
    let mut links = Vec::new();
    for n in 0..60 {
        let link = link_to(&home, HubPlace::Daemon);
        // Another moment each time: before the hello, while the welcome is on its way, after it.
        for _ in 0..n * 4 {
            tokio::task::yield_now().await;
        }
        link.identify(&format!("moment-{n}"), "1");
        links.push(link);
    }
    eventually("every client has its host's name", async || {
        let status = home.status();
        let clients = status["clients"].as_array().unwrap();
        clients.len() == 60 && clients.iter().all(|c| c["name"].as_str().unwrap().starts_with("moment-"))
    })
    .await;
}

#[tokio::test]
async fn an_instance_keeps_its_clients_choice_of_a_browser_for_the_next_hub() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let (port, mine) = (home.hub().port, BrowserId::mint());
    let _other = FakeBrowser::connect(port).await;
    let _mine = FakeBrowser::connect_with(port, mine, BrowserEpoch::mint(), echo).await;
    let choice = json!({ "action": "use", "browserId": mine });
    assert!(call(&link, request_with("browser_browsers", choice, Duration::from_secs(20))).await.is_ok());
    home.kill_hub();
    until(&link, |phase| !phase.is_connected()).await;
    until(&link, Phase::is_connected).await;
    // The other one is there first, and the chosen one not at all.
    let other = FakeBrowser::connect(port).await;
    let error = call(&link, request("browser_click")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NoBrowser, "{error}");
    assert!(error.message.contains(&mine.to_string()), "{error}");
    assert!(other.calls().is_empty(), "no call of it goes to another profile");
    let back = FakeBrowser::connect_with(port, mine, BrowserEpoch::mint(), echo).await;
    eventually("its own is back, and its calls go there", async || {
        call(&link, request("browser_click")).await.is_ok() && back.calls().len() == 1
    })
    .await;
    assert!(other.calls().is_empty());
}

#[tokio::test]
async fn what_an_instance_watches_is_told_to_the_next_hub_and_may_have_changed_meanwhile() {
    let home = Home::new();
    let client = ClientId::mint();
    let link = link_as(&home, HubPlace::Daemon, client);
    until(&link, Phase::is_connected).await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let before = FakeBrowser::connect_with(home.hub().port, id, epoch, echo).await;
    before.tell_tabs(vec![tab(7, Some(client), true)]).await;
    let page = PagePart { tab_id: TabId(7), part: Part::Content };
    let wanted = Topics { tabs: true, pages: [page].into(), ..Topics::default() };
    let content = Topics { pages: [page].into(), ..Topics::default() };
    let watcher = link.watches().unwrap().watcher();
    watcher.want(wanted.clone());
    before.is_to_watch(&content).await;
    home.kill_hub();
    until(&link, |phase| !phase.is_connected()).await;
    // News of before, if any, and then what nobody told while there was no hub.
    eventually("all of it may have changed", async || within("news", watcher.next()).await == wanted).await;
    assert!(link.phase().is_connected());
    let after = FakeBrowser::connect_with(home.hub().port, id, epoch, echo).await;
    after.tell_tabs(vec![tab(7, Some(client), true)]).await;
    after.is_to_watch(&content).await;
    drop(watcher);
    after.is_to_watch(&Topics::default()).await;
}
