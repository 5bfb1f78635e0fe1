//! The set `browsermcp` in the real browser: a host with prompts made for Browser MCP 0.1.3 gets the forms that it knows.

use serde_json::{Value, json};

use crate::home::Home;
use crate::hosts::browser_for;
use crate::reference;
use crate::support::site::{Page, Site};

const FORM: &str = "<title>Form</title><label>Name <input id=name></label>
<label>Colour <select><option>Red<option>Green</select></label><button onclick=\"alert('Sent')\">Send</button>
<button onmouseenter=\"this.textContent = 'Seen'\">Look</button><script>console.error('first'); console.log('second')</script>";

/// A page as that server showed it: nothing before it, nothing behind it.
fn is_page(text: &str, url: &str) -> bool {
    text.starts_with(&format!("\n- Page URL: {url}\n- Page Title: Form\n- Page Snapshot\n```yaml\n- "))
        && text.ends_with("\n```\n")
}

#[tokio::test]
async fn answers_have_the_forms_that_hosts_of_browser_mcp_know() {
    let home = Home::set(&[("TABHUB_TOOLS", "browsermcp")]);
    home.ok(["start"]);
    let host = home.host("older").await;
    let _chromium = browser_for(&home).await;
    let site = Site::serve(|_| Page::html(FORM)).await;
    let url = site.url("/");
    let content = async |tool: &str, arguments: Value| {
        let result = host.call(tool, arguments).await;
        assert_ne!(result["isError"], true, "{result}");
        let texts =
            result["content"].as_array().unwrap().iter().map(|block| block["text"].as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    let opened = content("browser_navigate", json!({ "url": url })).await;
    assert!(opened.len() == 1 && is_page(&opened[0], &url), "{opened:?}");
    let of = |what: &str| reference(&opened[0], what);

    // Each action shows the whole page, also what did not change.
    let name = json!({ "element": "the \"name\"", "ref": of("textbox \"Name\""), "text": "Ada", "submit": false });
    let typed = content("browser_type", name).await;
    assert_eq!((typed.len(), typed[0].as_str()), (2, "Typed \"Ada\" into \"the \"name\"\""));
    assert!(is_page(&typed[1], &url) && typed[1].contains("Ada") && typed[1].contains("button \"Look\""), "{typed:?}");
    let colour = json!({ "element": "Colour", "ref": of("combobox \"Colour\""), "values": ["Green"] });
    let selected = content("browser_select_option", colour).await;
    assert_eq!((selected.len(), selected[0].as_str()), (2, "Selected option in \"Colour\""));
    assert!(is_page(&selected[1], &url), "{selected:?}");
    let hovered = content("browser_hover", json!({ "element": "Look", "ref": of("button \"Look\"") })).await;
    assert_eq!(hovered[0], "Hovered over \"Look\"");
    assert!(hovered.len() == 2 && hovered[1].contains("button \"Seen\""), "{hovered:?}");

    assert_eq!(content("browser_press_key", json!({ "key": "Tab" })).await, ["Pressed key Tab"]);
    assert_eq!(content("browser_wait", json!({ "time": 0.1 })).await, ["Waited for 0.1 seconds"]);
    let console = content("browser_get_console_logs", json!({})).await;
    let lines: Vec<Value> = console[0].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((console.len(), lines.len()), (1, 2), "{console:?}");
    assert_eq!((&lines[0]["type"], &lines[0]["message"]), (&json!("error"), &json!("first")));
    assert!(lines[1]["timestamp"].as_f64().unwrap() > 0.0);
    let picture = host.call("browser_screenshot", json!({})).await;
    assert_eq!(picture["content"].as_array().unwrap().len(), 1);
    assert_eq!(picture["content"][0]["mimeType"], "image/png");

    // What that server had no form for is told behind the sentence: here the dialog, under which no page can be seen.
    let clicked = content("browser_click", json!({ "element": "Send", "ref": of("button \"Send\"") })).await;
    assert_eq!(clicked[0], "Clicked \"Send\"");
    assert!(clicked.len() == 2 && clicked[1].contains("alert \"Sent\""), "{clicked:?}");
}
