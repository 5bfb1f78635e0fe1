//! Calls find their browser and come back to their caller, in order on one tab, in parallel on several.

use std::time::Duration;

use serde_json::json;
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, ErrorCode, HubError};

use crate::support::browser::{FakeBrowser, Reaction, answer, echo, tab};
use crate::support::client::{FakeClient, nothing};
use crate::support::hub::TestHub;
use crate::support::{eventually, within};

#[tokio::test]
async fn two_clients_that_use_the_same_call_ids_get_their_own_answers() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let (one, two) = (FakeClient::connect(hub.port, "one").await, FakeClient::connect(hub.port, "two").await);
    for n in 0..50 {
        let id = CallId::mint();
        let timeout = Duration::from_secs(15);
        let (a, b) = tokio::join!(
            one.call_as(id, 1, "browser_snapshot", json!({ "n": n, "of": "one" }), timeout),
            two.call_as(id, 1, "browser_snapshot", json!({ "n": n, "of": "two" }), timeout),
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!((&a["client"], &a["params"]), (&json!(one.id), &json!({ "n": n, "of": "one" })));
        assert_eq!((&b["client"], &b["params"]), (&json!(two.id), &json!({ "n": n, "of": "two" })));
    }
}

#[tokio::test]
async fn whole_calls_on_one_tab_run_one_after_another_and_other_tabs_do_not_wait() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    browser.tell_tabs(vec![tab(1, Some(client.id), true), tab(2, Some(client.id), false)]).await;
    let timeout = Duration::from_secs(15);
    let (first, second, other) = (CallId::mint(), CallId::mint(), CallId::mint());
    let first_answer = client.start(first, 1, "browser_click", json!({ "tabId": 1 }), timeout).await;
    let second_answer = client.start(second, 1, "browser_click", json!({ "tabId": 1 }), timeout).await;
    let _other = client.start(other, 1, "browser_click", json!({ "tabId": 2 }), timeout).await;
    eventually("the other tab's call is with the browser", || async { browser.calls().len() == 2 }).await;
    let ids: Vec<_> = browser.calls().iter().map(|call| call.id).collect();
    assert_eq!(ids, [first, other], "the second click on tab 1 waits, the click on tab 2 does not");
    browser.send(answer(first, Some(client.id), Ok(json!({})))).await;
    within("the first answer", first_answer).await.unwrap();
    eventually("the second click is with the browser", || async { browser.calls().len() == 3 }).await;
    browser.send(answer(second, Some(client.id), Ok(json!({})))).await;
    within("the second answer", second_answer).await.unwrap();
}

#[tokio::test]
async fn a_call_waits_for_the_first_browser_of_a_young_hub_and_is_then_told_there_is_none() {
    let hub = TestHub::start().await;
    let client = FakeClient::connect(hub.port, "early").await;
    let waiting = client.start(CallId::mint(), 1, "browser_snapshot", nothing(), Duration::from_secs(15)).await;
    let _browser = FakeBrowser::connect(hub.port).await;
    let answer = within("the answer of the held call", waiting).await.unwrap();
    assert!(answer.outcome().unwrap().is_ok());

    let empty = TestHub::start().await;
    let client = FakeClient::connect(empty.port, "lonely").await;
    let error = client.call("browser_snapshot", nothing()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NoBrowser);
}

#[tokio::test]
async fn status_never_waits_for_a_browser() {
    let hub = TestHub::start().await;
    let client = FakeClient::connect(hub.port, "curious").await;
    let id = CallId::mint();
    let status = client.call_as(id, 1, "browser_status", nothing(), Duration::from_secs(1)).await.unwrap();
    assert_eq!(status["client"], json!(client.id));
    assert_eq!(status["value"]["hub"]["pid"], json!(std::process::id()));
    assert_eq!(status["value"]["browsers"], json!([]));
    assert_eq!(status["value"]["clients"][0]["name"], "curious");
}

