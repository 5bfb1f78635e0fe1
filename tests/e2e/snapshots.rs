//! What a snapshot shows: roles, names, states, values, shadow roots, frames; and what it never shows.

use serde_json::json;

use crate::support::site::Page;
use crate::{Stage, reference, yaml};

#[tokio::test]
async fn roles_names_states_and_values_stand_in_the_snapshot() {
    let stage = Stage::with_page(
        "<title>Roles</title><h2>Title</h2><nav aria-label=Main><a href=/x>Home</a></nav>
         <label>Mail <input value='a@b.c' placeholder='your mail'></label><input type=checkbox aria-label=Agree checked>
         <input type=password aria-label=Pass value=topsecret><button disabled>Off</button><button aria-expanded=true>Menu</button>
         <ul><li>One<li>Two</ul><div style='display:none'>hidden words</div><img src=data:, alt='A cat'>
         <table><tr><th>Key<td>Value</table>",
    )
    .await;
    let page = stage.open("/").await;
    for expected in [
        "heading \"Title\" [level=2]",
        "navigation \"Main\"",
        "link \"Home\"",
        "/url: /x",
        "textbox \"Mail\"",
        "a@b.c",
        "checkbox \"Agree\" [checked]",
        "button \"Off\" [disabled]",
        "button \"Menu\" [expanded]",
        "listitem",
        "img \"A cat\"",
        "Key",
        "Value",
    ] {
        assert!(page.contains(expected), "no {expected:?} in\n{page}");
    }
    assert!(!page.contains("topsecret") && !page.contains("hidden words"), "{page}");
}

#[tokio::test]
async fn shadow_roots_and_frames_of_any_site_stand_in_their_place_and_can_be_acted_on() {
    let stage = Stage::with_site(|path| match path.split('?').next().unwrap_or_default() {
        "/inner" => Page::html("<title>Inner</title><button onclick=\"this.textContent='Pressed inside'\">Inside</button>"),
        "/outer" => {
            let port = path.split("port=").nth(1).unwrap_or_default();
            Page::html(format!(
                "<title>Outer</title><h1>Around</h1><div id=host></div>
                 <iframe title=same src='/inner' style='border:7px solid;margin:11px'></iframe>
                 <iframe title=other src='http://localhost:{port}/inner' style='border:3px solid;margin:23px'></iframe>
                 <script>const root = document.getElementById('host').attachShadow({{mode: 'open'}});
                 root.innerHTML = '<button>In shadow</button>';
                 root.querySelector('button').addEventListener('click', (e) => e.target.textContent = 'Shadow pressed');</script>"
            ))
        }
        _ => Page::missing(),
    })
    .await;
    stage.open(&format!("/outer?port={}", stage.site.port)).await;
    let page = stage.snapshot().await;
    assert_eq!(page.matches("button \"Inside\"").count(), 2, "both frames are there:\n{page}");
    let answer = stage.call("browser_click", json!({ "ref": reference(&page, "In shadow") })).await;
    assert!(yaml(&answer).contains("Shadow pressed"), "{answer}");
    let refs: Vec<String> =
        page.lines().filter(|l| l.contains("button \"Inside\"")).map(|l| reference(l, "Inside")).collect();
    for inside in refs {
        assert!(inside.starts_with('f'), "a ref in a frame names its frame: {inside}");
        let answer = stage.call("browser_click", json!({ "ref": inside })).await;
        assert!(yaml(&answer).contains("Pressed inside"), "{answer}");
    }
}

