//! Which waiting call runs next: whole calls on one tab one after another, different tabs in parallel, fair among
//! clients. Pure bookkeeping over keys.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::actors::call::CallKey;
use crate::protocol::tools::Lane;
use crate::protocol::{ClientId, TabId};

/// Something that only one call may have at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LaneKey {
    /// One tab.
    Tab(TabId),
    /// One client's own tabs as a whole: which it has, and which is its current one.
    Client(ClientId),
}

/// What a call needs; which tab is current is looked up when it is about to run, not when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// What the tool must be in order with.
    pub lane: Lane,
    /// The tab that the call names.
    pub tab: Option<TabId>,
    /// It only watches what another client does in that client's tab: it keeps nobody waiting, and waits for nobody.
    pub is_aside: bool,
}

impl Need {
    fn lanes(self, client: ClientId, current: Option<TabId>) -> Vec<LaneKey> {
        if self.is_aside {
            return Vec::new();
        }
        let mut lanes = Vec::with_capacity(2);
        if self.lane == Lane::ClientTabs || self.tab.is_none() {
            lanes.push(LaneKey::Client(client));
        }
        if let Some(tab) = self.tab.or(current) {
            lanes.push(LaneKey::Tab(tab));
        }
        lanes
    }
}

/// The calls that want one tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The one that has it now.
    pub running: Option<CallKey>,
    /// Those that wait, the next one first.
    pub waiting: Vec<CallKey>,
}

/// A call that waits for its lanes.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    key: CallKey,
    need: Need,
    order: u64,
}

/// The calls that wait and the lanes that are taken.
#[derive(Debug)]
pub struct Lanes {
    limit: usize,
    waiting: HashMap<ClientId, VecDeque<Waiting>>,
    /// Clients with waiting calls, the one whose turn it is first.
    turns: VecDeque<ClientId>,
    running: HashMap<CallKey, Vec<LaneKey>>,
    /// By how many calls: one, but for calls that a browser was at before this hub knew of it.
    taken: HashMap<LaneKey, usize>,
}

