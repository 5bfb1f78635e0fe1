//! The peer of a `ClientSession` for a client that speaks HTTP: what an instance is for a host over stdio, within the hub.
//!
//! It keeps the client's calls until they are answered. When the session's actor dies, it has the next one started and
//! sends what is unanswered again under the same ids; its host notices nothing.

mod handlers;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::stream::unfold;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::actors::call::Home;
use crate::actors::client_registry::messages::{Departure, Identity};
use crate::actors::client_session::messages::{FromInstance, PeerLeft};
use crate::actors::client_session::{ClientSession, NewClient};
use crate::actors::house::House;
use crate::actors::link::{Budget, Hangup, Link};
use crate::actors::supervisor::messages::StartClient;
use crate::config::limits;
use crate::mcp::Progress;
use crate::mcp::pending::Pending;
use crate::mcp::watches::Watches;
use crate::protocol::event::BrowserSummary;
use crate::protocol::{Answer, Bye, CallId, ClientId, Deadline, ErrorCode, Event, Frame, HubError, Topics};
use crate::supervise::reply_port;
use crate::supervise::slot::tell;

/// A session that lived this long was a good one: the next one is started at once again.
const GOOD_SESSION: Duration = Duration::from_secs(1);

/// How many sessions may fall before a client that is done gives up saying goodbye; its grace ends it all the same.
const FAREWELLS: u32 = 3;

/// The peer of one client's session.
#[derive(Debug)]
pub(super) struct HttpPeer {
    house: House,
    id: ClientId,
    /// Its workspace's name, which is over what its host says of itself.
    workspace: Option<String>,
    identity: Identity,
    /// Who the session takes it for.
    told: Identity,
    /// The name by which the hub knows it.
    assigned: Option<String>,
    home: Option<Home>,
    session: Option<Addr<ClientSession>>,
    /// Counts the sessions, so that the end of an old one is known as such.
    run: u64,
    /// How often in a row a session ended soon.
    falls: u32,
    since: Instant,
    pending: Pending,
    /// Calls that a session has heard of, and that were cancelled while there was none: the next one is told.
    cancelled: Vec<CallId>,
    browsers: Vec<BrowserSummary>,
    watches: Arc<Watches>,
    inbox: Budget,
    alarm: Option<(Deadline, SpawnHandle)>,
    is_over: bool,
    born: Instant,
    /// Has another peer of this client started.
    next_one: NextOne,
}

/// Starts the peer that follows one that panicked and had lived for so long.
pub(super) struct NextOne(pub Box<dyn Fn(Duration) + Send>);

impl std::fmt::Debug for NextOne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NextOne")
    }
}

/// The session ended the connection without a word.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct HungUp(u64);

/// How long to wait before the next one is started, where the one before lived for so long; counts those that fell soon.
pub(super) fn pause_after(lived: Duration, falls: &mut u32) -> Duration {
    *falls = if lived >= GOOD_SESSION { 0 } else { falls.saturating_add(1) };
    match *falls {
        0 | 1 => Duration::ZERO,
        falls => (limits::RESTART_BACKOFF * (1 << falls.min(8))).min(limits::RESTART_BACKOFF_MAX),
    }
}

impl HttpPeer {
    /// The peer of a client that has just come.
    pub fn new(
        house: House,
        id: ClientId,
        workspace: Option<String>,
        identity: Identity,
        watches: Arc<Watches>,
        next_one: NextOne,
    ) -> Self {
        let inbox = Budget::new(house.tuning.inbox_bytes);
        Self {
            house,
            id,
            workspace,
            told: Identity { name: String::new(), version: String::new() },
            identity,
            assigned: None,
            home: None,
            session: None,
            run: 0,
            falls: 0,
            since: Instant::now(),
            pending: Pending::default(),
            cancelled: Vec::new(),
            browsers: Vec::new(),
            watches,
            inbox,
            alarm: None,
            is_over: false,
            born: Instant::now(),
            next_one,
        }
    }

