//! One client: admits its calls, keeps them until they are answered, sends them anew when an actor died with them.

mod browsers;
mod calls;
pub mod messages;
mod news;
mod open;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::oneshot;

use self::messages::*;
use self::news::News;
use self::open::Calls;
use crate::actors::call::Home;
use crate::actors::client_registry::messages::{ClientLeft, Departure, IdentifyClient, Identity, RegisterClient};
use crate::actors::house::House;
use crate::actors::link::{Link, Unwritten};
use crate::config::limits;
use crate::protocol::hello::StateChange;
use crate::protocol::{Bye, ClientId, Event, Frame};
use crate::supervise::fault::{Fate, may_be_told_to_panic, points};
use crate::supervise::health::answers_the_health_question;
use crate::supervise::slot::PeerRestarted;

/// What an edge knows of a client when it hands it over.
#[derive(Debug)]
pub struct NewClient {
    /// Its id.
    pub id: ClientId,
    /// What its host calls itself.
    pub identity: Identity,
    /// The name by which the last hub knew it.
    pub assigned: Option<String>,
    /// The browser that it has chosen, or that its calls went to.
    pub home: Option<Home>,
    /// How long it keeps its tabs after it left without a word.
    pub grace: Duration,
    /// The states that its link went through.
    pub history: Vec<StateChange>,
    /// Where to write.
    pub link: Link,
    /// Dropped when the session ends, however it ends, so that the edge hears of it.
    pub alive: oneshot::Sender<()>,
}

/// One client.
#[derive(Debug)]
pub struct ClientSession {
    client: NewClient,
    serial: u64,
    house: House,
    name: Arc<str>,
    is_named: bool,
    /// Counts the announcements to the registry, so that an old timer knows it is old.
    announcements: u64,
    /// Whether the registry has answered the last of them.
    is_known: bool,
    calls: Calls,
    /// How often a call was cancelled that is none of this connection's.
    strange_cancels: usize,
    last_error: Option<String>,
    news: News,
    /// Set when the hub ends: what to say once the last call is answered.
    farewell: Option<Bye>,
}

impl ClientSession {
    /// A session for a client that has just connected.
    #[must_use]
    pub fn new(client: NewClient, serial: u64, house: House) -> Self {
        let is_named = client.assigned.is_some();
        let name = client.assigned.as_ref().unwrap_or(&client.identity.name).as_str().into();
        Self {
            client,
            serial,
            house,
            name,
            is_named,
            announcements: 0,
            is_known: false,
            calls: Calls::default(),
            strange_cancels: 0,
            last_error: None,
            news: News::default(),
            farewell: None,
        }
    }

    /// Tells the registry that this client is here, again and again until it answers with the client's name.
    fn announce(&mut self, ctx: &mut Context<Self>) {
        self.announcements += 1;
        self.is_known = false;
        let announcements = self.announcements;
        ctx.run_later(limits::ANNOUNCE_AGAIN, move |act, ctx| {
            if !act.is_known && act.announcements == announcements {
                act.announce(ctx);
            }
        });
        self.house.registry.tell(RegisterClient {
            id: self.client.id,
            serial: self.serial,
            session: ctx.address(),
            identity: self.client.identity.clone(),
            assigned: self.is_named.then(|| self.name.to_string()),
            grace: self.client.grace,
            history: self.client.history.clone(),
            last_error: self.last_error.clone(),
            watch: self.news.watch.clone(),
        });
    }

    /// Writes a frame; a client that does not read loses its connection, and nobody else does. Of a connection that
    /// is gone already the edge tells, with how it ended: that may still be on its way.
    fn write(&mut self, frame: Frame, ctx: &mut Context<Self>) {
        if self.client.link.write(frame) == Err(Unwritten::Full) {
            log::warn!("client {}: its outbox is full; the connection is given up", self.client.id);
            self.client.link.hang_up();
            self.leave(Departure::Lost, ctx);
        }
    }

    fn leave(&mut self, departure: Departure, ctx: &mut Context<Self>) {
        self.house.registry.tell(ClientLeft { id: self.client.id, serial: self.serial, departure });
        ctx.stop();
    }

    fn say_bye_when_done(&mut self, ctx: &mut Context<Self>) {
        if !self.calls.is_empty() {
            return;
        }
        if let Some(bye) = self.farewell.take() {
            self.client.link.close(bye);
            ctx.stop();
        }
    }
}

impl Actor for ClientSession {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::CLIENT_STARTED, ctx);
        self.announce(ctx);
        ctx.add_stream(self.house.registry.restarts());
    }
}

/// The registry knows only what it was told: its next run is told again.
impl StreamHandler<PeerRestarted> for ClientSession {
    fn handle(&mut self, _: PeerRestarted, ctx: &mut Context<Self>) {
        self.announce(ctx);
    }

    fn finished(&mut self, _: &mut Context<Self>) {}
}

impl Handler<FromInstance> for ClientSession {
    type Result = ();

    fn handle(&mut self, FromInstance(frame, _charge): FromInstance, ctx: &mut Context<Self>) {
        match frame {
            Frame::Call(call) => self.call(call, ctx),
            Frame::Cancel(id, _) => self.cancel(id, ctx),
            Frame::Event(Event::Identify { client_name, client_version }) => {
                let identity = Identity { name: client_name, version: client_version };
                self.client.identity = identity.clone();
                self.house.registry.tell(IdentifyClient { id: self.client.id, identity });
            }
            Frame::Event(Event::Watch { topics }) => self.watch_for(topics),
            Frame::Bye(_) => self.leave(Departure::Farewell, ctx),
            Frame::Ping(_) | Frame::Pong(_) | Frame::Event(_) => {}
            other => log::warn!("client {}: a frame that an instance does not send: {}", self.client.id, other.kind()),
        }
    }
}

impl Handler<PeerLeft> for ClientSession {
    type Result = ();

    fn handle(&mut self, PeerLeft(departure): PeerLeft, ctx: &mut Context<Self>) {
        self.leave(departure, ctx);
    }
}

impl Handler<Supersede> for ClientSession {
    type Result = ();

    fn handle(&mut self, _: Supersede, ctx: &mut Context<Self>) {
        let bye = Bye::new(Bye::SUPERSEDED, "A newer connection of this client took over.");
        self.client.link.close(bye);
        ctx.stop();
    }
}

impl Handler<Named> for ClientSession {
    type Result = ();

    fn handle(&mut self, Named(name): Named, ctx: &mut Context<Self>) {
        let is_news = !self.is_named || self.name != name;
        self.is_named = true;
        self.is_known = true;
        self.name = Arc::clone(&name);
        if is_news {
            self.write(Frame::Event(Event::Named { client_name: name.to_string() }), ctx);
        }
    }
}

impl Handler<BrowsersAre> for ClientSession {
    type Result = ();

    fn handle(&mut self, BrowsersAre(browsers): BrowsersAre, ctx: &mut Context<Self>) {
        self.write(Frame::Event(Event::Browsers { browsers }), ctx);
    }
}

impl Handler<HubStopping> for ClientSession {
    type Result = ();

    fn handle(&mut self, HubStopping(bye): HubStopping, ctx: &mut Context<Self>) {
        self.farewell = Some(bye);
        self.say_bye_when_done(ctx);
    }
}

impl Handler<GetInFlight> for ClientSession {
    type Result = usize;

    fn handle(&mut self, _: GetInFlight, _: &mut Context<Self>) -> usize {
        self.calls.len()
    }
}

answers_the_health_question!(ClientSession);
may_be_told_to_panic!(ClientSession);
