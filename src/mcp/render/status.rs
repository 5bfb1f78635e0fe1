//! The status in words for models: what is there, what is mine, who else is here, what waits.
//!
//! Other clients' tabs are counted, never shown: their addresses are their own business.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Answer, one_line};
use crate::protocol::ClientId;
use crate::protocol::event::TabInfo;
use crate::protocol::status::{BrowserStatus, ClientStatus, HubStatus, QueueStatus, Status};

/// How many of those who wait for one tab are named.
const QUEUE_SHOWN: usize = 8;

fn read(answer: &Answer<'_>) -> Option<Status> {
    serde_json::from_str(answer.value?.get()).ok()
}

/// The status as text.
pub fn text(answer: &Answer<'_>) -> String {
    let mut out = String::new();
    if let Some(text) = &answer.text {
        let _ = writeln!(out, "{text}");
    }
    let Some(status) = read(answer) else {
        let _ = write!(out, "{}", answer.value.map_or("null", |value| value.get()));
        return out;
    };
    // Without a hub nobody knows which browsers and clients there are: the text says why.
    if let Some(running) = &status.hub {
        hub(running, &mut out);
        if status.browsers.is_empty() && status.is_unwell("Router") {
            out.push_str("- Browsers: not known now\n");
        } else {
            browsers(&status.browsers, &mut out);
        }
        let (mine, others): (Vec<_>, Vec<_>) = status.clients.iter().partition(|client| is_me(client, answer));
        own(mine.first().copied(), &mut out);
        readable(&others, answer, &mut out);
        if status.clients.is_empty() && status.is_unwell("ClientRegistry") {
            out.push_str("- Clients: not known now\n");
        } else {
            other_clients(&others, &status.browsers, &mut out);
        }
    }
    if let Some(exit) = &status.last_exit {
        let _ = writeln!(out, "- Last hub ended: {}", one_line(&exit.reason));
    }
    out.truncate(out.trim_end().len());
    out
}

fn is_me(client: &ClientStatus, answer: &Answer<'_>) -> bool {
    answer.client.as_ref().is_some_and(|me| *me == client.id.to_string())
}

fn hub(hub: &HubStatus, out: &mut String) {
    let _ = writeln!(out, "- Hub: tabhub {} on port {}, up {}", hub.version, hub.port, age(hub.uptime_secs));
    if !hub.unwell.is_empty() {
        let _ = writeln!(
            out,
            "- Without an answer now: {}. What they know is missing here; call again in a while.",
            one_line(&hub.unwell.join(", "))
        );
    }
}

fn browsers(browsers: &[BrowserStatus], out: &mut String) {
    if browsers.is_empty() {
        out.push_str("- Browsers: none is connected. Run `tabhub up`, or `tabhub extension` to use your own.\n");
        return;
    }
    out.push_str("- Browsers:\n");
    for browser in browsers {
        let state = match (browser.connected, browser.paused) {
            (false, _) => "away".to_owned(),
            (true, true) => "paused by the person".to_owned(),
            (true, false) => format!("connected for {}", age(browser.connected_secs)),
        };
        let BrowserStatus { name, version, tabs, in_flight, queued, queues, .. } = browser;
        let tabs = if browser.shared { "one tab, which all clients share".to_owned() } else { counted(*tabs, "tab") };
        let _ = writeln!(
            out,
            "  - {} {version}: {state}, {tabs}; queue: {} running, {queued} waiting",
            one_line(name),
            counted(*in_flight, "call")
        );
        for QueueStatus { tab_id, running, waiting } in queues {
            let has = running.as_ref().map_or_else(String::new, |name| format!("{} has it; ", one_line(name)));
            let names: Vec<_> = waiting.iter().take(QUEUE_SHOWN).map(|name| one_line(name)).collect();
            let more = if waiting.len() > QUEUE_SHOWN { ", ..." } else { "" };
            let _ = writeln!(out, "    - tab {tab_id}: {has}{} waiting: {}{more}", waiting.len(), names.join(", "));
        }
    }
}

/// The tabs of others that they let the caller read.
fn readable(others: &[&ClientStatus], answer: &Answer<'_>, out: &mut String) {
    for holder in others {
        for tab in holder.tabs.iter().filter(|tab| is_shared(tab, answer)) {
            let (name, title, url) = (one_line(&holder.name), one_line(&tab.title), one_line(&tab.url));
            let _ = writeln!(out, "- Held by {name}, yours to read: [tabId={}] {title:?} {url}", tab.tab_id);
        }
    }
}

