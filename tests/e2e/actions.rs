//! Acting on a page as a person does, and being done when the page is.

use std::time::Duration;

use serde_json::json;

use crate::support::site::Page;
use crate::{Stage, reference, yaml};

#[tokio::test]
async fn click_hover_and_keys_are_real_input() {
    let stage = Stage::with_page(
        "<title>Input</title><button id=b>Press me</button><div id=log></div><script>
         const log = (text) => { const p = document.createElement('p'); p.textContent = text; document.getElementById('log').append(p); };
         const b = document.getElementById('b');
         b.addEventListener('mouseenter', () => log('entered'));
         b.addEventListener('click', (e) => log('click trusted=' + e.isTrusted + ' detail=' + e.detail + ' button=' + e.button + ' shift=' + e.shiftKey));
         b.addEventListener('dblclick', () => log('double'));
         b.addEventListener('contextmenu', (e) => { e.preventDefault(); log('menu'); });
         addEventListener('keydown', (e) => log('key ' + (e.ctrlKey ? 'Control+' : '') + e.key + ' ' + e.code + ' trusted=' + e.isTrusted));
         </script>",
    )
    .await;
    let yaml_before = stage.open("/").await;
    let button = reference(&yaml_before, "button \"Press me\"");
    let answer = stage.call("browser_hover", json!({ "ref": button, "element": "the button" })).await;
    assert!(yaml(&answer).contains("entered"), "{answer}");
    let answer = stage.call("browser_click", json!({ "ref": button })).await;
    assert!(yaml(&answer).contains("click trusted=true detail=1 button=0 shift=false"), "{answer}");
    assert!(answer["text"].as_str().unwrap().contains("Press me"));
    let answer = stage.call("browser_click", json!({ "ref": button, "modifiers": ["Shift"] })).await;
    assert!(yaml(&answer).contains("shift=true"), "{answer}");
    let answer = stage.call("browser_click", json!({ "ref": button, "doubleClick": true })).await;
    assert!(yaml(&answer).contains("double"), "{answer}");
    let answer = stage.call("browser_click", json!({ "ref": button, "button": "right" })).await;
    assert!(yaml(&answer).contains("menu"), "{answer}");
    let answer = stage.call("browser_press_key", json!({ "key": "ArrowDown" })).await;
    assert!(yaml(&answer).contains("key ArrowDown ArrowDown trusted=true"), "{answer}");
    let answer = stage.call("browser_press_key", json!({ "key": "Control+k" })).await;
    assert!(yaml(&answer).contains("key Control+k KeyK trusted=true"), "{answer}");
}

#[tokio::test]
async fn typing_replaces_appends_submits_and_reaches_every_kind_of_field() {
    let stage = Stage::with_page(
        "<title>Form</title><form onsubmit=\"event.preventDefault(); document.getElementById('out').textContent = 'sent ' + document.getElementById('name').value\">
         <label>Name <input id=name value=old></label>
         <label>Notes <textarea id=notes></textarea></label>
         <label>Day <input type=date id=day></label>
         <div contenteditable role=textbox aria-label=Rich id=rich>draft</div>
         <label>Secret <input type=password id=secret></label><button>Send</button></form><output id=out></output>",
    )
    .await;
    let page = stage.open("/").await;
    let name = reference(&page, "textbox \"Name\"");
    stage.call("browser_type", json!({ "ref": name, "text": "Ada" })).await;
    assert_eq!(stage.evaluate("() => document.getElementById('name').value").await, "Ada");
    stage.call("browser_type", json!({ "ref": name, "text": " Lovelace", "clear": false })).await;
    assert_eq!(stage.evaluate("() => document.getElementById('name').value").await, "Ada Lovelace");
    let answer = stage.call("browser_type", json!({ "ref": name, "text": "Grace", "submit": true })).await;
    assert!(yaml(&answer).contains("sent Grace"), "{answer}");
    stage
        .call("browser_type", json!({ "ref": reference(&page, "\"Notes\""), "text": "two\nlines ✓", "slowly": true }))
        .await;
    assert_eq!(stage.evaluate("() => document.getElementById('notes').value").await, "two\nlines ✓");
    stage.call("browser_type", json!({ "ref": reference(&page, "\"Day\""), "text": "2026-11-21" })).await;
    assert_eq!(stage.evaluate("() => document.getElementById('day').value").await, "2026-11-21");
    stage.call("browser_type", json!({ "ref": reference(&page, "\"Rich\""), "text": "final" })).await;
    assert_eq!(stage.evaluate("() => document.getElementById('rich').textContent").await, "final");
    let answer = stage.call("browser_type", json!({ "ref": reference(&page, "\"Secret\""), "text": "hunter2" })).await;
    assert!(!answer.to_string().contains("hunter2"), "a password never comes back: {answer}");
    assert!(!stage.snapshot().await.contains("hunter2"));
}

