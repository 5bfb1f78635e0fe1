//! Which calls that change something were written to the extension, and what came of them. The extension keeps nothing
//! of its own, so this memory of the hub's is all that keeps a repeat from happening twice.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::value::RawValue;

use crate::actors::call::CallKey;
use crate::config::limits;

/// What is known of a call that may have changed something.
#[derive(Debug)]
pub enum Entry {
    /// It was written to the extension; what came of it is not known, or not kept.
    Written,
    /// It was answered so.
    Answered(Box<RawValue>),
}

/// The calls of one browser that were written, oldest first.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<CallKey, Entry>,
    order: VecDeque<(CallKey, Instant)>,
    /// The calls whose answers are kept, oldest first, and how long these are together.
    kept: VecDeque<(CallKey, usize)>,
    kept_bytes: usize,
    /// Whether calls were forgotten before their time.
    has_gaps: bool,
}

/// What the ledger knows of a call.
#[derive(Debug)]
pub enum Known<'a> {
    /// It was never written.
    Never,
    /// It was written, or may have been.
    Perhaps,
    /// It was answered so.
    Answered(&'a RawValue),
}

impl Ledger {
    /// A call is about to be written.
    pub fn write(&mut self, key: CallKey) {
        self.forget_old(limits::LEGACY_LEDGER_TIME);
        if self.entries.insert(key, Entry::Written).is_none() {
            self.order.push_back((key, Instant::now()));
        }
        if self.order.len() > limits::LEGACY_LEDGER {
            self.has_gaps = true;
            self.forget_first();
        }
    }

    /// It was answered. The answers that are kept are few: whoever asks again does so within moments.
    pub fn answer(&mut self, key: CallKey, payload: &RawValue) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let bytes = payload.get().len();
        *entry = Entry::Answered(payload.to_owned());
        self.kept.push_back((key, bytes));
        self.kept_bytes += bytes;
        while self.kept_bytes > limits::LEGACY_ANSWER_BYTES {
            let Some((oldest, bytes)) = self.kept.pop_front() else { break };
            self.kept_bytes -= bytes;
            if let Some(entry) = self.entries.get_mut(&oldest) {
                *entry = Entry::Written;
            }
        }
    }

    /// What is known of a call.
    #[must_use]
    pub fn known(&self, key: CallKey) -> Known<'_> {
        match self.entries.get(&key) {
            Some(Entry::Answered(payload)) => Known::Answered(payload),
            Some(Entry::Written) => Known::Perhaps,
            None if self.has_gaps => Known::Perhaps,
            None => Known::Never,
        }
    }

    fn forget_old(&mut self, age: Duration) {
        while self.order.front().is_some_and(|(_, since)| since.elapsed() > age) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((key, _)) = self.order.pop_front() {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{CallId, ClientId};

    fn key() -> CallKey {
        CallKey { client: ClientId::mint(), id: CallId::mint() }
    }

    fn payload(bytes: usize) -> Box<RawValue> {
        RawValue::from_string(format!("\"{}\"", "x".repeat(bytes))).expect("JSON")
    }

    #[test]
    fn a_call_is_known_from_the_moment_it_is_written_and_by_its_answer_while_that_is_kept() {
        let (mut ledger, one, two) = (Ledger::default(), key(), key());
        assert!(matches!(ledger.known(one), Known::Never));
        ledger.write(one);
        assert!(matches!(ledger.known(one), Known::Perhaps));
        ledger.answer(one, &payload(3));
        assert!(matches!(ledger.known(one), Known::Answered(answer) if answer.get() == "\"xxx\""));
        ledger.write(two);
        ledger.answer(two, &payload(limits::LEGACY_ANSWER_BYTES));
        assert!(matches!(ledger.known(one), Known::Perhaps), "its answer had to go, that it ran is still known");
        assert!(matches!(ledger.known(key()), Known::Never));
    }

    #[test]
    fn who_forgets_calls_before_their_time_knows_of_none_that_it_never_ran() {
        let mut ledger = Ledger::default();
        (0..=limits::LEGACY_LEDGER).for_each(|_| ledger.write(key()));
        assert!(matches!(ledger.known(key()), Known::Perhaps));
        assert_eq!(ledger.entries.len(), limits::LEGACY_LEDGER);
    }

    #[test]
    fn calls_are_forgotten_when_nobody_can_come_again_for_them() {
        let (mut ledger, one) = (Ledger::default(), key());
        ledger.write(one);
        ledger.forget_old(Duration::ZERO);
        assert!(matches!(ledger.known(one), Known::Never));
        assert!(ledger.entries.is_empty() && ledger.order.is_empty());
    }
}
