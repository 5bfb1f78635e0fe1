//! Pages that fight back: what moves, covers, comes late, asks without end, hides in shadow roots, writes in other scripts,
//! or answers from a service worker.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::FakeClient;
use crate::support::site::Page;
use crate::support::within;
use crate::{Stage, reference, yaml};

/// What a call that must fail says.
async fn failure(stage: &Stage, tool: &str, params: Value) -> String {
    match stage.client.call(tool, params).await {
        Ok(answer) => panic!("{tool} succeeded: {answer}"),
        Err(error) => format!("{}: {}", error.code.word(), error.text()),
    }
}

#[tokio::test]
async fn a_click_waits_for_what_moves_fades_in_or_is_covered_and_says_which_of_it_did_not_end() {
    let stage = Stage::with_page(
        "<title>Unready</title><style>@keyframes away { from { transform: translateX(0) } to { transform: translateX(500px) } }
         button { position: absolute; left: 0 }</style>
         <button style='top:20px; animation: away 700ms linear forwards' onclick=\"out.textContent += ' moved'\">Moving</button>
         <button id=late style='top:100px' disabled onclick=\"out.textContent += ' enabled'\">Late</button>
         <button id=under style='top:140px' onclick=\"out.textContent += ' uncovered'\">Under</button>
         <div id=veil role=dialog aria-label=Cookies style='position:absolute; top:130px; left:0; width:300px; height:50px; background:#fff'>We use cookies</div>
         <button id=gone style='top:200px' onclick=\"out.textContent += ' shown'\">Shy</button>
         <output id=out style='position:absolute; top:300px'></output>
         <script>
           const soon = (act) => setTimeout(act, 600);
           window.enable = () => soon(() => { late.disabled = false; });
           window.uncover = () => soon(() => { veil.remove(); });
           window.hide = () => { gone.style.visibility = 'hidden'; soon(() => { gone.style.visibility = 'visible'; }); };
         </script>",
    )
    .await;
    let page = stage.open("/").await;
    let of = |name: &str| json!({ "ref": reference(&page, &format!("button \"{name}\"")) });
    stage.call("browser_click", of("Moving")).await;
    stage.evaluate("() => enable()").await;
    stage.call("browser_click", of("Late")).await;
    let covered = failure(&stage, "browser_click", of("Under")).await;
    assert!(covered.starts_with("not_actionable") && covered.contains("Cookies"), "it names what covers it: {covered}");
    stage.evaluate("() => uncover()").await;
    stage.call("browser_click", of("Under")).await;
    stage.evaluate("() => hide()").await;
    stage.call("browser_click", of("Shy")).await;
    assert_eq!(stage.evaluate("() => out.textContent").await, " moved enabled uncovered shown");
    stage.evaluate("() => { gone.hidden = true; }").await;
    let hidden = failure(&stage, "browser_click", of("Shy")).await;
    assert!(hidden.starts_with("not_actionable") && hidden.contains("visible"), "{hidden}");
}

