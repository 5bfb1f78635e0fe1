//! What `tabhub status --json` and `browser_status` tell: the whole house at one moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::TabInfo;
use super::hello::StateChange;
use super::ids::{BrowserId, ClientId, TabId};

/// The whole house at one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The hub, or `null` if none runs.
    pub hub: Option<HubStatus>,
    /// The connected browsers.
    pub browsers: Vec<BrowserStatus>,
    /// The clients, also those that are away within their grace.
    pub clients: Vec<ClientStatus>,
    /// How the last hub ended, if it ended with a reason.
    pub last_exit: Option<LastExit>,
}

impl Status {
    /// Whether an actor did not answer when it was asked for its part of this.
    #[must_use]
    pub fn is_unwell(&self, actor: &str) -> bool {
        self.hub.as_ref().is_some_and(|hub| hub.unwell.iter().any(|name| name == actor))
    }
}

/// The hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubStatus {
    /// Its process id.
    pub pid: u32,
    /// Its build.
    pub version: String,
    /// The protocol it speaks.
    pub protocol: u32,
    /// The port of its sockets.
    pub port: u16,
    /// The port of Streamable HTTP; `null` while nothing listens there.
    pub mcp_port: Option<u16>,
    /// Why nothing listens there, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_trouble: Option<String>,
    /// The port for the Browser MCP extension; `null` while nothing listens there.
    pub legacy_port: Option<u16>,
    /// Why nothing listens there, if something should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy_trouble: Option<String>,
    /// How long it has been running, in seconds.
    pub uptime_secs: u64,
    /// How often each actor was restarted, by its name.
    pub restarts: BTreeMap<String, u64>,
    /// The actors that do not answer now; what they know is missing here.
    #[serde(default)]
    pub unwell: Vec<String>,
}

/// One browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserStatus {
    /// Its id.
    pub id: BrowserId,
    /// Its name, unique among the browsers.
    pub name: String,
    /// Its product, `Chromium`.
    #[serde(default)]
    pub product: String,
    /// Its product's version.
    pub version: String,
    /// How long it has been connected, in seconds; 0 while it is away.
    pub connected_secs: u64,
    /// Whether it has one tab, which all clients share.
    #[serde(default)]
    pub shared: bool,
    /// How many tabs it has.
    pub tabs: usize,
    /// How many of them clients hold.
    #[serde(default)]
    pub held: usize,
    /// Whether it is the one that the person used last: clients that have no browser of their own begin there.
    #[serde(default)]
    pub focused: bool,
    /// Whether its extension is connected now.
    #[serde(default)]
    pub connected: bool,
    /// Whether the person has paused tabhub in it.
    #[serde(default)]
    pub paused: bool,
    /// How many calls are with the extension now.
    #[serde(default)]
    pub in_flight: usize,
    /// How many calls wait for their turn.
    #[serde(default)]
    pub queued: usize,
    /// The tabs for which calls wait, and whose they are.
    #[serde(default)]
    pub queues: Vec<QueueStatus>,
}

/// The calls that want one tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Which tab.
    pub tab_id: TabId,
    /// The client whose call has the tab now, by its name.
    #[serde(default)]
    pub running: Option<String>,
    /// The clients whose calls wait, by their names, in the order in which their turns come; one with several calls
    /// stands here once for each.
    pub waiting: Vec<String>,
}

/// One client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientStatus {
    /// Its id.
    pub id: ClientId,
    /// Its name, unique among the clients.
    pub name: String,
    /// Its host's version, or the instance's own.
    pub version: String,
    /// `ready`, or `reconnecting` while it is away within its grace.
    pub state: String,
    /// How long it has been connected, in seconds.
    pub connected_secs: u64,
    /// The tabs it holds.
    pub tabs: Vec<TabInfo>,
    /// How many of its calls are under way.
    pub in_flight: usize,
    /// The last error that one of its calls got.
    pub last_error: Option<String>,
    /// The states that its link went through, newest last.
    pub history: Vec<StateChange>,
}

/// How a hub ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastExit {
    /// Its process id.
    pub pid: u32,
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// Why, in a sentence.
    pub reason: String,
}

/// What `/health` tells: counts only, nothing of anyone's pages or names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Always `tabhub`, so that a stranger on the port is told apart.
    pub name: String,
    /// The hub's process id.
    pub pid: u32,
    /// Its build.
    pub version: String,
    /// The protocol it speaks.
    pub protocol: u32,
    /// How long it has been running, in seconds.
    pub uptime_secs: u64,
    /// How many browsers are connected.
    pub browsers: usize,
    /// How many clients are there.
    pub clients: usize,
    /// How many calls are under way.
    pub calls_in_flight: usize,
    /// How many actors there are: three, and one for each client and browser.
    #[serde(default)]
    pub actors: usize,
    /// How often each actor was restarted, by its name.
    pub restarts: BTreeMap<String, u64>,
}
