//! The calls of one client: admission, the way to the router and back, cancellation, and the second try when an
//! actor died with a call in its hands.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use serde_json::value::RawValue;

use super::ClientSession;
use super::open::{OpenCall, Stage};
use crate::actors::browser_session::messages::CancelCall;
use crate::actors::call::{CallKey, CallProgress, FirstSent, Home, Outcome, RoutedCall};
use crate::actors::client_registry::messages::RecordError;
use crate::actors::router::messages::RouteCall;
use crate::actors::status;
use crate::config::limits;
use crate::protocol::tools::{self, BROWSER_BROWSERS, BROWSER_STATUS, ToolRoute, named_tab};
use crate::protocol::{Answer, Call, CallId, Deadline, ErrorCode, Event, Frame, HubError};
use crate::supervise::fault::{Fate, points};
use crate::supervise::{Dropped, Undelivered, reply_port};

/// How long to wait for the next run of an actor: not at all at first, since the first restart is immediate.
fn pause_after(times: u32) -> Duration {
    match times.checked_sub(1) {
        None => Duration::ZERO,
        Some(more) => limits::REROUTE_PAUSE.saturating_mul(1 << more.min(8)).min(limits::RESTART_BACKOFF_MAX),
    }
}

/// The error of a call that nobody cancelled, or it would not be open, and that the browser stopped all the same: an
/// earlier sending of it was given up, when its time was as good as over or its client was taken for gone.
fn stopped_earlier(tool: &ToolRoute) -> HubError {
    let name = tool.name;
    if tool.read_only {
        let message = format!("An earlier sending of {name} was stopped in the browser before it was done.");
        return HubError::new(ErrorCode::DeadlineExceeded, message);
    }
    let message =
        format!("An earlier sending of {name} was stopped in the browser while it ran; it may have happened.");
    HubError::new(ErrorCode::OutcomeUnknown, message)
}

/// Why a call's wait ended without an outcome.
enum Lost {
    /// An actor died with it.
    Dropped,
    /// Its time ran out, and no hop before this one said so.
    Late,
}

