//! Who is here: each client's name, tabs, last error, and the grace in which it may come back.

pub mod messages;
pub mod names;
mod news;
pub mod watching;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;

use self::messages::*;
use self::watching::Watching;
use crate::actors::browser_session::messages::{ClientsChanged, ForgetClient};
use crate::actors::client_session::ClientSession;
use crate::actors::client_session::messages::{BrowsersAre, HubStopping, Named};
use crate::actors::house::House;
use crate::actors::supervisor::messages::HubIdle;
use crate::protocol::event::{BrowserSummary, ClientSummary, Presence, TabInfo};
use crate::protocol::hello::StateChange;
use crate::protocol::status::ClientStatus;
use crate::protocol::{BrowserId, Bye, ClientId, Topics};
use crate::supervise::fault::{Fate, may_be_told_to_panic, points};
use crate::supervise::health::answers_the_health_question;
use crate::supervise::slot::{PeerRestarted, tell};

/// How long it is known of a client that it went for good, so that a browser's news of its tabs make no new client.
const OLD_NEWS: Duration = Duration::from_secs(60);

/// How long the news of who is here waits for more of its kind: with a thousand clients, each list is long.
const NEWS_PAUSE: Duration = Duration::from_millis(10);

/// What is known of one client.
#[derive(Debug)]
struct Row {
    serial: u64,
    session: Option<Addr<ClientSession>>,
    identity: Identity,
    name: String,
    since: Instant,
    grace: Duration,
    history: Vec<StateChange>,
    last_error: Option<String>,
    /// Counts the departures, so that an old timer knows it is old.
    departures: u64,
}

/// Who is here.
#[derive(Debug)]
pub struct ClientRegistry {
    house: House,
    rows: HashMap<ClientId, Row>,
    tabs: HashMap<BrowserId, Arc<Vec<TabInfo>>>,
    browsers: Vec<BrowserSummary>,
    /// Clients that went for good, and when: what a browser said of their tabs before it heard of it makes no new row.
    forgotten: HashMap<ClientId, Instant>,
    /// What everyone is told who comes while the hub ends.
    ending: Option<Bye>,
    /// Whether the browsers are about to be told who is here.
    is_telling: bool,
    watching: Watching,
    /// Whether the browsers are about to be told what to tell of.
    is_asking: bool,
    /// Counts the times that the house was empty, so that an old timer knows it is old.
    lulls: u64,
}

impl ClientRegistry {
    /// A registry that knows of nobody yet; the sessions announce themselves.
    #[must_use]
    pub fn new(house: House) -> Self {
        Self {
            house,
            rows: HashMap::new(),
            tabs: HashMap::new(),
            browsers: Vec::new(),
            forgotten: HashMap::new(),
            ending: None,
            is_telling: false,
            watching: Watching::default(),
            is_asking: false,
            lulls: 0,
        }
    }

    fn name_for(&self, id: ClientId, wanted: &str, had: Option<&str>) -> String {
        let others = self.rows.iter().filter(|(other, _)| **other != id);
        let taken: HashSet<&str> = others.map(|(_, row)| row.name.as_str()).collect();
        names::unique_name(wanted, had, |name| taken.contains(name))
    }

    fn tabs_of(&self, id: ClientId) -> Vec<TabInfo> {
        self.tabs.values().flat_map(|tabs| tabs.iter()).filter(|tab| tab.owner == Some(id)).cloned().collect()
    }

    /// Tells the browsers who is here, in a moment: many who come or go together are one news.
    fn clients_changed(&mut self, ctx: &mut Context<Self>) {
        if !std::mem::replace(&mut self.is_telling, true) {
            ctx.run_later(NEWS_PAUSE, |act, _| {
                act.is_telling = false;
                act.tell_browsers();
            });
        }
    }

    fn tell_browsers(&self) {
        let state = |row: &Row| if row.session.is_some() { Presence::Connected } else { Presence::Away };
        let mut clients: Vec<_> = self
            .rows
            .iter()
            .map(|(id, row)| ClientSummary { id: *id, name: row.name.clone(), state: state(row) })
            .collect();
        clients.sort_by(|a, b| a.name.cmp(&b.name));
        self.house.router.tell(ClientsChanged(clients));
        self.tell_status_changed();
    }

