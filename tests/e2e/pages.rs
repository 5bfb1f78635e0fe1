//! Moving between pages, tabs, console, evaluate, screenshots.

use serde_json::json;

use crate::support::site::Page;
use crate::{Stage, yaml};

fn numbered(path: &str) -> Page {
    Page::html(format!(
        "<title>Page {path}</title><h1>This is {path}</h1><script>console.warn('at {path}', {{a: 1}}); console.log('quiet')</script>"
    ))
}

#[tokio::test]
async fn back_forward_and_reload_move_and_show_the_page() {
    let stage = Stage::with_site(numbered).await;
    stage.open("/1").await;
    stage.open("/2").await;
    let answer = stage.call("browser_go_back", json!({})).await;
    assert!(yaml(&answer).contains("This is /1"), "{answer}");
    let answer = stage.call("browser_go_forward", json!({})).await;
    assert!(yaml(&answer).contains("This is /2"), "{answer}");
    stage.evaluate("() => { window.mark = 1 }").await;
    let answer = stage.call("browser_reload", json!({})).await;
    assert!(yaml(&answer).contains("This is /2"), "{answer}");
    assert_eq!(stage.evaluate("() => typeof window.mark").await, "undefined");
    let error = stage.client.call("browser_go_forward", json!({})).await.unwrap_err();
    assert_eq!(error.code.word(), "navigation_failed");
}

#[tokio::test]
async fn tabs_are_listed_opened_selected_and_closed_and_are_the_callers_own() {
    let stage = Stage::with_site(numbered).await;
    stage.open("/1").await;
    let opened = stage.call("browser_tabs", json!({ "action": "new", "url": stage.site.url("/2") })).await;
    let tabs = opened["value"]["tabs"].as_array().unwrap().clone();
    assert_eq!(tabs.len(), 2, "the user's own tab is not listed: {opened}");
    assert_eq!(tabs.iter().filter(|t| t["current"] == true).count(), 1);
    assert_eq!(tabs[1]["current"], true);
    assert!(stage.snapshot().await.contains("This is /2"));
    stage.call("browser_tabs", json!({ "action": "select", "index": 0 })).await;
    assert!(stage.snapshot().await.contains("This is /1"));
    let named = stage.call("browser_snapshot", json!({ "tabId": tabs[1]["tabId"] })).await;
    assert!(yaml(&named).contains("This is /2"), "a named tab is read without being selected");
    let closed = stage.call("browser_tabs", json!({ "action": "close", "tabId": tabs[1]["tabId"] })).await;
    assert_eq!(closed["value"]["tabs"].as_array().unwrap().len(), 1);
    let status = stage.hub.status().await;
    assert_eq!(status.clients[0].tabs.len(), 1);
}

#[tokio::test]
async fn console_lines_are_kept_filtered_and_cleared() {
    let stage = Stage::with_site(numbered).await;
    stage.open("/1").await;
    let logs = stage.call("browser_get_console_logs", json!({})).await;
    let text = logs["value"]["entries"].to_string();
    assert!(text.contains("at /1") && text.contains("quiet"), "{logs}");
    let warnings =
        stage.call("browser_get_console_logs", json!({ "level": "warning" })).await["value"]["entries"].to_string();
    assert!(warnings.contains("at /1") && !warnings.contains("quiet"), "{warnings}");
    let matching = stage.call("browser_get_console_logs", json!({ "pattern": "qui.t" })).await;
    assert_eq!(matching["value"]["entries"].as_array().unwrap().len(), 1);
    stage.call("browser_get_console_logs", json!({ "clear": true })).await;
    let empty = stage.call("browser_get_console_logs", json!({})).await;
    assert_eq!(empty["value"]["entries"], json!([]));
}

#[tokio::test]
async fn evaluate_runs_in_the_page_awaits_and_reports_what_is_thrown() {
    let stage =
        Stage::with_page("<title>Eval</title><script>window.secret = 41</script><button id=b>Btn</button>").await;
    let page = stage.open("/").await;
    assert_eq!(stage.evaluate("() => window.secret + 1").await, 42);
    assert_eq!(
        stage.evaluate("async () => { await new Promise(r => setTimeout(r, 20)); return {a: [1, null]} }").await,
        json!({ "a": [1, null] })
    );
    let with_ref = json!({ "function": "(element) => element.id", "ref": crate::reference(&page, "button \"Btn\"") });
    assert_eq!(stage.call("browser_evaluate", with_ref).await["value"], "b");
    let error = stage
        .client
        .call("browser_evaluate", json!({ "function": "() => { throw new Error('boom') }" }))
        .await
        .unwrap_err();
    assert_eq!(error.code.word(), "tool_failed");
    assert!(error.message.contains("boom"), "{error}");
}

