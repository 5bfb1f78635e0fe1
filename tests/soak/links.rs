//! Clients that are links of an instance inside the soak's own process: cheap, so there are many. They start and find
//! hubs as every instance does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::value::to_raw_value;
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig};
use tabhub::mcp::{Backend, CallRequest};
use tabhub::protocol::{CallId, ClientId, Deadline};
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::errands::{Errand, SLACK};
use crate::ledger::Heard;
use crate::quiet::ROLL_CALL;
use crate::world::{Stage, World};

struct Client {
    world: Arc<World>,
    name: String,
    id: ClientId,
    link: Link,
    task: JoinHandle<()>,
}

/// Lives until the soak is over, or its luck says so.
pub async fn live(world: Arc<World>, name: String, mut dice: Dice) {
    let mut client = Client::start(&world, &name, ClientId::mint());
    world.enter(&name);
    let (mut stage, mut seen) = (world.stage(), 0);
    loop {
        let now = *stage.borrow_and_update();
        match now {
            Stage::Storm => {
                let busy = world.busy();
                if !client.act(&mut dice).await {
                    return;
                }
                drop(busy);
                world.storm_for(dice.millis(0, 250)).await;
            }
            Stage::Quiet(moment) if seen != moment => {
                client.answer_roll_call().await;
                seen = moment;
                world.present(&name, moment);
            }
            Stage::Quiet(_) => drop(stage.changed().await),
            Stage::Over => {
                client.link.close().await;
                world.leave(&name);
                return;
            }
        }
    }
}

impl Client {
    fn start(world: &Arc<World>, name: &str, id: ClientId) -> Self {
        let mut finder = world.home.finder();
        finder.settings.client_name = Some(name.to_owned());
        let config =
            LinkConfig { finder, client_id: id, grace_secs: None, farewell: Farewell::Done, place: HubPlace::Daemon };
        let (link, task) = Link::start(config);
        Self { world: Arc::clone(world), name: name.to_owned(), id, link, task }
    }

    /// Does one thing. `false` when it has gone for good.
    async fn act(&mut self, dice: &mut Dice) -> bool {
        match dice.weighted(&[(30, 0), (5, 1), (4, 2), (2, 3), (2, 4), (2, 5), (1, 6)]) {
            0 => self.call(Errand::any(dice)).await,
            1 => {
                // Up to the bound of calls under way, and over it.
                let errands: Vec<_> = (0..dice.between(2, 24)).map(|_| Errand::any(dice)).collect();
                join_all(errands.into_iter().map(|errand| self.call(errand))).await;
            }
            2 => self.cancel(Errand::any(dice), dice.millis(0, 120)).await,
            3 => {
                let tab = self.world.tab_of(self.id).map(|tab| tab.0);
                self.call(Errand::any(dice).on(tab)).await;
            }
            4 => {
                self.leave_in_mid_call(dice, true).await;
                self.world.leave(&self.name);
                return false;
            }
            5 => {
                self.leave_in_mid_call(dice, false).await;
                let away = dice.millis(0, 3_000);
                self.world.trail.note(format!("{}: vanished, and is back under its id in {away:?}", self.name));
                tokio::time::sleep(away).await;
                *self = Self::start(&self.world, &self.name, self.id);
            }
            _ => {
                self.leave_in_mid_call(dice, false).await;
                self.world.trail.note(format!("{}: vanished for good", self.name));
                self.world.leave(&self.name);
                return false;
            }
        }
        true
    }

    fn request(errand: &Errand, marker: &str) -> CallRequest {
        CallRequest {
            id: CallId::mint(),
            tool: errand.tool,
            params: to_raw_value(&errand.params(marker)).unwrap(),
            deadline: Deadline::after(errand.time),
            progress: None,
        }
    }

    async fn call(&self, errand: Errand) {
        let ticket = self.world.ledger.open(&self.name, errand.changes);
        let request = Self::request(&errand, &ticket.marker);
        match tokio::time::timeout(errand.time + SLACK, self.link.call(request)).await {
            Ok(outcome) => self.world.ledger.settle(ticket, &heard(outcome)),
            Err(_) => self.world.ledger.unanswered(ticket),
        }
    }

    async fn cancel(&self, errand: Errand, after: Duration) {
        let ticket = self.world.ledger.open(&self.name, errand.changes);
        let request = Self::request(&errand, &ticket.marker);
        let heard = tokio::select! {
            outcome = self.link.call(request) => heard(outcome),
            () = tokio::time::sleep(after) => Heard::NothingDue("cancelled by its caller"),
        };
        self.world.ledger.settle(ticket, &heard);
    }

    /// Goes with calls under way, with a goodbye or without.
    async fn leave_in_mid_call(&mut self, dice: &mut Dice, says_goodbye: bool) {
        let tickets: Vec<_> = (0..dice.between(0, 4))
            .map(|_| {
                let errand = Errand::any(dice);
                let ticket = self.world.ledger.open(&self.name, errand.changes);
                let (request, link) = (Self::request(&errand, &ticket.marker), self.link.clone());
                (ticket, tokio::spawn(async move { link.call(request).await }))
            })
            .collect();
        tokio::time::sleep(dice.millis(0, 60)).await;
        if says_goodbye {
            self.link.close().await;
        } else {
            self.task.abort();
        }
        for (ticket, call) in tickets {
            // Most have an answer: that this instance ends. Some were done before.
            drop(call.await);
            self.world.ledger.settle(ticket, &Heard::NothingDue("its caller left"));
        }
    }

    async fn answer_roll_call(&self) {
        let deadline = tokio::time::Instant::now() + ROLL_CALL;
        loop {
            let errand = Errand::look();
            let ticket = self.world.ledger.open(&self.name, errand.changes);
            let request = Self::request(&errand, &ticket.marker);
            let heard = heard(self.link.call(request).await);
            let is_well = matches!(heard, Heard::Result(_));
            self.world.ledger.settle(ticket, &heard);
            if is_well {
                return;
            }
            if tokio::time::Instant::now() > deadline {
                let (phase, error) = (self.link.phase(), self.link.last_error());
                let what = format!("{}: it cannot work though nothing is broken any more", self.name);
                return self.world.trail.broke(format!("{what}: {heard:?}; its link is {phase:?} ({error:?})"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn heard(outcome: Result<Box<serde_json::value::RawValue>, tabhub::protocol::HubError>) -> Heard {
    match outcome {
        Ok(raw) => Heard::Result(serde_json::from_str(raw.get()).unwrap()),
        Err(error) => Heard::Error(error),
    }
}
