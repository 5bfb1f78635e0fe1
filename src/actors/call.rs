//! A call on its way from its client to a browser. It moves forward hop by hop; its reply port moves with it.

use std::sync::{Arc, OnceLock};

use actix::prelude::{Message, Recipient};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::protocol::tools::ToolRoute;
use crate::protocol::{BrowserEpoch, BrowserId, CallId, ClientId, Deadline, HubError, TabId};
use crate::supervise::ReplyPort;

/// (client, id): the idempotency key of a call, end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// Whose call.
    pub client: ClientId,
    /// Which call of that client.
    pub id: CallId,
}

/// What came of a call: the answer's payload as the browser wrote it, or why there is none.
pub type Outcome = Result<Box<RawValue>, HubError>;

/// The run of the browser in which a call was first sent to it, if it was. It is written down before the frame leaves,
/// and its session has a clone: so the session knows, when an actor died with the call, whether it may have run.
#[derive(Debug, Clone, Default)]
pub struct FirstSent(Arc<OnceLock<BrowserEpoch>>);

impl FirstSent {
    /// What the caller of a repeat claims.
    #[must_use]
    pub fn claimed(epoch: Option<BrowserEpoch>) -> Self {
        let first = Self::default();
        epoch.into_iter().for_each(|epoch| first.note(epoch));
        first
    }

    /// Of an earlier attempt that was sent nobody knows where: no browser is ever in this run, so none runs the call
    /// once more.
    pub fn note_unknown(&self) {
        self.note(BrowserEpoch(Uuid::nil()));
    }

    /// Notes the run in which it is sent, unless it was sent before.
    pub fn note(&self, epoch: BrowserEpoch) {
        let _ = self.0.set(epoch);
    }

    /// The run in which it was first sent.
    #[must_use]
    pub fn epoch(&self) -> Option<BrowserEpoch> {
        self.0.get().copied()
    }

    /// The same, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<BrowserEpoch> {
        self.epoch().filter(|epoch| !epoch.0.is_nil())
    }

    /// Whether no actor has the call in its hands any more.
    #[must_use]
    pub fn is_held_by_nobody_else(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Whether a call of this tool, at this attempt, may have changed something already: it was sent before, and nobody
    /// knows what came of it.
    #[must_use]
    pub fn may_have_run(&self, tool: &ToolRoute, attempt: u32) -> bool {
        !tool.read_only && (attempt > 1 || self.epoch().is_some())
    }
}

/// The browser that a client's calls go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// Which browser.
    pub browser: BrowserId,
    /// Whether the client has chosen it. Its calls then wait for it, and go to no other: one that was sent to another
    /// profile would act under another person's logins.
    pub is_chosen: bool,
}

/// A call on its way.
#[derive(Debug)]
pub struct RoutedCall {
    /// Its idempotency key.
    pub key: CallKey,
    /// What the hub knows of its tool.
    pub tool: &'static ToolRoute,
    /// Its arguments, untouched.
    pub params: Arc<RawValue>,
    /// The tab that it names, if it names one.
    pub tab: Option<TabId>,
    /// The browser that it is about, if it is about a browser and not about a page.
    pub target: Option<BrowserId>,
    /// The browser that its client has chosen, or that its calls went to before, as far as its session knows.
    pub home: Option<Home>,
    /// Its client's name, for the tab group.
    pub client_name: Arc<str>,
    /// Its place among the calls of its client: of two, the one that came first has the lower number.
    pub order: u64,
    /// 1 for the first time, more for a repeat.
    pub attempt: u32,
    /// Of a first attempt: the run of the only browser that its instance knows of. A repeat will claim this run, to a
    /// hub that knows nothing else, so the call must not run anywhere else.
    pub named: Option<BrowserEpoch>,
    /// The run of the browser in which it was first sent, if it was.
    pub first_sent: FirstSent,
    /// When it is too late for everyone.
    pub deadline: Deadline,
    /// Where its answer goes.
    pub reply: ReplyPort<Outcome>,
    /// Where news of its progress go.
    pub progress: Option<Recipient<CallProgress>>,
}

impl RoutedCall {
    /// The one browser that it may go to, unless it names a tab.
    #[must_use]
    pub fn only_browser(&self) -> Option<BrowserId> {
        self.target.or_else(|| self.home.filter(|home| home.is_chosen).map(|home| home.browser))
    }

    /// Whether it may have changed something already.
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        self.first_sent.may_have_run(self.tool, self.attempt)
    }
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Message)]
#[rtype(result = "()")]
pub struct CallProgress {
    /// Which call.
    pub id: CallId,
    /// How far, in steps of the tool's own.
    pub progress: f64,
    /// Out of how many, where known.
    pub total: Option<f64>,
    /// What it is doing.
    pub message: String,
}
