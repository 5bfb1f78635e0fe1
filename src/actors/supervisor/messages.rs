//! What the `Supervisor` hears.

use actix::prelude::{Addr, Message};

use crate::actors::browser_session::BrowserSession;
use crate::actors::client_session::{ClientSession, NewClient};
use crate::protocol::BrowserId;
use crate::supervise::{ReplyPort, Slot};

/// Start a session for this client; an older connection of it is ended.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct StartClient {
    /// The client.
    pub client: NewClient,
    /// Where its session's address goes.
    pub reply: ReplyPort<Addr<ClientSession>>,
}

/// Lead me to the session of this browser; it is started if there is none.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct StartBrowser {
    /// Which browser.
    pub id: BrowserId,
    /// Where its slot goes.
    pub reply: ReplyPort<Slot<BrowserSession>>,
}

/// A child ended; how stands in the child table.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ChildDown;

/// There has been nobody for long enough.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct HubIdle;

/// End the hub: let calls finish, say goodbye, end. Why stands in the house, which outlives the supervisor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct EndHub;
