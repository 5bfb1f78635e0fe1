//! Who is served over HTTP: makes the server of each session, and of each request that stands alone; keeps the clients
//! that have no session until they were idle for long enough.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::messages::{Ask, End, GiveUp, Introduce};
use super::peer::{HttpPeer, NextOne, pause_after};
use crate::actors::client_registry::messages::Identity;
use crate::actors::house::House;
use crate::config::{Settings, limits};
use crate::mcp::http::{Caller, Leave, Reception};
use crate::mcp::pending::{Outcome, Waiting};
use crate::mcp::watches::Watches;
use crate::mcp::{Backend, CallRequest, Handler};
use crate::protocol::{CallId, ClientId, ErrorCode, HubError};
use crate::supervise::slot::tell;

/// How a host is called that does not say its name.
const NAMELESS: &str = "http";

/// Those who are served over HTTP.
#[derive(Clone)]
pub(super) struct Clients {
    hub: Arc<Hub>,
    settings: Arc<Settings>,
    alone: Arc<Mutex<Alone>>,
}

/// The clients without a session, by their workspace, or by what their host calls itself.
type Alone = HashMap<(Option<String>, String), Regular>;

/// Where the actors are: their house and their thread.
struct Hub {
    house: House,
    thread: ArbiterHandle,
    /// What sets this person's clients apart from another's; the same in each hub.
    salt: String,
}

/// A client without a session.
struct Regular {
    peer: Arc<PeerHandle>,
    used: Instant,
}

impl Clients {
    /// Nobody is served yet.
    pub fn new(house: House, thread: ArbiterHandle, settings: &Settings) -> Self {
        let salt = settings.paths.state().display().to_string();
        let mut settings = settings.clone();
        // The hub's working folder is that of whoever started it, and none of theirs.
        settings.upload_dirs.get_or_insert_default();
        Self { hub: Arc::new(Hub { house, thread, salt }), settings: Arc::new(settings), alone: Arc::default() }
    }

    fn alone(&self) -> MutexGuard<'_, Alone> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn peer(&self, caller: &Caller) -> Arc<PeerHandle> {
        let new = |id, workspace: &Option<String>, host: &str| {
            Arc::new(PeerHandle {
                hub: Arc::clone(&self.hub),
                id,
                workspace: workspace.clone(),
                known: Mutex::new(Known {
                    host: Identity { name: host.to_owned(), version: String::new() },
                    address: None,
                    falls: 0,
                }),
                watches: Arc::default(),
            })
        };
        match caller {
            Caller::Session { workspace } => new(ClientId::mint(), workspace, NAMELESS),
            Caller::Alone { workspace, host } => {
                let mut alone = self.alone();
                let regular = alone.entry(key(workspace, host)).or_insert_with_key(|key| {
                    // The next hub knows it by the same id, and its tabs with it.
                    let whose = format!("{}\n{key:?}", self.hub.salt);
                    let id = ClientId(Uuid::new_v5(&Uuid::NAMESPACE_OID, whose.as_bytes()));
                    let host = if host.is_empty() { NAMELESS } else { host };
                    Regular { peer: new(id, workspace, host), used: Instant::now() }
                });
                regular.used = Instant::now();
                Arc::clone(&regular.peer)
            }
        }
    }

    /// Whether this would be a client without a session more than there may be.
    pub fn is_one_too_many(&self, caller: &Caller) -> bool {
        let Caller::Alone { workspace, host } = caller else { return false };
        let alone = self.alone();
        alone.len() >= limits::HTTP_CLIENTS && !alone.contains_key(&key(workspace, host))
    }

    /// Ends the clients without a session that nobody has used for so long.
    pub fn end_idle(&self, idle: Duration) {
        let mut alone = self.alone();
        for regular in alone.values_mut() {
            // A request that goes on is use as well.
            if Arc::strong_count(&regular.peer) > 1 {
                regular.used = Instant::now();
            }
        }
        alone.retain(|_, regular| regular.used.elapsed() < idle);
    }
}

/// In a workspace its name is the client; what each request's host calls itself changes nothing.
fn key(workspace: &Option<String>, host: &str) -> (Option<String>, String) {
    (workspace.clone(), if workspace.is_some() { String::new() } else { host.to_owned() })
}

impl Reception for Clients {
    type Server = Handler<HttpBackend>;