#[tokio::test]
async fn a_press_never_lands_on_what_a_page_moves_under_the_mouse_in_the_last_moment() {
    let stage = Stage::with_page(
        "<title>Dodging</title><style>button { position: absolute; left: 20px; width: 100px; height: 30px } .away { left: 300px }</style>
         <button id=bait style='top:50px' onclick=\"log.textContent += ' bait'\">Bait</button>
         <button id=shy style='top:50px' onclick=\"log.textContent += ' shy'\">Shy</button>
         <button id=decoy style='top:150px' onmousedown=\"log.textContent += ' decoy'\">Decoy</button>
         <a id=never href=#gone style='position:absolute; left:20px; top:150px; background:#fff; width:100px; height:30px'>Never</a>
         <output id=log style='position:absolute; top:250px'></output><script>
         let dodges = 0;
         // Once: to the other side, and there it stays.
         shy.addEventListener('mouseenter', () => { if (dodges++ === 0) shy.classList.add('away'); });
         // Each time.
         never.addEventListener('mouseenter', () => { never.style.left = never.style.left === '20px' ? '300px' : '20px'; });
         </script>",
    )
    .await;
    let page = stage.open("/").await;
    stage.call("browser_click", json!({ "ref": reference(&page, "button \"Shy\"") })).await;
    assert_eq!(stage.evaluate("() => log.textContent").await, " shy", "aimed at again, where it is now");
    let never = failure(&stage, "browser_click", json!({ "ref": reference(&page, "link \"Never\"") })).await;
    assert!(never.starts_with("not_actionable") && never.contains("moves away"), "{never}");
    assert_eq!(stage.evaluate("() => log.textContent + location.hash").await, " shy", "nothing else was pressed");
    // And nothing is held back that was meant.
    stage.evaluate("() => never.remove()").await;
    stage.call("browser_click", json!({ "ref": reference(&page, "button \"Decoy\"") })).await;
    assert_eq!(stage.evaluate("() => log.textContent").await, " shy decoy");
}

#[tokio::test]
async fn dialogs_without_end_are_named_one_by_one_and_hold_up_nobody_else() {
    let stage = Stage::with_page(
        "<title>Endless</title><button onclick=\"for (let n = 1; ; n++) alert('number ' + n)\">Begin</button>",
    )
    .await;
    let page = stage.open("/").await;
    let begin = json!({ "ref": reference(&page, "button \"Begin\"") });
    let answer = within("the first dialog", stage.client.call("browser_click", begin)).await.unwrap();
    assert_eq!(answer["dialog"]["message"], "number 1");
    let other = FakeClient::connect(stage.hub.port, "other").await;
    for n in 2..5 {
        let accept = stage.client.call("browser_handle_dialog", json!({ "accept": true }));
        let answer = within("the next dialog", accept).await.unwrap();
        assert_eq!(answer["dialog"]["message"], format!("number {n}"), "{answer}");
        let blocked = failure(&stage, "browser_snapshot", json!({})).await;
        assert!(blocked.starts_with("dialog_open") && blocked.contains(&format!("number {n}")), "{blocked}");
        let url = stage.site.url("/");
        within("another client", other.call("browser_navigate", json!({ "url": url }))).await.unwrap();
    }
    // The tab itself can be given up.
    within("closing the tab", stage.client.call("browser_tabs", json!({ "action": "close" }))).await.unwrap();
    assert!(stage.open("/").await.contains("Begin"));
}

#[tokio::test]
async fn a_button_deep_in_shadow_roots_is_seen_and_hit() {
    let stage = Stage::with_page(
        "<title>Deep</title><div id=top></div><output id=out></output><script>
         let at = document.getElementById('top');
         for (let depth = 1; depth <= 60; depth++) {
           const root = at.attachShadow({ mode: depth % 2 ? 'open' : 'closed' });
           const inner = document.createElement('div');
           root.append('level ' + depth, inner);
           at = inner;
         }
         const button = document.createElement('button');
         button.textContent = 'Deepest';
         button.onclick = () => { document.getElementById('out').textContent = 'hit'; };
         at.append(button);
         </script>",
    )
    .await;
    let page = stage.open("/").await;
    assert!(page.contains("level 60"), "{page}");
    let answer = stage.call("browser_click", json!({ "ref": reference(&page, "button \"Deepest\"") })).await;
    assert!(yaml(&answer).contains("hit"), "{answer}");
}

