//! The handle of the link: what the MCP handler calls. The work is done by one task, which owns the socket.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::local_status::{self, Lack};
use super::state::{Machine, News, Phase};
use super::task;
use crate::config::limits;
use crate::daemon::Finder;
use crate::mcp::pending::{Outcome, Waiting};
use crate::mcp::watches::Watches;
use crate::mcp::{Backend, CallRequest};
use crate::protocol::hello::{InstanceHello, StateChange};
use crate::protocol::tools::BROWSER_STATUS;
use crate::protocol::{BrowserId, CallId, ClientId, ErrorCode, Frame, Hello, HubError, VERSION};

/// How long `browser_status` lets a link that is on its way come to a hub. The promise is an answer within 100 ms.
const STATUS_PATIENCE: Duration = Duration::from_millis(75);

/// How long the hub may take to answer `browser_status` before this instance answers for it: one that is suspended or
/// jammed would keep the caller for the whole time of a call.
pub(super) const STATUS_LIMIT: Duration = Duration::from_secs(2);

/// The longest arguments that fit into a frame, with what stands around them.
const PARAMS_MOST: usize = limits::INSTANCE_FRAME_BYTES - 16 * 1024;

/// How an instance takes leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// It says that it is done: its tabs are free at once.
    Done,
    /// It says nothing: it comes back within its grace and finds its tabs.
    Silent,
}

/// Where the hub is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubPlace {
    /// In a process of its own; within this one only if no process can be started.
    Daemon,
    /// Within this process, unless one runs already.
    Within,
}

/// What a link is to be.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// How it comes to a hub.
    pub finder: Finder,
    /// Whose calls it carries.
    pub client_id: ClientId,
    /// How long the client's tabs stay its own after it left without a word; the hub's setting if absent.
    pub grace_secs: Option<u64>,
    /// How it takes leave.
    pub farewell: Farewell,
    /// Where the hub is to run.
    pub place: HubPlace,
}

/// Who the host is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Host {
    pub name: Option<String>,
    pub version: Option<String>,
}

/// What callers want of the task.
#[derive(Debug)]
pub(super) enum Order {
    Call(CallId, Waiting),
    Cancel(CallId),
    Identify,
    /// Somebody asked for the status while there was no hub: that is reason enough to look for one.
    Wake,
    Close(oneshot::Sender<()>),
}

/// What the handle and the task both see.
#[derive(Debug)]
pub(super) struct Shared {
    pub config: LinkConfig,
    inner: Mutex<Inner>,
    /// Who wants to hear of what.
    pub watches: Arc<Watches>,
    phase: watch::Sender<Phase>,
}

#[derive(Debug, Default)]
struct Inner {
    machine: Machine,
    host: Host,
    /// Who the newest hello named: what the host says of itself later, the hub must be told.
    told: Host,
    /// The name by which the hub knows this client.
    assigned: Option<String>,
    /// The browser that this client's calls go to, and whether the client has chosen it.
    home: Option<(BrowserId, bool)>,
    last_error: Option<HubError>,
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn hear(&self, news: News, reason: &str) {
        let phase = {
            let mut inner = self.inner();
            inner.machine.hear(news, reason);
            inner.machine.phase()
        };
        self.phase.send_if_modified(|known| std::mem::replace(known, phase) != phase);
    }

    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub fn note_error(&self, error: Option<HubError>) {
        self.inner().last_error = error;
    }

    pub fn last_error(&self) -> Option<HubError> {
        self.inner().last_error.clone()
    }

    pub fn note_name(&self, name: String) {
        self.inner().assigned = Some(name);
    }

    pub fn note_home(&self, home: BrowserId, is_chosen: bool) {
        self.inner().home = Some((home, is_chosen));
    }

    pub fn home(&self) -> Option<BrowserId> {
        self.inner().home.map(|(browser, _)| browser)
    }

    pub fn host(&self) -> Host {
        self.inner().host.clone()
    }

    pub fn told(&self) -> Host {
        self.inner().told.clone()
    }

    pub fn hello(&self, protocol: u32) -> Frame {
        let mut inner = self.inner();
        inner.told = inner.host.clone();
        let hello = InstanceHello {
            protocol,
            version: VERSION.to_owned(),
            capabilities: Vec::new(),
            name: inner.host.name.clone(),
            host_version: inner.host.version.clone(),
            assigned: inner.assigned.clone(),
            home: inner.home.map(|(browser, _)| browser),
            home_chosen: inner.home.is_some_and(|(_, is_chosen)| is_chosen),
            pid: std::process::id(),
            grace_secs: self.config.grace_secs,
            history: inner.machine.history(),
        };
        Frame::Hello(Some(self.config.client_id), Hello::Instance(hello))
    }

    fn local_status(&self, lack: Lack) -> Box<RawValue> {
        let inner = self.inner();
        local_status::answer(lack, &self.config, &inner.machine, inner.last_error.as_ref())
    }
}

/// The link of one instance to whatever hub there is.
#[derive(Debug, Clone)]
pub struct Link {
    shared: Arc<Shared>,
    orders: mpsc::Sender<Order>,
}

