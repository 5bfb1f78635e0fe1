//! Lists as lines: tabs, console messages, downloads.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::one_line;

#[derive(Deserialize)]
struct Tabs {
    #[serde(default)]
    tabs: Vec<Tab>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tab {
    tab_id: i64,
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    current: bool,
}

#[derive(Deserialize)]
struct Console {
    #[serde(default)]
    entries: Vec<Entry>,
    #[serde(default)]
    dropped: u64,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    level: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    line: Option<u64>,
}

#[derive(Deserialize)]
struct Downloads {
    #[serde(default)]
    downloads: Vec<Download>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Download {
    id: u64,
    #[serde(default)]
    state: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    bytes: u64,
    #[serde(default)]
    total_bytes: Option<u64>,
    #[serde(default)]
    error: Option<String>,
}

/// Downloads, a line each.
pub fn downloads(value: &RawValue, out: &mut String) {
    let Ok(Downloads { downloads }) = serde_json::from_str::<Downloads>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    for Download { id, state, url, path, bytes, total_bytes, error } in &downloads {
        let size = match total_bytes {
            Some(total) if total != bytes => format!("{bytes} of {total} bytes"),
            _ => format!("{bytes} bytes"),
        };
        let error = error.as_deref().map(|error| format!(" ({})", one_line(error))).unwrap_or_default();
        let _ = writeln!(out, "[{id}] {}{error} {} ({size}) from {}", one_line(state), one_line(path), one_line(url));
    }
}

/// The caller's tabs, a line each.
pub fn tabs(value: &RawValue, out: &mut String) {
    let Ok(Tabs { tabs }) = serde_json::from_str::<Tabs>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    if tabs.is_empty() {
        out.push_str("You have no tabs. browser_navigate opens one.\n");
    }
    for (place, tab) in tabs.iter().enumerate() {
        let index = tab.index.unwrap_or(place);
        let current = if tab.current { " (current)" } else { "" };
        let (title, url) = (one_line(&tab.title), one_line(&tab.url));
        let _ = writeln!(out, "- {index}:{current} [tabId={}] {title:?} {url}", tab.tab_id);
    }
}

/// What a page wrote to its console, a line each.
pub fn console(value: &RawValue, out: &mut String) {
    let Ok(Console { entries, dropped }) = serde_json::from_str::<Console>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    if dropped > 0 {
        let _ = writeln!(out, "({dropped} older messages are not kept.)");
    }
    if entries.is_empty() {
        out.push_str("No console messages.\n");
    }
    for Entry { level, text, source, line } in &entries {
        let _ = write!(out, "[{}] {}", one_line(level), one_line(text));
        if let Some(source) = source.as_deref().filter(|source| !source.is_empty()) {
            let _ = write!(out, " @ {}", one_line(source));
            if let Some(line) = line {
                let _ = write!(out, ":{line}");
            }
        }
        out.push('\n');
    }
}
