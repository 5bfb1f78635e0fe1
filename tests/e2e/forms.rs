//! Filling forms: every kind of field, also those that a page made itself, and fields that appear as others are filled.

use serde_json::json;

use crate::{Stage, reference, yaml};

const FORM: &str = r#"<!doctype html><title>Form</title>
<form id=f onsubmit="event.preventDefault(); out.textContent = 'sent ' + JSON.stringify(Object.fromEntries(new FormData(f)))">
<label>Name <input name=name value=old></label> <label>Notes <textarea name=notes></textarea></label>
<label>Day <input type=date name=day></label> <label>Colour <input type=color name=colour></label>
<label>Size <input type=range name=size min=0 max=10></label> <label>Secret <input type=password name=secret></label>
<label><input type=checkbox name=news value=yes> News</label> <label><input type=checkbox name=spam value=yes checked> Spam</label>
<fieldset><legend>Ship by</legend><label><input type=radio name=ship value=a checked> Air</label><label><input type=radio name=ship value=s> Sea</label></fieldset>
<label>Country <select name=country onchange="setTimeout(() => { row.hidden = false; row.querySelector('input').disabled = false }, 80)"><option value="">-<option value=fr>France<option value=jp>Japan</select></label>
<label id=row hidden>City <input name=city disabled></label>
<div role=switch aria-checked=false tabindex=0 aria-label=Gift id=gift onclick="setTimeout(() => gift.setAttribute('aria-checked', gift.getAttribute('aria-checked') !== 'true'), 60)">o</div>
<div id=box role=combobox aria-label=Plan aria-haspopup=listbox aria-expanded=false tabindex=0>None</div>
<button>Send</button></form><output id=out></output>
<script>
document.cookie = 'x=1';
box.onclick = () => { if (document.getElementById('list')) return; setTimeout(() => {
  const list = document.createElement('ul'); list.id = 'list'; list.setAttribute('role', 'listbox');
  for (const name of ['Free', 'Team', 'Whole house']) { const item = document.createElement('li'); item.setAttribute('role', 'option'); item.textContent = name;
    item.onclick = (event) => { if (!event.isTrusted) return; box.textContent = name; list.remove(); }; list.append(item); }
  document.body.append(list); }, 120); };
onkeydown = (event) => { if (event.key === 'Escape') document.getElementById('list')?.remove(); };
</script>"#;

#[tokio::test]
async fn a_form_is_filled_in_one_call_whatever_its_fields_are_and_sent() {
    let stage = Stage::with_page(FORM).await;
    let page = stage.open("/").await;
    let of = |what: &str| reference(&page, what);
    let answer = stage
        .call(
            "browser_fill_form",
            json!({ "submit": true, "fields": [
                { "ref": of("textbox \"Name\""), "value": "Ada" },
                { "ref": of("\"Notes\""), "value": "two\nlines" },
                { "ref": of("\"Day\""), "value": "2026-02-28" },
                { "ref": of("\"Colour\""), "value": "#ff8800" },
                { "ref": of("slider \"Size\""), "value": 7 },
                { "ref": of("\"Secret\""), "value": "hunter2" },
                { "ref": of("checkbox \"News\""), "value": true },
                { "ref": of("checkbox \"Spam\""), "value": "false" },
                { "ref": of("radio \"Air\""), "value": "Sea" },
                { "ref": of("combobox \"Country\""), "value": "France" },
                { "ref": "input[name=city]", "value": "Lyon" },
                { "ref": of("switch \"Gift\""), "value": true },
                { "ref": of("combobox \"Plan\""), "value": "team" },
            ] }),
        )
        .await;
    let sent = yaml(&answer);
    for part in [
        "Ada",
        "2026-02-28",
        "#ff8800",
        "Lyon",
        "\\\"size\\\":\\\"7",
        "\\\"ship\\\":\\\"s",
        "news",
        "country\\\":\\\"fr",
    ] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
    assert!(!sent.contains("spam"), "{sent}");
    assert!(!answer["text"].to_string().contains("hunter2"), "{answer}");
    assert_eq!(
        stage.evaluate("() => [gift.ariaChecked, box.textContent, f.notes.value]").await,
        json!(["true", "Team", "two\nlines"])
    );
}

#[tokio::test]
async fn a_field_that_cannot_be_filled_is_named_with_what_was_done_before_it() {
    let stage = Stage::with_page(FORM).await;
    let page = stage.open("/").await;
    let of = |what: &str| reference(&page, what);
    for (value, field, word, parts) in [
        (json!("Green"), of("combobox \"Country\""), "invalid_params", ["France", "Japan"]),
        (json!("Gold"), of("combobox \"Plan\""), "invalid_params", ["Free", "Whole house"]),
        (json!("Rail"), of("radio \"Air\""), "invalid_params", ["Air", "Sea"]),
        (json!("soon"), of("\"Day\""), "invalid_params", ["date", "YYYY-MM-DD"]),
        (json!("maybe"), of("checkbox \"News\""), "invalid_params", ["true", "maybe"]),
        (json!("x"), "e99999".to_owned(), "stale_ref", ["e99999", "snapshot"]),
    ] {
        let fields = json!([{ "ref": of("textbox \"Name\""), "value": "Eve" }, { "ref": field, "value": value }]);
        let error = stage.client.call("browser_fill_form", json!({ "fields": fields })).await.unwrap_err();
        assert_eq!(error.code.word(), word, "{error}");
        let text = error.text();
        for part in parts.into_iter().chain(["Field 2 of 2", "Filled before: textbox \"Name\""]) {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    assert_eq!(stage.evaluate("() => f.name.value ?? f.elements.name.value").await, "Eve");
}

#[tokio::test]
async fn an_option_is_chosen_in_a_list_that_the_page_made_itself() {
    let stage = Stage::with_page(FORM).await;
    let page = stage.open("/").await;
    let list = reference(&page, "combobox \"Plan\"");
    let answer = stage.call("browser_select_option", json!({ "ref": list, "values": ["Whole house"] })).await;
    assert!(yaml(&answer).contains("Whole house"), "{answer}");
    let error =
        stage.client.call("browser_select_option", json!({ "ref": list, "values": ["Gold"] })).await.unwrap_err();
    assert!(error.text().contains("\"Team\""), "{error}");
    assert_eq!(stage.evaluate("() => document.getElementById('list') === null").await, true, "it is closed again");
}