impl Link {
    /// Starts looking for a hub at once. The task ends after [`Link::close`], or when every handle is gone.
    #[must_use]
    pub fn start(config: LinkConfig) -> (Self, JoinHandle<()>) {
        let host = Host { name: config.finder.settings.client_name.clone(), version: None };
        let (phase, _) = watch::channel(Phase::Discovering);
        let inner = Mutex::new(Inner { host, ..Inner::default() });
        let shared = Arc::new(Shared { config, inner, watches: Arc::default(), phase });
        let (orders, queue) = mpsc::channel(limits::OUTBOX_FRAMES);
        let task = tokio::spawn(task::run(Arc::clone(&shared), queue));
        (Self { shared, orders }, task)
    }

    /// The state of the link.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.shared.phase()
    }

    /// How it came to it, newest last.
    #[must_use]
    pub fn history(&self) -> Vec<StateChange> {
        self.shared.inner().machine.history()
    }

    /// Why the last attempt to come to a hub failed; `None` once there is one.
    #[must_use]
    pub fn last_error(&self) -> Option<HubError> {
        self.shared.last_error()
    }

    /// Cancels what is under way, says goodbye as configured, and waits until that is said.
    pub async fn close(&self) {
        let (done, is_done) = oneshot::channel();
        if self.orders.send(Order::Close(done)).await.is_ok() {
            // The task may end without an answer, and then it is done as well.
            let _ = is_done.await;
        }
    }

    async fn run(&self, request: CallRequest) -> Outcome {
        let CallRequest { id, tool, params, deadline, progress } = request;
        if tool == BROWSER_STATUS && !self.is_connected_soon().await {
            return Ok(self.shared.local_status(Lack::Hub));
        }
        if params.get().len() > PARAMS_MOST {
            // The hub would end the connection for such a frame, and with it every other call of this instance.
            let message = format!(
                "The arguments of {tool} are {} bytes long; this instance takes {PARAMS_MOST} at most. It did not run.",
                params.get().len()
            );
            return Err(HubError::new(ErrorCode::InvalidParams, message));
        }
        let (reply, answer) = oneshot::channel();
        let given_up_at = deadline.earlier_by(limits::LINK_MARGIN);
        let waiting = Waiting { tool, params, deadline, given_up_at, reply, progress };
        let over = || {
            HubError::new(ErrorCode::Cancelled, "This instance is ending.")
                .with_next("Nothing: the host has ended the conversation.")
        };
        match tokio::time::timeout(deadline.left(), self.orders.send(Order::Call(id, waiting))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(over()),
            Err(_) => {
                let message =
                    format!("{tool} waited too long in this instance: too many calls came at once. It did not run.");
                return Err(HubError::new(ErrorCode::DeadlineExceeded, message));
            }
        }
        let guard = CancelOnDrop { orders: &self.orders, id: Some(id) };
        let outcome = if tool == BROWSER_STATUS {
            match tokio::time::timeout(STATUS_LIMIT, answer).await {
                Ok(outcome) => outcome,
                Err(_) => return Ok(self.shared.local_status(Lack::Answer)),
            }
        } else {
            answer.await
        };
        guard.disarm();
        outcome.unwrap_or_else(|_| Err(over()))
    }

    /// Waits a moment for a link that is on its way; a link that has failed needs no waiting for. One that rests sets
    /// out now: whoever asks for the status needs a hub.
    async fn is_connected_soon(&self) -> bool {
        if self.phase().is_connected() {
            return true;
        }
        // A full queue holds calls, which wake the link as well.
        let _ = self.orders.try_send(Order::Wake);
        let mut phase = self.shared.phase.subscribe();
        let settled = phase.wait_for(|phase| phase.is_connected() || matches!(phase, Phase::Failed | Phase::Stopping));
        matches!(tokio::time::timeout(STATUS_PATIENCE, settled).await, Ok(Ok(phase)) if phase.is_connected())
    }
}

impl Backend for Link {
    async fn call(&self, request: CallRequest) -> Outcome {
        self.run(request).await
    }

    fn identify(&self, name: &str, version: &str) {
        {
            let mut inner = self.shared.inner();
            // The person's own name for this client is over what the host says of itself.
            let name = self.shared.config.finder.settings.client_name.as_deref().unwrap_or(name);
            inner.host = Host { name: Some(name.to_owned()), version: Some(version.to_owned()) };
        }
        // With a full queue the next hello tells it; with a closed one nobody asks any more.
        let _ = self.orders.try_send(Order::Identify);
    }

    fn watches(&self) -> Option<Arc<Watches>> {
        Some(Arc::clone(&self.shared.watches))
    }
}

/// A caller that goes away before its answer cancels its call.
struct CancelOnDrop<'a> {
    orders: &'a mpsc::Sender<Order>,
    id: Option<CallId>,
}

impl CancelOnDrop<'_> {
    fn disarm(mut self) {
        self.id = None;
    }
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        if let Err(mpsc::error::TrySendError::Full(order)) = self.orders.try_send(Order::Cancel(id)) {
            // A cancel must not be lost, and a drop cannot wait.
            let orders = self.orders.clone();
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { orders.send(order).await });
            }
        }
    }
}
