//! The desk before one Browser MCP extension: takes calls, serves one whole call at a time (act, address, title,
//! snapshot), frame by frame, and says what is to be written and what is answered. It does no IO, and knows no actors.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ledger::{Known, Ledger};
use super::looks::Looks;
use super::replies::{self, Page};
use super::verbs::{self, Shows};
use super::work::{Errand, Outcome, Stage, Work};
use crate::actors::call::CallKey;
use crate::protocol::event::CallAtWork;
use crate::protocol::{Answer, BrowserEpoch, Call, CallId, ClientId, ErrorCode, HubError, now_ms};

/// Snapshots that were given up and may come late, of which so many are remembered.
const LATE_LOOKS: usize = 32;

/// What outlives a connection of one browser.
#[derive(Debug, Default)]
pub struct Memory {
    /// Which calls were written.
    pub ledger: Ledger,
    /// Whose refs are still good.
    pub looks: Looks,
}

/// What the desk has decided.
#[derive(Debug)]
pub enum Deed {
    /// Write this; say [`Desk::late`] if no answer comes in time.
    Write {
        /// The frame's text.
        text: String,
        /// Its id.
        frame: Uuid,
        /// How long its answer may take.
        patience: Duration,
    },
    /// Tell the session of the browser.
    Answer(Answer),
    /// The browser has this name from now on.
    Name(String),
}

/// The desk of one connection.
#[derive(Debug)]
pub struct Desk {
    epoch: BrowserEpoch,
    memory: Arc<Mutex<Memory>>,
    /// How long one frame may take.
    frame_time: Duration,
    running: Option<Work>,
    waiting: VecDeque<Errand>,
    late_looks: VecDeque<Uuid>,
}

impl Desk {
    /// The desk of a new connection. Nobody knows which tab it leads to, so whatever was seen before is stale.
    #[must_use]
    pub fn new(epoch: BrowserEpoch, memory: Arc<Mutex<Memory>>, frame_time: Duration) -> Self {
        let (waiting, late_looks) = (VecDeque::new(), VecDeque::new());
        let desk = Self { epoch, memory, frame_time, running: None, waiting, late_looks };
        desk.memory().looks.outdate();
        desk
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }

    /// A call has come.
    pub fn call(&mut self, call: Call) -> Vec<Deed> {
        let Some(client) = call.client else { return Vec::new() };
        let key = CallKey { client, id: call.id };
        if self.has(key) {
            return Vec::new(); // A repeat joins it: there will be one answer.
        }
        let mut deeds = Vec::new();
        match self.admit(key, call) {
            Ok(Admitted::New(errand)) => self.waiting.push_back(*errand),
            Ok(Admitted::Answered(payload)) => {
                deeds.push(Deed::Answer(Answer { id: key.id, client: Some(client), payload }));
            }
            Err(error) => deeds.extend(answer(key, Err(error)).map(Deed::Answer)),
        }
        self.serve_next(&mut deeds);
        deeds
    }

    fn has(&self, key: CallKey) -> bool {
        self.running.iter().map(|work| &work.errand).chain(&self.waiting).any(|errand| errand.key == key)
    }

    fn admit(&self, key: CallKey, call: Call) -> Result<Admitted, HubError> {
        let body = call.body;
        let params: Map<String, Value> = serde_json::from_str(body.params.get()).map_err(|error| {
            HubError::new(ErrorCode::InvalidParams, format!("The arguments are no object: {error}."))
        })?;
        let plan = verbs::plan(&body.tool, &params)?;
        if plan.changes {
            // It was first sent to this very browser, so that the ledger would know if it had been written.
            let is_of_here = body.attempt <= 1 || body.browser_epoch == Some(self.epoch);
            match self.memory().ledger.known(key) {
                Known::Answered(payload) => return Ok(Admitted::Answered(payload.to_owned())),
                Known::Never if is_of_here => {}
                Known::Never | Known::Perhaps => return Err(unknown(&body.tool)),
            }
        }
        let errand = Errand { key, tool: body.tool, client_name: body.client_name, expires_at: body.expires_at, plan };
        Ok(Admitted::New(Box::new(errand)))
    }

