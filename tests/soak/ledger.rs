//! Every call of the soak from its first byte to its answer, and what it did to the pages: here it is seen whether each
//! was answered once, and had its effect once at most, and just once where the answer says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tabhub::actors::call::CallKey;
use tabhub::protocol::{ErrorCode, HubError};

use crate::trail::Trail;

/// What a call's caller heard.
#[derive(Debug, Clone)]
pub enum Heard {
    /// A result.
    Result(Value),
    /// An error.
    Error(HubError),
    /// Nothing, and rightly so: it was cancelled, or its caller is gone.
    NothingDue(&'static str),
}

/// What an answer promises of the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// It happened, once.
    Happened,
    /// It did not.
    DidNot,
    /// It may have.
    Unknown,
}

/// A call under way.
#[derive(Debug)]
pub struct Ticket {
    /// What the call writes on the page; no two calls write the same.
    pub marker: String,
    began: Instant,
    by: String,
    changes: bool,
}

#[derive(Debug)]
struct Settled {
    by: String,
    said: String,
    promise: Promise,
}

/// How long it took from a fault to the first success of a call that was made after it.
#[derive(Debug, Clone)]
struct Wound {
    kind: &'static str,
    at: Instant,
}

#[derive(Default)]
struct Book {
    serial: u64,
    open: HashMap<String, (String, Instant)>,
    /// Settled since the last reckoning.
    settled: HashMap<String, Settled>,
    effects: HashSet<CallKey>,
    outcomes: BTreeMap<String, u64>,
    wounds: Vec<Wound>,
    recoveries: BTreeMap<&'static str, Vec<Duration>>,
}

/// The ledger.
pub struct Ledger {
    trail: Arc<Trail>,
    book: Mutex<Book>,
}

/// What an error promises. Its code is a promise, too: one that invites to call again says that nothing has happened.
fn promise_of(error: &HubError) -> Promise {
    match error.code {
        // A stopping hub says this of a repeat, too; an instance keeps the call for the next hub.
        ErrorCode::OutcomeUnknown | ErrorCode::Cancelled | ErrorCode::HubStopping => Promise::Unknown,
        ErrorCode::DeadlineExceeded if error.message.contains("may have happened") => Promise::Unknown,
        ErrorCode::DeadlineExceeded => Promise::DidNot,
        _ => Promise::DidNot,
    }
}

/// Errors that a caller may get while the world around it breaks. Any other is a defect.
fn is_expected(error: &HubError) -> bool {
    use ErrorCode::{
        BrowserGone, Busy, DeadlineExceeded, HubStopping, Internal, NoBrowser, NotAllowed, OutcomeUnknown, TabGone,
        TabTaken,
    };
    match error.code {
        NoBrowser | BrowserGone | TabGone | TabTaken | NotAllowed | Busy | DeadlineExceeded | OutcomeUnknown
        | HubStopping => true,
        // With enough faults at once, and only then.
        Internal => error.message.starts_with("The hub's actors died "),
        _ => false,
    }
}

impl Ledger {
    /// An empty ledger.
    pub fn new(trail: Arc<Trail>) -> Self {
        Self { trail, book: Mutex::default() }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins.
    pub fn open(&self, by: &str, changes: bool) -> Ticket {
        let mut book = self.book();
        book.serial += 1;
        let marker = format!("mark-{}", book.serial);
        let began = Instant::now();
        book.open.insert(marker.clone(), (by.to_owned(), began));
        Ticket { marker, began, by: by.to_owned(), changes }
    }

    /// A call is over for its caller.
    pub fn settle(&self, ticket: Ticket, heard: &Heard) {
        let Ticket { marker, began, by, changes } = ticket;
        let (said, promise) = match heard {
            Heard::Result(_) => ("ok".to_owned(), Promise::Happened),
            Heard::Error(error) => (error.code.word().to_owned(), promise_of(error)),
            Heard::NothingDue(why) => ((*why).to_owned(), Promise::Unknown),
        };
        match heard {
            // A result that tells another count than one is some other call's.
            Heard::Result(result) if changes && result["count"].as_u64().is_some_and(|count| count != 1) => {
                self.trail.broke(format!("{by}: {marker} was answered with a result that is not its own: {result}"));
            }
            Heard::Error(error) if !is_expected(error) => {
                self.trail.broke(format!("{by}: {marker} got an error that nobody should get: {error}"));
            }
            _ => {}
        }
        let mut book = self.book();
        book.open.remove(&marker);
        *book.outcomes.entry(said.clone()).or_default() += 1;
        if promise == Promise::Happened {
            let (healed, open) = std::mem::take(&mut book.wounds).into_iter().partition(|wound| wound.at <= began);
            book.wounds = open;
            for Wound { kind, at } in healed {
                book.recoveries.entry(kind).or_default().push(at.elapsed());
            }
        }
        if changes {
            let said = match heard {
                Heard::Error(error) => error.to_string(),
                _ => said,
            };
            book.settled.insert(marker, Settled { by, said, promise });
        }
    }

    /// A call never got its answer, though its caller waited for it.
    pub fn unanswered(&self, ticket: Ticket) {
        self.trail.broke(format!("{}: {} was never answered", ticket.by, ticket.marker));
        let mut book = self.book();
        book.open.remove(&ticket.marker);
        *book.outcomes.entry("NEVER ANSWERED".to_owned()).or_default() += 1;
    }

    /// A call had its effect on a page.
    pub fn had_effect(&self, key: CallKey) {
        if !self.book().effects.insert(key) {
            self.trail.broke(format!("call {} of client {} had its effect a second time", key.id, key.client));
        }
    }

    /// A fault begins, whose healing shall be timed.
    pub fn wound(&self, kind: &'static str) {
        self.book().wounds.push(Wound { kind, at: Instant::now() });
    }

    /// Nobody calls and nothing runs: what was said so far is compared with what happened.
    pub fn reckon(&self, effects_of: impl Fn(&str) -> u64) {
        let settled = std::mem::take(&mut self.book().settled);
        for (marker, Settled { by, said, promise }) in settled {
            let effects = effects_of(&marker);
            let is_true = match promise {
                Promise::Happened => effects == 1,
                Promise::DidNot => effects == 0,
                Promise::Unknown => effects <= 1,
            };
            if !is_true {
                self.trail.broke(format!("{by}: {marker} had {effects} effects, and was answered: {said}"));
            }
        }
    }

    /// The calls that are open, the oldest first.
    pub fn open_calls(&self) -> Vec<String> {
        let book = self.book();
        let mut open: Vec<_> = book.open.iter().map(|(marker, (by, at))| (*at, format!("{marker} of {by}"))).collect();
        open.sort_by_key(|(at, _)| *at);
        open.into_iter().map(|(at, call)| format!("{call} since {:?}", at.elapsed())).collect()
    }

    /// How many calls had an effect.
    pub fn effects(&self) -> usize {
        self.book().effects.len()
    }

    /// How often each outcome was.
    pub fn outcomes(&self) -> BTreeMap<String, u64> {
        self.book().outcomes.clone()
    }

    /// How long each kind of fault took to heal, the shortest first.
    pub fn recoveries(&self) -> BTreeMap<&'static str, Vec<Duration>> {
        let mut recoveries = self.book().recoveries.clone();
        recoveries.values_mut().for_each(|times| times.sort_unstable());
        recoveries
    }
}