impl ClientSession {
    pub(super) fn call(&mut self, call: Call, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::CLIENT_CALL, ctx) == Fate::Lost {
            return;
        }
        let id = call.id;
        if let Some(open) = self.calls.get(id) {
            // It comes again while it is under way. There is one answer for an id, so the call itself goes on; only
            // a call that is another one under the same id is told so.
            if open.tool.name != call.body.tool || open.params.get() != call.body.params.get() {
                let message = "A call with this id is under way with another tool or other arguments.";
                self.refuse_repeat(id, &HubError::new(ErrorCode::InvalidParams, message), ctx);
            }
            return;
        }
        match self.admit(call) {
            Err(error) => self.answer_error(id, error, ctx),
            Ok(tool) if tool.name == BROWSER_STATUS => self.answer_status(id, ctx),
            Ok(tool) if tool.name == BROWSER_BROWSERS => self.about_browsers(id, ctx),
            Ok(_) => self.set_out(id, ctx),
        }
    }

    /// Sends a call on its way, unless an earlier one is still to be sent: it must not overtake that, which takes it along.
    pub(super) fn set_out(&mut self, id: CallId, ctx: &mut Context<Self>) {
        if self.calls.first_waiting().is_some() || self.calls.is_any_returning() {
            self.calls.wait(id);
        } else {
            self.dispatch(id, ctx);
        }
    }

    /// Sends a call after a pause, or when another one's pause is over.
    fn dispatch_in_turn(&mut self, id: CallId, pause: Duration, ctx: &mut Context<Self>) {
        self.calls.wait(id);
        ctx.run_later(pause, Self::dispatch_those_that_wait);
    }

    /// Those that wait go in the order in which they came.
    fn dispatch_those_that_wait(&mut self, ctx: &mut Context<Self>) {
        while let Some(id) = self.calls.first_waiting() {
            self.calls.note(id, Stage::Here);
            self.dispatch(id, ctx);
            if self.calls.get(id).is_some_and(|open| open.stage == Stage::Waiting) {
                return; // There is still nobody to take it.
            }
        }
    }

    fn admit(&mut self, call: Call) -> Result<&'static ToolRoute, HubError> {
        let Call { id, body, .. } = call;
        if self.farewell.is_some() {
            return Err(HubError::new(ErrorCode::HubStopping, "The hub is shutting down."));
        }
        let Some(tool) = tools::find(&body.tool) else {
            let name: String = body.tool.chars().take(80).collect();
            return Err(HubError::new(ErrorCode::InvalidParams, format!("There is no tool {name:?}."))
                .with_next("Use a name of tools/list."));
        };
        let is_repeat = body.attempt > 1 && !tool.read_only;
        let bound = self.house.tuning.calls_per_client;
        if self.calls.len() >= bound {
            let message = format!("This client has {bound} calls under way already.");
            if is_repeat {
                // Told to call again, its caller would make it happen twice.
                let message = format!("{message} An earlier sending of {} may have happened.", tool.name);
                return Err(HubError::new(ErrorCode::OutcomeUnknown, message));
            }
            return Err(HubError::busy(message, limits::BUSY_SHORT));
        }
        let deadline = Deadline::from_wire(body.expires_at, limits::CALL_TIMEOUT_MAX);
        if deadline.is_over() {
            let happened = if is_repeat { "it may have happened" } else { "it did not run" };
            return Err(HubError::new(
                ErrorCode::DeadlineExceeded,
                format!("The time for {} was over when it reached the hub; {happened}.", tool.name),
            ));
        }
        let (is_first, epoch) = (body.attempt == 1, body.browser_epoch);
        let open = OpenCall {
            order: self.house.next_serial(),
            stage: Stage::Here,
            tool,
            tab: named_tab(&body.params),
            target: None,
            params: body.params.into(),
            attempt: body.attempt,
            losses: 0,
            misses: 0,
            named: epoch.filter(|_| is_first),
            first_sent: FirstSent::claimed(epoch.filter(|_| !is_first)),
            deadline,
        };
        self.calls.insert(id, open);
        Ok(tool)
    }

    /// Sends a call on its way; its answer comes back through the port that travels with it.
    fn dispatch(&mut self, id: CallId, ctx: &mut Context<Self>) {
        let Some(open) = self.calls.get_mut(id) else { return };
        if open.deadline.is_over() {
            let (happened, tool) = (open.happened(), open.tool.name);
            let message = format!("The time for {tool} ran out while the hub put itself in order; {happened}.");
            self.answer_error(id, HubError::new(ErrorCode::DeadlineExceeded, message), ctx);
            return;
        }
        let (reply, answer) = reply_port::<Outcome>();
        let call = RoutedCall {
            key: CallKey { client: self.client.id, id },
            tool: open.tool,
            params: Arc::clone(&open.params),
            tab: open.tab,
            target: open.target,
            home: self.client.home,
            client_name: Arc::clone(&self.name),
            order: open.order,
            attempt: open.attempt,
            named: open.named,
            first_sent: open.first_sent.clone(),
            deadline: open.deadline,
            reply,
            progress: Some(ctx.address().recipient()),
        };
        let left = call.deadline.left();
        match self.house.faults.send(points::CLIENT_SEND, &self.house.router, RouteCall(call)) {
            Ok(()) => {}
            Err(Undelivered::Full(RouteCall(call))) if call.may_have_run() => {
                // Told to call again, its caller would make it happen twice.
                open.misses += 1;
                let pause = pause_after(open.misses).min(left);
                self.dispatch_in_turn(id, pause, ctx);
                return;
            }
            Err(Undelivered::Full(RouteCall(call))) => {
                let message = "The hub has more calls than it can take.";
                call.reply.answer(Err(HubError::busy(message, limits::BUSY_SHORT)));
            }
            Err(Undelivered::Dead(_)) => {
                // It went nowhere, so this attempt was none. The next run of the router is there within moments.
                let pause = pause_after(open.misses).min(left);
                open.misses += 1;
                self.dispatch_in_turn(id, pause, ctx);
                return;
            }
        }
        open.misses = 0;
        open.stage = Stage::Away;
        let _: Fate = self.house.faults.at::<Self>(points::CLIENT_SENT, ctx);
        let wait = async move {
            match tokio::time::timeout(left, answer.wait()).await {
                Ok(Ok(outcome)) => Ok(outcome),
                Ok(Err(Dropped)) => Err(Lost::Dropped),
                Err(_) => Err(Lost::Late),
            }
        };
        ctx.spawn(wait.into_actor(self).map(move |outcome, act, ctx| act.concluded(id, outcome, ctx)));
    }

    fn concluded(&mut self, id: CallId, outcome: Result<Outcome, Lost>, ctx: &mut Context<Self>) {
        if self.calls.get(id).is_none() {
            return; // It was cancelled, and answered so.
        }
        self.calls.note(id, Stage::Here);
        if self.house.faults.at::<Self>(points::CLIENT_ANSWER, ctx) == Fate::Lost {
            return;
        }
        match outcome {
            Ok(Ok(payload)) => {
                self.note_home(id, ctx);
                self.answer_payload(id, payload, ctx);
            }
            Ok(Err(error)) => self.answer_error(id, error, ctx),
            Err(Lost::Late) => {
                self.house.router.tell(CancelCall(CallKey { client: self.client.id, id }));
                let error =
                    HubError::new(ErrorCode::DeadlineExceeded, "The hub had no answer in time; it may have happened.");
                self.answer_error(id, error, ctx);
            }
            Err(Lost::Dropped) => self.send_anew(id, ctx),
        }
        // Calls that came while it was on its way back, unless another one still is, or waits out its pause.
        if !self.calls.is_any_returning() && self.calls.is_first_waiting_free() {
            self.dispatch_those_that_wait(ctx);
        }
    }

    /// The browser that answered a call without a tab is the client's own, unless it has chosen one itself. Its instance
    /// keeps that for the next hub; but the next hub knows no browser again that says nothing of itself, and would wait
    /// for one that never comes.
    fn note_home(&mut self, id: CallId, ctx: &mut Context<Self>) {
        if self.client.home.is_some_and(|home| home.is_chosen) {
            return; // An earlier call may have been answered elsewhere since.
        }
        let is_of_home = |open: &&OpenCall| open.tab.is_none() && open.target.is_none();
        let Some(run) = self.calls.get(id).filter(is_of_home).and_then(|open| open.first_sent.known()) else { return };
        let browsers = self.house.browsers();
        let browser = browsers.iter().find(|browser| browser.epoch == run);
        let is_new = |id| self.client.home.is_none_or(|home| home.browser != id);
        if let Some(browser) = browser.filter(|browser| is_new(browser.id)) {
            let home = Home { browser: browser.id, is_chosen: false };
            if browser.shared { self.client.home = Some(home) } else { self.settle(home, ctx) }
        }
    }

    /// The client's calls go to this browser from now on; its instance keeps that for the next hub.
    pub(super) fn settle(&mut self, home: Home, ctx: &mut Context<Self>) {
        self.client.home = Some(home);
        self.write(Frame::Event(Event::Home { browser: home.browser, chosen: home.is_chosen }), ctx);
    }

    /// The actor that held the call died. The call is sent again under its own id: if it ran already, the
    /// extension's journal answers it.
    fn send_anew(&mut self, id: CallId, ctx: &mut Context<Self>) {
        let Some(open) = self.calls.get_mut(id) else { return };
        open.losses += 1;
        // A call that no browser was sent is no repeat.
        open.attempt += u32::from(open.first_sent.epoch().is_some());
        if open.losses > limits::REROUTE_ATTEMPTS {
            let message = format!("The hub's actors died {} times with this call in their hands.", open.losses);
            let code = if open.may_have_run() { ErrorCode::OutcomeUnknown } else { ErrorCode::Internal };
            self.answer_error(id, HubError::new(code, message), ctx);
            return;
        }
        let pause = pause_after(open.losses - 1);
        log::warn!("client {}: call {id} lost its actor; it is sent again", self.client.id);
        self.dispatch_in_turn(id, pause, ctx);
    }

    pub(super) fn cancel(&mut self, id: CallId, ctx: &mut Context<Self>) {
        let is_open = self.calls.get(id).is_some();
        if !is_open {
            // This connection may be newer than the call, which then still runs in a browser. An instance has no more
            // calls than these, and whoever cancels more means to reach the browsers' sockets.
            self.strange_cancels += 1;
            if self.strange_cancels > limits::CALLS_PER_INSTANCE {
                return;
            }
        }
        self.house.router.tell(CancelCall(CallKey { client: self.client.id, id }));
        if is_open {
            self.answer_error(id, HubError::new(ErrorCode::Cancelled, "The caller cancelled the call."), ctx);
        }
    }

    fn answer_status(&mut self, id: CallId, ctx: &mut Context<Self>) {
        let (house, client) = (self.house.clone(), self.client.id);
        let collect = async move {
            let status = status::collect(&house).await;
            serde_json::json!({ "value": status, "client": client })
        };
        ctx.spawn(collect.into_actor(self).map(move |result, act, ctx| act.answer_result(id, &result, ctx)));
    }

    /// Answers a call that the hub answers itself.
    pub(super) fn answer_result(&mut self, id: CallId, result: &serde_json::Value, ctx: &mut Context<Self>) {
        let raw = serde_json::value::to_raw_value(result).map_err(|error| error.to_string());
        let answer = raw.and_then(|raw| Answer::new(id, Some(self.client.id), Ok(&raw)).map_err(|e| e.to_string()));
        match answer {
            Ok(answer) => self.answer_payload(id, answer.payload, ctx),
            Err(error) => self.answer_error(id, HubError::new(ErrorCode::Internal, error), ctx),
        }
    }

    pub(super) fn answer_error(&mut self, id: CallId, error: HubError, ctx: &mut Context<Self>) {
        match Answer::new(id, Some(self.client.id), Err(&error)) {
            Ok(answer) => self.finish(answer, Some(error), ctx),
            Err(broken) => log::error!("client {}: call {id} cannot be answered: {broken}", self.client.id),
        }
    }

    fn refuse_repeat(&mut self, id: CallId, error: &HubError, ctx: &mut Context<Self>) {
        match Answer::new(id, Some(self.client.id), Err(error)) {
            Ok(answer) => self.write(Frame::Answer(answer), ctx),
            Err(broken) => log::error!("client {}: call {id} cannot be answered: {broken}", self.client.id),
        }
    }

    fn answer_payload(&mut self, id: CallId, payload: Box<RawValue>, ctx: &mut Context<Self>) {
        let Some(open) = self.calls.get(id) else { return }; // A status that was cancelled meanwhile.
        let answer = Answer { id, client: Some(self.client.id), payload };
        match answer.error() {
            Ok(Some(error)) if error.code == ErrorCode::Cancelled => {
                let error = stopped_earlier(open.tool);
                self.answer_error(id, error, ctx);
            }
            Ok(error) => self.finish(answer, error, ctx),
            Err(broken) => {
                let message = format!("The extension's answer cannot be read: {broken}.");
                self.answer_error(id, HubError::new(ErrorCode::Internal, message), ctx);
            }
        }
    }

    fn finish(&mut self, answer: Answer, error: Option<HubError>, ctx: &mut Context<Self>) {
        self.calls.remove(answer.id);
        if let Some(error) = error {
            let text = error.to_string();
            self.last_error = Some(text.clone());
            self.house.registry.tell(RecordError { id: self.client.id, text });
        }
        self.write(Frame::Answer(answer), ctx);
        let _: Fate = self.house.faults.at::<Self>(points::CLIENT_ANSWERED, ctx);
        self.say_bye_when_done(ctx);
    }
}

impl Handler<CallProgress> for ClientSession {
    type Result = ();

    fn handle(&mut self, news: CallProgress, ctx: &mut Context<Self>) {
        let CallProgress { id, progress, total, message } = news;
        if self.calls.get(id).is_some() {
            let event = Event::Progress { call_id: id, client_id: self.client.id, progress, total, message };
            self.write(Frame::Event(event), ctx);
        }
    }
}
