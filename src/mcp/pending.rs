//! The calls that wait for their answer, across as many connections as it takes. Pure: no socket, no timer.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use super::backend::Progress;
use crate::config::limits;
use crate::protocol::event::BrowserSummary;
use crate::protocol::frame::CallBody;
use crate::protocol::tools::{BROWSER_BROWSERS, named_browser, named_tab};
use crate::protocol::{BrowserEpoch, BrowserId, Call, CallId, ClientId, Deadline, ErrorCode, HubError};

/// What a call's caller gets.
pub type Outcome = Result<Box<RawValue>, HubError>;

/// One call that waits for its answer.
#[derive(Debug)]
pub struct Waiting {
    /// The tool.
    pub tool: &'static str,
    /// Its arguments.
    pub params: Box<RawValue>,
    /// When it is too late.
    pub deadline: Deadline,
    /// When whoever keeps this stops waiting, a little earlier, so that the caller hears which hop was late.
    pub given_up_at: Deadline,
    /// Where its answer goes.
    pub reply: oneshot::Sender<Outcome>,
    /// Where news of it go.
    pub progress: Option<mpsc::Sender<Progress>>,
}

#[derive(Debug)]
struct Entry {
    call: Waiting,
    /// How often it was sent.
    attempts: u32,
    /// The run of a browser that the first attempt named: the hub sends such a call to no other browser, so a repeat
    /// may claim that run. Without it a repeat claims none, since it must not run twice.
    named: Option<BrowserEpoch>,
    serial: u64,
}

/// All calls that wait, in the order in which they came.
#[derive(Debug, Default)]
pub struct Pending {
    entries: BTreeMap<CallId, Entry>,
    serial: u64,
}

impl Pending {
    /// A call begins to wait; over the bound it is refused at once.
    pub fn insert(&mut self, id: CallId, call: Waiting) {
        if self.entries.len() >= limits::CALLS_PER_INSTANCE {
            let message = format!("This client has {} calls waiting already.", limits::CALLS_PER_INSTANCE);
            // A caller that is gone needs no answer.
            let _ = call.reply.send(Err(HubError::busy(message, limits::BUSY_LONG)));
            return;
        }
        self.serial += 1;
        self.entries.insert(id, Entry { call, attempts: 0, named: None, serial: self.serial });
    }

