//! Browsers as lines.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::one_line;

#[derive(Deserialize)]
struct Browsers {
    #[serde(default)]
    browsers: Vec<Browser>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Browser {
    browser_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    connected: bool,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    tabs: usize,
    #[serde(default)]
    held: usize,
    #[serde(default)]
    focused: bool,
    #[serde(default)]
    yours: bool,
    #[serde(default)]
    chosen: bool,
}

/// Browsers, a line each.
pub fn browsers(value: &RawValue, out: &mut String) {
    let Ok(Browsers { browsers }) = serde_json::from_str::<Browsers>(value.get()) else {
        // A name that was given: the text says it.
        return;
    };
    if browsers.is_empty() {
        out.push_str("No browser is connected. Run `tabhub up`, or `tabhub extension` to use your own.\n");
    }
    for browser in &browsers {
        let Browser { browser_id, name, product, version, tabs, held, .. } = browser;
        let mut marks = vec![match (browser.connected, browser.paused) {
            (false, _) => "away",
            (true, true) => "paused by the person",
            (true, false) => "connected",
        }];
        match (browser.yours, browser.chosen) {
            (true, true) => marks.push("yours by your choice"),
            (true, false) => marks.push("yours"),
            _ => {}
        }
        if browser.focused {
            marks.push("used last by the person");
        }
        let has = if browser.shared {
            "one tab, which all clients share".to_owned()
        } else {
            format!("{tabs} tabs, {held} held by clients")
        };
        let _ = writeln!(
            out,
            "- {} [browserId={}] {} {}: {}; {has}",
            one_line(name),
            one_line(browser_id),
            one_line(product),
            one_line(version),
            marks.join(", ")
        );
    }
}
