//! Trouble on one page: named clearly, over within its time, and nobody else's.

use serde_json::json;

use crate::support::client::FakeClient;
use crate::support::site::Page;
use crate::support::within;
use crate::{Stage, reference, yaml};

#[tokio::test]
async fn an_open_dialog_is_named_blocks_only_its_tab_and_can_be_answered() {
    let stage = Stage::with_page(
        "<title>Dialogs</title><button onclick=\"document.title = 'answered ' + confirm('Really do it?')\">Ask</button>",
    )
    .await;
    let page = stage.open("/").await;
    let ask = reference(&page, "button \"Ask\"");
    let answer =
        within("a click that opens a dialog", stage.client.call("browser_click", json!({ "ref": ask }))).await.unwrap();
    assert_eq!((&answer["dialog"]["type"], &answer["dialog"]["message"]), (&json!("confirm"), &json!("Really do it?")));
    let error = stage.client.call("browser_snapshot", json!({})).await.unwrap_err();
    assert_eq!(error.code.word(), "dialog_open");
    assert!(error.message.contains("Really do it?"), "{error}");
    let other = FakeClient::connect(stage.hub.port, "other").await;
    assert!(other.call("browser_navigate", json!({ "url": stage.site.url("/") })).await.is_ok());
    let answer = stage.call("browser_handle_dialog", json!({ "accept": true })).await;
    assert_eq!(answer["page"]["title"], "answered true");
    assert!(stage.client.call("browser_snapshot", json!({})).await.is_ok());
    let error = stage.client.call("browser_handle_dialog", json!({ "accept": true })).await.unwrap_err();
    assert!(error.message.contains("dialog"), "{error}");
}

#[tokio::test]
async fn a_prompt_takes_an_answer_and_a_page_that_asks_whether_to_leave_is_answered_either_way() {
    let stage = Stage::with_site(|path| match path {
        "/next" => Page::html("<title>Next</title><h1>Next</h1>"),
        _ => Page::html(
            "<title>Draft</title><button onclick=\"out.textContent = 'named ' + prompt('Your name?', 'nobody')\">Name</button>
             <input aria-label=Draft><a href=/next>Leave</a><output id=out></output>
             <script>addEventListener('beforeunload', (event) => event.preventDefault())</script>",
        ),
    })
    .await;
    let page = stage.open("/").await;
    let of = |what: &str| json!({ "ref": reference(&page, what) });
    for (answer, told) in [
        (json!({ "accept": true, "promptText": "Ada ✓" }), "named Ada ✓"),
        (json!({ "accept": true }), "named nobody"),
        (json!({ "accept": false }), "named null"),
    ] {
        let asked = stage.call("browser_click", of("button \"Name\"")).await;
        let dialog = &asked["dialog"];
        assert_eq!((&dialog["type"], &dialog["defaultPrompt"]), (&json!("prompt"), &json!("nobody")), "{asked}");
        let after = stage.call("browser_handle_dialog", answer).await;
        assert!(yaml(&after).contains(told), "{after}");
    }
    // A page may ask only once somebody has worked on it.
    stage.call("browser_type", json!({ "ref": reference(&page, "textbox \"Draft\""), "text": "unsaved" })).await;
    let asked = within("the question", stage.client.call("browser_click", of("link \"Leave\""))).await.unwrap();
    assert_eq!(asked["dialog"]["type"], "beforeunload", "{asked}");
    let stayed = stage.call("browser_handle_dialog", json!({ "accept": false })).await;
    assert_eq!(stayed["page"]["title"], "Draft", "{stayed}");
    assert!(stage.snapshot().await.contains("unsaved"));
    let asked = stage.call("browser_click", of("link \"Leave\"")).await;
    assert_eq!(asked["dialog"]["type"], "beforeunload", "{asked}");
    let left = stage.call("browser_handle_dialog", json!({ "accept": true })).await;
    assert_eq!(left["page"]["title"], "Next", "{left}");
}

#[tokio::test]
async fn an_alert_as_the_page_loads_does_not_hang_the_navigation() {
    let stage = Stage::with_page("<title>Rude</title><script>alert('hello there')</script><h1>After</h1>").await;
    let answer =
        within("a page with an alert", stage.client.call("browser_navigate", json!({ "url": stage.site.url("/") })))
            .await
            .unwrap();
    assert_eq!(answer["dialog"]["message"], "hello there");
    stage.call("browser_handle_dialog", json!({ "accept": true })).await;
    assert!(stage.snapshot().await.contains("After"));
}