#[tokio::test]
async fn a_ref_stays_with_its_element_and_is_stale_when_it_is_gone() {
    let stage = Stage::with_page(
        "<title>Refs</title><button id=a>First</button><button id=b>Second</button><p id=out></p><script>
         for (const b of document.querySelectorAll('button')) b.addEventListener('click', () => document.getElementById('out').textContent = 'hit ' + b.id);
         </script>",
    )
    .await;
    let page = stage.open("/").await;
    let first = reference(&page, "button \"First\"");
    stage.evaluate("() => { const a = document.getElementById('a'); a.textContent = 'Renamed'; document.body.prepend(document.getElementById('b')); }").await;
    let answer = stage.call("browser_click", json!({ "ref": first })).await;
    assert!(yaml(&answer).contains("hit a"), "{answer}");
    assert_eq!(reference(&stage.snapshot().await, "button \"Renamed\""), first);
    stage
        .evaluate(
            "() => { const a = document.getElementById('a'); const twin = a.cloneNode(true); a.replaceWith(twin); }",
        )
        .await;
    let error = stage.client.call("browser_click", json!({ "ref": first })).await.unwrap_err();
    assert_eq!(error.code.word(), "stale_ref");
    let now = reference(&stage.snapshot().await, "button \"Renamed\"");
    assert_ne!(now, first);
    assert!(error.text().contains(&now), "it offers what has its role and name now: {}", error.text());
    // A ref of the page before is not the same number on the next page.
    stage.open("/again").await;
    let error = stage.client.call("browser_click", json!({ "ref": now })).await.unwrap_err();
    assert_eq!(error.code.word(), "stale_ref");
}

#[tokio::test]
async fn a_large_page_is_cut_on_a_whole_node_and_goes_on_with_its_cursor() {
    let stage = Stage::with_page(
        "<title>Large</title><main id=m></main><script>for (let i = 0; i < 2000; i++) { const b = document.createElement('button'); b.textContent = 'Button number ' + i; document.getElementById('m').append(b); }</script>",
    )
    .await;
    stage.open("/").await;
    let mut seen = 0;
    let mut cursor = json!(null);
    for _ in 0..40 {
        let mut params = json!({});
        if !cursor.is_null() {
            params["cursor"] = cursor.clone();
        }
        let answer = stage.call("browser_snapshot", params).await;
        let text = yaml(&answer);
        assert!(text.len() <= 12_500, "{}", text.len());
        assert!(
            text.lines().all(|line| line.trim_start().starts_with("- ") || line.trim_start().starts_with('/')),
            "whole nodes only"
        );
        seen += text.matches("button \"Button number ").count();
        cursor = answer["snapshot"]["cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert!(cursor.is_null(), "the cursor comes to an end");
    assert_eq!(seen, 2000);
    // After an action: what changed, not the whole page again.
    stage.evaluate("() => { document.querySelector('button').addEventListener('click', (e) => { e.target.textContent = 'Changed' }) }").await;
    let answer = stage.call("browser_click", json!({ "ref": "button:first-of-type" })).await;
    let diff = yaml(&answer);
    assert!(diff.contains("Changed") && diff.len() < 1000, "{} characters: {diff}", diff.len());
}

#[tokio::test]
async fn a_long_list_is_folded_so_that_what_is_behind_it_shows_and_the_cursor_leads_to_its_rows() {
    let stage = Stage::with_page(
        "<title>Fold</title><ul id=l></ul><button>Behind it</button><div style='height:9000px'></div><button>Far down</button>
         <script>for (let i = 0; i < 900; i++) l.append(Object.assign(document.createElement('li'), {textContent: 'Entry number ' + i}))</script>",
    )
    .await;
    stage.open("/").await;
    let answer = stage.call("browser_snapshot", json!({})).await;
    let first = yaml(&answer);
    assert!(first.contains("895 more listitems like these") && first.contains("Behind it"), "{first}");
    assert!(first.len() < 1_000, "{} characters", first.len());
    let cursor = answer["snapshot"]["cursor"].clone();
    let next = yaml(&stage.call("browser_snapshot", json!({ "cursor": cursor })).await);
    assert!(next.contains("list [continued]") && next.contains("Entry number 5\n"), "{next}");
    let visible = yaml(&stage.call("browser_snapshot", json!({ "viewportOnly": true })).await);
    assert!(visible.contains("Entry number 0") && !visible.contains("Far down"), "{visible}");
}