#[tokio::test]
async fn calls_in_hand_are_sent_again_under_their_ids_when_the_browser_is_back() {
    let hub = TestHub::start().await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let browser = FakeBrowser::connect_with(hub.port, id, epoch, |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "patient").await;
    let call = CallId::mint();
    let answer = client.start(call, 1, "browser_click", json!({ "ref": "e1" }), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    browser.vanish().await;
    let back = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    assert!(within("the answer", answer).await.unwrap().outcome().unwrap().is_ok());
    let again = back.calls().remove(0);
    assert_eq!((again.id, again.body.attempt, again.body.browser_epoch), (call, 2, Some(epoch)));
}

#[tokio::test]
async fn a_call_that_breaks_its_browsers_connection_each_time_is_given_up() {
    let hub = TestHub::start().await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let client = FakeClient::connect(hub.port, "one").await;
    let mut browser = FakeBrowser::connect_with(hub.port, id, epoch, |_| Reaction::Silence).await;
    let call = CallId::mint();
    let mut answer = client.start(call, 1, "browser_snapshot", json!({}), Duration::from_secs(60)).await;
    for _ in 0..=tabhub::config::limits::RESENDS {
        eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
        assert!(answer.try_recv().is_err(), "it is not given up yet");
        browser.vanish().await;
        browser = FakeBrowser::connect_with(hub.port, id, epoch, |_| Reaction::Silence).await;
    }
    let error = within("the answer", answer).await.unwrap().error().unwrap().unwrap();
    assert_eq!(error.code, ErrorCode::BrowserGone);
    assert!(browser.calls().is_empty() && !browser.is_over());
}

#[tokio::test]
async fn a_browser_that_was_started_anew_is_told_in_which_run_the_call_was_first_sent() {
    let hub = TestHub::start().await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let browser = FakeBrowser::connect_with(hub.port, id, epoch, |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "patient").await;
    let _answer = client.start(CallId::mint(), 1, "browser_click", json!({}), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    browser.vanish().await;
    let anew = FakeBrowser::connect_with(hub.port, id, BrowserEpoch::mint(), echo).await;
    eventually("it gets the call again", || async { anew.calls().len() == 1 }).await;
    assert_eq!(anew.calls().remove(0).body.browser_epoch, Some(epoch));
}

#[tokio::test]
async fn the_newest_connection_of_a_browser_wins() {
    let hub = TestHub::start().await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let old = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    let _new = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    eventually("the old connection is ended", || async { old.is_over() }).await;
    assert_eq!(old.seen.lock().unwrap().byes.first().map(|bye| bye.code.clone()).as_deref(), Some("superseded"));
    let client = FakeClient::connect(hub.port, "one").await;
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert_eq!(hub.status().await.browsers.len(), 1);
}

#[tokio::test]
async fn a_client_with_too_many_calls_is_told_to_wait_and_others_are_not() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.params.get().contains("hang") { Reaction::Silence } else { echo(call) }
    })
    .await;
    let (noisy, quiet) = (FakeClient::connect(hub.port, "noisy").await, FakeClient::connect(hub.port, "quiet").await);
    let mut open = Vec::new();
    for tab in 0..16 {
        let params = json!({ "hang": true, "tabId": tab });
        open.push(noisy.start(CallId::mint(), 1, "browser_snapshot", params, Duration::from_secs(15)).await);
    }
    let error = noisy.call("browser_snapshot", nothing()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Busy);
    assert!(error.data.unwrap()["retryAfterMs"].as_u64().is_some());
    let time = Duration::from_secs(15);
    let repeat = noisy.call_as(CallId::mint(), 2, "browser_click", nothing(), time).await.unwrap_err();
    assert_eq!(repeat.code, ErrorCode::OutcomeUnknown, "an earlier sending may have run: {repeat}");
    assert!(quiet.call("browser_snapshot", nothing()).await.is_ok());
    assert_eq!(browser.calls().len(), 17);
}

#[tokio::test]
async fn a_cancelled_call_is_answered_at_once_and_the_browser_is_told_to_stop() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let answer = client.start(id, 1, "browser_wait_for", json!({ "time": 100 }), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    client.send(&tabhub::protocol::Frame::Cancel(id, None)).await;
    let error = within("the answer", answer).await.unwrap().error().unwrap().unwrap();
    assert_eq!(error.code, ErrorCode::Cancelled);
    eventually("the browser is told", || async { browser.seen.lock().unwrap().cancels == [id] }).await;
}

#[tokio::test]
async fn a_cancelled_call_is_answered_once() {
    let hub = TestHub::start().await;
    let _browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.tool == "browser_wait_for" { Reaction::Silence } else { echo(call) }
    })
    .await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let answer = client.start(id, 1, "browser_wait_for", json!({ "tabId": 1 }), Duration::from_secs(15)).await;
    client.send(&tabhub::protocol::Frame::Cancel(id, None)).await;
    assert!(within("the answer", answer).await.is_ok());
    // Whatever else the hub says to the cancel comes before the answer of a later call.
    assert!(client.call("browser_snapshot", json!({ "tabId": 2 })).await.is_ok());
    assert!(client.call("browser_snapshot", json!({ "tabId": 3 })).await.is_ok());
    assert_eq!(client.answers(id), 1);
}

#[tokio::test]
async fn a_call_that_nobody_cancelled_is_never_said_to_be_cancelled() {
    let hub = TestHub::start().await;
    // What the journal keeps of a call whose earlier sending was given up.
    let _browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| {
        Reaction::Fail(HubError::new(ErrorCode::Cancelled, "The call was cancelled on request."))
    })
    .await;
    let client = FakeClient::connect(hub.port, "one").await;
    let error = client.call("browser_click", json!({ "ref": "e1" })).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::OutcomeUnknown);
    assert!(error.message.contains("may have happened"), "{error}");
    let error = client.call("browser_snapshot", nothing()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
}

