//! One call at the desk: how far it is, which frame is out, and what is told of it when it can go no further.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::desk::Deed;
use super::replies::{self, Page};
use super::verbs::{Plan, Shows, Verb};
use crate::actors::call::CallKey;
use crate::protocol::HubError;

/// A call that is to be done.
#[derive(Debug)]
pub struct Errand {
    /// Its idempotency key.
    pub key: CallKey,
    /// Its tool.
    pub tool: String,
    /// Its client's name.
    pub client_name: String,
    /// When it is too late, in milliseconds since the Unix epoch.
    pub expires_at: u64,
    /// How it is done.
    pub plan: Plan,
}

/// The call that is being done.
#[derive(Debug)]
pub struct Work {
    /// The call.
    pub errand: Errand,
    /// How far it is.
    pub stage: Stage,
    /// The id of the frame that is out.
    pub frame: Uuid,
    /// What is known of the page.
    pub page: Page,
    /// Whether its caller has cancelled it.
    pub is_cancelled: bool,
}

/// Which frame of a call is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What the tool is for.
    Act,
    /// The address.
    Url,
    /// The title.
    Title,
    /// The page itself.
    Snapshot {
        /// The turn of this look at the page.
        turn: u64,
    },
}

/// What comes of a call.
pub type Outcome = Result<Box<RawValue>, HubError>;

/// A frame as it is written: these fields, in this order, and no others.
#[derive(Serialize)]
struct Request<'a> {
    id: Uuid,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a Map<String, Value>>,
}

impl Work {
    /// Whether the act is over and well.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.errand.plan.act.is_some() && self.stage != Stage::Act
    }

    /// The answer of an act that was done, where the page could not be read afterwards.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn done_unseen(&self, error: &HubError) -> Outcome {
        let Plan { shows, notes, .. } = &self.errand.plan;
        let sentence = match shows {
            Shows::Page(sentence) => sentence.as_deref(),
            _ => None,
        };
        let mut notes = notes.clone();
        notes.push(format!(
            "{} was done, but the page could not be read afterwards: {} Look with browser_snapshot.",
            self.errand.tool,
            error.message.trim_end()
        ));
        replies::page(sentence, None, &notes)
    }

    /// How long the answer to the frame that is out may take.
    #[must_use]
    pub fn patience(&self, frame_time: Duration) -> Duration {
        let own = if self.stage == Stage::Act { self.errand.plan.takes_secs } else { 0.0 };
        frame_time + Duration::try_from_secs_f64(own).unwrap_or_default()
    }

    /// The frame that is out now.
    #[must_use]
    pub fn write(&self, frame_time: Duration) -> Option<Deed> {
        let read = match self.stage {
            Stage::Act => None,
            Stage::Url => Some(Verb::url()),
            Stage::Title => Some(Verb::title()),
            Stage::Snapshot { .. } => Some(Verb::snapshot()),
        };
        let verb = read.as_ref().or(self.errand.plan.act.as_ref())?;
        let request = Request { id: self.frame, kind: verb.kind, payload: verb.payload.as_ref() };
        let text = serde_json::to_string(&request).ok()?;
        Some(Deed::Write { text, frame: self.frame, patience: self.patience(frame_time) })
    }
}
