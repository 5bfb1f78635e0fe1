//! The calls of one browser: from admission over their turn to their answer, and again after a lost connection.

use std::time::{Duration, Instant};

use actix::prelude::*;

use super::BrowserSession;
use super::flights::{self, Admission, Stage};
use super::lanes::Need;
use super::messages::*;
use crate::actors::call::{CallKey, CallProgress};
use crate::config::limits;
use crate::protocol::event::CallAtWork;
use crate::protocol::frame::CallBody;
use crate::protocol::tools::{self, ToolRoute, WAIT_FOR};
use crate::protocol::{Answer, Call, CallId, ClientId, Deadline, ErrorCode, Event, Frame, HubError, TabId};
use crate::supervise::fault::{Fate, points};

/// How often late calls are looked for while there are calls at all.
const SWEEP: Duration = Duration::from_millis(50);
/// How long a tab stays taken by a call that was given up, until the browser says that it stopped.
const LINGER: Duration = Duration::from_secs(5);

impl Handler<RunCall> for BrowserSession {
    type Result = ();

    fn handle(&mut self, RunCall(call): RunCall, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::BROWSER_CALL, ctx) == Fate::Lost {
            return;
        }
        let need = self.need(call.tool, call.tab, call.key.client);
        let key = call.key;
        if self.lanes.waiting() >= limits::QUEUE_PER_BROWSER {
            if call.may_have_run() {
                return; // Told to call again, its caller would make it happen twice; its session sends it anew.
            }
            let message = format!("The browser has {} calls waiting already.", limits::QUEUE_PER_BROWSER);
            call.reply.answer(Err(HubError::busy(message, limits::BUSY_LONG)));
            return;
        }
        let order = call.order;
        if self.flights.admit(call) == Admission::New {
            if self.flights.settle(key) {
                self.join(key);
            } else {
                self.lanes.push(key, need, order);
            }
            self.pump(ctx);
            self.sweep_while_busy(ctx);
        }
    }
}

impl Handler<CancelCall> for BrowserSession {
    type Result = ();

    fn handle(&mut self, CancelCall(key): CancelCall, ctx: &mut Context<Self>) {
        if self.flights.get_mut(key).is_none() {
            // The call may run there for a hub that is gone. An extension that does not know it ignores this.
            if self.link.is_some() {
                self.write(Frame::Cancel(key.id, Some(key.client)), ctx);
            } else {
                self.stop_when_back.push(key);
            }
            if self.flights.is_lingering(key) {
                self.flights.linger(key, Instant::now() + LINGER);
            }
        }
        self.give_up(key, |_| HubError::new(ErrorCode::Cancelled, "The caller cancelled the call."), ctx);
        self.pump(ctx);
    }
}

impl Handler<ForgetClient> for BrowserSession {
    type Result = ();

    fn handle(&mut self, ForgetClient(client): ForgetClient, ctx: &mut Context<Self>) {
        for key in self.flights.of(client) {
            self.give_up(key, |_| HubError::new(ErrorCode::Cancelled, "The client is gone."), ctx);
        }
        if self.link.is_some() {
            self.write(Frame::Event(Event::ClientGone { client_id: client }), ctx);
        } else {
            self.forgotten.push(client);
        }
        self.pump(ctx);
    }
}

impl BrowserSession {
    fn need(&self, tool: &ToolRoute, tab: Option<TabId>, client: ClientId) -> Need {
        let watches = |tab| tool.name == WAIT_FOR && self.mirror.is_anothers(tab, client);
        Need { lane: tool.lane, tab, is_aside: tab.is_some_and(watches) }
    }

    /// The browser has a call that was not sent by this run of the session over this connection, or was given up since:
    /// nothing else comes to its tab until the browser is done with it. Its caller may come again, or never.
    pub(super) fn found_at_work(&mut self, call: &CallAtWork) {
        let key = CallKey { client: call.client_id, id: call.id };
        let Some(tool) = tools::find(&call.tool) else { return };
        let stage = self.flights.get_mut(key).map(|flight| flight.stage);
        if stage == Some(Stage::Sent) || self.flights.is_lingering(key) {
            return; // It has its lanes.
        }
        let need = self.need(tool, call.tab_id.filter(|_| call.names_tab), key.client);
        self.lanes.withdraw(key);
        let tab = call.tab_id.or_else(|| self.current_tab(key.client));
        self.lanes.hold(key, need, tab);
        if stage == Some(Stage::Waiting) {
            self.join(key);
        } else {
            let left = Deadline::from_wire(call.expires_at, limits::CALL_TIMEOUT_MAX).left();
            self.flights.linger(key, Instant::now() + left + LINGER);
        }
    }

    /// The browser is at this call already, and it has its lanes: it is sent at once.
    fn join(&mut self, key: CallKey) {
        if let Some(flight) = self.flights.get_mut(key) {
            flight.stage = Stage::Sent;
            self.to_send_again.push_back(key);
        }
    }

    /// Sends whatever may run now.
    pub(super) fn pump(&mut self, ctx: &mut Context<Self>) {
        // What finds no room now is looked for again with the next sweep: many large calls that may run at one moment
        // must not look like a browser that does not read.
        while self.link.as_ref().is_some_and(|attached| attached.link.has_room()) {
            let Some(key) = self.next_to_send() else { return };
            self.send(key, ctx);
        }
    }

    fn next_to_send(&mut self) -> Option<CallKey> {
        while let Some(key) = self.to_send_again.pop_front() {
            if self.flights.get_mut(key).is_some() {
                return Some(key);
            }
        }
        // Which tab a call is about, and whether another is at work in it, is known once the browser has told; whether an
        // earlier one of its client comes, once the Router has passed on all that it had.
        if !self.is_informed || self.announcement.is_some() {
            return None;
        }
        let sharing = self.sharing();
        self.lanes.next(|client| self.mirror.current_in(sharing, client))
    }