    /// The client is away; after its grace it is forgotten.
    fn start_grace(&mut self, id: ClientId, ctx: &mut Context<Self>) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.session = None;
        row.departures += 1;
        let departures = row.departures;
        let grace = row.grace;
        self.watch_for(id, Topics::default(), ctx);
        ctx.run_later(grace, move |act, ctx| {
            if act.rows.get(&id).is_some_and(|row| row.session.is_none() && row.departures == departures) {
                act.forget(id, ctx);
            }
        });
    }

    /// A session that is no more has left, even if no word of it came.
    fn look_after(&mut self, ctx: &mut Context<Self>) {
        let is_gone = |row: &Row| row.session.as_ref().is_some_and(|session| !session.connected());
        let gone: Vec<_> = self.rows.iter().filter(|(_, row)| is_gone(row)).map(|(id, _)| *id).collect();
        for id in gone {
            log::warn!("client {id}: its session is gone without a word");
            self.start_grace(id, ctx);
            self.clients_changed(ctx);
        }
    }

    fn forget(&mut self, id: ClientId, ctx: &mut Context<Self>) {
        if let Some(row) = self.rows.remove(&id) {
            log::info!("client {} ({}): gone for good; its tabs are released", id, row.name);
            self.forgotten.retain(|_, since| since.elapsed() < OLD_NEWS);
            self.forgotten.insert(id, Instant::now());
            self.house.router.tell(ForgetClient(id));
            self.watch_for(id, Topics::default(), ctx);
            self.clients_changed(ctx);
            self.watch_for_idleness(ctx);
        }
    }

    fn watch_for_idleness(&mut self, ctx: &mut Context<Self>) {
        self.lulls += 1;
        let (lull, idle_exit) = (self.lulls, self.house.tuning.idle_exit);
        if let (true, Some(idle_exit)) = (self.rows.is_empty(), idle_exit) {
            ctx.run_later(idle_exit, move |act, _| {
                if act.rows.is_empty() && act.lulls == lull {
                    act.house.supervisor.tell(HubIdle);
                }
            });
        }
    }

    fn tell_sessions<M>(&self, news: &M)
    where
        M: Message<Result = ()> + Clone + Send + 'static,
        ClientSession: Handler<M>,
    {
        for session in self.rows.values().filter_map(|row| row.session.as_ref()) {
            tell(session, news.clone());
        }
    }
}

impl Actor for ClientRegistry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::REGISTRY_STARTED, ctx);
        ctx.add_stream(self.house.router.restarts());
        ctx.run_interval(self.house.tuning.health_interval, Self::look_after);
        self.watch_for_idleness(ctx);
    }
}

/// A new router must hear who is here.
impl StreamHandler<PeerRestarted> for ClientRegistry {
    fn handle(&mut self, _: PeerRestarted, _: &mut Context<Self>) {
        self.tell_browsers();
        self.tell_wanted();
    }

    fn finished(&mut self, _: &mut Context<Self>) {}
}

impl Handler<RegisterClient> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, register: RegisterClient, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::REGISTRY_REGISTER, ctx) == Fate::Lost {
            return;
        }
        let RegisterClient { id, serial, session, identity, assigned, grace, history, last_error, watch } = register;
        let known = self.rows.remove(&id);
        if let Some(newer) = known.as_ref().filter(|row| row.serial > serial && row.session.is_some()) {
            log::debug!("client {id}: connection {serial} is older than {}", newer.serial);
            self.rows.extend(known.map(|row| (id, row)));
            return;
        }
        let identity = match &known {
            Some(row) if identity.name.is_empty() => row.identity.clone(),
            _ => identity,
        };
        let had = assigned.or_else(|| known.as_ref().map(|row| row.name.clone()));
        let name = self.name_for(id, &identity.name, had.as_deref());
        tell(&session, Named(name.clone().into()));
        tell(&session, BrowsersAre(self.house.browsers()));
        if let Some(bye) = &self.ending {
            tell(&session, HubStopping(bye.clone()));
        }
        let last_error = last_error.or_else(|| known.as_ref().and_then(|row| row.last_error.clone()));
        let departures = known.map_or(0, |row| row.departures);
        log::info!("client {id} ({name}): connected");
        self.rows.insert(
            id,
            Row {
                serial,
                session: Some(session),
                identity,
                name,
                since: Instant::now(),
                grace,
                history,
                last_error,
                departures,
            },
        );
        self.watch_on(id, watch, ctx);
        self.watch_for_idleness(ctx);
        self.clients_changed(ctx);
    }
}

impl Handler<IdentifyClient> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, IdentifyClient { id, identity }: IdentifyClient, ctx: &mut Context<Self>) {
        let had = self.rows.get(&id).map(|row| row.name.clone());
        let name = self.name_for(id, &identity.name, had.as_deref());
        let Some(row) = self.rows.get_mut(&id) else { return };
        log::info!("client {id}: it is {name} {}", identity.version);
        row.identity = identity;
        row.name.clone_from(&name);
        if let Some(session) = &row.session {
            tell(session, Named(name.into()));
        }
        self.clients_changed(ctx);
    }
}

