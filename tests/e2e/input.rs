//! The mouse beyond clicks, and files: drags of both kinds, file fields and file dialogs.

use serde_json::json;

use crate::Stage;

#[tokio::test]
async fn a_drag_works_by_pointer_events_and_by_html5_also_far_apart_and_into_a_frame() {
    let stage = Stage::with_page(
        "<!doctype html><title>Drag</title><style>.b{width:120px;height:50px;background:#ccc;touch-action:none}</style>
         <div id=knob class=b>Knob</div><div id=track class=b>Track</div>
         <div id=card class=b draggable=true>Card</div><div style='height:2500px'></div><div id=bin class=b>Bin</div>
         <iframe id=f width=300 height=120 srcdoc='<div id=in style=\"height:80px\" ondragover=\"event.preventDefault()\" ondrop=\"this.textContent = event.dataTransfer.getData(`text/plain`)\">Inner bin</div>'></iframe>
         <script>
         window.events = []; let held = false;
         knob.addEventListener('pointerdown', (e) => { held = true; knob.setPointerCapture(e.pointerId); });
         knob.addEventListener('pointermove', (e) => { if (held) knob.style.transform = `translate(${e.clientX - 60}px, ${e.clientY - 25}px)`; });
         knob.addEventListener('pointerup', (e) => { held = false; events.push('up over ' + document.elementsFromPoint(e.clientX, e.clientY).map((el) => el.id).join(' ') + ' trusted ' + e.isTrusted); });
         card.addEventListener('dragstart', (e) => e.dataTransfer.setData('text/plain', 'the card'));
         bin.addEventListener('dragenter', () => events.push('enter'));
         bin.addEventListener('dragover', (e) => { e.preventDefault(); });
         bin.addEventListener('drop', (e) => { e.preventDefault(); bin.textContent = 'holds ' + e.dataTransfer.getData('text/plain'); });
         card.addEventListener('dragend', (e) => events.push('end ' + e.dataTransfer.dropEffect));
         </script>",
    )
    .await;
    stage.open("/").await;
    let answer = stage.call("browser_drag", json!({ "startRef": "#knob", "endRef": "#track" })).await;
    let events = stage.evaluate("() => events").await.to_string();
    assert!(
        events.contains("up over") && events.contains("track") && events.contains("trusted true"),
        "{events} {answer}"
    );

    let answer = stage.call("browser_drag", json!({ "startRef": "#card", "endRef": "#bin" })).await;
    assert_eq!(stage.evaluate("() => bin.textContent").await, "holds the card", "{answer}");
    assert!(answer["snapshot"].to_string().contains("holds the card"), "{answer}");
    let events = stage.evaluate("() => events").await.to_string();
    assert!(events.contains("enter") && events.contains("end"), "{events}");

    stage.call("browser_drag", json!({ "startRef": "#card", "endRef": "#in" })).await;
    assert_eq!(stage.evaluate("() => f.contentDocument.getElementById('in').textContent").await, "the card");

    // The mouse is free again, and a drag that has nowhere to go picks nothing up.
    let error = stage.client.call("browser_drag", json!({ "startRef": "#card", "endRef": "#none" })).await.unwrap_err();
    assert_eq!(error.code.word(), "not_actionable");
    stage.call("browser_click", json!({ "ref": "#bin" })).await;
}

#[tokio::test]
async fn files_go_into_a_field_a_hidden_field_behind_a_button_or_a_dialog_that_is_open() {
    let stage = Stage::with_page(
        "<!doctype html><title>Files</title><label>Plain <input type=file id=plain></label>
         <input type=file id=many multiple style='display:none'><button id=ask onclick='many.click()'>Attach</button>
         <button id=dull>Dull</button><output id=out></output><script>
         for (const field of [plain, many]) field.onchange = async () => { out.textContent = field.id + ': ' + (await Promise.all([...field.files].map(async (f) => f.name + '=' + await f.text()))).join(','); };
         </script>",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (one, two) = (file("one.txt", "first"), file("two ü.txt", "second"));
    stage.open("/").await;
    // Reading a file takes the page a moment of its own.
    let shows = async |text: &str| {
        crate::support::eventually(text, || async { stage.evaluate("() => out.textContent").await == text }).await;
    };
    let answer = stage.call("browser_file_upload", json!({ "ref": "#plain", "paths": [one] })).await;
    shows("plain: one.txt=first").await;
    assert!(answer["text"].as_str().unwrap().contains("\"one.txt\""), "{answer}");
    stage.call("browser_file_upload", json!({ "ref": "#ask", "paths": [one, two] })).await;
    shows("many: one.txt=first,two ü.txt=second").await;
    // A click that asks for files says so, and what it asked for can still be answered.
    let clicked = stage.call("browser_click", json!({ "ref": "#ask" })).await;
    assert!(clicked["notes"].to_string().contains("browser_file_upload"), "{clicked}");
    stage.call("browser_file_upload", json!({ "paths": [two] })).await;
    shows("many: two ü.txt=second").await;
    for (params, word) in [
        (json!({ "paths": [one] }), "tool_failed"),
        (json!({ "ref": "#plain", "paths": [one, two] }), "invalid_params"),
        (json!({ "ref": "#dull", "paths": [one] }), "tool_failed"),
    ] {
        let error = stage.client.call("browser_file_upload", params.clone()).await.unwrap_err();
        assert_eq!(error.code.word(), word, "{params}: {error}");
    }
}
