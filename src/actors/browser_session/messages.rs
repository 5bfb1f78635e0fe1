//! What a `BrowserSession` hears.

use std::collections::HashMap;
use std::sync::Arc;

use actix::prelude::Message;

use crate::actors::call::{CallKey, RoutedCall};
use crate::actors::link::{Charge, Link};
use crate::protocol::event::ClientSummary;
use crate::protocol::hello::BrowserInfo;
use crate::protocol::status::BrowserStatus;
use crate::protocol::{BrowserId, Bye, ClientId, Frame, Topics};

/// The edge has a proven connection of this browser and hands it over; also after each restart of the session.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AttachLink {
    /// Which connection; of two, the one with the higher serial is newer.
    pub serial: u64,
    /// Which browser, as it said itself.
    pub info: BrowserInfo,
    /// Where to write.
    pub link: Link,
    /// Whether the connection is new, or an old one that a restarted session takes over.
    pub origin: LinkOrigin,
}

/// Where an attached link comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOrigin {
    /// The browser has just connected.
    NewConnection,
    /// The session was restarted under a connection that lives on.
    Restart,
}

/// The Router has taken the announcement with this number: what it had for the browser before, it has sent.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Announced(pub u64);

/// The edge's connection ended.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct LinkLost {
    /// Which connection.
    pub serial: u64,
}

/// The browser said something.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FromBrowser {
    /// On which connection.
    pub serial: u64,
    /// What.
    pub frame: Frame,
    /// The room that it takes in its socket's inbox until it is heard.
    pub charge: Charge,
}

/// Run this call.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RunCall(pub RoutedCall);

/// Stop this call.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct CancelCall(pub CallKey);

/// A client is gone for good: stop its calls and tell the extension.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ForgetClient(pub ClientId);

/// Who is here has changed, for the popup.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct ClientsChanged(pub Vec<ClientSummary>);

/// What clients want to hear of, in each browser: its pages, and downloads.
#[derive(Debug, Clone, Default, Message)]
#[rtype(result = "()")]
pub struct WatchPages(pub Arc<HashMap<BrowserId, Topics>>);

/// The hub ends: say goodbye to the browser.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct SayBye(pub Bye);

/// How does it do?
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "BrowserStatus")]
pub struct GetBrowserStatus;
