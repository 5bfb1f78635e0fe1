//! Downloads of a client's tabs: their path, waiting, cancelling, and whose they are.

use serde_json::{Value, json};

use crate::Stage;
use crate::support::client::FakeClient;
use crate::support::site::Page;

fn listed(answer: &Value) -> Vec<Value> {
    answer["value"]["downloads"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[tokio::test]
async fn a_download_is_awaited_found_at_its_path_cancelled_and_told_to_nobody_else() {
    let stage = Stage::with_site(|path| match path {
        "/report.csv" => Page::text("a,b\n1,2\n"),
        _ => Page::html(
            "<title>Files</title><a id=report href=/report.csv download>Report</a>
             <a id=made>Made</a><script>made.href = URL.createObjectURL(new Blob(['made here'])); made.download = 'made.txt';</script>",
        ),
    })
    .await;
    stage.open("/").await;
    assert_eq!(listed(&stage.call("browser_downloads", json!({})).await), Vec::<Value>::new());
    let clicked = stage.call("browser_click", json!({ "ref": "#report" })).await;
    assert!(clicked["notes"].to_string().contains("browser_downloads"), "{clicked}");
    let done = listed(&stage.call("browser_downloads", json!({ "action": "wait" })).await);
    assert_eq!((done.len(), &done[0]["state"]), (1, &json!("complete")), "{done:?}");
    let path = done[0]["path"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "a,b\n1,2\n");
    stage.call("browser_click", json!({ "ref": "#made" })).await;
    let second = listed(&stage.call("browser_downloads", json!({ "action": "wait" })).await);
    assert_eq!(second.len(), 1, "the first one was told before: {second:?}");
    let both = listed(&stage.call("browser_downloads", json!({ "action": "list" })).await);
    assert!(both[1]["path"].as_str().unwrap().ends_with("made.txt"), "{both:?}");

    let other = FakeClient::connect(stage.hub.port, "two").await;
    other.call("browser_navigate", json!({ "url": stage.site.url("/") })).await.unwrap();
    assert_eq!(listed(&other.call("browser_downloads", json!({})).await.unwrap()), Vec::<Value>::new());
    let error = other.call("browser_downloads", json!({ "action": "wait", "id": done[0]["id"] })).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
    let error = other.call("browser_downloads", json!({ "action": "wait", "timeout": 300 })).await.unwrap_err();
    assert_eq!(error.code.word(), "deadline_exceeded");
}

#[tokio::test]
async fn what_does_not_come_to_an_end_is_named_and_can_be_given_up() {
    let stage = Stage::with_site(|path| match path {
        "/slow.bin" => Page::endless(),
        _ => Page::html("<title>Files</title><a id=slow href=/slow.bin download>Slow</a>"),
    })
    .await;
    stage.open("/").await;
    stage.call("browser_click", json!({ "ref": "#slow" })).await;
    crate::support::eventually("the download runs", || async {
        listed(&stage.call("browser_downloads", json!({})).await).iter().any(|one| one["state"] == "in_progress")
    })
    .await;
    let error = stage.client.call("browser_downloads", json!({ "action": "wait", "timeout": 300 })).await.unwrap_err();
    assert_eq!(error.code.word(), "deadline_exceeded");
    let cancelled = listed(&stage.call("browser_downloads", json!({ "action": "cancel" })).await);
    assert_eq!(cancelled[0]["state"], "cancelled", "{cancelled:?}");
    let error = stage.client.call("browser_downloads", json!({ "action": "cancel" })).await.unwrap_err();
    assert!(error.message.contains("No download"), "{error}");
}
