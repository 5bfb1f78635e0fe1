//! What a stand-in browser has really done, for the test that asks: this outlives every death of its parts.

use std::collections::{BTreeMap, HashMap};

use tabhub::actors::call::CallKey;
use tabhub::protocol::TabId;

use super::rules::Rule;
use super::{Moment, Step};

/// What was really done.
#[derive(Debug, Default)]
pub struct Record {
    /// Each effect of each call, as the count that its counter came to.
    pub effects: HashMap<CallKey, Vec<u64>>,
    /// The counters of the pages.
    pub counters: HashMap<String, u64>,
    /// How often each rule was met.
    pub rules: BTreeMap<Rule, u64>,
    /// How often each step was taken by any call.
    pub steps: HashMap<Step, u64>,
    /// Every step, in order.
    pub moments: Vec<Moment>,
    /// Calls that may change something and came to a tab while another was at work there.
    pub overlaps: Vec<(TabId, CallKey, CallKey)>,
    /// The calls that had an effect, in the order in which they had it.
    pub in_order: Vec<CallKey>,
    /// How often the browser was welcomed by a hub.
    pub welcomes: u64,
    /// How often its worker died, also with the browser.
    pub worker_deaths: u64,
    /// How often the browser died.
    pub browser_deaths: u64,
}

impl Record {
    /// Counts a rule.
    pub fn count(&mut self, rule: Rule) {
        *self.rules.entry(rule).or_default() += 1;
    }

    /// How often a rule was met.
    pub fn met(&self, rule: Rule) -> u64 {
        self.rules.get(&rule).copied().unwrap_or_default()
    }

    /// How often a call had its effect.
    pub fn effects_of(&self, key: CallKey) -> usize {
        self.effects.get(&key).map_or(0, Vec::len)
    }
}
