//! News that no call asked for, in both directions.

use serde::{Deserialize, Serialize};

use super::ids::{BrowserEpoch, BrowserId, CallId, ClientId, TabId};

/// What happened, by `name`. Names that this build does not know are kept as [`Event::Unknown`] and ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Event {
    /// Extension → hub: all tabs of the browser.
    Tabs {
        /// The tabs, in the browser's order.
        tabs: Vec<TabInfo>,
        /// Whether the browser's window has the focus.
        #[serde(default)]
        focused: bool,
    },
    /// Extension → hub: the person focused this browser.
    Focus,
    /// Extension → hub: the person paused or resumed in the popup.
    Paused {
        /// Whether calls are refused now.
        paused: bool,
    },
    /// Extension → hub → instance: how far a long call is.
    Progress {
        /// Which call.
        call_id: CallId,
        /// Whose call.
        client_id: ClientId,
        /// How far, in steps of the tool's own; it only grows.
        progress: f64,
        /// Out of how many, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<f64>,
        /// What it is doing.
        #[serde(default)]
        message: String,
    },
    /// Hub → extension: who is connected, for the popup.
    Clients {
        /// All clients, also those that are away within their grace.
        clients: Vec<ClientSummary>,
    },
    /// Hub → extension: a client is gone for good; its tabs leave their group and stay open.
    ClientGone {
        /// Which client.
        client_id: ClientId,
    },
    /// Hub → extension: send `tabs` again.
    Sync,
    /// Hub → instance: which browsers are there.
    Browsers {
        /// All browsers, also those that are away and may come back.
        browsers: Vec<BrowserSummary>,
    },
    /// Instance → hub: the host has introduced itself in `initialize`.
    Identify {
        /// The host's name.
        client_name: String,
        /// The host's version.
        #[serde(default)]
        client_version: String,
    },
    /// Hub → instance: the browser that its calls go to, unless they name a tab of another one.
    Home {
        /// Which browser.
        browser: BrowserId,
    },
    /// Hub → instance: the name by which its client is known, unique among the clients.
    Named {
        /// That name.
        client_name: String,
    },
    /// A name that this build does not know.
    #[serde(other)]
    Unknown,
}

/// One tab as the extension sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TabInfo {
    /// The browser's number of the tab.
    pub tab_id: TabId,
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Whether it is the one shown in its window.
    #[serde(default)]
    pub active: bool,
    /// The client that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ClientId>,
    /// That client's name when it opened the tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_name: Option<String>,
    /// Whether it is its owner's current tab.
    #[serde(default)]
    pub current: bool,
}

/// A client in a few words, for the popup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSummary {
    /// Its id.
    pub id: ClientId,
    /// Its name, unique among the clients.
    pub name: String,
    /// Whether its peer is there.
    pub state: Presence,
}

/// Whether a client's peer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Its socket is open.
    Connected,
    /// Its socket is gone, its grace runs.
    Away,
}

/// A browser in a few words, for instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserSummary {
    /// Its id.
    pub id: BrowserId,
    /// Its name, unique among the browsers.
    pub name: String,
    /// This run of it.
    pub epoch: BrowserEpoch,
    /// Whether it is connected, or away and may come back.
    #[serde(default = "yes")]
    pub connected: bool,
}

fn yes() -> bool {
    true
}