    /// How many calls wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The ids of all that wait, oldest first.
    #[must_use]
    pub fn ids(&self) -> Vec<CallId> {
        let mut ids: Vec<(u64, CallId)> = self.entries.iter().map(|(id, entry)| (entry.serial, *id)).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// The frame for a call's next attempt. The first one names the run of the browser to which alone it can go, as
    /// far as this hub has told: the client's own, or the only one, be it connected or away.
    pub fn attempt(
        &mut self,
        id: CallId,
        client: ClientId,
        browsers: &[BrowserSummary],
        home: Option<BrowserId>,
    ) -> Option<Call> {
        let entry = self.entries.get_mut(&id)?;
        entry.attempts = entry.attempts.saturating_add(1);
        if entry.attempts == 1 {
            // What is about a browser goes there, and nowhere else.
            let about = (entry.call.tool == BROWSER_BROWSERS).then(|| named_browser(&entry.call.params)).flatten();
            let own = match (home, browsers) {
                _ if about.is_some() => {
                    browsers.iter().find(|b| about.as_ref().is_some_and(|about| b.is_meant_by(about)))
                }
                (Some(home), _) => browsers.iter().find(|browser| browser.id == home),
                (None, [only]) => Some(only),
                (None, _) => None,
            };
            // A tab may be in any browser.
            let is_clear = browsers.len() == 1 || named_tab(&entry.call.params).is_none();
            entry.named = own.filter(|_| is_clear).map(|browser| browser.epoch);
        }
        let body = CallBody {
            tool: entry.call.tool.to_owned(),
            params: entry.call.params.clone(),
            client_name: String::new(),
            attempt: entry.attempts,
            browser_epoch: entry.named,
            expires_at: entry.call.deadline.to_wire(),
            read_only: false,
        };
        Some(Call { id, client: Some(client), body })
    }

    /// Whether a hub may have heard of a call that waits.
    #[must_use]
    pub fn was_sent(&self, id: CallId) -> bool {
        self.attempts(id) > 0
    }

    /// Takes a call out, answered or given up.
    pub fn remove(&mut self, id: CallId) -> Option<Waiting> {
        self.entries.remove(&id).map(|entry| entry.call)
    }

    /// A hub refused a call's last attempt before it went anywhere: that attempt never was.
    pub fn not_taken(&mut self, id: CallId) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.attempts = entry.attempts.saturating_sub(1);
        }
    }

    /// Answers a call. An answer that nobody waits for any more is dropped.
    pub fn answer(&mut self, id: CallId, outcome: Outcome) {
        if let Some(call) = self.remove(id) {
            // A caller that is gone has cancelled its call already.
            let _ = call.reply.send(outcome);
        }
    }

    /// Passes news of a long call on. News that come faster than they are read may be lost.
    pub fn progress(&self, id: CallId, progress: Progress) {
        if let Some(port) = self.entries.get(&id).and_then(|entry| entry.call.progress.as_ref()) {
            let _ = port.try_send(progress);
        }
    }

    /// Answers every call that was never sent: no hub is to be had, and its caller should hear why at once. Calls
    /// that were sent may have run, so they wait for the hub that knows.
    pub fn fail_unsent(&mut self, error: &HubError) {
        let unsent: Vec<CallId> = self.ids().into_iter().filter(|id| self.attempts(*id) == 0).collect();
        for id in unsent {
            self.answer(id, Err(error.clone()));
        }
    }

    /// Answers every call.
    pub fn fail_all(&mut self, error: &HubError) {
        for id in self.ids() {
            self.answer(id, Err(error.clone()));
        }
    }

    /// When the next call is too late.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Deadline> {
        self.entries.values().map(|entry| entry.call.given_up_at).min()
    }

    /// Answers every call that is too late, and names them. `situation` says where the link is.
    pub fn expire(&mut self, situation: &str) -> Vec<CallId> {
        let is_late = |id: &CallId| self.entries[id].call.given_up_at.is_over();
        let late: Vec<CallId> = self.ids().into_iter().filter(is_late).collect();
        for id in &late {
            let tool = self.entries[id].call.tool;
            let message = match self.attempts(*id) {
                0 => format!("{tool} was not sent: there was no hub to take it in time ({situation}). It did not run."),
                _ => {
                    format!("{tool} was sent, and the hub did not answer in time ({situation}). It may have happened.")
                }
            };
            self.answer(*id, Err(HubError::new(ErrorCode::DeadlineExceeded, message)));
        }
        late
    }

    fn attempts(&self, id: CallId) -> u32 {
        self.entries.get(&id).map_or(0, |entry| entry.attempts)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(100);

    fn waiting(time: Duration) -> (Waiting, oneshot::Receiver<Outcome>) {
        let (reply, answer) = oneshot::channel();
        let params = RawValue::from_string("{\"a\":1}".to_owned()).unwrap();
        let deadline = Deadline::after(time);
        let call = Waiting { tool: "browser_click", params, deadline, given_up_at: deadline, reply, progress: None };
        (call, answer)
    }

    fn browser() -> BrowserSummary {
        let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
        BrowserSummary { id, name: "Chromium".to_owned(), epoch, connected: true, shared: false }
    }

    fn pending() -> (Pending, CallId, oneshot::Receiver<Outcome>) {
        let (mut pending, id) = (Pending::default(), CallId::mint());
        let (call, answer) = waiting(LONG);
        pending.insert(id, call);
        (pending, id, answer)
    }

    #[test]
    fn a_repeat_has_the_same_id_the_next_attempt_and_the_first_sends_epoch() {
        let (mut pending, id, _answer) = pending();
        let (client, first, later) = (ClientId::mint(), browser(), browser());
        let one = pending.attempt(id, client, std::slice::from_ref(&first), None).unwrap();
        assert_eq!((one.id, one.body.attempt, one.body.browser_epoch), (id, 1, Some(first.epoch)));
        let two = pending.attempt(id, client, &[later], None).unwrap();
        assert_eq!((two.id, two.body.attempt, two.body.browser_epoch), (id, 2, Some(first.epoch)));
        assert_eq!(two.body.params.get(), one.body.params.get());
    }

    #[test]
    fn an_attempt_that_a_stopping_hub_refused_counts_as_none() {
        let (mut pending, id, _answer) = pending();
        let client = ClientId::mint();
        pending.attempt(id, client, &[browser(), browser()], None);
        pending.not_taken(id);
        let (next, later) = (browser(), browser());
        let first = pending.attempt(id, client, std::slice::from_ref(&next), None).unwrap();
        assert_eq!((first.body.attempt, first.body.browser_epoch), (1, Some(next.epoch)));
        pending.attempt(id, client, std::slice::from_ref(&later), None);
        pending.not_taken(id);
        let again = pending.attempt(id, client, &[later], None).unwrap();
        assert_eq!((again.body.attempt, again.body.browser_epoch), (2, Some(next.epoch)));
    }

    #[test]
    fn calls_over_the_bound_are_refused_at_once() {
        let mut pending = Pending::default();
        let mut answers: Vec<_> = (0..=limits::CALLS_PER_INSTANCE)
            .map(|_| {
                let (call, answer) = waiting(LONG);
                pending.insert(CallId::mint(), call);
                answer
            })
            .collect();
        assert_eq!(pending.len(), limits::CALLS_PER_INSTANCE);
        let last = answers.pop().unwrap().try_recv().unwrap();
        assert_eq!(last.unwrap_err().code, ErrorCode::Busy);
        assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()), "the others wait");
    }

    #[test]
    fn without_a_browser_or_with_several_a_call_names_no_run_and_a_repeat_claims_none() {
        let away = || BrowserSummary { connected: false, ..browser() };
        for browsers in [vec![], vec![browser(), browser()], vec![browser(), away()]] {
            let (mut pending, id, _answer) = pending();
            let client = ClientId::mint();
            let first = pending.attempt(id, client, &browsers, None).unwrap();
            let repeat = pending.attempt(id, client, &[browser()], None).unwrap();
            assert_eq!((first.body.browser_epoch, repeat.body.browser_epoch), (None, None));
        }
    }

    #[test]
    fn with_several_browsers_a_call_names_the_run_of_its_clients_own_unless_it_names_a_tab() {
        let (own, other) = (browser(), browser());
        let browsers = [other, own.clone()];
        let named = |params: &str, home| {
            let (mut pending, id) = (Pending::default(), CallId::mint());
            let (call, _answer) = waiting(LONG);
            pending.insert(id, Waiting { params: RawValue::from_string(params.to_owned()).unwrap(), ..call });
            pending.attempt(id, ClientId::mint(), &browsers, home).unwrap().body.browser_epoch
        };
        assert_eq!(named("{}", Some(own.id)), Some(own.epoch));
        assert_eq!(named("{\"tabId\":7}", Some(own.id)), None);
        assert_eq!(named("{}", Some(BrowserId::mint())), None, "its own browser is not there");
    }

    #[test]
    fn a_call_about_a_browser_names_the_run_of_that_browser_whatever_its_client_uses() {
        let (own, other) = (browser(), BrowserSummary { name: "work".to_owned(), ..browser() });
        let (mut pending, id) = (Pending::default(), CallId::mint());
        let (call, _answer) = waiting(LONG);
        let params = RawValue::from_string(r#"{"action":"name","browserId":"Work","name":"x"}"#.to_owned()).unwrap();
        pending.insert(id, Waiting { tool: BROWSER_BROWSERS, params, ..call });
        let sent = pending.attempt(id, ClientId::mint(), &[own.clone(), other.clone()], Some(own.id)).unwrap();
        assert_eq!(sent.body.browser_epoch, Some(other.epoch));
    }

    #[test]
    fn a_late_call_is_told_whether_it_may_have_happened() {
        for (sends, words) in [(0, "did not run"), (1, "may have happened")] {
            let (mut pending, early, _answer) = pending();
            let (call, mut answer) = waiting(Duration::ZERO);
            let (late, given_up_at) = (CallId::mint(), call.given_up_at);
            pending.insert(late, call);
            for _ in 0..sends {
                pending.attempt(late, ClientId::mint(), &[], None);
            }
            assert_eq!(pending.next_deadline(), Some(given_up_at));
            assert_eq!(pending.expire("reconnecting"), [late]);
            let error = answer.try_recv().unwrap().unwrap_err();
            assert_eq!(error.code, ErrorCode::DeadlineExceeded);
            assert!(error.message.contains(words) && error.message.contains("reconnecting"), "{error}");
            assert_eq!(pending.ids(), [early]);
        }
    }

    #[test]
    fn without_a_hub_only_calls_that_were_never_sent_fail() {
        let (mut pending, sent, mut sent_answer) = pending();
        pending.attempt(sent, ClientId::mint(), &[], None);
        let (call, mut answer) = waiting(LONG);
        pending.insert(CallId::mint(), call);
        pending.fail_unsent(&HubError::new(ErrorCode::Internal, "No hub."));
        assert!(answer.try_recv().unwrap().is_err());
        assert!(sent_answer.try_recv().is_err(), "it still waits");
        assert_eq!(pending.len(), 1);
    }

    #[test]
    fn calls_are_repeated_in_the_order_in_which_they_came() {
        let mut pending = Pending::default();
        let ids: Vec<CallId> = (0..20).map(|_| CallId::mint()).collect();
        let answers: Vec<_> = ids
            .iter()
            .map(|id| {
                let (call, answer) = waiting(LONG);
                pending.insert(*id, call);
                answer
            })
            .collect();
        assert_eq!(pending.ids(), ids);
        assert_eq!(answers.len(), 20);
    }
}
