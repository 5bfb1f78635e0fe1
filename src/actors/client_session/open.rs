//! The calls of one client that are open: in which order they came, and how far each of them is.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::actors::call::FirstSent;
use crate::protocol::tools::ToolRoute;
use crate::protocol::{BrowserEpoch, BrowserId, CallId, Deadline, TabId};

/// Where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its session is at it.
    Here,
    /// It is to be sent, in its turn, or once there is somebody to take it.
    Waiting,
    /// Other actors have it.
    Away,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct OpenCall {
    /// Its place among the calls of its client, those of earlier connections included.
    pub(super) order: u64,
    pub(super) stage: Stage,
    pub(super) tool: &'static ToolRoute,
    pub(super) params: Arc<RawValue>,
    pub(super) tab: Option<TabId>,
    /// The browser that it is about, once that is known.
    pub(super) target: Option<BrowserId>,
    pub(super) attempt: u32,
    /// How often an actor died with it.
    pub(super) losses: u32,
    /// How often there was nobody to take it, one after another.
    pub(super) misses: u32,
    pub(super) named: Option<BrowserEpoch>,
    pub(super) first_sent: FirstSent,
    pub(super) deadline: Deadline,
}

impl OpenCall {
    pub(super) fn may_have_run(&self) -> bool {
        self.first_sent.may_have_run(self.tool, self.attempt)
    }

    pub(super) fn happened(&self) -> &'static str {
        if self.may_have_run() { "it may have happened" } else { "it did not run" }
    }

    /// Whether it was answered or lost, and its session has not heard of it yet.
    fn is_returning(&self) -> bool {
        self.stage == Stage::Away && self.first_sent.is_held_by_nobody_else()
    }
}

/// The calls under way.
#[derive(Debug, Default)]
pub(super) struct Calls(HashMap<CallId, OpenCall>);

impl Calls {
    pub(super) fn get(&self, id: CallId) -> Option<&OpenCall> {
        self.0.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: CallId) -> Option<&mut OpenCall> {
        self.0.get_mut(&id)
    }

    pub(super) fn insert(&mut self, id: CallId, open: OpenCall) {
        self.0.insert(id, open);
    }

    pub(super) fn remove(&mut self, id: CallId) {
        self.0.remove(&id);
    }

    pub(super) fn note(&mut self, id: CallId, stage: Stage) {
        self.0.entry(id).and_modify(|open| open.stage = stage);
    }

    pub(super) fn wait(&mut self, id: CallId) {
        self.note(id, Stage::Waiting);
    }

    /// The call that came first of those that are to be sent.
    pub(super) fn first_waiting(&self) -> Option<CallId> {
        let waiting = self.0.iter().filter(|(_, open)| open.stage == Stage::Waiting);
        waiting.min_by_key(|(_, open)| open.order).map(|(id, _)| *id)
    }

    /// Whether the first of those that are to be sent waits for no pause of its own to be over: after its first loss
    /// there is none.
    pub(super) fn is_first_waiting_free(&self) -> bool {
        let first = self.first_waiting().and_then(|id| self.get(id));
        first.is_some_and(|open| open.losses <= 1 && open.misses == 0)
    }

    /// Whether a call may just have been lost: one that comes now must not overtake it.
    pub(super) fn is_any_returning(&self) -> bool {
        self.0.values().any(OpenCall::is_returning)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
