//! One browser: its connection (it alone may write to it), its calls in hand, its lanes, the mirror of its tabs.
//!
//! It outlives its connection for a while: an extension's worker that died is back within seconds, and then the
//! calls in hand are sent again under their own ids.

mod calls;
pub mod flights;
pub mod lanes;
pub mod messages;
pub mod mirror;
mod places;
mod watched;

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Instant;

use actix::prelude::*;

use self::flights::Flights;
use self::lanes::Lanes;
use self::messages::*;
use self::mirror::Mirror;
use self::watched::Watched;
use crate::actors::call::CallKey;
use crate::actors::client_registry::messages::BrowserTabs;
use crate::actors::house::House;
use crate::actors::link::Link;
use crate::actors::router::messages::{BrowserAttached, BrowserDetached, BrowserFocused};
use crate::config::limits;
use crate::protocol::event::ClientSummary;
use crate::protocol::hello::{BrowserInfo, Sharing};
use crate::protocol::status::BrowserStatus;
use crate::protocol::{BrowserId, Bye, ClientId, Event, Frame, TabId, Topics, now_ms};
use crate::supervise::Slot;
use crate::supervise::fault::{Fate, may_be_told_to_panic, points};
use crate::supervise::health::answers_the_health_question;
use crate::supervise::slot::PeerRestarted;

/// The connection that the session writes to.
#[derive(Debug)]
struct Attached {
    serial: u64,
    link: Link,
    since: Instant,
}

/// One browser.
#[derive(Debug)]
pub struct BrowserSession {
    id: BrowserId,
    house: House,
    me: Slot<BrowserSession>,
    info: Option<BrowserInfo>,
    link: Option<Attached>,
    /// Counts the times that the link was lost, so that an old timer knows it is old.
    losses: u64,
    lanes: Lanes,
    flights: Flights,
    /// Calls that the browser had on a connection that is lost, and is to get on this one.
    to_send_again: VecDeque<CallKey>,
    mirror: Mirror,
    /// Whether the browser has told on this connection which tabs it has and what is at work in them, or has been waited
    /// for long enough.
    is_informed: bool,
    /// Set until the Router has taken the announcement of this connection. Calls that went down with the run before are
    /// sent anew ahead of that: a later call of their client, which this run gets first, waits for them.
    announcement: Option<u64>,
    watched: Watched,
    clients: Vec<ClientSummary>,
    /// Clients that went for good while the browser was away; it is told when it is back.
    forgotten: Vec<ClientId>,
    /// Calls that were given up while the browser was away, and may still run there; it is told when it is back.
    stop_when_back: Vec<CallKey>,
    is_paused: bool,
    is_sweeping: bool,
    /// When the person last turned to this browser, in milliseconds since the Unix epoch.
    focused_at: Option<u64>,
    /// When those who wait were last told their places.
    places_told: Instant,
}

impl BrowserSession {
    /// A session without a connection; its edge hands one over with [`AttachLink`].
    #[must_use]
    pub fn new(id: BrowserId, house: House, me: Slot<BrowserSession>) -> Self {
        let lanes = Lanes::new(house.tuning.calls_per_browser);
        Self {
            id,
            house,
            me,
            info: None,
            link: None,
            losses: 0,
            lanes,
            flights: Flights::default(),
            to_send_again: VecDeque::new(),
            mirror: Mirror::default(),
            is_informed: false,
            announcement: None,
            watched: Watched::default(),
            clients: Vec::new(),
            forgotten: Vec::new(),
            stop_when_back: Vec::new(),
            is_paused: false,
            is_sweeping: false,
            focused_at: None,
            places_told: Instant::now(),
        }
    }

    fn sharing(&self) -> Sharing {
        self.info.as_ref().map(|info| info.sharing).unwrap_or_default()
    }

    /// The tab that a client's calls go to where they name none.
    fn current_tab(&self, client: ClientId) -> Option<TabId> {
        self.mirror.current_in(self.sharing(), client)
    }

    /// Writes a frame; a link whose outbox is full is closed, since its peer does not read.
    fn write(&mut self, frame: Frame, ctx: &mut Context<Self>) {
        let Some(Attached { link, .. }) = &self.link else { return };
        if link.write(frame).is_err() {
            log::warn!("browser {}: its outbox is full or closed; the connection is given up", self.id);
            link.hang_up();
            self.lose_link(ctx);
        }
    }

    fn announce(&self) {
        let Some(info) = &self.info else { return };
        self.house.router.tell(BrowserAttached {
            info: info.clone(),
            session: self.me.clone(),
            is_connected: self.link.is_some(),
            announcement: self.announcement,
        });
        if let Some(at) = self.focused_at {
            self.house.router.tell(BrowserFocused { id: self.id, at });
        }
        self.tell_tabs();
    }