    fn identity(&self) -> Identity {
        let name = self.workspace.clone().unwrap_or_else(|| self.identity.name.clone());
        Identity { name, version: self.identity.version.clone() }
    }

    fn begin_session(&mut self, ctx: &mut Context<Self>) {
        if self.is_over && self.falls > FAREWELLS {
            ctx.stop();
            return;
        }
        if self.house.is_ending() {
            self.stop_with(&HubError::new(ErrorCode::HubStopping, "The hub is shutting down."), ctx);
            return;
        }
        self.run += 1;
        self.since = Instant::now();
        self.browsers = self.house.browsers();
        let (run, address) = (self.run, ctx.address());
        let (alive, ended) = oneshot::channel();
        let hangup = Hangup::new({
            let address = address.downgrade();
            move || {
                if let Some(peer) = address.upgrade() {
                    tell(&peer, HungUp(run));
                }
            }
        });
        self.told = self.identity();
        let client = NewClient {
            id: self.id,
            identity: self.told.clone(),
            assigned: self.assigned.clone(),
            home: self.home,
            grace: self.house.tuning.lease_grace,
            history: Vec::new(),
            link: Link::new(address.recipient(), self.house.outbox(), hangup),
            alive,
        };
        let (reply, answer) = reply_port();
        // One that is not taken drops its port, which is an answer as well.
        drop(self.house.supervisor.try_send(StartClient { client, reply }));
        ctx.spawn(answer.wait().into_actor(self).map(move |answer, act, ctx| match answer {
            Ok(session) if act.run == run => act.has_session(session, ctx),
            Ok(session) => tell(&session, PeerLeft(Departure::Lost)),
            Err(_) => act.lost_session(run, ctx),
        }));
        ctx.spawn(ended.into_actor(self).map(move |_, act, ctx| act.lost_session(run, ctx)));
    }

    fn has_session(&mut self, session: Addr<ClientSession>, ctx: &mut Context<Self>) {
        self.session = Some(session);
        for id in std::mem::take(&mut self.cancelled) {
            self.say(Frame::Cancel(id, Some(self.id)));
        }
        if self.is_over {
            self.say_goodbye(ctx);
            return;
        }
        self.tell_identity();
        self.send_all();
        let wanted = self.watches.wanted().borrow().clone();
        if !wanted.is_empty() {
            self.say(Frame::Event(Event::Watch { topics: wanted }));
            // Whatever has changed while there was no session, nobody has told.
            self.watches.tell_everything();
        }
        self.set_alarm(ctx);
    }

    /// The session is gone, and nobody said goodbye: it panicked, or its supervisor did before it was started.
    fn lost_session(&mut self, run: u64, ctx: &mut Context<Self>) {
        if run != self.run {
            return;
        }
        self.run += 1;
        self.session = None;
        let pause = pause_after(self.since.elapsed(), &mut self.falls);
        log::warn!("client {}: its session ended; the next one is started", self.id);
        ctx.run_later(pause, Self::begin_session);
    }

    fn say(&self, frame: Frame) {
        if let Some(session) = &self.session {
            tell(session, FromInstance(frame, None));
        }
    }

    /// Tells the session who the host is, unless it knows.
    fn tell_identity(&mut self) {
        let identity = self.identity();
        if self.session.is_none() || identity == self.told {
            return;
        }
        self.told = identity.clone();
        let Identity { name, version } = identity;
        self.say(Frame::Event(Event::Identify { client_name: name, client_version: version }));
    }

    fn say_goodbye(&mut self, ctx: &mut Context<Self>) {
        self.say(Frame::Bye(Bye::new(Bye::DONE, "The client is done.")));
        ctx.stop();
    }

    fn send_all(&mut self) {
        for id in self.pending.ids() {
            self.send(id);
        }
    }

