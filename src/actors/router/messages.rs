//! What the `Router` hears, beside what it passes on to the browsers.

use actix::prelude::Message;

use crate::actors::browser_session::BrowserSession;
use crate::actors::call::RoutedCall;
use crate::protocol::hello::BrowserInfo;
use crate::protocol::{BrowserEpoch, BrowserId, ClientId};
use crate::supervise::Slot;

/// Take this call to its browser.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RouteCall(pub RoutedCall);

/// A browser is there, or has changed: connected, away, restarted.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct BrowserAttached {
    /// Which browser.
    pub info: BrowserInfo,
    /// Its session.
    pub session: Slot<BrowserSession>,
    /// Whether its extension is connected now.
    pub is_connected: bool,
    /// What the session is told back in [`Announced`], if it waits for that.
    pub announcement: Option<u64>,
}

/// A browser is gone for good.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct BrowserDetached {
    /// Which browser.
    pub id: BrowserId,
}

/// The person focused this browser.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct BrowserFocused {
    /// Which browser.
    pub id: BrowserId,
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
}

/// A client has chosen the browser that its calls are to go to.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ChooseBrowser {
    /// Which client.
    pub client: ClientId,
    /// Which browser.
    pub browser: BrowserId,
}

/// Which browsers are there?
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "Vec<BrowserRow>")]
pub struct ListBrowsers;

/// A browser in the routing table.
#[derive(Debug, Clone)]
pub struct BrowserRow {
    /// As it said itself.
    pub info: BrowserInfo,
    /// Its run before this one, which is over for good.
    pub former: Option<BrowserEpoch>,
    /// Its name, unique among the browsers.
    pub name: String,
    /// Its session.
    pub session: Slot<BrowserSession>,
    /// Whether its extension is connected now.
    pub is_connected: bool,
    /// Whether it is the one of those connected that the person used last.
    pub is_focused: bool,
}

impl BrowserRow {
    /// Whether this is a run of this browser, as far as is known.
    #[must_use]
    pub fn has_run(&self, run: BrowserEpoch) -> bool {
        self.info.epoch == run || self.former == Some(run)
    }
}
