//! Several steps in one call: their order, their answers, and what stops them.

use serde_json::json;

use crate::{Stage, yaml};

const PAGE: &str = "<title>Steps</title><input id=name><button id=add onclick=\"const li = document.createElement('li'); li.textContent = document.getElementById('name').value + ' ' + ++n; list.append(li)\">Add</button>
    <button id=ask onclick=\"out.textContent = confirm('sure?')\">Ask</button><ul id=list></ul><p id=out></p><script>n = 0</script>";

#[tokio::test]
async fn steps_run_in_order_and_what_they_changed_is_told_once() {
    let stage = Stage::with_page(PAGE).await;
    stage.open("/").await;
    let answer = stage
        .call(
            "browser_batch",
            json!({ "steps": [
                { "tool": "browser_type", "args": { "ref": "#name", "text": "Ada" } },
                { "tool": "browser_click", "args": { "ref": "#add" } },
                { "tool": "browser_type", "args": { "ref": "#name", "text": "Grace" } },
                { "tool": "browser_click", "args": { "ref": "#add" } },
                { "tool": "browser_evaluate", "args": { "function": "() => n" } },
                { "tool": "browser_click", "args": { "ref": "#ask" } },
                { "tool": "browser_handle_dialog", "args": { "accept": true } },
            ] }),
        )
        .await;
    let steps = answer["value"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 7, "{answer}");
    assert!(steps.iter().all(|step| step["ok"] == true), "{answer}");
    assert_eq!(steps[4]["value"], 2);
    assert!(steps[5].to_string().contains("sure?"), "a dialog does not end the batch: {answer}");
    assert!(steps[1]["yaml"].is_null(), "{answer}");
    let changed = yaml(&answer);
    for part in ["Ada 1", "Grace 2", "true"] {
        assert!(changed.contains(part), "{part}: {changed}");
    }
}

#[tokio::test]
async fn a_batch_that_goes_somewhere_shows_that_page() {
    let stage = Stage::with_page(PAGE).await;
    let steps = json!([
        { "tool": "browser_navigate", "args": { "url": stage.site.url("/a") } },
        { "tool": "browser_type", "args": { "ref": "#name", "text": "Ada" } },
        { "tool": "browser_click", "args": { "ref": "#add" } },
    ]);
    let answer = stage.call("browser_batch", json!({ "steps": steps })).await;
    assert_eq!(answer["snapshot"]["mode"], "full", "{answer}");
    assert!(yaml(&answer).contains("Ada 1") && yaml(&answer).contains("button \"Add\""), "{answer}");
    assert!(answer["value"]["steps"][0]["yaml"].is_null(), "{answer}");
}

#[tokio::test]
async fn a_step_that_fails_stops_the_rest_unless_they_are_to_go_on() {
    let stage = Stage::with_page(PAGE).await;
    stage.open("/").await;
    let steps = json!([
        { "tool": "browser_click", "args": { "ref": "#add" } },
        { "tool": "browser_click", "args": { "ref": "e9999" } },
        { "tool": "browser_click", "args": { "ref": "#add" } },
    ]);
    let error = stage.client.call("browser_batch", json!({ "steps": steps })).await.unwrap_err();
    assert_eq!(error.code.word(), "stale_ref");
    for part in ["Step 2 of 3 (browser_click)", "1. Clicked button", "One step was not run"] {
        assert!(error.message.contains(part), "{part}: {error}");
    }
    assert_eq!(stage.evaluate("() => n").await, 1);
    let answer = stage.call("browser_batch", json!({ "steps": steps, "onError": "continue" })).await;
    assert_eq!(stage.evaluate("() => n").await, 3);
    assert!(answer["text"].as_str().unwrap().contains("2 of 3"), "{answer}");
    assert!(answer["value"]["steps"][1]["text"].as_str().unwrap().starts_with("stale_ref: "), "{answer}");
    let nested = json!({ "steps": [{ "tool": "browser_batch", "args": { "steps": [] } }] });
    let error = stage.client.call("browser_batch", nested).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
}
