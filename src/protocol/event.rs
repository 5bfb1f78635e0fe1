//! News that no call asked for, in both directions.

use serde::{Deserialize, Serialize};

use super::ids::{BrowserEpoch, BrowserId, CallId, ClientId, TabId};
use super::topics::Topics;

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
        /// When the person last turned to this browser, in milliseconds since the Unix epoch: a hub that has just
        /// started knows no other way which browser they used last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        focused_at: Option<u64>,
        /// The calls that it has at this moment, in the answer to a welcome and to `sync` only: a hub that is new, or
        /// has lost what it knew, sends none that would come between them. Nothing else is at work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_work: Option<Vec<CallAtWork>>,
    },
    /// Extension → hub: the person focused this browser.
    Focus {
        /// When, in milliseconds since the Unix epoch; now if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
    },
    /// Extension → hub: the browser was given another name.
    Renamed {
        /// The name; empty if it has none any more.
        given_name: String,
    },
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
    /// Hub → extension: send `tabs` again, with the calls at work.
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
        /// Whether the client has chosen it: then its calls go to no other.
        #[serde(default, skip_serializing_if = "is_false")]
        chosen: bool,
    },
    /// Hub → instance: the name by which its client is known, unique among the clients.
    Named {
        /// That name.
        client_name: String,
    },
    /// Instance → hub → extension: what to tell of when it changes; all of it, so that what is left out is told no more.
    /// The extension is told of pages and downloads alone.
    Watch {
        /// What.
        #[serde(flatten)]
        topics: Topics,
    },
    /// Extension → hub → instance: what has changed of that. What it is now stands where it is read.
    Changed {
        /// What.
        #[serde(flatten)]
        topics: Topics,
        /// From an extension: whose downloads changed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clients: Vec<ClientId>,
    },
    /// A name that this build does not know.
    #[serde(other)]
    Unknown,
}

/// A call that the extension has, and will answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallAtWork {
    /// The call's id.
    pub id: CallId,
    /// Whose call.
    pub client_id: ClientId,
    /// Its tool.
    pub tool: String,
    /// The tab that it works in, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab_id: Option<TabId>,
    /// Whether the call names that tab; otherwise it is its client's current one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub names_tab: bool,
    /// When it is answered at the latest, in milliseconds since the Unix epoch.
    pub expires_at: u64,
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
    /// The other clients that its owner lets read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<Reader>,
    /// Whether its owner lets every client read it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared_with_all: bool,
}

impl TabInfo {
    /// A tab of which nothing is known but its number and who holds it.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn bare(id: i64, owner: Option<ClientId>) -> Self {
        Self {
            tab_id: TabId(id),
            url: String::new(),
            title: String::new(),
            active: false,
            owner,
            owner_name: None,
            current: false,
            readers: Vec::new(),
            shared_with_all: false,
        }
    }

    /// Whether its owner lets this client read it.
    #[must_use]
    pub fn is_shared_with(&self, client: ClientId) -> bool {
        self.owner.is_some_and(|owner| owner != client)
            && (self.shared_with_all || self.readers.iter().any(|reader| reader.id == client))
    }
}

/// A client that may read another one's tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// Which client.
    pub id: ClientId,
    /// Its name when the tab was shared with it.
    #[serde(default)]
    pub name: String,
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
    /// Whether all clients share its one tab. Not of the wire: no other hub knows such a browser again.
    #[serde(skip)]
    pub shared: bool,
}

impl BrowserSummary {
    /// Whether a caller means this browser: by its id or its name.
    #[must_use]
    pub fn is_meant_by(&self, words: &str) -> bool {
        self.id.to_string() == words.trim() || self.name.eq_ignore_ascii_case(words.trim())
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about by reference")]
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}