    fn receive(&self, caller: &Caller) -> (Self::Server, Arc<dyn Leave>) {
        let peer = self.peer(caller);
        let backend = HttpBackend { peer: Arc::clone(&peer) };
        (Handler::new(Arc::new(backend), Arc::clone(&self.settings)), peer)
    }
}

/// The way to one client's peer, which is started when it is first needed. When the last one who knows this way is gone,
/// so is the client.
pub(super) struct PeerHandle {
    hub: Arc<Hub>,
    id: ClientId,
    workspace: Option<String>,
    known: Mutex<Known>,
    /// What its hosts want to hear of, whichever peer carries it.
    watches: Arc<Watches>,
}

struct Known {
    host: Identity,
    address: Option<Addr<HttpPeer>>,
    /// How often in a row a peer panicked soon.
    falls: u32,
}

impl PeerHandle {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn peer(self: &Arc<Self>) -> Addr<HttpPeer> {
        let mut known = self.known();
        if let Some(address) = known.address.as_ref().filter(|address| address.connected()) {
            return address.clone();
        }
        let (house, id) = (self.hub.house.clone(), self.id);
        let (workspace, host) = (self.workspace.clone(), known.host.clone());
        let watches = Arc::clone(&self.watches);
        let (handle, thread) = (Arc::downgrade(self), self.hub.thread.clone());
        let next_one = NextOne(Box::new(move |lived| {
            let handle = Weak::clone(&handle);
            // Later, when the one before is gone for good; the client may be gone as well by then.
            thread.spawn(async move {
                let Some(pause) = handle.upgrade().map(|handle| pause_after(lived, &mut handle.known().falls)) else {
                    return;
                };
                tokio::time::sleep(pause).await;
                if let Some(handle) = handle.upgrade() {
                    log::warn!("client {}: what carries its calls failed; another one is started", handle.id);
                    drop(handle.peer());
                }
            });
        }));
        let start = move |_: &mut Context<HttpPeer>| HttpPeer::new(house, id, workspace, host, watches, next_one);
        let address = HttpPeer::start_in_arbiter(&self.hub.thread, start);
        known.address = Some(address.clone());
        address
    }
}

impl Leave for PeerHandle {
    fn leave(&self) {
        if let Some(address) = &self.known().address {
            tell(address, End);
        }
    }
}

impl Drop for PeerHandle {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Where the calls of a client over HTTP go: the hub's own actors.
pub(super) struct HttpBackend {
    peer: Arc<PeerHandle>,
}

impl Backend for HttpBackend {
    async fn call(&self, request: CallRequest) -> Outcome {
        let CallRequest { id, tool, params, deadline, progress } = request;
        let (reply, answer) = oneshot::channel();
        let given_up_at = deadline.earlier_by(limits::LINK_MARGIN);
        let waiting = Waiting { tool, params, deadline, given_up_at, reply, progress };
        let peer = self.peer.peer();
        match peer.try_send(Ask(id, waiting)) {
            Ok(()) => {}
            Err(SendError::Full(_)) => {
                return Err(HubError::busy("This client sends more than the hub can take.", limits::BUSY_LONG));
            }
            Err(SendError::Closed(_)) => {
                return Err(HubError::busy("What carries this client's calls is being restarted.", limits::BUSY_SHORT));
            }
        }
        let mut guard = GiveUpOnDrop { peer: &peer, id: Some(id) };
        let outcome = answer.await;
        guard.id = None;
        outcome.unwrap_or_else(|_| {
            let message = format!("What carries this client's calls in the hub failed; {tool} may have happened.");
            Err(HubError::new(ErrorCode::OutcomeUnknown, message))
        })
    }

    fn identify(&self, name: &str, version: &str) {
        let host = Identity { name: name.to_owned(), version: version.to_owned() };
        if std::mem::replace(&mut self.peer.known().host, host.clone()) == host {
            return; // A server that serves one request hears it with each.
        }
        tell(&self.peer.peer(), Introduce(host));
    }

    fn watches(&self) -> Option<Arc<Watches>> {
        drop(self.peer.peer()); // Whoever watches has not called anything, perhaps.
        Some(Arc::clone(&self.peer.watches))
    }
}

/// A request that goes away before its answer cancels its call.
struct GiveUpOnDrop<'a> {
    peer: &'a Addr<HttpPeer>,
    id: Option<CallId>,
}

impl Drop for GiveUpOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            tell(self.peer, GiveUp(id));
        }
    }
}