    fn send(&mut self, key: CallKey, ctx: &mut Context<Self>) {
        let Some(epoch) = self.info.as_ref().map(|info| info.epoch) else { return };
        let Some(flight) = self.flights.get_mut(key) else {
            self.lanes.finish(key);
            return;
        };
        // A repeat that cannot say in which run of the browser it was first sent must not run blindly: an epoch
        // that no browser has makes the extension answer from its journal, or that the outcome is unknown.
        match flight.call.attempt {
            1 => flight.call.first_sent.note(epoch),
            _ => flight.call.first_sent.note_unknown(),
        }
        flight.stage = Stage::Sent;
        let call = &flight.call;
        let frame = Frame::Call(Call {
            id: key.id,
            client: Some(key.client),
            body: CallBody {
                tool: call.tool.name.to_owned(),
                params: (*call.params).to_owned(),
                client_name: call.client_name.to_string(),
                attempt: call.attempt,
                browser_epoch: call.first_sent.epoch(),
                expires_at: call.deadline.to_wire(),
                read_only: call.tool.read_only,
            },
        });
        if self.house.faults.at::<Self>(points::BROWSER_WRITE, ctx) == Fate::Lost {
            return;
        }
        self.write(frame, ctx);
        let _: Fate = self.house.faults.at::<Self>(points::BROWSER_WRITTEN, ctx);
    }

    /// The connection is back: the calls that were with the browser are sent again under their own ids.
    pub(super) fn send_again(&mut self, ctx: &mut Context<Self>) {
        for key in std::mem::take(&mut self.stop_when_back) {
            self.write(Frame::Cancel(key.id, Some(key.client)), ctx);
        }
        let not_sent = std::mem::take(&mut self.to_send_again);
        for key in self.flights.at(Stage::Sent) {
            let Some(flight) = self.flights.get_mut(key) else { continue };
            if not_sent.contains(&key) {
                self.to_send_again.push_back(key); // It did not come to its turn on the connection that was lost.
                continue;
            }
            flight.call.attempt += 1;
            flight.resends += 1;
            if flight.resends > limits::RESENDS {
                // Whatever breaks the connection each time must not take it from the others for ever.
                log::warn!(
                    "browser {}: call {} is given up after {} lost connections",
                    self.id,
                    key.id,
                    limits::RESENDS
                );
                self.give_up(key, flights::left_behind, ctx);
            } else {
                self.to_send_again.push_back(key);
            }
        }
    }

    pub(super) fn answered(&mut self, answer: Answer, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::BROWSER_ANSWER, ctx) == Fate::Lost {
            return;
        }
        let key = match answer.client {
            Some(client) => Some(CallKey { client, id: answer.id }),
            None => self.flights.key_of(answer.id),
        };
        let Some(key) = key else {
            log::debug!("browser {}: an answer to the unknown call {}", self.id, answer.id);
            return;
        };
        if let Some(flight) = self.flights.remove(key) {
            self.lanes.finish(key);
            flight.call.reply.answer(Ok(answer.payload));
        } else if self.flights.settle(key) {
            self.lanes.finish(key);
        } else {
            log::debug!("browser {}: an answer to the unknown call {}", self.id, answer.id);
        }
        let _: Fate = self.house.faults.at::<Self>(points::BROWSER_ANSWERED, ctx);
        self.pump(ctx);
    }

    pub(super) fn progressed(
        &mut self,
        client: ClientId,
        id: CallId,
        progress: f64,
        total: Option<f64>,
        message: String,
    ) {
        let Some(flight) = self.flights.get_mut(CallKey { client, id }) else { return };
        if let Some(listener) = &flight.call.progress {
            // News of progress may be lost: the next one tells more.
            let _ = listener.try_send(CallProgress { id, progress, total, message });
        }
    }

    /// Answers a call's caller now. If the browser has the call, it is told to stop, and the call's tab stays taken
    /// until it says so.
    fn give_up(&mut self, key: CallKey, error: impl Fn(&flights::Flight) -> HubError, ctx: &mut Context<Self>) {
        let Some(flight) = self.flights.remove(key) else { return };
        let error = error(&flight);
        match flight.stage {
            Stage::Waiting => {
                self.lanes.withdraw(key);
            }
            Stage::Sent if self.link.is_some() => {
                self.flights.linger(key, Instant::now() + LINGER);
                self.write(Frame::Cancel(key.id, Some(key.client)), ctx);
            }
            Stage::Sent => {
                self.lanes.finish(key);
                self.stop_when_back.push(key);
            }
        }
        flight.call.reply.answer(Err(error));
    }

    pub(super) fn sweep_while_busy(&mut self, ctx: &mut Context<Self>) {
        if !std::mem::replace(&mut self.is_sweeping, true) {
            ctx.run_later(SWEEP, |act, ctx| {
                act.is_sweeping = false;
                act.sweep(ctx);
                if !act.flights.is_idle() {
                    act.sweep_while_busy(ctx);
                }
            });
        }
    }

    fn sweep(&mut self, ctx: &mut Context<Self>) {
        let is_away = self.link.is_none();
        for key in self.flights.late(limits::HUB_MARGIN) {
            let place = if is_away { "for the browser to come back" } else { "for its turn" };
            self.give_up(key, |flight| flights::too_late(flight, place), ctx);
        }
        self.tell_places();
        for key in self.flights.overdue(Instant::now()) {
            log::warn!("browser {}: it never said that call {} stopped; its tab is free again", self.id, key.id);
            self.lanes.finish(key);
        }
        self.pump(ctx);
    }
}
