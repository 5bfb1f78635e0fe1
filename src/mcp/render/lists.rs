//! Lists as lines: tabs, console messages, downloads, steps.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{fenced, left_out, one_line};

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
    /// Of an own tab: "all", or the names of those who may read it.
    #[serde(default)]
    shared_with: Option<Value>,
    /// Of a tab that is shared with the caller.
    #[serde(default)]
    holder: Option<String>,
    /// Nobody holds it.
    #[serde(default)]
    free: bool,
}

impl Tab {
    /// How the tab stands to the caller: its place in the list, or whose it is.
    fn standing(&self, place: usize) -> String {
        match &self.holder {
            Some(holder) => format!("held by {}, yours to read:", one_line(holder)),
            None if self.free => "free to be claimed:".to_owned(),
            None => format!("{}:{}", self.index.unwrap_or(place), if self.current { " (current)" } else { "" }),
        }
    }

    fn readers(&self) -> String {
        match &self.shared_with {
            Some(Value::Array(names)) => {
                let names: Vec<_> = names.iter().filter_map(Value::as_str).map(one_line).collect();
                format!(" (read by {})", names.join(", "))
            }
            Some(_) => " (read by all clients)".to_owned(),
            None => String::new(),
        }
    }
}

#[derive(Deserialize)]
struct Console {
    #[serde(default)]
    entries: Vec<Entry>,
    /// Those that are kept beside these.
    #[serde(default)]
    more: u64,
    /// Those that are not kept.
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

#[derive(Deserialize)]
struct Steps {
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    tool: String,
    #[serde(default)]
    ok: bool,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    yaml: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
}

/// The steps of a batch, numbered.
pub fn steps(value: &RawValue, out: &mut String) {
    let Ok(Steps { steps }) = serde_json::from_str::<Steps>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    for (place, Step { tool, ok, text, value, yaml, notes }) in steps.iter().enumerate() {
        let failed = if *ok { "" } else { " FAILED" };
        let _ =
            writeln!(out, "{}. {}{failed}: {}", place + 1, one_line(tool), one_line(text.as_deref().unwrap_or("done")));
        for note in notes {
            let _ = writeln!(out, "   Note: {}", one_line(note));
        }
        if let Some(value) = value {
            fenced("json", &value.to_string(), out);
        }
        if let Some(yaml) = yaml {
            fenced("yaml", yaml, out);
        }
    }
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

/// Tabs, a line each: the caller's own, those that it may read, those that it may claim.
pub fn tabs(value: &RawValue, out: &mut String) {
    let Ok(Tabs { tabs }) = serde_json::from_str::<Tabs>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    if tabs.is_empty() {
        out.push_str("You have no tabs. browser_navigate opens one.\n");
    }
    for (place, tab) in tabs.iter().enumerate() {
        let (standing, readers) = (tab.standing(place), tab.readers());
        let (title, url) = (one_line(&tab.title), one_line(&tab.url));
        let _ = writeln!(out, "- {standing} [tabId={}] {title:?} {url}{readers}", tab.tab_id);
    }
}

/// What a page wrote to its console, a line each.
pub fn console(value: &RawValue, out: &mut String) {
    let Ok(Console { entries, more, dropped }) = serde_json::from_str::<Console>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    left_out("older messages", more, dropped, out);
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
