//! The child table: who runs, and how each ended. It is owned above the supervisor, so that it outlives its fall.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use actix::Addr;

use crate::actors::browser_session::BrowserSession;
use crate::actors::client_session::ClientSession;
use crate::protocol::{BrowserId, ClientId};
use crate::supervise::{Ended, RestartLog, Slot};

/// A child of the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Child {
    /// The one `ClientRegistry`.
    Registry,
    /// The one `Router`.
    Router,
    /// The `BrowserSession` of a browser.
    Browser(BrowserId),
    /// The `ClientSession` of a connection.
    Client(ClientId, u64),
}

impl Child {
    /// The actor's name.
    #[must_use]
    pub fn actor(self) -> &'static str {
        match self {
            Child::Registry => "ClientRegistry",
            Child::Router => "Router",
            Child::Browser(_) => "BrowserSession",
            Child::Client(..) => "ClientSession",
        }
    }
}

/// Who runs, and how each ended.
#[derive(Debug, Default)]
pub struct ChildTable {
    /// Deaths that the supervisor has not dealt with yet.
    pub downs: VecDeque<(Child, Ended)>,
    /// The recent deaths of each child that is restarted.
    pub logs: HashMap<Child, RestartLog>,
    /// Children whose restart is decided and waits for its pause.
    pub due: HashSet<Child>,
    /// The browsers' sessions.
    pub browsers: HashMap<BrowserId, Slot<BrowserSession>>,
    /// The clients' sessions.
    pub clients: HashMap<ClientId, (u64, Addr<ClientSession>)>,
    /// Whether Registry and Router were started for the first time.
    pub is_built: bool,
}

/// The table as the supervisor and the watchers of its children share it. Borrows are short and never nested.
pub type SharedTable = Rc<RefCell<ChildTable>>;