#[tokio::test]
async fn a_page_of_twenty_thousand_elements_is_told_in_a_budget_and_worked_on() {
    let stage = Stage::with_page(
        "<title>Huge</title><h1>Huge</h1><main></main><output id=out></output><script>
         const rows = Array.from({ length: 5000 }, (_, n) =>
           `<div><span>Row ${n}</span> <a href='#${n}'>link ${n}</a> <button onclick=\"out.textContent = 'pressed ${n}'\">Press ${n}</button></div>`);
         document.querySelector('main').innerHTML = rows.join('');
         </script>",
    )
    .await;
    let page = stage.open("/").await;
    assert!(stage.evaluate("() => document.querySelectorAll('*').length").await.as_u64().unwrap() > 20_000);
    assert!(page.len() <= 12_000, "{}", page.len());
    let found = stage.call("browser_find", json!({ "text": "Press 4711" })).await;
    let button = found["value"]["found"][0]["ref"].clone();
    let answer = stage.call("browser_click", json!({ "ref": button })).await;
    let changed = yaml(&answer);
    assert!(changed.contains("pressed 4711") && changed.len() < 1000, "{changed}");
}

#[tokio::test]
async fn text_of_any_script_is_read_typed_found_and_hit() {
    const NAME: &str = "שמור את הטופס 👩‍👩‍👧‍👦 حفظ";
    let stage = Stage::with_page(
        "<!doctype html><html dir=rtl lang=he><title>כותרת 🦀</title><h1>שלום עולם</h1>
         <label>שם <input id=name></label><div contenteditable role=textbox aria-label=עורך id=rich></div>
         <button onclick=\"out.textContent = name_.value + '|' + rich.textContent\">שמור את הטופס 👩‍👩‍👧‍👦 حفظ</button>
         <output id=out></output><script>const name_ = document.getElementById('name');</script>",
    )
    .await;
    let page = stage.open("/").await;
    assert!(page.contains(&format!("button \"{NAME}\"")), "{page}");
    for (field, slowly) in [("textbox \"שם\"", false), ("textbox \"שם\"", true), ("textbox \"עורך\"", false)] {
        let params = json!({ "ref": reference(&page, field), "text": "עדה 👩🏽‍💻 é 日本語 ﷽", "slowly": slowly });
        stage.call("browser_type", params).await;
        if field.contains("שם") {
            assert_eq!(stage.evaluate("() => name_.value").await, "עדה 👩🏽‍💻 é 日本語 ﷽", "slowly: {slowly}");
        }
    }
    let found = stage.call("browser_find", json!({ "role": "button", "name": NAME })).await;
    let answer = stage.call("browser_click", json!({ "ref": found["value"]["found"][0]["ref"] })).await;
    assert!(yaml(&answer).contains("עדה 👩🏽‍💻 é 日本語 ﷽|עדה 👩🏽‍💻 é 日本語 ﷽"), "{answer}");
    assert_eq!(answer["page"]["title"], "כותרת 🦀");
}

#[tokio::test]
async fn a_page_whose_answers_come_from_a_service_worker_is_waited_for_like_any() {
    let stage = Stage::with_site(|path| match path {
        "/worker.js" => Page {
            kind: "text/javascript",
            ..Page::text(
                "addEventListener('install', () => skipWaiting());
                 addEventListener('activate', (event) => event.waitUntil(clients.claim()));
                 addEventListener('fetch', (event) => {
                   if (!event.request.url.endsWith('/data')) return;
                   event.respondWith(new Promise((done) => setTimeout(() => done(new Response('from the worker')), 200)));
                 });",
            )
        },
        "/data" => Page::text("from the network"),
        _ => Page::html(
            "<title>Worker</title><button onclick=\"fetch('/data').then((r) => r.text()).then((text) => { out.textContent = text; })\">Load</button>
             <output id=out></output>",
        ),
    })
    .await;
    let page = stage.open("/").await;
    let ready =
        "async () => { await navigator.serviceWorker.register('/worker.js'); await navigator.serviceWorker.ready;
        while (!navigator.serviceWorker.controller) await new Promise((next) => setTimeout(next, 10)); return true; }";
    assert_eq!(stage.evaluate(ready).await, true);
    let answer = stage.call("browser_click", json!({ "ref": reference(&page, "button \"Load\"") })).await;
    assert!(yaml(&answer).contains("from the worker"), "{answer}");
    let requests = stage.call("browser_network_requests", json!({ "filter": "/data" })).await;
    assert!(requests["value"].to_string().contains("/data"), "{requests}");
}

