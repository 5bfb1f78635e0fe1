//! How a browser's socket hands its connection to the browser's session, and again to each next run of it. The socket
//! outlives the session: what its browser says meanwhile is kept.

use std::collections::VecDeque;

use actix::prelude::*;
use actix_web_actors::ws::WebsocketContext;

use crate::actors::House;
use crate::actors::browser_session::BrowserSession;
use crate::actors::browser_session::messages::{AttachLink, FromBrowser, LinkLost, LinkOrigin};
use crate::actors::link::{Budget, Charge, Hangup, Link, ToPeer};
use crate::actors::supervisor::messages::StartBrowser;
use crate::config::limits;
use crate::protocol::hello::BrowserInfo;
use crate::protocol::{Frame, HubError};
use crate::supervise::slot::PeerRestarted;
use crate::supervise::{Slot, Undelivered, reply_port};

/// A socket actor whose connection belongs to a browser's session.
pub(super) trait Moored:
    Actor<Context = WebsocketContext<Self>> + Handler<ToPeer> + StreamHandler<PeerRestarted>
{
    /// Its mooring.
    fn mooring(&mut self) -> &mut Mooring;

    /// Its connection cannot go on; the peer is told why, where it can be.
    fn refuse(&mut self, error: &HubError, ctx: &mut Self::Context);
}

/// Where the connection stands.
enum Place {
    /// It is not known yet whose it is.
    Loose,
    /// Its browser is known; that one's session is being found.
    Known(BrowserInfo),
    /// The session has it.
    Attached(BrowserInfo, Slot<BrowserSession>),
    /// It is over.
    Over,
}

/// One connection's tie to its browser's session.
pub(super) struct Mooring {
    house: House,
    serial: u64,
    hangup: Hangup,
    place: Place,
    /// Whether the session has written to this connection since it was handed over.
    is_served: bool,
    /// Room for what the browser says until its session hears it.
    inbox: Budget,
    /// What the browser said while its session was being found or restarted.
    backlog: VecDeque<(Frame, Charge)>,
}

impl Mooring {
    /// A connection that nobody has yet.
    pub fn new(house: House, hangup: Hangup) -> Self {
        Self {
            serial: house.next_serial(),
            inbox: Budget::new(house.tuning.inbox_bytes),
            house,
            hangup,
            place: Place::Loose,
            is_served: false,
            backlog: VecDeque::new(),
        }
    }

    /// Which connection; of two, the newer has the higher serial.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// The session has written to the connection.
    pub fn served(&mut self) {
        self.is_served = true;
    }

    /// The session has let go of the connection, and need not be told that it ends.
    pub fn let_go(&mut self) {
        self.place = Place::Over;
    }

    /// The connection is over, and its session hears of it.
    pub fn lose(&mut self) {
        if let Place::Attached(_, session) = std::mem::replace(&mut self.place, Place::Over) {
            session.tell(LinkLost { serial: self.serial });
        }
    }
}

/// However the socket ends, by a panic as well: its session hears of it.
impl Drop for Mooring {
    fn drop(&mut self) {
        self.lose();
    }
}

/// The connection is this browser's: its session is found and gets it.
pub(super) fn moor<A: Moored>(act: &mut A, info: BrowserInfo, ctx: &mut WebsocketContext<A>) {
    act.mooring().place = Place::Known(info);
    find_session(act, LinkOrigin::NewConnection, ctx);
}

/// The session was restarted under this connection: the new run gets it.
pub(super) fn moor_again<A: Moored>(act: &mut A, ctx: &mut WebsocketContext<A>) {
    if let Place::Attached(_, session) = &act.mooring().place {
        let session = session.clone();
        attach(act, session, LinkOrigin::Restart, ctx);
    }
}

/// Asks the supervisor for the browser's session and hands the connection over.
fn find_session<A: Moored>(act: &mut A, origin: LinkOrigin, ctx: &mut WebsocketContext<A>) {
    let mooring = act.mooring();
    let Place::Known(info) = &mooring.place else { return };
    let (reply, answer) = reply_port();
    let asked = mooring.house.supervisor.try_send(StartBrowser { id: info.id, reply });
    drop(asked);
    ctx.spawn(answer.wait().into_actor(act).map(move |answer, act, ctx| match answer {
        Ok(session) => {
            ctx.add_stream(session.restarts());
            attach(act, session, origin, ctx);
        }
        // The supervisor is being restarted: ask the next one.
        Err(_) => {
            ctx.run_later(limits::REROUTE_PAUSE, move |act, ctx| find_session(act, origin, ctx));
        }
    }));
}

fn attach<A: Moored>(act: &mut A, session: Slot<BrowserSession>, origin: LinkOrigin, ctx: &mut WebsocketContext<A>) {
    let out = ctx.address().recipient();
    let mooring = act.mooring();
    let info = match std::mem::replace(&mut mooring.place, Place::Over) {
        Place::Known(info) | Place::Attached(info, _) => info,
        other => {
            mooring.place = other;
            return;
        }
    };
    let attach_link = AttachLink {
        serial: mooring.serial,
        info: info.clone(),
        link: Link::new(out, mooring.house.outbox(), mooring.hangup.clone()),
        origin,
    };
    if session.try_send(attach_link).is_err() {
        // It ended this very moment: the supervisor starts another.
        mooring.place = Place::Known(info);
        ctx.run_later(limits::REROUTE_PAUSE, move |act, ctx| find_session(act, origin, ctx));
        return;
    }
    mooring.place = Place::Attached(info, session);
    // A session says who is here as soon as it has a connection. One that says nothing has missed it.
    mooring.is_served = false;
    let backlog = std::mem::take(&mut mooring.backlog);
    ctx.run_later(limits::ANNOUNCE_AGAIN, move |act, ctx| {
        let mooring = act.mooring();
        if let (false, Place::Attached(_, session)) = (mooring.is_served, &mooring.place) {
            let session = session.clone();
            attach(act, session, origin, ctx);
        }
    });
    for (frame, charge) in backlog {
        pass_on(act, frame, charge, ctx);
    }
}

/// The browser said something that was so many bytes long.
pub(super) fn say<A: Moored>(act: &mut A, frame: Frame, bytes: usize, ctx: &mut WebsocketContext<A>) {
    match act.mooring().inbox.charge(bytes) {
        Some(charge) => pass_on(act, frame, charge, ctx),
        None => act.refuse(&too_much(), ctx),
    }
}

fn pass_on<A: Moored>(act: &mut A, frame: Frame, charge: Charge, ctx: &mut WebsocketContext<A>) {
    let mooring = act.mooring();
    let serial = mooring.serial;
    let undelivered = match &mooring.place {
        Place::Attached(_, session) => match session.try_send(FromBrowser { serial, frame, charge }) {
            Ok(()) => return,
            Err(Undelivered::Dead(from)) => (from.frame, from.charge),
            Err(Undelivered::Full(_)) => return act.refuse(&too_much(), ctx),
        },
        Place::Over => return,
        Place::Loose | Place::Known(_) => (frame, charge),
    };
    if mooring.backlog.len() < limits::OUTBOX_FRAMES {
        mooring.backlog.push_back(undelivered);
    } else {
        // Not dropped in silence: a connection that ends is made good, an answer that is lost is not.
        act.refuse(&too_much(), ctx);
    }
}

fn too_much() -> HubError {
    HubError::busy("The browser sends more than the hub can take.", limits::BUSY_LONG)
}
