//! Takes each call to its browser, and holds it for a moment when no browser is there yet.

pub mod messages;
pub mod table;

use std::time::{Duration, Instant};

use actix::prelude::*;

use self::messages::*;
use self::table::RoutingTable;
use crate::actors::browser_session::messages::{
    Announced, CancelCall, ClientsChanged, ForgetClient, RunCall, SayBye, WatchPages,
};
use crate::actors::call::RoutedCall;
use crate::actors::client_registry::messages::{BrowserTabs, BrowsersChanged};
use crate::actors::house::House;
use crate::config::limits;
use crate::protocol::{BrowserId, ErrorCode, HubError};
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
    watched: WatchPages,
    /// Calls that came before their browser did, or while its session was being restarted.
    held: Vec<Held>,
    /// Counts the calls that were held, so that an old timer knows it is old.
    holds: u64,
    /// Cancels that came while browsers may have been on their way: what they are to stop may run there for a hub
    /// that is gone.
    cancels: Vec<CancelCall>,
    /// Cancels that came while a browser's session was being restarted.
    missed: Vec<(BrowserId, CancelCall)>,
}

/// A call that waits for its browser.
#[derive(Debug)]
struct Held {
    serial: u64,
    call: RoutedCall,
}

/// Whether a call may still wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    Left,
    Over,
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
            watched: WatchPages::default(),
            held: Vec::new(),
            holds: 0,
            cancels: Vec::new(),
            missed: Vec::new(),
        }
    }

    /// How long browsers that know of an earlier hub, or of an earlier run of this actor, may still be on their way:
    /// a running extension finds a new hub within moments.
    fn youth_left(&self) -> Duration {
        self.house.tuning.browser_first.saturating_sub(self.started.elapsed())
    }

    fn route(&mut self, call: RoutedCall, patience: Patience, ctx: &mut Context<Self>) {
        let may_wait = |most: Duration| if patience == Patience::Left { most } else { Duration::ZERO };
        let youth_left = may_wait(self.youth_left());
        // Without time left, one that may have run there goes nowhere else; one that did not may.
        if self.is_to_come(&call) && (!youth_left.is_zero() || call.may_have_run()) {
            self.hold(call, youth_left, ctx);
            return;
        }
        let Some(row) = self.table.choose(&call) else {
            self.hold(call, youth_left, ctx);
            return;
        };
        if call.named.is_some_and(|named| call.attempt == 1 && !row.has_run(named)) {
            busy(call, "The browsers have just changed.", limits::BUSY_SHORT);
            return;
        }
        match self.house.faults.send(points::ROUTER_SEND, &row.session, RunCall(call)) {
            Ok(()) => {
                let _: Fate = self.house.faults.at::<Self>(points::ROUTER_SENT, ctx);
            }
            Err(Undelivered::Full(RunCall(call))) => {
                busy(call, "The browser's session has more calls than it can take.", limits::BUSY_SHORT);
            }
            // Its next run takes the connection over and announces itself: then the call goes on.
            Err(Undelivered::Dead(RunCall(call))) => self.hold(call, may_wait(self.house.tuning.browser_away), ctx),
        }
    }

    /// Whether its client's own browser, where its tabs are and where it may have run already, has not announced itself
    /// yet, and nothing else tells where the call should go.
    fn is_to_come(&self, call: &RoutedCall) -> bool {
        let wanted = call.target.or_else(|| call.home.map(|home| home.browser));
        let is_there = wanted.is_none_or(|wanted| self.table.has(wanted));
        let has_run = call.first_sent.known().is_some_and(|run| self.table.has_run(run));
        !is_there && !has_run && !call.tab.is_some_and(|tab| self.table.has_tab(tab))
    }

    /// Keeps a call until the next browser announces itself, but no longer than `most`.
    fn hold(&mut self, call: RoutedCall, most: Duration, ctx: &mut Context<Self>) {
        if most.is_zero() {
            let error = self.nowhere_to_go(&call);
            call.reply.answer(Err(error));
            return;
        }
        if self.held.len() >= limits::QUEUE_PER_BROWSER {
            busy(call, "Too many calls wait for a browser already.", limits::BUSY_LONG);
            return;
        }
        let wait = most.min(call.deadline.left().saturating_sub(limits::HUB_MARGIN));
        self.holds += 1;
        let serial = self.holds;
        self.held.push(Held { serial, call });
        ctx.run_later(wait + Duration::from_millis(1), move |act, ctx| {
            if let Some(at) = act.held.iter().position(|held| held.serial == serial) {
                let Held { call, .. } = act.held.remove(at);
                act.route(call, Patience::Over, ctx);
            }
        });
    }

    /// Sends the calls that wait on their way, those of one client in the order in which they came.
    fn route_held(&mut self, ctx: &mut Context<Self>) {
        let mut held = std::mem::take(&mut self.held);
        held.sort_by_key(|held| held.call.order);
        for Held { call, .. } in held {
            self.route(call, Patience::Left, ctx);
        }
    }

    fn nowhere_to_go(&self, call: &RoutedCall) -> HubError {
        let (may_have_run, tool) = (call.may_have_run(), call.tool.name);
        let is_none_there = self.table.rows().is_empty();
        if call.deadline.left() <= limits::HUB_MARGIN && (may_have_run || !is_none_there) {
            let happened = if may_have_run { "it may have happened" } else { "it did not run" };
            let message = format!("The time for {tool} ran out while it waited for its browser; {happened}.");
            return HubError::new(ErrorCode::DeadlineExceeded, message);
        }
        if may_have_run {
            let message = format!("The browser went away with {tool} and is not back; it may have happened.");
            return HubError::new(ErrorCode::OutcomeUnknown, message);
        }
        if let Some(only) = call.only_browser().filter(|_| !is_none_there) {
            let message =
                format!("The browser {only}, which this client has chosen, is not connected. {tool} did not run.");
            return HubError::new(ErrorCode::NoBrowser, message)
                .with_next("Start that browser, or choose another one with browser_browsers: action list, then use.");
        }
        HubError::new(ErrorCode::NoBrowser, "No browser is connected to the hub.")
    }

    fn browsers_changed(&self) {
        let browsers = self.table.summaries();
        self.house.note_browsers(browsers.clone());
        self.house.registry.tell(BrowsersChanged(browsers));
    }
}