#[tokio::test]
async fn a_history_of_pushed_states_is_gone_through_and_each_page_is_the_right_one() {
    const APP: &str = "<title>App</title><nav><a href=/one>One</a> <a href=/two>Two</a></nav><main></main><script>
         const show = async () => { document.querySelector('main').textContent = await (await fetch('/view' + location.pathname)).text(); };
         addEventListener('click', (event) => { const link = event.target.closest('a'); if (!link) return; event.preventDefault(); history.pushState({}, '', link.href); show(); });
         addEventListener('popstate', show); show();
         </script>";
    let stage = Stage::with_site(|path| match path.strip_prefix("/view") {
        Some(view) => Page::text(format!("View of {view}")).after(Duration::from_millis(100)),
        None => Page::html(APP),
    })
    .await;
    let page = stage.open("/start").await;
    stage.evaluate("() => { window.isFirst = true; }").await;
    for name in ["One", "Two"] {
        let link = reference(&page, &format!("link \"{name}\""));
        let answer = stage.call("browser_click", json!({ "ref": link })).await;
        let path = format!("/{}", name.to_lowercase());
        assert!(yaml(&answer).contains(&format!("View of {path}")), "{answer}");
        assert!(answer["page"]["url"].as_str().unwrap().ends_with(&path), "{answer}");
    }
    for (tool, path) in [("browser_go_back", "/one"), ("browser_go_back", "/start"), ("browser_go_forward", "/one")] {
        let answer = stage.call(tool, json!({})).await;
        assert!(yaml(&answer).contains(&format!("View of {path}")), "{tool}: {answer}");
    }
    assert_eq!(stage.evaluate("() => isFirst").await, true, "the page was never loaded anew");
}

#[tokio::test]
async fn editors_that_draw_their_text_themselves_get_what_is_typed() {
    // As editors with a model of their own do: no change of the DOM is the browser's, each is drawn from the model.
    let stage = Stage::with_page(
        "<title>Editor</title><div id=editor contenteditable role=textbox aria-multiline=true aria-label=Editor></div><pre id=model></pre><script>
         let model = 'old text';
         const draw = () => {
           editor.replaceChildren(...model.split('\\n').map((line) => { const p = document.createElement('p'); p.textContent = line; if (!line) p.append(document.createElement('br')); return p; }));
           const range = document.createRange(); range.selectNodeContents(editor); range.collapse(false);
           getSelection().removeAllRanges(); getSelection().addRange(range);
           document.getElementById('model').textContent = model;
         };
         editor.addEventListener('beforeinput', (event) => {
           event.preventDefault();
           const all = getSelection().toString().replace(/\\n+/g, '\\n').trim() === model.trim() && model !== '';
           if (all) model = '';
           if (event.inputType.startsWith('delete')) { if (!all) model = model.slice(0, -1); }
           else if (event.inputType === 'insertParagraph' || event.inputType === 'insertLineBreak') model += '\\n';
           else model += event.data ?? event.dataTransfer?.getData('text/plain') ?? '';
           draw();
         });
         draw();
         </script>",
    )
    .await;
    let page = stage.open("/").await;
    let editor = reference(&page, "textbox \"Editor\"");
    for (text, slowly) in [("first", false), ("second ✓ line", true), ("third\nwith two lines", false)] {
        stage.call("browser_type", json!({ "ref": editor, "text": text, "slowly": slowly })).await;
        assert_eq!(
            stage.evaluate("() => document.getElementById('model').textContent").await,
            text,
            "slowly: {slowly}"
        );
    }
    stage.call("browser_type", json!({ "ref": editor, "text": "!", "clear": false })).await;
    assert_eq!(stage.evaluate("() => model").await, "third\nwith two lines!");
}