    /// Begins with the next call that waits, if nothing is being done.
    fn serve_next(&mut self, deeds: &mut Vec<Deed>) {
        while self.running.is_none() {
            let Some(errand) = self.waiting.pop_front() else { return };
            if let Err(error) = self.check(&errand) {
                deeds.extend(answer(errand.key, Err(error)).map(Deed::Answer));
                continue;
            }
            if let Shows::Name(name) = &errand.plan.shows {
                deeds.push(Deed::Name(name.clone()));
                deeds.extend(self.conclude(&errand, replies::other(&errand.plan.shows, None, &[])).map(Deed::Answer));
                continue;
            }
            let stage = if errand.plan.act.is_some() { Stage::Act } else { Stage::Url };
            if errand.plan.changes {
                self.memory().ledger.write(errand.key);
            }
            let frame = Uuid::new_v4();
            let work = Work { errand, stage, frame, page: Page::default(), is_cancelled: false };
            deeds.extend(work.write(self.frame_time));
            self.running = Some(work);
        }
    }

    /// Whether a call may still be done, and means what its caller meant. Asked when its turn has come.
    fn check(&self, errand: &Errand) -> Result<(), HubError> {
        if now_ms() >= errand.expires_at {
            let message = format!("The time for {} ran out before its turn came; it did not run.", errand.tool);
            return Err(HubError::new(ErrorCode::DeadlineExceeded, message));
        }
        let memory = self.memory();
        errand.plan.refs.iter().try_for_each(|reference| memory.looks.check(errand.key.client, reference))
    }

