//! The queue of one browser in words: where each waiting call stands, for its caller, and who waits for what, for the
//! status.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use super::BrowserSession;
use super::lanes::Queue;
use super::mirror::ONE_TAB;
use crate::actors::call::{CallKey, CallProgress};
use crate::config::limits;
use crate::protocol::status::QueueStatus;
use crate::protocol::{ClientId, TabId};

/// By how much news of a place move a call's progress: the tool's own first step is still more than all of them.
const STEP: f64 = 0.000_1;

impl BrowserSession {
    /// Tells the callers that have waited for a while where they stand: what is news at once, and the same again before
    /// their hosts are told that tabhub still works on a call which nobody works on.
    pub(super) fn tell_places(&mut self) {
        if self.places_told.elapsed() < limits::QUEUE_NEWS {
            return;
        }
        self.places_told = Instant::now();
        if self.flights.waiting_for(limits::QUEUE_NEWS).next().is_none() {
            return; // As on most days: nothing is gathered for nobody.
        }
        let names = self.names();
        let places = self.places();
        let (is_away, is_full) = (self.link.is_none(), self.lanes.is_full());
        for (key, flight) in self.flights.waiting_for(limits::QUEUE_NEWS) {
            let Some(listener) = &flight.call.progress else { continue };
            let message = match places.get(key) {
                _ if is_away => "waiting for the browser to come back".to_owned(),
                Some(place) if place.before > 0 => place.words(key.client, &names),
                _ if is_full => "waiting for its turn: the browser runs as many calls as it can at once".to_owned(),
                _ => "waiting for an earlier call of yours".to_owned(),
            };
            let told = &mut flight.place;
            if told.words != message || told.at.is_none_or(|at| at.elapsed() >= limits::QUEUE_REMINDER) {
                told.times += 1;
                told.at = Some(Instant::now());
                told.words.clone_from(&message);
                // News may be lost: a caller that is told so much misses nothing by one word less.
                let _ = listener.try_send(CallProgress {
                    id: key.id,
                    progress: f64::from(told.times) * STEP,
                    total: None,
                    message,
                });
            }
        }
    }

    /// Who waits for which tab.
    pub(super) fn queue_status(&self) -> Vec<QueueStatus> {
        let names = self.names();
        let name = |key: &CallKey| name_of(key.client, &names).to_owned();
        let queues = self.lanes.queues(|client| self.current_tab(client)).into_iter();
        let told = queues.map(|(tab_id, Queue { running, waiting })| QueueStatus {
            tab_id,
            running: running.as_ref().map(name),
            waiting: waiting.iter().map(name).collect(),
        });
        told.collect()
    }

    fn places(&self) -> HashMap<CallKey, Place> {
        let mut places = HashMap::new();
        for (tab, Queue { running, waiting }) in self.lanes.queues(|client| self.current_tab(client)) {
            let line: Rc<[ClientId]> = running.iter().chain(&waiting).map(|key| key.client).collect();
            let first = line.len() - waiting.len();
            for (key, before) in waiting.into_iter().zip(first..) {
                places.insert(key, Place { tab, line: Rc::clone(&line), before });
            }
        }
        places
    }

    fn names(&self) -> HashMap<ClientId, String> {
        self.clients.iter().map(|client| (client.id, client.name.clone())).collect()
    }
}

/// A call's place before a tab.
struct Place {
    tab: TabId,
    /// Whose calls want the tab, in the order of their turns; all that wait for it share this.
    line: Rc<[ClientId]>,
    /// How many of them come before it.
    before: usize,
}

impl Place {
    fn words(&self, me: ClientId, names: &HashMap<ClientId, String>) -> String {
        let calls = if self.before == 1 { "call" } else { "calls" };
        let mut by: Vec<&str> = Vec::new();
        for client in &self.line[..self.before] {
            let name = if *client == me { "you" } else { name_of(*client, names) };
            if !by.contains(&name) {
                by.push(name);
            }
        }
        let tab = if self.tab == ONE_TAB { "the one tab".to_owned() } else { format!("tab {}", self.tab) };
        format!("waiting for {tab}: {} {calls} before this one, by {}", self.before, by.join(", "))
    }
}

fn name_of(client: ClientId, names: &HashMap<ClientId, String>) -> &str {
    names.get(&client).map_or("another client", String::as_str)
}
