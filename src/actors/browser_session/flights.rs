//! The calls that one browser has in hand, and how far each of them is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::actors::call::{CallKey, RoutedCall};
use crate::protocol::{CallId, ClientId, ErrorCode, HubError};

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its turn; the browser has not seen it.
    Waiting,
    /// The browser has it.
    Sent,
}

/// A call in hand.
#[derive(Debug)]
pub struct Flight {
    /// The call.
    pub call: RoutedCall,
    /// How far it is.
    pub stage: Stage,
    /// How often it was sent again since its connection broke.
    pub resends: u32,
    /// Since when it has been in hand.
    pub since: Instant,
    /// What its caller was told of its place in the queue.
    pub place: ToldPlace,
}

/// What the caller of a call that waits was told of its place.
#[derive(Debug, Default)]
pub struct ToldPlace {
    /// In these words.
    pub words: String,
    /// So often.
    pub times: u32,
    /// Then, the last time.
    pub at: Option<Instant>,
}

/// The calls in hand.
#[derive(Debug, Default)]
pub struct Flights {
    flights: HashMap<CallKey, Flight>,
    /// Calls that nobody waits for here, but which the browser may still be running: their lanes stay taken until it says
    /// that it stopped, or until then.
    lingering: HashMap<CallKey, Instant>,
}

impl Flights {
    /// Takes a call in hand. A call that is in hand already is joined: the newer caller gets the answer.
    pub fn admit(&mut self, call: RoutedCall) -> Admission {
        if let Some(flight) = self.flights.get_mut(&call.key) {
            if flight.call.tool != call.tool || flight.call.params.get() != call.params.get() {
                call.reply.answer(Err(HubError::new(
                    ErrorCode::InvalidParams,
                    "A call with this id is under way with another tool or other arguments.",
                )));
                return Admission::Refused;
            }
            flight.call.reply = call.reply;
            flight.call.progress = call.progress;
            flight.call.deadline = flight.call.deadline.max(call.deadline);
            flight.call.first_sent.epoch().into_iter().for_each(|epoch| call.first_sent.note(epoch));
            flight.call.first_sent = call.first_sent;
            return Admission::Joined;
        }
        let place = ToldPlace::default();
        let flight = Flight { call, stage: Stage::Waiting, resends: 0, since: Instant::now(), place };
        self.flights.insert(flight.call.key, flight);
        Admission::New
    }

    /// A call in hand.
    pub fn get_mut(&mut self, key: CallKey) -> Option<&mut Flight> {
        self.flights.get_mut(&key)
    }

    /// Takes a call out of the hand.
    pub fn remove(&mut self, key: CallKey) -> Option<Flight> {
        self.flights.remove(&key)
    }

    /// The key of a call by its id alone, for a browser that does not say whose call it answers.
    #[must_use]
    pub fn key_of(&self, id: CallId) -> Option<CallKey> {
        self.flights.keys().chain(self.lingering.keys()).find(|key| key.id == id).copied()
    }

    /// The calls at a stage, in the order in which they came.
    #[must_use]
    pub fn at(&self, stage: Stage) -> Vec<CallKey> {
        let at = self.flights.iter().filter(|(_, f)| f.stage == stage);
        let mut ordered: Vec<_> = at.map(|(key, f)| (f.call.order, *key)).collect();
        ordered.sort_unstable_by_key(|(order, _)| *order);
        ordered.into_iter().map(|(_, key)| key).collect()
    }

    /// The calls that have waited for their turn for this long.
    pub fn waiting_for(&mut self, long: Duration) -> impl Iterator<Item = (&CallKey, &mut Flight)> {
        self.flights.iter_mut().filter(move |(_, f)| f.stage == Stage::Waiting && f.since.elapsed() >= long)
    }

    /// The calls of a client.
    #[must_use]
    pub fn of(&self, client: ClientId) -> Vec<CallKey> {
        self.flights.keys().filter(|key| key.client == client).copied().collect()
    }

    /// The calls whose deadline is not further away than `margin`.
    #[must_use]
    pub fn late(&self, margin: Duration) -> Vec<CallKey> {
        self.flights.iter().filter(|(_, f)| f.call.deadline.left() <= margin).map(|(key, _)| *key).collect()
    }

    /// A call's caller has its answer, but the browser may still be at it.
    pub fn linger(&mut self, key: CallKey, until: Instant) {
        self.lingering.insert(key, until);
    }

    /// Whether a call lingers.
    #[must_use]
    pub fn is_lingering(&self, key: CallKey) -> bool {
        self.lingering.contains_key(&key)
    }

    /// The browser is done with a lingering call; `false` if it did not linger.
    pub fn settle(&mut self, key: CallKey) -> bool {
        self.lingering.remove(&key).is_some()
    }

    /// The lingering calls that are over at `now`.
    pub fn overdue(&mut self, now: Instant) -> Vec<CallKey> {
        let over: Vec<_> = self.lingering.iter().filter(|(_, until)| **until <= now).map(|(key, _)| *key).collect();
        for key in &over {
            self.lingering.remove(key);
        }
        over
    }

    /// All lingering calls, which are forgotten.
    pub fn forget_lingering(&mut self) -> Vec<CallKey> {
        self.lingering.drain().map(|(key, _)| key).collect()
    }

    /// All calls, taken out of the hand.
    pub fn drain(&mut self) -> Vec<Flight> {
        self.flights.drain().map(|(_, flight)| flight).collect()
    }

    /// How many calls are in hand.
    #[must_use]
    pub fn count(&self) -> usize {
        self.flights.len()
    }

    /// Whether nothing is in hand and nothing lingers.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.flights.is_empty() && self.lingering.is_empty()
    }
}

/// What became of a call that was to be taken in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is new and waits for its turn.
    New,
    /// It was in hand already.
    Joined,
    /// It contradicts the call in hand, and was answered so.
    Refused,
}

/// The error of a call that was given up because its time ran out.
#[must_use]
pub fn too_late(flight: &Flight, where_it_was: &str) -> HubError {
    let tool = flight.call.tool.name;
    let message = match (flight.stage, flight.call.may_have_run()) {
        (Stage::Waiting, false) => {
            format!("The time for {tool} ran out while it waited {where_it_was}; it did not run.")
        }
        (Stage::Waiting, true) => {
            format!("The time for {tool} ran out while it waited {where_it_was} again; it may have happened.")
        }
        (Stage::Sent, false) => format!("The browser did not answer {tool} in time."),
        (Stage::Sent, true) => format!("The browser did not answer {tool} in time; it may have happened."),
    };
    HubError::new(ErrorCode::DeadlineExceeded, message)
}

/// The error of a call whose browser left for good.
#[must_use]
pub fn left_behind(flight: &Flight) -> HubError {
    let tool = flight.call.tool.name;
    if flight.call.may_have_run() {
        return HubError::new(
            ErrorCode::OutcomeUnknown,
            format!("The browser went away while it ran {tool} and did not come back; it may have happened."),
        );
    }
    HubError::new(
        ErrorCode::BrowserGone,
        format!("The browser went away before {tool} was done and did not come back."),
    )
}
