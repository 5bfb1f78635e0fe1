//! The root: starts every actor, hears how each ended, restarts by policy, and ends the hub past the limit.

pub mod messages;
pub mod table;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use tokio::sync::oneshot;

use self::messages::*;
use self::table::{Child, SharedTable};
use super::browser_session::BrowserSession;
use super::browser_session::messages::SayBye;
use super::client_registry::ClientRegistry;
use super::client_registry::messages::{ClientLeft, Departure, HubStops};
use super::client_session::ClientSession;
use super::client_session::messages::Supersede;
use super::house::{House, Tuning};
use super::router::Router;
use crate::protocol::{Bye, ErrorCode};
use crate::supervise::fault::{Fate, may_be_told_to_panic, points};
use crate::supervise::health::answers_the_health_question;
use crate::supervise::root::{RootEnd, keep_root};
use crate::supervise::{Decision, Ended, Slot, spawn_watched};

/// How often an ending hub looks whether its last call is done.
const DRAIN_STEP: Duration = Duration::from_millis(10);
/// How long the goodbyes have to leave the sockets.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// How a hub ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Why, in a sentence.
    pub reason: String,
    /// Whether it ended as it was told to, and not because its actors kept dying.
    pub is_clean: bool,
}

type ExitPort = Rc<RefCell<Option<oneshot::Sender<Exit>>>>;

/// The root of the supervision tree.
#[derive(Debug)]
pub struct Supervisor {
    house: House,
    table: SharedTable,
    exit: ExitPort,
}

/// Builds the house on this thread and keeps it standing. The receiver hears how it ended.
#[must_use]
pub fn start(tuning: Tuning) -> (House, oneshot::Receiver<Exit>) {
    let house = House::new(tuning);
    let (tx, rx) = oneshot::channel();
    let (table, exit): (SharedTable, ExitPort) = (SharedTable::default(), Rc::new(RefCell::new(Some(tx))));
    let (kept, slot, policy) = (house.clone(), house.supervisor.clone(), house.tuning.restarts);
    actix::spawn(async move {
        let make = || Supervisor { house: kept.clone(), table: Rc::clone(&table), exit: Rc::clone(&exit) };
        let end = keep_root(slot, kept.care(), policy, make, || kept.count_restart("Supervisor")).await;
        let exited = match end {
            RootEnd::Stopped => Exit { reason: "the supervisor stopped".to_owned(), is_clean: false },
            RootEnd::GaveUp { deaths, last } => Exit {
                reason: format!("the supervisor died {deaths} times within {:?} (last: {last})", policy.period),
                is_clean: false,
            },
        };
        if let Some(port) = exit.borrow_mut().take() {
            let _ = port.send(exited);
        }
    });
    (house, rx)
}

impl Supervisor {
    fn end(&self, exit: Exit) {
        if let Some(port) = self.exit.borrow_mut().take() {
            let _ = port.send(exit);
        }
    }

    /// What to do when `child` has ended: write it down where it cannot get lost, then wake the supervisor.
    fn on_end(&self, child: Child) -> impl FnOnce(Ended) + 'static {
        let (table, supervisor) = (Rc::clone(&self.table), self.house.supervisor.clone());
        move |ended| {
            table.borrow_mut().downs.push_back((child, ended));
            supervisor.tell(ChildDown);
        }
    }

    fn start_child(&self, child: Child, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::SUPERVISOR_START, ctx);
        // From here on nothing can go wrong but an actor's own birth, which would go wrong again.
        self.table.borrow_mut().due.remove(&child);
        let (house, on_end) = (self.house.clone(), self.on_end(child));
        match child {
            Child::Registry => {
                let slot = house.registry.clone();
                slot.fill(spawn_watched(ClientRegistry::new(house), self.house.care(), on_end));
            }
            Child::Router => {
                let slot = house.router.clone();
                slot.fill(spawn_watched(Router::new(house), self.house.care(), on_end));
            }
            Child::Browser(id) => {
                let slot = self.table.borrow_mut().browsers.entry(id).or_default().clone();
                let session = BrowserSession::new(id, house, slot.clone());
                slot.fill(spawn_watched(session, self.house.care(), on_end));
            }
            Child::Client(..) => {} // Temporary: its peer reconnects.
        }
    }

    /// Deals with a death that stands in the table. It is taken out only once what follows from it is written down
    /// there, so that a supervisor that falls in between loses nothing.
    fn went_down(&self, child: Child, ended: &Ended, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::SUPERVISOR_DOWN, ctx);
        match ended {
            Ended::Panicked(panic) => log::error!("{} panicked: {panic}", child.actor()),
            Ended::Stuck => log::error!("{} did not answer for too long, and was ended", child.actor()),
            Ended::Stopped | Ended::Aborted => {}
        }
        match (child, ended) {
            (Child::Client(id, serial), ended) => {
                let mut table = self.table.borrow_mut();
                if table.clients.get(&id).is_some_and(|(known, _)| *known == serial) {
                    table.clients.remove(&id);
                }
                if *ended != Ended::Stopped {
                    self.house.count_restart(child.actor());
                    self.house.registry.tell(ClientLeft { id, serial, departure: Departure::Lost });
                }
            }
            (Child::Browser(id), Ended::Stopped) => {
                let mut table = self.table.borrow_mut();
                table.browsers.remove(&id);
                table.logs.remove(&child);
            }
            (child, _) => {
                let policy = self.house.tuning.restarts;
                let decision = self.table.borrow_mut().logs.entry(child).or_default().record(&policy, Instant::now());
                match decision {
                    Decision::GiveUp(deaths) => self.end(Exit {
                        reason: format!("{} died {deaths} times within {:?}", child.actor(), policy.period),
                        is_clean: false,
                    }),
                    Decision::Restart(pause) => {
                        self.house.count_restart(child.actor());
                        let mut table = self.table.borrow_mut();
                        table.due.insert(child);
                        table.downs.pop_front();
                        drop(table);
                        if pause.is_zero() {
                            self.start_child(child, ctx);
                        } else {
                            ctx.run_later(pause, move |act, ctx| act.start_due(child, ctx));
                        }
                        return;
                    }
                }
            }
        }
        self.table.borrow_mut().downs.pop_front();
    }

    /// Starts a child whose restart was due, unless another run of the supervisor has done it.
    fn start_due(&self, child: Child, ctx: &mut Context<Self>) {
        let is_due = self.table.borrow().due.contains(&child);
        if is_due {
            self.start_child(child, ctx);
        }
    }

    fn drain(&self, deadline: Instant, reason: String, ctx: &mut Context<Self>) {
        let clients = self.table.borrow().clients.len();
        if clients > 0 && Instant::now() < deadline {
            ctx.run_later(DRAIN_STEP, move |act, ctx| act.drain(deadline, reason, ctx));
            return;
        }
        self.house.router.tell(SayBye(Bye::new(ErrorCode::HubStopping.word(), reason.clone())));
        ctx.run_later(LAST_WORDS, move |act, _| act.end(Exit { reason, is_clean: true }));
    }
}