fn is_shared(tab: &TabInfo, answer: &Answer<'_>) -> bool {
    let me = answer.client.as_deref().and_then(|me| uuid::Uuid::parse_str(me).ok());
    me.is_some_and(|me| tab.is_shared_with(ClientId(me)))
}

fn readers(tab: &TabInfo) -> String {
    if tab.shared_with_all {
        return " (read by all clients)".to_owned();
    }
    if tab.readers.is_empty() {
        return String::new();
    }
    let names: Vec<_> = tab.readers.iter().map(|reader| one_line(&reader.name)).collect();
    format!(" (read by {})", names.join(", "))
}

fn own(me: Option<&ClientStatus>, out: &mut String) {
    let Some(me) = me else { return };
    if me.tabs.is_empty() {
        let _ = writeln!(out, "- You are {}, with no tabs yet", one_line(&me.name));
        return;
    }
    let _ = writeln!(out, "- You are {}. Your tabs:", one_line(&me.name));
    for tab in &me.tabs {
        let current = if tab.current { " (current)" } else { "" };
        let (title, url, readers) = (one_line(&tab.title), one_line(&tab.url), readers(tab));
        let _ = writeln!(out, "  - [tabId={}]{current} {title:?} {url}{readers}", tab.tab_id);
    }
}

fn other_clients(others: &[&ClientStatus], browsers: &[BrowserStatus], out: &mut String) {
    if others.is_empty() {
        out.push_str("- Other clients: none\n");
        return;
    }
    out.push_str("- Other clients:\n");
    for ClientStatus { name, state, tabs, in_flight, .. } in others {
        let queues = browsers.iter().flat_map(|browser| &browser.queues);
        let waiting = queues.flat_map(|queue| &queue.waiting).filter(|waits| *waits == name).count();
        let calls = calls(in_flight.saturating_sub(waiting), waiting);
        let _ = writeln!(out, "  - {}: {state}, {}, {calls}", one_line(name), counted(tabs.len(), "tab"));
    }
}

/// Calls that run, and those that wait for a tab.
fn calls(running: usize, waiting: usize) -> String {
    let running = counted(running, "call");
    if waiting == 0 { format!("{running} running") } else { format!("{running} running, {waiting} waiting") }
}

fn counted(many: usize, what: &str) -> String {
    if many == 1 { format!("1 {what}") } else { format!("{many} {what}s") }
}

fn age(secs: u64) -> String {
    match secs {
        0..=119 => format!("{secs} s"),
        120..=7_199 => format!("{} min", secs / 60),
        _ => format!("{} h", secs / 3_600),
    }
}

/// The status for programs, without what belongs to others or is only for people who debug tabhub.
pub fn structured(answer: &Answer<'_>) -> Value {
    let Some(status) = read(answer) else {
        return json!({ "value": answer.value });
    };
    // Who reads a tab is told by name: a client's id is for nobody but the hub.
    let tab = |tab: &TabInfo| {
        let mut told = json!({ "tabId": tab.tab_id, "url": tab.url, "title": tab.title, "active": tab.active, "current": tab.current });
        if tab.shared_with_all {
            told["sharedWith"] = "all".into();
        } else if !tab.readers.is_empty() {
            told["sharedWith"] = tab.readers.iter().map(|reader| reader.name.clone()).collect();
        }
        told
    };
    let client = |client: &ClientStatus| {
        let ClientStatus { name, state, tabs, in_flight, last_error, .. } = client;
        if is_me(client, answer) {
            let tabs: Vec<_> = tabs.iter().map(tab).collect();
            json!({ "name": name, "me": true, "state": state, "tabs": tabs, "inFlight": in_flight, "lastError": last_error })
        } else {
            let shared: Vec<_> = tabs.iter().filter(|tab| is_shared(tab, answer)).map(tab).collect();
            let mut told = json!({ "name": name, "state": state, "tabCount": tabs.len(), "inFlight": in_flight });
            if !shared.is_empty() {
                told["sharedWithMe"] = shared.into();
            }
            told
        }
    };
    let clients: Vec<_> = status.clients.iter().map(client).collect();
    let Status { hub, browsers, last_exit, .. } = &status;
    json!({ "hub": hub, "browsers": browsers, "clients": clients, "lastExit": last_exit })
}