    /// The person turned to this browser.
    fn focus(&mut self, at: u64) {
        if self.focused_at != Some(at) {
            self.focused_at = Some(at);
            self.house.router.tell(BrowserFocused { id: self.id, at });
        }
    }

    fn tell_tabs(&self) {
        let news = BrowserTabs { browser: self.id, tabs: self.mirror.tabs() };
        self.house.registry.tell(news.clone());
        self.house.router.tell(news);
    }

    fn lose_link(&mut self, ctx: &mut Context<Self>) {
        self.link = None;
        self.announce();
        self.leave_unless_attached(ctx);
        self.forget_lingering();
    }

    /// What lingers on a connection that is lost, the browser tells on the next one, unless it has forgotten it.
    fn forget_lingering(&mut self) {
        for key in self.flights.forget_lingering() {
            self.lanes.finish(key);
        }
    }

    /// Ends the session unless its browser is back in time.
    fn leave_unless_attached(&mut self, ctx: &mut Context<Self>) {
        self.losses += 1;
        let losses = self.losses;
        let away = match self.sharing() {
            Sharing::OwnTabs => self.house.tuning.browser_away,
            Sharing::OneTab => self.house.tuning.legacy_away,
        };
        ctx.run_later(away, move |act, ctx| {
            if act.link.is_none() && act.losses == losses {
                log::info!("browser {}: away for too long; its session ends", act.id);
                act.leave_everything();
                ctx.stop();
            }
        });
    }

    fn leave_everything(&mut self) {
        for flight in self.flights.drain() {
            let error = flights::left_behind(&flight);
            flight.call.reply.answer(Err(error));
        }
        self.house.router.tell(BrowserDetached { id: self.id });
        self.house.registry.tell(BrowserTabs { browser: self.id, tabs: std::sync::Arc::default() });
    }
}

impl Actor for BrowserSession {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::BROWSER_STARTED, ctx);
        ctx.add_stream(self.house.registry.restarts());
        ctx.add_stream(self.house.router.restarts());
        // A run that follows a panic may find that its browser is gone as well.
        self.leave_unless_attached(ctx);
    }
}

/// Registry and Router know only what they were told: their next run is told again.
impl StreamHandler<PeerRestarted> for BrowserSession {
    fn handle(&mut self, _: PeerRestarted, _: &mut Context<Self>) {
        self.announce();
    }

    fn finished(&mut self, _: &mut Context<Self>) {}
}

impl Handler<AttachLink> for BrowserSession {
    type Result = ();

    fn handle(&mut self, attach: AttachLink, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::BROWSER_ATTACH, ctx) == Fate::Lost {
            return;
        }
        let AttachLink { serial, info, link, origin } = attach;
        if let Some(current) = &self.link {
            let superseded = Bye::new(Bye::SUPERSEDED, "A newer connection of this browser took over.");
            match current.serial.cmp(&serial) {
                Ordering::Greater => return link.close(superseded),
                Ordering::Equal => return, // It was heard late, and handed over once more.
                Ordering::Less => {
                    current.link.close(superseded);
                    self.forget_lingering();
                }
            }
        }
        if self.info.as_ref().is_some_and(|known| known.epoch != info.epoch) {
            self.mirror = Mirror::default();
        }
        log::info!("browser {} ({} {}): connected", self.id, info.name, info.version);
        self.info = Some(info);
        // Calls that were given up meanwhile, or that a hub before this one sent, may still be at work there.
        self.is_informed = false;
        self.announcement = Some(self.house.next_serial());
        self.link = Some(Attached { serial, link, since: Instant::now() });
        self.announce();
        self.write(Frame::Event(Event::Clients { clients: self.clients.clone() }), ctx);
        for client_id in std::mem::take(&mut self.forgotten) {
            self.write(Frame::Event(Event::ClientGone { client_id }), ctx);
        }
        if origin == LinkOrigin::Restart {
            self.write(Frame::Event(Event::Sync), ctx);
        }
        self.send_again(ctx);
        self.watch_anew(origin, ctx);
        self.pump(ctx);
        // The browser tells this at once. Should it not, a call is worth more than a tab's order.
        ctx.run_later(limits::TABS_PATIENCE, move |act, ctx| {
            if act.link.as_ref().is_some_and(|link| link.serial == serial) {
                (act.is_informed, act.announcement) = (true, None);
                act.pump(ctx);
            }
        });
    }
}

