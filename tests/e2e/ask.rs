//! Asking the person in the browser.

use serde_json::{Value, json};

use crate::Stage;
use crate::support::eventually;

const PAGE: &str = "<title>Page</title><p>page</p>";

/// What the window of the question shows, once it does.
async fn shown(stage: &Stage) -> String {
    let look = || async { stage.chromium.in_page("ask.html", "document.body.innerText").await };
    eventually("the question is shown", || async { look().await.as_str().is_some_and(|text| text.contains("asks:")) })
        .await;
    look().await.as_str().unwrap().to_owned()
}

async fn closed(stage: &Stage) {
    eventually("the window is closed", || async { stage.chromium.in_page("ask.html", "1").await.is_null() }).await;
}

#[tokio::test]
async fn a_question_is_shown_with_who_asks_and_its_answer_comes_back() {
    let stage = Stage::with_page(PAGE).await;
    stage.open("/").await;
    let ask = json!({ "message": "Which <b>one</b>?", "options": ["Left", "Right"] });
    let (answer, ()) = tokio::join!(stage.call("browser_ask_user", ask), async {
        let text = shown(&stage).await;
        assert!(text.contains("one asks:") && text.contains("Which <b>one</b>?") && text.contains("Left"), "{text}");
        stage.chromium.in_page("ask.html", "[...document.querySelectorAll('#options button')][1].click()").await;
    });
    assert_eq!(answer["value"]["answer"], "Right");
    closed(&stage).await;
    let (answer, ()) = tokio::join!(stage.call("browser_ask_user", json!({ "message": "Your name?" })), async {
        shown(&stage).await;
        stage
            .chromium
            .in_page(
                "ask.html",
                "document.getElementById('text').value = ' Ada '; document.getElementById('send').click()",
            )
            .await;
    });
    assert_eq!(answer["value"]["answer"], "Ada");
    closed(&stage).await;
}

#[tokio::test]
async fn a_question_that_nobody_answers_ends_and_takes_its_window_with_it() {
    let stage = Stage::with_page(PAGE).await;
    stage.open("/").await;
    let (answer, ()) = tokio::join!(stage.call("browser_ask_user", json!({ "message": "Really?" })), async {
        shown(&stage).await;
        stage.chromium.in_page("ask.html", "window.close()").await;
    });
    assert_eq!(answer["value"]["answer"], Value::Null);
    closed(&stage).await;
    let error = stage.client.call("browser_ask_user", json!({ "message": "Now?", "timeout": 1500 })).await.unwrap_err();
    assert_eq!(error.code.word(), "deadline_exceeded");
    closed(&stage).await;
    assert!(stage.snapshot().await.contains("page"), "the client's own tab is as it was");
}