#[tokio::test]
async fn a_repeat_that_the_hub_refuses_is_never_said_not_to_have_run() {
    let hub = TestHub::start().await;
    let client = FakeClient::connect(hub.port, "one").await;
    let call = async |attempt, tool, time| {
        client.call_as(CallId::mint(), attempt, tool, json!({ "ref": "e1" }), time).await.unwrap_err()
    };
    let second = Duration::from_secs(1);
    let (first, repeat, looks) = tokio::join!(
        call(1, "browser_click", second),
        call(2, "browser_click", second),
        call(2, "browser_snapshot", second)
    );
    assert_eq!((first.code, looks.code), (ErrorCode::NoBrowser, ErrorCode::NoBrowser));
    // It may have run in a browser that may still come, so it waits for that as long as it may.
    assert_eq!(repeat.code, ErrorCode::DeadlineExceeded);
    assert!(repeat.message.contains("may have happened"), "{repeat}");
    let (first, repeat) =
        tokio::join!(call(1, "browser_click", Duration::ZERO), call(2, "browser_click", Duration::ZERO));
    assert_eq!((first.code, repeat.code), (ErrorCode::DeadlineExceeded, ErrorCode::DeadlineExceeded));
    assert!(first.message.contains("did not run"), "{first}");
    assert!(repeat.message.contains("may have happened") && !repeat.message.contains("did not run"), "{repeat}");
}

#[tokio::test]
async fn a_call_that_comes_twice_on_one_connection_runs_once_and_is_answered_by_its_own_result() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let params = json!({ "ref": "e1" });
    let _first = client.start(id, 1, "browser_click", params.clone(), Duration::from_secs(15)).await;
    let again = client.start(id, 1, "browser_click", params, Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    // Frames of one connection are read in their order: with this answer the repeat has been read, too.
    assert!(client.call("browser_status", nothing()).await.is_ok());
    browser.send(answer(id, Some(client.id), Ok(json!({ "text": "Clicked." })))).await;
    let answered = within("the answer", again).await.unwrap();
    assert!(answered.outcome().unwrap().is_ok(), "{answered:?}");
    assert_eq!((client.answers(id), browser.calls().len()), (1, 1));
}

#[tokio::test]
async fn a_call_that_was_cancelled_while_its_client_was_away_is_stopped_when_the_client_is_back() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let (id, whose) = (CallId::mint(), client.id);
    let _answer = client.start(id, 1, "browser_wait_for", json!({ "time": 100 }), Duration::from_secs(60)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    client.vanish();
    let back = FakeClient::connect_as(hub.port, "one", whose).await;
    back.send(&tabhub::protocol::Frame::Cancel(id, None)).await;
    eventually("the browser is told", || async { browser.seen.lock().unwrap().cancels == [id] }).await;
}

#[tokio::test]
async fn a_call_that_was_cancelled_while_its_browser_was_away_is_stopped_when_the_browser_is_back() {
    let hub = TestHub::start().await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let browser = FakeBrowser::connect_with(hub.port, id, epoch, |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let call = CallId::mint();
    let answer = client.start(call, 1, "browser_wait_for", json!({ "time": 100 }), Duration::from_secs(60)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    browser.vanish().await;
    eventually("it is away", || async { hub.status().await.browsers.iter().all(|b| !b.connected) }).await;
    client.send(&tabhub::protocol::Frame::Cancel(call, None)).await;
    assert!(within("the answer", answer).await.is_ok());
    let back = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    eventually("the browser is told", || async { back.seen.lock().unwrap().cancels == [call] }).await;
    assert!(back.calls().is_empty(), "it is not sent again");
}

#[tokio::test]
async fn a_call_that_the_browser_never_answers_ends_at_its_deadline_and_says_that_it_may_have_happened() {
    let hub = TestHub::start().await;
    let _browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let timeout = Duration::from_millis(600);
    let error = client.call_as(CallId::mint(), 1, "browser_click", nothing(), timeout).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeadlineExceeded);
    assert!(error.message.contains("The browser did not answer") && error.message.contains("may have happened"));
}

#[tokio::test]
async fn progress_of_a_call_reaches_its_caller() {
    let hub = TestHub::start().await;
    let browser =
        FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |_| Reaction::Silence).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let id = CallId::mint();
    let answer = client.start(id, 1, "browser_navigate", nothing(), Duration::from_secs(15)).await;
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    browser
        .send(tabhub::protocol::Frame::Event(tabhub::protocol::Event::Progress {
            call_id: id,
            client_id: client.id,
            progress: 1.0,
            total: None,
            message: "loading".to_owned(),
        }))
        .await;
    browser.send(crate::support::browser::answer(id, Some(client.id), Ok(json!({})))).await;
    within("the answer", answer).await.unwrap();
    assert!(client.saw(|event| matches!(event, tabhub::protocol::Event::Progress { call_id, .. } if *call_id == id)));
}