#[tokio::test]
async fn a_page_that_never_loads_is_given_up_in_time_and_the_tab_goes_on() {
    let stage =
        Stage::with_site(
            |path| if path == "/never" { Page::never() } else { Page::html("<title>Fine</title><h1>Fine</h1>") },
        )
        .await;
    let url = stage.site.url("/never");
    let error = stage.client.call("browser_navigate", json!({ "url": url, "timeout": 700 })).await.unwrap_err();
    assert!(matches!(error.code.word(), "deadline_exceeded" | "navigation_failed"), "{error}");
    assert!(stage.open("/fine").await.contains("Fine"));
}

#[tokio::test]
async fn addresses_that_lead_nowhere_or_are_not_allowed_are_named_as_such() {
    let stage = Stage::with_page("<title>Base</title><h1>Base</h1>").await;
    stage.open("/").await;
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for (url, code) in [
        (format!("http://127.0.0.1:{port}/"), "navigation_failed"),
        ("http://no-such-host.invalid/".to_owned(), "navigation_failed"),
        ("chrome://settings".to_owned(), "unsupported"),
        ("file:///etc/passwd".to_owned(), "not_allowed"),
        ("javascript:alert(1)".to_owned(), "not_allowed"),
    ] {
        let error = stage.client.call("browser_navigate", json!({ "url": url })).await.unwrap_err();
        assert!(
            error.code.word() == code || url.starts_with("javascript") && error.code.word() == "invalid_params",
            "{url}: {error}"
        );
    }
    assert!(stage.open("/").await.contains("Base"), "the tab is fit for use");
}

#[tokio::test]
async fn a_tab_that_was_closed_and_a_selector_that_is_wrong_say_so() {
    let stage = Stage::with_page("<title>Tab</title><button>One</button><button>Two</button><button disabled>Off</button>
        <button style='position:absolute;left:0;top:200px'>Under</button><div id=veil style='position:absolute;left:0;top:190px;width:300px;height:60px;background:#fff'>Veil</div>").await;
    let page = stage.open("/").await;
    let many = stage.client.call("browser_click", json!({ "ref": "button" })).await.unwrap_err();
    assert_eq!(many.code.word(), "invalid_params", "{many}");
    assert!(many.message.contains('4'), "{many}");
    let none = stage.client.call("browser_click", json!({ "ref": "#nothing" })).await.unwrap_err();
    assert!(matches!(none.code.word(), "invalid_params" | "not_actionable"), "{none}");
    let broken = stage.client.call("browser_click", json!({ "ref": "][" })).await.unwrap_err();
    assert_eq!(broken.code.word(), "invalid_params", "{broken}");
    let off =
        stage.client.call("browser_click", json!({ "ref": reference(&page, "button \"Off\"") })).await.unwrap_err();
    assert_eq!(off.code.word(), "not_actionable", "{off}");
    let covered =
        stage.client.call("browser_click", json!({ "ref": reference(&page, "button \"Under\"") })).await.unwrap_err();
    assert_eq!(covered.code.word(), "not_actionable", "{covered}");
    assert!(
        covered.text().contains("veil") || covered.text().contains("Veil"),
        "it names what covers it: {}",
        covered.text()
    );
    let unknown = stage.client.call("browser_click", json!({ "ref": "e99999" })).await.unwrap_err();
    assert_eq!(unknown.code.word(), "stale_ref", "{unknown}");

    let opened = stage.call("browser_tabs", json!({ "action": "new", "url": stage.site.url("/") })).await;
    let tab = opened["value"]["tabs"][1]["tabId"].clone();
    stage.call("browser_tabs", json!({ "action": "close", "tabId": tab })).await;
    let gone = stage.client.call("browser_snapshot", json!({ "tabId": tab })).await.unwrap_err();
    assert_eq!(gone.code.word(), "tab_gone", "{gone}");
    assert!(
        stage.snapshot().await.contains("button \"One\""),
        "{}",
        yaml(&stage.call("browser_snapshot", json!({})).await)
    );
}