impl Handler<Announced> for BrowserSession {
    type Result = ();

    fn handle(&mut self, Announced(number): Announced, ctx: &mut Context<Self>) {
        if self.announcement == Some(number) {
            self.announcement = None;
            self.pump(ctx);
        }
    }
}

impl Handler<LinkLost> for BrowserSession {
    type Result = ();

    fn handle(&mut self, lost: LinkLost, ctx: &mut Context<Self>) {
        if self.link.as_ref().is_some_and(|link| link.serial == lost.serial) {
            log::info!("browser {}: connection lost, {} calls in hand", self.id, self.flights.count());
            self.lose_link(ctx);
        }
    }
}

impl Handler<FromBrowser> for BrowserSession {
    type Result = ();

    fn handle(&mut self, from: FromBrowser, ctx: &mut Context<Self>) {
        if self.link.as_ref().is_none_or(|link| link.serial != from.serial) {
            return; // A connection that was superseded has nothing to say any more.
        }
        match from.frame {
            Frame::Answer(answer) => self.answered(answer, ctx),
            Frame::Event(event) => self.heard(event, ctx),
            Frame::Pong(_) | Frame::Ping(_) => {}
            other => log::warn!("browser {}: a frame that a browser does not send: {}", self.id, other.kind()),
        }
    }
}

impl BrowserSession {
    fn heard(&mut self, event: Event, ctx: &mut Context<Self>) {
        match event {
            Event::Tabs { tabs, focused, focused_at, at_work } => {
                self.mirror.replace(tabs);
                if let Some(calls) = at_work
                    && !std::mem::replace(&mut self.is_informed, true)
                {
                    calls.iter().for_each(|call| self.found_at_work(call));
                    self.sweep_while_busy(ctx);
                }
                self.tell_tabs();
                if let Some(at) = focused_at.or_else(|| focused.then(now_ms)) {
                    self.focus(at);
                }
                self.pump(ctx);
            }
            Event::Focus { at } => {
                self.focus(at.unwrap_or_else(now_ms));
                // Another window in front is another tab in front, and no tab changes with it.
                self.changed(Topics { tabs: true, ..Topics::default() }, Vec::new());
            }
            Event::Changed { topics, clients } => self.changed(topics, clients),
            Event::Renamed { given_name } => {
                if let Some(info) = &mut self.info {
                    info.given_name = Some(given_name);
                    self.announce();
                }
            }
            Event::Paused { paused } => self.is_paused = paused,
            Event::Progress { call_id, client_id, progress, total, message } => {
                self.progressed(client_id, call_id, progress, total, message);
            }
            Event::Clients { .. }
            | Event::ClientGone { .. }
            | Event::Sync
            | Event::Browsers { .. }
            | Event::Identify { .. }
            | Event::Named { .. }
            | Event::Home { .. }
            | Event::Watch { .. }
            | Event::Unknown => log::debug!("browser {}: an event that the hub does not know", self.id),
        }
    }
}

impl Handler<ClientsChanged> for BrowserSession {
    type Result = ();

    fn handle(&mut self, changed: ClientsChanged, ctx: &mut Context<Self>) {
        if self.clients != changed.0 {
            self.clients.clone_from(&changed.0);
            self.write(Frame::Event(Event::Clients { clients: changed.0 }), ctx);
        }
    }
}

impl Handler<SayBye> for BrowserSession {
    type Result = ();

    fn handle(&mut self, SayBye(bye): SayBye, _: &mut Context<Self>) {
        if let Some(Attached { link, .. }) = self.link.take() {
            link.close(bye);
        }
    }
}

impl Handler<GetBrowserStatus> for BrowserSession {
    type Result = MessageResult<GetBrowserStatus>;

    fn handle(&mut self, _: GetBrowserStatus, _: &mut Context<Self>) -> Self::Result {
        let (name, version) = self.info.as_ref().map(|i| (i.name.clone(), i.version.clone())).unwrap_or_default();
        MessageResult(BrowserStatus {
            id: self.id,
            product: name.clone(),
            name,
            version,
            connected_secs: self.link.as_ref().map_or(0, |link| link.since.elapsed().as_secs()),
            shared: self.sharing() == Sharing::OneTab,
            tabs: self.mirror.tabs().len(),
            held: self.mirror.held(),
            focused: false,
            connected: self.link.is_some(),
            paused: self.is_paused,
            in_flight: self.lanes.running(),
            queued: self.lanes.waiting(),
            queues: self.queue_status(),
        })
    }
}

answers_the_health_question!(BrowserSession);
may_be_told_to_panic!(BrowserSession);
