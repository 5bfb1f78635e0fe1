//! Takes each call to its browser, and holds it for a moment when no browser is there yet.

pub mod messages;
pub mod table;

use std::time::{Duration, Instant};

use actix::prelude::*;

use self::messages::*;
use self::table::RoutingTable;
use crate::actors::browser_session::messages::{CancelCall, ClientsChanged, ForgetClient, RunCall, SayBye};
use crate::actors::call::RoutedCall;
use crate::actors::client_registry::messages::{BrowserTabs, BrowsersChanged};
use crate::actors::house::House;
use crate::config::limits;
use crate::protocol::{ErrorCode, HubError};
use crate::supervise::Undelivered;
use crate::supervise::fault::{Fate, may_be_told_to_panic, points};
use crate::supervise::health::answers_the_health_question;
use crate::supervise::slot::PeerRestarted;

/// Takes each call to its browser.
#[derive(Debug)]
pub struct Router {
    house: House,
    started: Instant,
    table: RoutingTable,
    clients: ClientsChanged,
    /// Calls that came before any browser did, or while their browser's session was being restarted.
    held: Vec<RoutedCall>,
}

impl Router {
    /// A router that knows of no browser yet; they announce themselves.
    #[must_use]
    pub fn new(house: House) -> Self {
        Self {
            house,
            started: Instant::now(),
            table: RoutingTable::default(),
            clients: ClientsChanged(Vec::new()),
            held: Vec::new(),
        }
    }

    fn route(&mut self, call: RoutedCall, ctx: &mut Context<Self>) {
        let Some(row) = self.table.choose(call.key.client, call.tab) else {
            // A running extension finds a new hub within moments, so a call may wait for it; after that there is none.
            let wait = self.house.tuning.browser_first.saturating_sub(self.started.elapsed());
            self.hold(call, wait, ctx);
            return;
        };
        match self.house.faults.send(points::ROUTER_SEND, &row.session, RunCall(call)) {
            Ok(()) => {
                let _: Fate = self.house.faults.at::<Self>(points::ROUTER_SENT, ctx);
            }
            Err(Undelivered::Full(RunCall(call))) => {
                busy(call, "The browser's session has more calls than it can take.", limits::BUSY_SHORT);
            }
            // Its next run takes the connection over and announces itself: then the call goes on.
            Err(Undelivered::Dead(RunCall(call))) => self.hold(call, self.house.tuning.browser_away, ctx),
        }
    }

    /// Keeps a call until the next browser announces itself, but no longer than `most`.
    fn hold(&mut self, call: RoutedCall, most: Duration, ctx: &mut Context<Self>) {
        if most.is_zero() {
            let error = no_browser(&call);
            call.reply.answer(Err(error));
            return;
        }
        if self.held.len() >= limits::QUEUE_PER_BROWSER {
            busy(call, "Too many calls wait for a browser already.", limits::BUSY_LONG);
            return;
        }
        let wait = most.min(call.deadline.left().saturating_sub(limits::HUB_MARGIN));
        let key = call.key;
        self.held.push(call);
        ctx.run_later(wait + Duration::from_millis(1), move |act, _| {
            if let Some(at) = act.held.iter().position(|held| held.key == key) {
                let call = act.held.remove(at);
                let error = no_browser(&call);
                call.reply.answer(Err(error));
            }
        });
    }

    fn browsers_changed(&self) {
        self.house.registry.tell(BrowsersChanged(self.table.summaries()));
    }
}

/// Too much at once. A call that may have run is not told so: told to call again, its caller would make it happen
/// twice. Its port is dropped instead, and its session sends it anew.
fn busy(call: RoutedCall, message: &str, retry_after: Duration) {
    if !call.may_have_run() {
        call.reply.answer(Err(HubError::busy(message, retry_after)));
    }
}

fn no_browser(call: &RoutedCall) -> HubError {
    if call.may_have_run() {
        let message = format!("The browser went away with {} and is not back; it may have happened.", call.tool.name);
        return HubError::new(ErrorCode::OutcomeUnknown, message);
    }
    HubError::new(ErrorCode::NoBrowser, "No browser is connected to the hub.")
}

impl Actor for Router {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::ROUTER_STARTED, ctx);
        ctx.add_stream(self.house.registry.restarts());
    }
}

/// A new registry must hear which browsers there are.
impl StreamHandler<PeerRestarted> for Router {
    fn handle(&mut self, _: PeerRestarted, _: &mut Context<Self>) {
        self.browsers_changed();
    }

    fn finished(&mut self, _: &mut Context<Self>) {}
}

impl Handler<RouteCall> for Router {
    type Result = ();

    fn handle(&mut self, RouteCall(call): RouteCall, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::ROUTER_CALL, ctx) == Fate::Go {
            self.route(call, ctx);
        }
    }
}

impl Handler<BrowserAttached> for Router {
    type Result = ();

    fn handle(&mut self, attached: BrowserAttached, ctx: &mut Context<Self>) {
        let BrowserAttached { info, session, is_connected } = attached;
        session.tell(self.clients.clone());
        self.table.put(info, session, is_connected);
        self.browsers_changed();
        for call in std::mem::take(&mut self.held) {
            self.route(call, ctx);
        }
    }
}

impl Handler<BrowserDetached> for Router {
    type Result = ();

    fn handle(&mut self, BrowserDetached { id }: BrowserDetached, _: &mut Context<Self>) {
        self.table.remove(id);
        self.browsers_changed();
    }
}

impl Handler<BrowserFocused> for Router {
    type Result = ();

    fn handle(&mut self, BrowserFocused { id }: BrowserFocused, _: &mut Context<Self>) {
        self.table.focus(id);
    }
}

impl Handler<BrowserTabs> for Router {
    type Result = ();

    fn handle(&mut self, BrowserTabs { browser, tabs }: BrowserTabs, _: &mut Context<Self>) {
        self.table.put_tabs(browser, &tabs);
    }
}

impl Handler<CancelCall> for Router {
    type Result = ();

    fn handle(&mut self, cancel: CancelCall, _: &mut Context<Self>) {
        let cancelled = self.held.iter().position(|held| held.key == cancel.0);
        if let Some(at) = cancelled {
            let error = HubError::new(ErrorCode::Cancelled, "The caller cancelled the call.");
            self.held.remove(at).reply.answer(Err(error));
            return;
        }
        for row in self.table.rows() {
            row.session.tell(cancel);
        }
    }
}

impl Handler<ForgetClient> for Router {
    type Result = ();

    fn handle(&mut self, forget: ForgetClient, _: &mut Context<Self>) {
        self.table.forget(forget.0);
        self.held.retain(|call| call.key.client != forget.0);
        for row in self.table.rows() {
            row.session.tell(forget);
        }
    }
}

impl Handler<ClientsChanged> for Router {
    type Result = ();

    fn handle(&mut self, changed: ClientsChanged, _: &mut Context<Self>) {
        for row in self.table.rows() {
            row.session.tell(changed.clone());
        }
        self.clients = changed;
    }
}

impl Handler<SayBye> for Router {
    type Result = ();

    fn handle(&mut self, bye: SayBye, _: &mut Context<Self>) {
        for row in self.table.rows() {
            row.session.tell(bye.clone());
        }
    }
}

impl Handler<ListBrowsers> for Router {
    type Result = MessageResult<ListBrowsers>;

    fn handle(&mut self, _: ListBrowsers, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.table.rows().to_vec())
    }
}

answers_the_health_question!(Router);
may_be_told_to_panic!(Router);