#[tokio::test]
async fn options_are_selected_by_label_or_value_and_unknown_ones_are_listed() {
    let stage = Stage::with_page(
        "<title>Select</title><label>Colour <select id=c onchange=\"document.title='picked '+this.value\"><option value=r>Red<option value=g>Green</select></label>",
    )
    .await;
    let page = stage.open("/").await;
    let select = reference(&page, "combobox \"Colour\"");
    let answer = stage.call("browser_select_option", json!({ "ref": select, "values": ["Green"] })).await;
    assert_eq!(answer["page"]["title"], "picked g");
    let answer = stage.call("browser_select_option", json!({ "ref": select, "values": ["r"] })).await;
    assert_eq!(answer["page"]["title"], "picked r");
    let error =
        stage.client.call("browser_select_option", json!({ "ref": select, "values": ["Blue"] })).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
    assert!(error.text().contains("Green"), "{error}");
}

#[tokio::test]
async fn a_click_is_done_when_what_it_started_is_done() {
    let stage = Stage::with_site(|path| match path {
        "/data" => Page::text("fresh news").after(Duration::from_millis(200)),
        "/next" => Page::html("<title>Next</title><h1>The next page</h1>").after(Duration::from_millis(150)),
        _ => Page::html(
            "<title>Start</title><button id=load>Load</button> <a href=/next>Go on</a> <p id=out></p><script>
             document.getElementById('load').addEventListener('click', async () => {
               const answer = await fetch('/data'); document.getElementById('out').textContent = await answer.text(); });
             </script>",
        ),
    })
    .await;
    let page = stage.open("/").await;
    let answer = stage.call("browser_click", json!({ "ref": reference(&page, "button \"Load\"") })).await;
    assert!(yaml(&answer).contains("fresh news"), "{answer}");
    let answer = stage.call("browser_click", json!({ "ref": reference(&page, "link \"Go on\"") })).await;
    assert_eq!(answer["page"]["title"], "Next");
    assert!(yaml(&answer).contains("The next page"), "{answer}");
}

#[tokio::test]
async fn wait_for_waits_for_text_its_end_an_element_an_address_or_a_time() {
    let stage = Stage::with_page(
        "<title>Late</title><p id=p>loading</p><script>
         setTimeout(() => { document.getElementById('p').textContent = 'ready'; }, 300);
         setTimeout(() => { const b = document.createElement('button'); b.id = 'late'; b.textContent = 'Late'; document.body.append(b); }, 500);
         setTimeout(() => history.pushState({}, '', '/later'), 700);
         </script>",
    )
    .await;
    stage.open("/").await;
    stage.call("browser_wait_for", json!({ "text": "ready" })).await;
    stage.call("browser_wait_for", json!({ "textGone": "loading" })).await;
    stage.call("browser_wait_for", json!({ "ref": "#late" })).await;
    let answer = stage.call("browser_wait_for", json!({ "url": "later" })).await;
    assert!(answer["page"]["url"].as_str().unwrap().ends_with("/later"));
    stage.call("browser_wait_for", json!({ "time": 0.1 })).await;
    let error = stage.client.call("browser_wait_for", json!({ "text": "never", "timeout": 300 })).await.unwrap_err();
    assert_eq!(error.code.word(), "deadline_exceeded");
    assert!(error.message.contains("never"), "{error}");
}
