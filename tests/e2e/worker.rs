//! The extension's worker dies in the middle of things: it is back by itself, and calls go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tabhub::protocol::CallId;

use crate::support::{eventually, within};
use crate::{Stage, reference, yaml};

#[tokio::test]
async fn a_worker_that_is_stopped_is_back_and_calls_go_on() {
    let stage = Stage::with_page(
        "<title>Count</title><button onclick=\"this.textContent = 'n' + (window.n = (window.n || 0) + 1)\">n0</button>",
    )
    .await;
    let page = stage.open("/").await;
    let button = reference(&page, "button \"n0\"");
    for round in 1..=3 {
        stage.chromium.stop_workers().await;
        let answer = stage.call("browser_click", json!({ "ref": button })).await;
        assert!(yaml(&answer).contains(&format!("\"n{round}\"")), "{answer}");
    }
    assert_eq!(stage.evaluate("() => window.n").await, 3, "each click happened once");
    let status = stage.hub.status().await;
    assert_eq!((status.browsers.len(), status.clients[0].tabs.len()), (1, 1));
}

#[tokio::test]
async fn a_worker_that_is_stopped_during_a_call_leaves_an_answer_and_no_second_click() {
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let stage = Stage::with_site(move |path| match path {
        "/slow" => {
            seen.store(true, Ordering::Relaxed);
            crate::support::site::Page::text("slow").after(Duration::from_millis(1500))
        }
        _ => crate::support::site::Page::html(
            "<title>Once</title><button onclick=\"window.n = (window.n || 0) + 1; fetch('/slow')\">Once</button>",
        ),
    })
    .await;
    let page = stage.open("/").await;
    let params = json!({ "ref": reference(&page, "button \"Once\"") });
    let id = CallId::mint();
    let waiting = stage.client.start(id, 1, "browser_click", params, Duration::from_secs(60)).await;
    eventually("the click is under way", || async { stage.hub.status().await.browsers[0].in_flight == 1 }).await;
    // The page has seen the click once its fetch is there; the call waits for the answer, which takes longer.
    eventually("the click's fetch is under way", || async { asked.load(Ordering::Relaxed) }).await;
    stage.chromium.stop_workers().await;
    let answer = within("the answer of the interrupted call", waiting).await.unwrap();
    if let Some(error) = answer.error().unwrap() {
        assert_eq!(error.code.word(), "outcome_unknown", "{error}");
    }
    assert_eq!(stage.evaluate("() => window.n").await, 1, "the page saw it once");
}