impl Handler<ClientLeft> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, ClientLeft { id, serial, departure }: ClientLeft, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::REGISTRY_LEFT, ctx) == Fate::Lost {
            return;
        }
        let is_this = |row: &&Row| match row.session {
            Some(_) => row.serial == serial,
            // It is away, and so has no connection that could be newer; if it was, only a farewell is news.
            None => row.serial <= serial && departure == Departure::Farewell,
        };
        let Some(row) = self.rows.get(&id).filter(is_this) else {
            return; // A newer connection of it is here already.
        };
        log::info!("client {id} ({}): left ({departure:?})", row.name);
        match departure {
            Departure::Farewell => self.forget(id, ctx),
            Departure::Lost => {
                self.start_grace(id, ctx);
                self.clients_changed(ctx);
            }
        }
    }
}

impl Handler<RecordError> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, RecordError { id, text }: RecordError, _: &mut Context<Self>) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.last_error = Some(text);
        }
    }
}

/// The clients that a tab concerns, with the names by which the browser knows them: who holds it, and who may read it.
fn concerned(tab: &TabInfo) -> impl Iterator<Item = (ClientId, &str)> {
    let owner = tab.owner.map(|owner| (owner, tab.owner_name.as_deref().unwrap_or_default()));
    owner.into_iter().chain(tab.readers.iter().map(|reader| (reader.id, reader.name.as_str())))
}

impl Handler<BrowserTabs> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, BrowserTabs { browser, tabs }: BrowserTabs, ctx: &mut Context<Self>) {
        let mut told_again = HashSet::new();
        for (owner, known_as) in tabs.iter().flat_map(concerned) {
            if self.rows.contains_key(&owner) {
                continue;
            }
            if self.forgotten.get(&owner).is_some_and(|since| since.elapsed() < OLD_NEWS) {
                // The browser said it before it heard of the client's end; or it missed that, since an actor died on
                // the way; or a call of the client came to its turn there after it. It is told again.
                if told_again.insert(owner) {
                    self.house.router.tell(ForgetClient(owner));
                }
                continue;
            }
            // Tabs of a client that the hub does not know, or shared with it: it was here before the hub died, and has
            // its grace to come back before they are released.
            let name = self.name_for(owner, known_as, None);
            let row = Row {
                serial: 0,
                session: None,
                identity: Identity { name: name.clone(), version: String::new() },
                name,
                since: Instant::now(),
                grace: self.house.tuning.lease_grace,
                history: Vec::new(),
                last_error: None,
                departures: 0,
            };
            self.rows.insert(owner, row);
            self.start_grace(owner, ctx);
        }
        let before = if tabs.is_empty() { self.tabs.remove(&browser) } else { self.tabs.insert(browser, tabs) };
        self.tabs_changed(browser, before, ctx);
    }
}

impl Handler<BrowsersChanged> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, BrowsersChanged(browsers): BrowsersChanged, _: &mut Context<Self>) {
        if self.browsers != browsers {
            self.browsers.clone_from(&browsers);
            self.tell_sessions(&BrowsersAre(browsers));
            self.tell_status_changed();
        }
    }
}

impl Handler<HubStops> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, HubStops(bye): HubStops, _: &mut Context<Self>) {
        self.tell_sessions(&HubStopping(bye.clone()));
        self.ending = Some(bye);
    }
}

impl Handler<ListClients> for ClientRegistry {
    type Result = MessageResult<ListClients>;

    fn handle(&mut self, _: ListClients, _: &mut Context<Self>) -> Self::Result {
        let mut rows: Vec<_> = self
            .rows
            .iter()
            .map(|(id, row)| ClientRow {
                status: ClientStatus {
                    id: *id,
                    name: row.name.clone(),
                    version: row.identity.version.clone(),
                    state: if row.session.is_some() { "ready" } else { "reconnecting" }.to_owned(),
                    connected_secs: row.session.as_ref().map_or(0, |_| row.since.elapsed().as_secs()),
                    tabs: self.tabs_of(*id),
                    in_flight: 0,
                    last_error: row.last_error.clone(),
                    history: row.history.clone(),
                },
                session: row.session.clone(),
            })
            .collect();
        rows.sort_by(|a, b| a.status.name.cmp(&b.status.name));
        MessageResult(rows)
    }
}

answers_the_health_question!(ClientRegistry);
may_be_told_to_panic!(ClientRegistry);
