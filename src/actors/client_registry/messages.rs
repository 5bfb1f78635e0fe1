//! What the `ClientRegistry` hears.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::{Addr, Message};

use crate::actors::client_session::ClientSession;
use crate::protocol::event::{BrowserSummary, TabInfo};
use crate::protocol::hello::StateChange;
use crate::protocol::status::ClientStatus;
use crate::protocol::{BrowserId, Bye, ClientId, Topics};

/// A client is here; also after each restart of the registry.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct RegisterClient {
    /// Its id.
    pub id: ClientId,
    /// Which connection; of two, the one with the higher serial is newer.
    pub serial: u64,
    /// Its session.
    pub session: Addr<ClientSession>,
    /// What its host calls itself.
    pub identity: Identity,
    /// The name that it had, kept if it is still free.
    pub assigned: Option<String>,
    /// How long it keeps its tabs after it left without a word.
    pub grace: Duration,
    /// The states that its link went through.
    pub history: Vec<StateChange>,
    /// The last error that one of its calls got.
    pub last_error: Option<String>,
    /// What it wants to hear of.
    pub watch: Topics,
}

/// What a host calls itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name; empty until it has introduced itself.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A client's host has introduced itself.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct IdentifyClient {
    /// Which client.
    pub id: ClientId,
    /// What it calls itself.
    pub identity: Identity,
}

/// A client's connection ended.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ClientLeft {
    /// Which client.
    pub id: ClientId,
    /// Which connection.
    pub serial: u64,
    /// How.
    pub departure: Departure,
}

/// How a client left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// It said goodbye: it does not come back.
    Farewell,
    /// Its connection broke: it may be back within its grace.
    Lost,
}

/// One of a client's calls failed.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct RecordError {
    /// Which client.
    pub id: ClientId,
    /// What it was told.
    pub text: String,
}

/// The tabs of a browser have changed.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct BrowserTabs {
    /// Which browser.
    pub browser: BrowserId,
    /// All its tabs.
    pub tabs: Arc<Vec<TabInfo>>,
}

/// A client wants to hear when this changes, and of nothing else any more.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct WatchFor {
    /// Which client.
    pub id: ClientId,
    /// Which connection.
    pub serial: u64,
    /// What.
    pub topics: Topics,
}

/// Something that clients watch for has changed in a browser.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct BrowserChanged {
    /// Which browser.
    pub browser: BrowserId,
    /// What; of its pages all that are named, whoever holds them.
    pub topics: Topics,
    /// Whose downloads, if those.
    pub clients: Vec<ClientId>,
}

/// A browser came or went.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct BrowsersChanged(pub Vec<BrowserSummary>);

/// The hub ends: every client is told, and new calls are refused.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct HubStops(pub Bye);

/// Who is here?
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "Vec<ClientRow>")]
pub struct ListClients;

/// A client as the registry knows it; its session knows how many calls are under way.
#[derive(Debug, Clone)]
pub struct ClientRow {
    /// Its status, without its calls under way.
    pub status: ClientStatus,
    /// Its session, if it is connected.
    pub session: Option<Addr<ClientSession>>,
}
