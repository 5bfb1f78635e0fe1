//! The rules of exactly once as `extension/src/journal` keeps them: what to do with a call, given what is known of its
//! id, and which old answers and ids go first.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use tabhub::actors::call::CallKey;
use tabhub::protocol::{BrowserEpoch, Call, HubError, now_ms};

/// What a call's caller is told.
pub type Payload = Result<Value, HubError>;

/// A rule of design.md section 3 that a call met on the browser's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A call that may change something ran for the first time.
    Ran,
    /// A repeat found nothing of its id in the same run of the browser, and ran.
    RanAsRepeat,
    /// A repeat found its call running and waited with it.
    Joined,
    /// A repeat got the answer that was kept.
    Replayed,
    /// The call had begun when the worker died.
    UnknownWorkerDied,
    /// The call ran, and its answer is not kept any more.
    UnknownAnswerDropped,
    /// The call was first sent to another run of the browser, or nobody can say to which.
    UnknownOtherRun,
    /// The id was used before for another tool or other parameters.
    OtherCall,
    /// The call came after its deadline.
    Expired,
    /// A read-only call ran.
    Read,
    /// A read-only call came again and ran again.
    ReadAgain,
    /// A call that was running was cancelled.
    Cancelled,
    /// A call ran out of time in the browser.
    OutOfTime,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 13] = [
        Rule::Ran,
        Rule::RanAsRepeat,
        Rule::Joined,
        Rule::Replayed,
        Rule::UnknownWorkerDied,
        Rule::UnknownAnswerDropped,
        Rule::UnknownOtherRun,
        Rule::OtherCall,
        Rule::Expired,
        Rule::Read,
        Rule::ReadAgain,
        Rule::Cancelled,
        Rule::OutOfTime,
    ];
}

/// How much the journal keeps.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Answers that are kept.
    pub bodies: usize,
    /// Their bytes in all.
    pub body_bytes: usize,
    /// The largest answer that is kept.
    pub one_body: usize,
    /// Ids that are kept.
    pub ids: usize,
    /// How long an id is kept at least.
    pub keep_ids: Duration,
    /// After how many calls the journal is looked through.
    pub prune_after: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bodies: 200,
            body_bytes: 2_000_000,
            one_body: 500_000,
            ids: 20_000,
            keep_ids: Duration::from_secs(15 * 60),
            prune_after: 32,
        }
    }
}

/// The tool and the parameters, in whatever order they were written.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest(String, Value);

impl Digest {
    /// The digest of a call.
    pub fn of(call: &Call) -> Self {
        Self(call.body.tool.clone(), serde_json::from_str(call.body.params.get()).unwrap())
    }
}

/// How far a call is known to have come.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It began. With nothing running, the worker died in the middle of it.
    Started,
    /// It ended with this answer.
    Done(Payload),
    /// It ended; its answer is gone.
    Dropped,
}

/// What is kept of a call.
#[derive(Debug, Clone)]
pub struct Entry {
    pub digest: Digest,
    pub state: State,
    pub size: usize,
    pub at: u64,
    pub expires_at: u64,
    serial: u64,
}

/// What is to be done with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    Run,
    Join,
    Replay(Payload),
    OtherCall,
    Unknown(Rule),
}

/// The journal of one run of the browser.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    entries: HashMap<CallKey, Entry>,
    serial: u64,
    since_prune: usize,
}

impl Journal {
    /// What to do with a call. `own` is the run of the browser that asks.
    pub fn decide(&self, key: CallKey, call: &Call, is_running: bool, own: BrowserEpoch) -> Decision {
        let Some(entry) = self.entries.get(&key) else {
            let is_same_run = call.body.browser_epoch == Some(own);
            if is_same_run || call.body.attempt <= 1 {
                return Decision::Run;
            }
            return Decision::Unknown(Rule::UnknownOtherRun);
        };
        if entry.digest != Digest::of(call) {
            return Decision::OtherCall;
        }
        match &entry.state {
            State::Started if is_running => Decision::Join,
            State::Started => Decision::Unknown(Rule::UnknownWorkerDied),
            State::Done(payload) => Decision::Replay(payload.clone()),
            State::Dropped => Decision::Unknown(Rule::UnknownAnswerDropped),
        }
    }

    /// An entry for a call that begins.
    pub fn begun(call: &Call) -> Entry {
        Entry {
            digest: Digest::of(call),
            state: State::Started,
            size: 0,
            at: now_ms(),
            expires_at: call.body.expires_at,
            serial: 0,
        }
    }

    /// An entry for a call that ended so.
    pub fn ended(call: &Call, payload: &Payload, limits: &Limits) -> Entry {
        let size = payload.as_ref().map_or_else(|error| error.message.len(), |value| value.to_string().len());
        let is_kept = size <= limits.one_body;
        let state = if is_kept { State::Done(payload.clone()) } else { State::Dropped };
        Entry { state, size: if is_kept { size } else { 0 }, ..Self::begun(call) }
    }

    /// Writes an entry; it is the newest now.
    pub fn put(&mut self, key: CallKey, mut entry: Entry) {
        self.serial += 1;
        entry.serial = self.serial;
        self.entries.insert(key, entry);
    }

    /// A call has ended: from time to time answers go first, and then ids.
    pub fn prune_now_and_then(&mut self, limits: &Limits) {
        self.since_prune += 1;
        if self.since_prune >= limits.prune_after {
            self.since_prune = 0;
            self.prune(limits);
        }
    }

    fn prune(&mut self, limits: &Limits) {
        let mut newest_first: Vec<(u64, CallKey)> = self.entries.iter().map(|(key, e)| (e.serial, *key)).collect();
        newest_first.sort_unstable_by_key(|(serial, _)| std::cmp::Reverse(*serial));
        let (now, keep) = (now_ms(), u64::try_from(limits.keep_ids.as_millis()).unwrap());
        let (mut bodies, mut bytes) = (0, 0);
        for (index, (_, key)) in newest_first.into_iter().enumerate() {
            let entry = self.entries.get_mut(&key).unwrap();
            let is_old = now.saturating_sub(entry.at) > keep && now > entry.expires_at;
            if is_old || (index >= limits.ids && entry.state != State::Started) {
                self.entries.remove(&key);
            } else if matches!(entry.state, State::Done(_)) {
                bodies += 1;
                bytes += entry.size;
                if bodies > limits.bodies || bytes > limits.body_bytes {
                    entry.state = State::Dropped;
                    entry.size = 0;
                }
            }
        }
    }
}