    /// A call is to be stopped. What was written cannot be taken back; only a wait may be left alone.
    pub fn cancel(&mut self, id: CallId, client: Option<ClientId>) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let is_it = |key: CallKey| key.id == id && client.is_none_or(|client| key.client == client);
        if let Some(at) = self.waiting.iter().position(|errand| is_it(errand.key)) {
            if let Some(errand) = self.waiting.remove(at) {
                deeds.extend(answer(errand.key, Err(cancelled())).map(Deed::Answer));
            }
        } else if let Some(work) = self.running.as_mut().filter(|work| is_it(work.errand.key)) {
            work.is_cancelled = true;
            if work.errand.plan.takes_secs > 0.0 {
                self.finish(Err(cancelled()), &mut deeds);
            }
        }
        deeds
    }

    /// The extension said something.
    pub fn hear(&mut self, text: &str) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let reply = match replies::read(text) {
            Ok(Some(reply)) => reply,
            Ok(None) => return deeds,
            Err(error) => {
                log::warn!("Browser MCP extension: a message that cannot be read: {error}");
                return deeds;
            }
        };
        if self.running.as_ref().is_none_or(|work| work.frame != reply.frame) {
            if let Some(at) = self.late_looks.iter().position(|frame| *frame == reply.frame) {
                // It was taken only now, whoever has looked meanwhile.
                self.late_looks.remove(at);
                self.memory().looks.outdate();
            }
            return deeds;
        }
        match reply.outcome {
            Ok(result) => self.go_on(result, &mut deeds),
            Err(words) => {
                let tool = self.running.as_ref().map(|work| work.errand.tool.clone()).unwrap_or_default();
                self.fail(replies::error(&tool, &words), &mut deeds);
            }
        }
        deeds
    }

    /// The frame that is out was answered.
    fn go_on(&mut self, result: Option<&RawValue>, deeds: &mut Vec<Deed>) {
        let Some(work) = &mut self.running else { return };
        if work.is_cancelled {
            return self.finish(Err(cancelled()), deeds);
        }
        let plan = &work.errand.plan;
        let next = match work.stage {
            Stage::Act if matches!(plan.shows, Shows::Page(_)) => Stage::Url,
            Stage::Act => {
                let outcome = replies::other(&plan.shows, result, &plan.notes);
                return self.finish(outcome, deeds);
            }
            Stage::Url => {
                work.page.url = replies::text(result);
                Stage::Title
            }
            Stage::Title => {
                work.page.title = replies::text(result);
                let (client, name) = (work.errand.key.client, &work.errand.client_name);
                let turn = lock(&self.memory).looks.begin(client, name);
                Stage::Snapshot { turn }
            }
            Stage::Snapshot { turn } => {
                let Some(yaml) = result.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()) else {
                    let error = HubError::new(ErrorCode::ToolFailed, "The Browser MCP extension sent no snapshot.");
                    return self.fail(error, deeds);
                };
                work.page.yaml = yaml;
                let (client, yaml) = (work.errand.key.client, &work.page.yaml);
                lock(&self.memory).looks.show(client, turn, yaml);
                let Shows::Page(sentence) = &plan.shows else { return };
                let outcome = replies::page(sentence.as_deref(), Some(&work.page), &plan.notes);
                return self.finish(outcome, deeds);
            }
        };
        work.stage = next;
        work.frame = Uuid::new_v4();
        deeds.extend(work.write(self.frame_time));
    }

    /// The frame that is out failed. What was done before it stays done, and is told so: a caller that hears of a
    /// failure does it again.
    fn fail(&mut self, error: HubError, deeds: &mut Vec<Deed>) {
        let Some(work) = &self.running else { return };
        let outcome = if work.is_cancelled {
            Err(cancelled())
        } else if work.is_done() {
            work.done_unseen(&error)
        } else {
            Err(error)
        };
        self.finish(outcome, deeds);
    }

    /// A frame was not answered in time.
    pub fn late(&mut self, frame: Uuid) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let Some(work) = self.running.as_ref().filter(|work| work.frame == frame) else { return deeds };
        if matches!(work.stage, Stage::Snapshot { .. }) {
            if self.late_looks.len() >= LATE_LOOKS {
                self.late_looks.pop_front();
            }
            self.late_looks.push_back(frame);
        }
        let (tool, secs) = (&work.errand.tool, work.patience(self.frame_time).as_secs());
        let happened = if work.errand.plan.changes { "; it may have happened" } else { "" };
        let message = format!("The Browser MCP extension did not answer {tool} within {secs} s{happened}.");
        self.fail(HubError::new(ErrorCode::DeadlineExceeded, message), &mut deeds);
        deeds
    }

    /// The connection is over. What was written and not answered is told so; what changes nothing, or was not written, is
    /// left to the session, which sends it again.
    pub fn leave(&mut self) -> Vec<Answer> {
        self.waiting.clear();
        let Some(work) = self.running.take().filter(|work| work.errand.plan.changes) else { return Vec::new() };
        let outcome = if work.is_cancelled {
            Err(cancelled())
        } else if work.is_done() {
            work.done_unseen(&HubError::new(ErrorCode::BrowserGone, "The extension's connection broke."))
        } else {
            Err(unknown(&work.errand.tool))
        };
        self.conclude(&work.errand, outcome).into_iter().collect()
    }

    /// The calls that are being done or wait here.
    #[must_use]
    pub fn at_work(&self) -> Vec<CallAtWork> {
        let told = |errand: &Errand| CallAtWork {
            id: errand.key.id,
            client_id: errand.key.client,
            tool: errand.tool.clone(),
            tab_id: None,
            names_tab: false,
            expires_at: errand.expires_at,
        };
        self.running.iter().map(|work| &work.errand).chain(&self.waiting).map(told).collect()
    }

    /// A client is gone for good.
    pub fn forget(&mut self, client: ClientId) {
        self.memory().looks.forget(client);
    }

    fn finish(&mut self, outcome: Outcome, deeds: &mut Vec<Deed>) {
        let Some(work) = self.running.take() else { return };
        deeds.extend(self.conclude(&work.errand, outcome).map(Deed::Answer));
        self.serve_next(deeds);
    }

    fn conclude(&self, errand: &Errand, outcome: Outcome) -> Option<Answer> {
        let answer = answer(errand.key, outcome)?;
        if errand.plan.changes {
            self.memory().ledger.answer(errand.key, &answer.payload);
        }
        Some(answer)
    }
}

/// What becomes of a call that comes.
enum Admitted {
    New(Box<Errand>),
    /// It was done before, and answered so.
    Answered(Box<RawValue>),
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(key: CallKey, outcome: Outcome) -> Option<Answer> {
    let answer = Answer::new(key.id, Some(key.client), outcome.as_deref());
    answer.inspect_err(|error| log::error!("an answer cannot be written: {error}")).ok()
}

fn cancelled() -> HubError {
    HubError::new(ErrorCode::Cancelled, "The caller cancelled the call.")
}

fn unknown(tool: &str) -> HubError {
    let message =
        format!("{tool} was sent to the Browser MCP extension, and its answer is lost; it may have happened.");
    HubError::new(ErrorCode::OutcomeUnknown, message)
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