impl Lanes {
    /// Empty lanes in which at most `limit` calls run at a time.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, waiting: HashMap::new(), turns: VecDeque::new(), running: HashMap::new(), taken: HashMap::new() }
    }

    /// A call waits for its turn. One that was lost on its way and comes again has kept its place: of two calls of a
    /// client, the one with the lower order is first.
    pub fn push(&mut self, key: CallKey, need: Need, order: u64) {
        let queue = self.waiting.entry(key.client).or_default();
        if queue.is_empty() {
            self.turns.push_back(key.client);
        }
        let place = queue.partition_point(|waiting| waiting.order <= order);
        queue.insert(place, Waiting { key, need, order });
    }

    /// The next call that may run; it holds its lanes until [`Lanes::finish`].
    pub fn next(&mut self, current_tab: impl Fn(ClientId) -> Option<TabId>) -> Option<CallKey> {
        if self.is_full() {
            return None;
        }
        for turn in 0..self.turns.len() {
            let client = *self.turns.get(turn)?;
            let current = current_tab(client);
            let Some(queue) = self.waiting.get_mut(&client) else { continue };
            // A call must not overtake an earlier one of its client that waits for the same lane.
            let mut ahead: HashSet<LaneKey> = HashSet::new();
            let ready = queue.iter().position(|Waiting { need, .. }| {
                let lanes = need.lanes(client, current);
                let free = lanes.iter().all(|lane| !self.taken.contains_key(lane) && !ahead.contains(lane));
                if !free {
                    ahead.extend(lanes);
                }
                free
            });
            let Some(Waiting { key, need, .. }) = ready.and_then(|at| queue.remove(at)) else { continue };
            self.turns.remove(turn);
            if queue.is_empty() {
                self.waiting.remove(&client);
            } else {
                self.turns.push_back(client);
            }
            self.take(key, need.lanes(client, current));
            return Some(key);
        }
        None
    }

    /// A call runs already, in this tab: it holds its lanes until [`Lanes::finish`], whoever else has them.
    pub fn hold(&mut self, key: CallKey, need: Need, tab: Option<TabId>) {
        if !self.running.contains_key(&key) {
            self.take(key, need.lanes(key.client, tab));
        }
    }

    fn take(&mut self, key: CallKey, lanes: Vec<LaneKey>) {
        for lane in &lanes {
            *self.taken.entry(*lane).or_default() += 1;
        }
        self.running.insert(key, lanes);
    }

    /// A running call is over; its lanes are free.
    pub fn finish(&mut self, key: CallKey) {
        for lane in self.running.remove(&key).into_iter().flatten() {
            if let Some(holders) = self.taken.get_mut(&lane) {
                *holders -= 1;
                if *holders == 0 {
                    self.taken.remove(&lane);
                }
            }
        }
    }

    /// A waiting call gives up its place; `false` if it does not wait.
    pub fn withdraw(&mut self, key: CallKey) -> bool {
        let Some(queue) = self.waiting.get_mut(&key.client) else { return false };
        let before = queue.len();
        queue.retain(|waiting| waiting.key != key);
        let withdrawn = queue.len() < before;
        if queue.is_empty() {
            self.waiting.remove(&key.client);
            self.turns.retain(|client| *client != key.client);
        }
        withdrawn
    }

    /// The tabs for which calls wait, each with the call that has it and those that wait, in the order in which their
    /// turns come: the first of each client, then the second of each, and so on.
    #[must_use]
    pub fn queues(&self, current_tab: impl Fn(ClientId) -> Option<TabId>) -> BTreeMap<TabId, Queue> {
        let mut rounds: BTreeMap<TabId, Vec<(usize, usize, CallKey)>> = BTreeMap::new();
        for (turn, client) in self.turns.iter().enumerate() {
            let current = current_tab(*client);
            let mut earlier: HashMap<TabId, usize> = HashMap::new();
            for Waiting { key, need, .. } in self.waiting.get(client).into_iter().flatten() {
                let Some(tab) = need.tab.or(current).filter(|_| !need.is_aside) else { continue };
                let round = earlier.entry(tab).or_default();
                rounds.entry(tab).or_default().push((*round, turn, *key));
                *round += 1;
            }
        }
        let mut queues: BTreeMap<TabId, Queue> = BTreeMap::new();
        for (tab, mut waiting) in rounds {
            waiting.sort_by_key(|(round, turn, _)| (*round, *turn));
            let waiting = waiting.into_iter().map(|(_, _, key)| key).collect();
            queues.insert(tab, Queue { running: None, waiting });
        }
        for (key, lanes) in &self.running {
            for lane in lanes {
                if let LaneKey::Tab(tab) = lane
                    && let Some(queue) = queues.get_mut(tab)
                {
                    queue.running = Some(*key);
                }
            }
        }
        queues
    }

    /// How many calls wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    /// Whether as many calls run as may.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.running.len() >= self.limit
    }

    /// How many calls run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::CallId;

    const ANY_TAB: Need = Need { lane: Lane::Tab, tab: None, is_aside: false };

    fn on(tab: i64) -> Need {
        Need { lane: Lane::Tab, tab: Some(TabId(tab)), is_aside: false }
    }

    fn key(client: ClientId) -> CallKey {
        CallKey { client, id: CallId::mint() }
    }

    fn no_tab(_: ClientId) -> Option<TabId> {
        None
    }

    #[test]
    fn calls_on_one_tab_run_one_after_another_in_their_order() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let keys = [key(client), key(client), key(client)];
        keys.iter().for_each(|k| lanes.push(*k, on(7), 0));
        for expected in keys {
            assert_eq!(lanes.next(no_tab), Some(expected));
            assert_eq!(lanes.next(no_tab), None);
            lanes.finish(expected);
        }
        assert_eq!((lanes.next(no_tab), lanes.waiting(), lanes.running()), (None, 0, 0));
    }

    #[test]
    fn different_tabs_of_one_client_run_in_parallel() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let (a1, a2, b) = (key(client), key(client), key(client));
        lanes.push(a1, on(1), 0);
        lanes.push(a2, on(1), 0);
        lanes.push(b, on(2), 0);
        assert_eq!(lanes.next(no_tab), Some(a1));
        assert_eq!(lanes.next(no_tab), Some(b));
        assert_eq!(lanes.next(no_tab), None);
    }

    #[test]
    fn a_call_without_a_tab_waits_for_the_one_before_it_and_for_the_current_tab() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let (named, first, second) = (key(client), key(client), key(client));
        let current = |_| Some(TabId(1));
        lanes.push(named, on(1), 0);
        lanes.push(first, ANY_TAB, 0);
        lanes.push(second, ANY_TAB, 0);
        assert_eq!(lanes.next(current), Some(named));
        assert_eq!(lanes.next(current), None);
        lanes.finish(named);
        assert_eq!(lanes.next(current), Some(first));
        assert_eq!(lanes.next(current), None);
    }

    #[test]
    fn a_named_tab_does_not_wait_for_the_clients_other_calls() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let (unnamed, named) = (key(client), key(client));
        lanes.push(unnamed, ANY_TAB, 0);
        lanes.push(named, on(9), 0);
        assert_eq!(lanes.next(|_| Some(TabId(1))), Some(unnamed));
        assert_eq!(lanes.next(|_| Some(TabId(1))), Some(named));
    }

    #[test]
    fn a_change_of_the_clients_tabs_waits_for_its_calls_without_a_tab() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let (click, tabs) = (key(client), key(client));
        lanes.push(click, ANY_TAB, 0);
        lanes.push(tabs, Need { lane: Lane::ClientTabs, ..ANY_TAB }, 0);
        assert_eq!(lanes.next(no_tab), Some(click));
        assert_eq!(lanes.next(no_tab), None);
        lanes.finish(click);
        assert_eq!(lanes.next(no_tab), Some(tabs));
    }

    #[test]
    fn clients_take_turns_however_many_calls_one_of_them_has() {
        let (mut lanes, noisy, quiet) = (Lanes::new(1), ClientId::mint(), ClientId::mint());
        let flood: Vec<_> = (0..10).map(|_| key(noisy)).collect();
        flood.iter().enumerate().for_each(|(tab, k)| lanes.push(*k, on(i64::try_from(tab).unwrap_or(0)), 0));
        let single = key(quiet);
        lanes.push(single, on(100), 0);
        let first = lanes.next(no_tab);
        assert_eq!(first, flood.first().copied());
        flood.first().into_iter().for_each(|k| lanes.finish(*k));
        assert_eq!(lanes.next(no_tab), Some(single));
    }

    #[test]
    fn who_only_watches_another_clients_tab_neither_waits_nor_keeps_anyone_waiting() {
        let (mut lanes, holder, watcher) = (Lanes::new(64), ClientId::mint(), ClientId::mint());
        let (first, watch, second) = (key(holder), key(watcher), key(holder));
        lanes.push(first, on(7), 0);
        assert_eq!(lanes.next(no_tab), Some(first));
        lanes.push(watch, Need { is_aside: true, ..on(7) }, 0);
        assert_eq!(lanes.next(no_tab), Some(watch));
        lanes.finish(first);
        lanes.push(second, on(7), 0);
        assert_eq!(lanes.next(no_tab), Some(second));
    }

    #[test]
    fn a_queue_tells_who_has_a_tab_and_whose_turns_come_in_the_order_in_which_they_then_come() {
        let (mut lanes, one, two) = (Lanes::new(64), ClientId::mint(), ClientId::mint());
        let (ones, twos) = ([key(one), key(one), key(one), key(one)], [key(two), key(two)]);
        ones.iter().for_each(|k| lanes.push(*k, on(7), 0));
        twos.iter().for_each(|k| lanes.push(*k, on(7), 0));
        lanes.push(key(two), on(8), 0);
        let mut current = lanes.next(no_tab);
        assert!(lanes.next(no_tab).is_some(), "the other tab is free");
        let queues = lanes.queues(no_tab);
        assert_eq!(queues.keys().copied().collect::<Vec<_>>(), [TabId(7)], "nobody waits for the other tab");
        let Queue { running, waiting } = queues[&TabId(7)].clone();
        assert_eq!((running, waiting.len()), (current, 5));
        for expected in waiting {
            current.into_iter().for_each(|key| lanes.finish(key));
            current = lanes.next(no_tab);
            assert_eq!(current, Some(expected));
        }
    }

    #[test]
    fn a_lane_is_free_when_the_last_of_those_that_were_at_work_in_it_is_done() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let (one, two, named, unnamed) = (key(client), key(client), key(client), key(client));
        lanes.hold(one, ANY_TAB, Some(TabId(7)));
        lanes.hold(one, ANY_TAB, Some(TabId(7)));
        lanes.hold(two, on(7), Some(TabId(7)));
        lanes.push(named, on(7), 0);
        lanes.push(unnamed, ANY_TAB, 1);
        let current = |_| Some(TabId(8));
        assert_eq!(lanes.next(current), None);
        lanes.finish(one);
        assert_eq!(
            (lanes.next(current), lanes.next(current)),
            (Some(unnamed), None),
            "the tab has the other one still"
        );
        lanes.finish(two);
        assert_eq!(lanes.next(current), Some(named));
    }

    #[test]
    fn the_limit_holds_and_a_withdrawn_call_never_runs() {
        let (mut lanes, client) = (Lanes::new(2), ClientId::mint());
        let keys: Vec<_> = (0..4).map(|_| key(client)).collect();
        keys.iter().zip(1..).for_each(|(k, tab)| lanes.push(*k, on(tab), 0));
        assert_eq!((lanes.next(no_tab), lanes.next(no_tab), lanes.next(no_tab)), (Some(keys[0]), Some(keys[1]), None));
        assert!(lanes.withdraw(keys[2]));
        assert!(!lanes.withdraw(keys[0]));
        lanes.finish(keys[0]);
        assert_eq!(lanes.next(no_tab), Some(keys[3]));
    }

    #[test]
    fn a_call_that_was_lost_on_its_way_comes_back_to_its_place() {
        let (mut lanes, client) = (Lanes::new(64), ClientId::mint());
        let (first, second, third) = (key(client), key(client), key(client));
        lanes.push(second, ANY_TAB, 2);
        lanes.push(third, ANY_TAB, 3);
        lanes.push(first, ANY_TAB, 1);
        for expected in [first, second, third] {
            assert_eq!(lanes.next(no_tab), Some(expected));
            lanes.finish(expected);
        }
    }
}