    /// Sends a call; until the client has its name, which takes moments, its calls wait here: a browser that saw one
    /// under the name of another client would show the person the wrong one.
    fn send(&mut self, id: CallId) {
        let (Some(session), Some(_)) = (&self.session, &self.assigned) else { return };
        let home = self.home.map(|home| home.browser);
        let Some(call) = self.pending.attempt(id, self.id, &self.browsers, home) else { return };
        let charge = self.inbox.charge(call.body.params.get().len());
        if charge.is_some() && session.try_send(FromInstance(Frame::Call(call), charge)).is_ok() {
            return;
        }
        self.pending.not_taken(id);
        // One that a session may have heard of waits for the next; of one that none has heard of its caller is told.
        if !self.pending.was_sent(id) && session.connected() {
            let error = HubError::busy("This client sends more than the hub can take.", limits::BUSY_LONG);
            self.pending.answer(id, Err(error));
        }
    }

    /// One alarm for all calls: it rings for the first that is late.
    fn set_alarm(&mut self, ctx: &mut Context<Self>) {
        let Some(next) = self.pending.next_deadline() else { return };
        if self.alarm.is_some_and(|(set, _)| set.instant() <= next.instant()) {
            return;
        }
        if let Some((_, old)) = self.alarm.take() {
            ctx.cancel_future(old);
        }
        let rings = ctx.run_later(next.left(), |act, ctx| {
            act.alarm = None;
            let situation = if act.session.is_some() { "connected" } else { "its session is being restarted" };
            for id in act.pending.expire(situation) {
                act.cancel(id);
            }
            act.set_alarm(ctx);
        });
        self.alarm = Some((next, rings));
    }

    fn cancel(&mut self, id: CallId) {
        if self.session.is_some() {
            self.say(Frame::Cancel(id, Some(self.id)));
        } else {
            self.cancelled.push(id);
        }
    }

    fn stop_with(&mut self, error: &HubError, ctx: &mut Context<Self>) {
        self.is_over = true;
        self.pending.fail_all(error);
        ctx.stop();
    }

    fn hear(&mut self, frame: Frame) {
        match frame {
            Frame::Answer(answer) => self.take_answer(&answer),
            Frame::Event(Event::Progress { call_id, progress, total, message, .. }) => {
                self.pending.progress(call_id, Progress { progress, total, message });
            }
            Frame::Event(Event::Browsers { browsers }) => self.browsers = browsers,
            Frame::Event(Event::Changed { topics, .. }) => self.watches.tell(&topics),
            Frame::Event(Event::Home { browser, chosen }) => self.home = Some(Home { browser, is_chosen: chosen }),
            Frame::Event(Event::Named { client_name }) => {
                let is_first = self.assigned.replace(client_name).is_none();
                if is_first {
                    self.send_all();
                }
            }
            _ => {}
        }
    }

    fn take_answer(&mut self, answer: &Answer) {
        let outcome = match answer.outcome() {
            Ok(outcome) => outcome.map(ToOwned::to_owned),
            Err(error) => {
                Err(HubError::new(ErrorCode::Internal, format!("The hub's own answer cannot be read: {error}.")))
            }
        };
        self.pending.answer(answer.id, outcome);
    }
}

impl Actor for HttpPeer {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(limits::OUTBOX_FRAMES);
        ctx.add_stream(unfold(self.watches.wanted(), async |mut wanted| {
            wanted.changed().await.ok()?;
            let topics = wanted.borrow_and_update().clone();
            Some((topics, wanted))
        }));
        self.begin_session(ctx);
    }
}

/// What the client wants to hear of has changed.
impl StreamHandler<Topics> for HttpPeer {
    fn handle(&mut self, topics: Topics, _: &mut Context<Self>) {
        self.say(Frame::Event(Event::Watch { topics }));
    }

    fn finished(&mut self, _: &mut Context<Self>) {}
}

/// However it ends, by a panic as well: its session hears of it. After a panic another one follows, since its hosts may be
/// waiting for news, and not for a call.
impl Drop for HttpPeer {
    fn drop(&mut self) {
        if let (Some(session), false) = (&self.session, self.is_over) {
            tell(session, PeerLeft(Departure::Lost));
        }
        if std::thread::panicking() && !self.is_over {
            (self.next_one.0)(self.born.elapsed());
        }
    }
}