#[expect(clippy::disallowed_methods, reason = "an older session that missed it would go on beside the newer one")]
fn supersede(older: &Addr<ClientSession>) {
    older.do_send(Supersede);
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::SUPERVISOR_STARTED, ctx);
        let is_first = !std::mem::replace(&mut self.table.borrow_mut().is_built, true);
        if is_first {
            self.table.borrow_mut().due.extend([Child::Registry, Child::Router]);
        }
        // A run that follows a panic takes over: restarts that were due, deaths that nobody dealt with, and an end
        // that was under way.
        let due: Vec<_> = self.table.borrow().due.iter().copied().collect();
        due.into_iter().for_each(|child| self.start_child(child, ctx));
        ctx.notify(ChildDown);
        if self.house.is_ending() {
            ctx.notify(EndHub);
        }
    }
}

impl Handler<ChildDown> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: ChildDown, ctx: &mut Context<Self>) {
        loop {
            let Some((child, ended)) = self.table.borrow().downs.front().cloned() else { return };
            self.went_down(child, &ended, ctx);
        }
    }
}

impl Handler<StartClient> for Supervisor {
    type Result = ();

    fn handle(&mut self, StartClient { client, reply }: StartClient, ctx: &mut Context<Self>) {
        let _: Fate = self.house.faults.at::<Self>(points::SUPERVISOR_START, ctx);
        let (id, serial) = (client.id, self.house.next_serial());
        let session = ClientSession::new(client, serial, self.house.clone());
        let addr = spawn_watched(session, self.house.care(), self.on_end(Child::Client(id, serial)));
        let older = self.table.borrow_mut().clients.insert(id, (serial, addr.clone()));
        if let Some((_, older)) = older {
            supersede(&older);
        }
        reply.answer(addr);
    }
}

impl Handler<StartBrowser> for Supervisor {
    type Result = ();

    fn handle(&mut self, StartBrowser { id, reply }: StartBrowser, ctx: &mut Context<Self>) {
        let known: Option<Slot<BrowserSession>> = self.table.borrow().browsers.get(&id).cloned();
        let slot = known.unwrap_or_else(|| {
            self.start_child(Child::Browser(id), ctx);
            self.table.borrow().browsers.get(&id).cloned().unwrap_or_default()
        });
        reply.answer(slot);
    }
}

impl Handler<HubIdle> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: HubIdle, _: &mut Context<Self>) {
        self.house.end("nobody needed the hub for a while");
    }
}

impl Handler<EndHub> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: EndHub, ctx: &mut Context<Self>) {
        let Some(reason) = self.house.ending().map(ToOwned::to_owned) else { return };
        log::info!("the hub ends: {reason}");
        self.house.registry.tell(HubStops(Bye::new(ErrorCode::HubStopping.word(), reason.clone())));
        self.drain(Instant::now() + self.house.tuning.drain, reason, ctx);
    }
}

answers_the_health_question!(Supervisor);
may_be_told_to_panic!(Supervisor);