#[tokio::test]
async fn screenshots_are_taken_in_the_foreground_and_in_the_background() {
    let stage = Stage::with_page("<title>Shot</title><body style='margin:0;background:#c00'><div id=d style='width:50px;height:40px;background:#00c'></div><div style='height:3000px'></div>").await;
    stage.open("/").await;
    let background = stage.call("browser_screenshot", json!({})).await;
    check_png(&background);
    stage.call("browser_tabs", json!({ "action": "new", "url": stage.site.url("/"), "background": false })).await;
    let front = stage.call("browser_screenshot", json!({})).await;
    check_png(&front);
    let full = stage.call("browser_screenshot", json!({ "fullPage": true })).await;
    let (width, height) = (full["image"]["width"].as_u64().unwrap(), full["image"]["height"].as_u64().unwrap());
    assert!(height > width && height <= 1568, "{width}x{height}");
    let element = stage.call("browser_screenshot", json!({ "ref": "#d", "type": "jpeg" })).await;
    assert_eq!(element["image"]["mimeType"], "image/jpeg");
    assert_eq!((element["image"]["width"].as_u64(), element["image"]["height"].as_u64()), (Some(50), Some(40)));
}

fn check_png(answer: &serde_json::Value) {
    assert_eq!(answer["image"]["mimeType"], "image/png");
    assert!(answer["image"]["data"].as_str().unwrap().starts_with("iVBORw0KGgo"), "a PNG in base64");
    let width = answer["image"]["width"].as_u64().unwrap();
    assert!((500..=1568).contains(&width), "{width}");
}

#[tokio::test]
async fn refs_are_drawn_on_a_picture_and_the_page_never_knows() {
    let stage = Stage::with_page(
        "<!doctype html><title>Refs</title><style>body{margin:0;background:#fff}button,iframe{position:absolute;border:0}</style>
         <button style='left:100px;top:100px;width:200px;height:100px;background:#fff'></button>
         <button style='left:500px;top:100px;width:200px;height:100px;background:#fff'>Covered</button>
         <div style='position:absolute;left:480px;top:80px;width:260px;height:160px;background:#fff'></div>
         <iframe style='left:100px;top:300px;width:300px;height:200px' srcdoc='<style>body{margin:0}</style><button style=\"position:absolute;left:50px;top:40px;width:100px;height:60px;border:0;background:#fff\"></button>'></iframe>
         <script>window.seen = 0; new MutationObserver((records) => { seen += records.length }).observe(document, { subtree: true, childList: true, attributes: true });</script>",
    )
    .await;
    stage.open("/").await;
    let before = stage.evaluate("() => [seen, document.all.length]").await;
    let plain = stage.call("browser_screenshot", json!({})).await;
    let drawn = stage.call("browser_screenshot", json!({ "annotate": true })).await;
    assert!(drawn["notes"].to_string().contains("2 refs"), "{}", drawn["notes"]);
    assert_eq!(stage.evaluate("() => [seen, document.all.length]").await, before);
    for size in ["width", "height"] {
        assert_eq!(plain["image"][size], drawn["image"][size]);
    }
    // The page reads the picture's pixels: what is not white in it was drawn.
    let colours = |picture: &serde_json::Value| {
        format!(
            "async () => {{ const image = new Image(); image.src = 'data:image/png;base64,{}'; await image.decode();
             const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height;
             const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);
             const scale = image.width / innerWidth;
             return [[101, 150], [150, 101], [151, 370], [501, 150], [300, 600]].map(([x, y]) => {{
               const [r, g, b] = context.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data; return r + g + b < 700; }}); }}",
            picture["image"]["data"].as_str().unwrap()
        )
    };
    assert_eq!(stage.evaluate(&colours(&plain)).await, json!([false, false, false, false, false]));
    let marked = stage.evaluate(&colours(&drawn)).await;
    assert_eq!(
        marked,
        json!([true, true, true, false, false]),
        "the button, its top, the framed button; not the covered one"
    );
}
