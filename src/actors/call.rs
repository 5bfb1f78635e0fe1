//! A call on its way from its client to a browser. It moves forward hop by hop; its reply port moves with it.

use std::sync::{Arc, OnceLock};

use actix::prelude::{Message, Recipient};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::protocol::tools::ToolRoute;
use crate::protocol::{BrowserEpoch, CallId, ClientId, Deadline, HubError, TabId};
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
    /// What the caller claims.
    #[must_use]
    pub fn claimed(epoch: Option<BrowserEpoch>) -> Self {
        let first = Self::default();
        epoch.into_iter().for_each(|epoch| first.note(epoch));
        first
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

    /// Whether a call of this tool, at this attempt, may have changed something already: it was sent before, and nobody
    /// knows what came of it.
    #[must_use]
    pub fn may_have_run(&self, tool: &ToolRoute, attempt: u32) -> bool {
        !tool.read_only && (attempt > 1 || self.epoch().is_some())
    }
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
    /// Its client's name, for the tab group.
    pub client_name: Arc<str>,
    /// 1 for the first time, more for a repeat.
    pub attempt: u32,
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

/// The tab that a call's arguments name. Anything but a number is left to the tool's own check.
#[must_use]
pub fn named_tab(params: &RawValue) -> Option<TabId> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Target {
        #[serde(default)]
        tab_id: Option<i64>,
    }
    serde_json::from_str::<Target>(params.get()).ok()?.tab_id.map(TabId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_tab_is_read_and_anything_else_is_left_alone() {
        let tab = |json: &str| serde_json::from_str::<Box<RawValue>>(json).ok().and_then(|raw| named_tab(&raw));
        assert_eq!(tab(r#"{"ref":"e1","tabId":7}"#), Some(TabId(7)));
        assert_eq!(tab(r#"{"ref":"e1"}"#), None);
        assert_eq!(tab(r#"{"tabId":null}"#), None);
        assert_eq!(tab(r#"{"tabId":"seven"}"#), None);
    }
}