/// Too much at once. A call that may have run is not told so: told to call again, its caller would make it happen
/// twice. Its port is dropped instead, and its session sends it anew.
fn busy(call: RoutedCall, message: &str, retry_after: Duration) {
    if !call.may_have_run() {
        call.reply.answer(Err(HubError::busy(message, retry_after)));
    }
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
            self.route(call, Patience::Left, ctx);
        }
    }
}

impl Handler<BrowserAttached> for Router {
    type Result = ();

    fn handle(&mut self, attached: BrowserAttached, ctx: &mut Context<Self>) {
        let BrowserAttached { info, session, is_connected, announcement } = attached;
        session.tell(self.clients.clone());
        session.tell(self.watched.clone());
        if self.youth_left().is_zero() {
            self.cancels = Vec::new();
        }
        if !self.table.has(info.id) {
            self.cancels.iter().for_each(|cancel| session.tell(*cancel));
        }
        self.missed.extract_if(.., |(id, _)| *id == info.id).for_each(|(_, cancel)| session.tell(cancel));
        self.table.put(info, session.clone(), is_connected);
        self.browsers_changed();
        self.route_held(ctx);
        if let Some(number) = announcement {
            session.tell(Announced(number));
        }
    }
}

impl Handler<BrowserDetached> for Router {
    type Result = ();

    fn handle(&mut self, BrowserDetached { id }: BrowserDetached, _: &mut Context<Self>) {
        self.table.remove(id);
        self.missed.retain(|(browser, _)| *browser != id);
        self.browsers_changed();
    }
}

impl Handler<BrowserFocused> for Router {
    type Result = ();

    fn handle(&mut self, BrowserFocused { id, at }: BrowserFocused, _: &mut Context<Self>) {
        self.table.focus(id, at);
    }
}

impl Handler<ChooseBrowser> for Router {
    type Result = ();

    fn handle(&mut self, ChooseBrowser { client, browser }: ChooseBrowser, _: &mut Context<Self>) {
        self.table.settle(client, browser);
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
        if let Some(at) = self.held.iter().position(|held| held.call.key == cancel.0) {
            let error = HubError::new(ErrorCode::Cancelled, "The caller cancelled the call.");
            self.held.remove(at).call.reply.answer(Err(error));
        }
        if !self.youth_left().is_zero() && self.cancels.len() < limits::QUEUE_PER_BROWSER {
            self.cancels.push(cancel);
        }
        for row in self.table.rows() {
            match row.session.try_send(cancel) {
                Ok(()) => {}
                Err(Undelivered::Full(cancel)) => row.session.tell(cancel),
                Err(Undelivered::Dead(cancel)) => self.missed.push((row.info.id, cancel)),
            }
        }
    }
}

impl Handler<ForgetClient> for Router {
    type Result = ();

    fn handle(&mut self, forget: ForgetClient, _: &mut Context<Self>) {
        self.table.forget(forget.0);
        self.held.retain(|held| held.call.key.client != forget.0);
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

impl Handler<WatchPages> for Router {
    type Result = ();

    fn handle(&mut self, watched: WatchPages, _: &mut Context<Self>) {
        if self.watched.0 != watched.0 {
            for row in self.table.rows() {
                row.session.tell(watched.clone());
            }
            self.watched = watched;
        }
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
        MessageResult(self.table.listing())
    }
}

answers_the_health_question!(Router);
may_be_told_to_panic!(Router);
