//! Each rule of exactly once at one chosen moment, with nothing left to chance.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::actors::call::CallKey;
use tabhub::protocol::{CallId, ErrorCode, Frame, HubError};

use crate::support::client::FakeClient;
use crate::support::hub::TestHub;
use crate::support::journal::rules::{Limits, Rule};
use crate::support::journal::{Deed, JournalBrowser, Moment, Setup, Step};
use crate::support::{eventually, within};

/// A hub with one client and one browser, which suffers `deed` when a call takes `step` for the first time.
struct Stage {
    _hub: TestHub,
    browser: JournalBrowser,
    client: FakeClient,
}

impl Stage {
    async fn with(step: Step, deed: Deed) -> Self {
        Self::keeping(Limits::default(), step, deed).await
    }

    async fn keeping(limits: Limits, step: Step, deed: Deed) -> Self {
        let hook = move |moment: &Moment| {
            let is_now = (moment.step, moment.nth) == (step, 1);
            (if is_now { deed } else { Deed::GoOn }).into()
        };
        let hub = TestHub::start().await;
        let port = hub.port;
        let setup = Setup { limits, hook: Arc::new(hook), ..Setup::default() };
        let browser = JournalBrowser::start(Arc::new(move || Some(port)), setup);
        eventually("the browser is there", || async { browser.is_connected() }).await;
        let client = FakeClient::connect(hub.port, "one").await;
        Self { _hub: hub, browser, client }
    }

    async fn call(&self, id: CallId, attempt: u32, tool: &str, params: Value) -> Result<Value, HubError> {
        self.client.call_as(id, attempt, tool, params, Duration::from_secs(15)).await
    }

    /// A click; how often it happened.
    async fn click(&self) -> (Result<Value, HubError>, usize) {
        let id = CallId::mint();
        let outcome = self.call(id, 1, "browser_click", json!({ "pad": 1000 })).await;
        if let Ok(result) = &outcome {
            assert_eq!(result["id"], json!(id));
        }
        (outcome, self.effects(id))
    }

    fn effects(&self, id: CallId) -> usize {
        let key = CallKey { client: self.client.id, id };
        self.browser.record(|record| record.effects_of(key))
    }

    fn met(&self, rule: Rule) -> u64 {
        self.browser.record(|record| record.met(rule))
    }
}

fn is_unknown(outcome: &Result<Value, HubError>) -> bool {
    outcome.as_ref().is_err_and(|error| error.code == ErrorCode::OutcomeUnknown)
}

#[tokio::test]
async fn a_repeat_joins_its_call_while_it_runs() {
    for deed in [Deed::HangUp, Deed::Reset, Deed::RedialBeside] {
        let stage = Stage::with(Step::Acted, deed).await;
        // It runs until the repeat is there, however slow the machine is.
        let id = CallId::mint();
        let params = json!({ "after": 14_000 });
        let answer = stage.client.start(id, 1, "browser_click", params, Duration::from_secs(15)).await;
        eventually("the repeat has joined", || async { stage.met(Rule::Joined) == 1 }).await;
        stage.client.send(&Frame::Cancel(id, Some(stage.client.id))).await;
        assert!(within("the answer", answer).await.unwrap().error().unwrap().is_some());
        assert_eq!((stage.effects(id), stage.met(Rule::Ran)), (1, 1), "{deed:?}");
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_is_taken_from_the_journal() {
    for deed in [Deed::HangUp, Deed::Reset, Deed::HangUpInTheMiddle, Deed::RedialBeside] {
        let stage = Stage::with(Step::Answering, deed).await;
        let (outcome, effects) = stage.click().await;
        assert_eq!((&outcome.unwrap()["count"], effects), (&json!(1), 1), "{deed:?}");
        assert_eq!(stage.met(Rule::Replayed), 1, "{deed:?}");
    }
}

#[tokio::test]
async fn a_repeat_whose_id_is_absent_in_the_same_run_of_the_browser_runs() {
    for deed in [Deed::WorkerDies, Deed::WorkerDiesUnnoticed, Deed::HangUp] {
        let stage = Stage::with(Step::Heard, deed).await;
        let (outcome, effects) = stage.click().await;
        assert_eq!((&outcome.unwrap()["count"], effects), (&json!(1), 1), "{deed:?}");
        // A worker that lives has it, and the repeat joins it; a dead one has lost it before it was in the journal.
        let as_repeat = u64::from(deed != Deed::HangUp);
        assert_eq!(stage.met(Rule::RanAsRepeat), as_repeat, "{deed:?}");
    }
}

#[tokio::test]
async fn a_call_that_had_begun_when_the_worker_died_is_not_run_again() {
    for (step, happened) in [(Step::Started, 0), (Step::Acted, 1)] {
        let stage = Stage::with(step, Deed::WorkerDies).await;
        let (outcome, effects) = stage.click().await;
        assert!(is_unknown(&outcome), "{step:?}: {outcome:?}");
        assert_eq!((effects, stage.met(Rule::UnknownWorkerDied)), (happened, 1), "{step:?}");
    }
}

#[tokio::test]
async fn a_call_of_another_run_of_the_browser_is_not_run_again() {
    for (step, happened) in [(Step::Heard, 0), (Step::Started, 0), (Step::Acted, 1), (Step::Answering, 1)] {
        let stage = Stage::with(step, Deed::BrowserDies).await;
        let (outcome, effects) = stage.click().await;
        assert!(is_unknown(&outcome), "{step:?}: {outcome:?}");
        assert_eq!((effects, stage.met(Rule::UnknownOtherRun)), (happened, 1), "{step:?}");
    }
}

#[tokio::test]
async fn a_call_whose_answer_is_not_kept_is_not_run_again() {
    let stage = Stage::keeping(Limits { one_body: 100, ..Limits::default() }, Step::Answering, Deed::HangUp).await;
    let (outcome, effects) = stage.click().await;
    assert!(is_unknown(&outcome), "{outcome:?}");
    assert_eq!((effects, stage.met(Rule::UnknownAnswerDropped)), (1, 1));
}

#[tokio::test]
async fn a_call_that_changes_nothing_runs_again_in_any_run_of_the_browser() {
    for deed in [Deed::HangUp, Deed::WorkerDies, Deed::BrowserDies] {
        let stage = Stage::with(Step::Answering, deed).await;
        let id = CallId::mint();
        let result = stage.call(id, 1, "browser_snapshot", json!({})).await.unwrap();
        assert_eq!((&result["count"], stage.effects(id)), (&json!(0), 0), "{deed:?}");
        assert_eq!((stage.met(Rule::Read), stage.met(Rule::ReadAgain)), (1, 1), "{deed:?}");
    }
}

#[tokio::test]
async fn an_id_that_comes_with_other_parameters_is_refused() {
    let stage = Stage::with(Step::Welcomed, Deed::GoOn).await;
    let id = CallId::mint();
    assert!(stage.call(id, 1, "browser_click", json!({ "ref": "e1" })).await.is_ok());
    for (tool, params) in [("browser_click", json!({ "ref": "e2" })), ("browser_hover", json!({ "ref": "e1" }))] {
        let refused = stage.call(id, 1, tool, params).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidParams, "{refused}");
    }
    let again = stage.call(id, 1, "browser_click", json!({ "ref": "e1" })).await.unwrap();
    assert_eq!((&again["count"], stage.effects(id)), (&json!(1), 1), "its own answer is still there");
    assert_eq!((stage.met(Rule::OtherCall), stage.met(Rule::Replayed)), (2, 1));
}

#[tokio::test]
async fn a_call_that_comes_after_its_deadline_is_refused() {
    let stage = Stage::with(Step::Welcomed, Deed::GoOn).await;
    stage.browser.pause_reading(true);
    let (id, soon) = (CallId::mint(), Duration::from_millis(300));
    let late = stage.client.call_as(id, 1, "browser_click", json!({}), soon).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::DeadlineExceeded, "{late}");
    // The hub gives up a little before the deadline, and what is refused is what comes after it.
    tokio::time::sleep(soon).await;
    stage.browser.pause_reading(false);
    eventually("the browser has read the call", || async { stage.met(Rule::Expired) == 1 }).await;
    assert_eq!(stage.effects(id), 0);
    assert!(stage.click().await.0.is_ok(), "the tab is free");
}

#[tokio::test]
async fn a_cancel_reaches_the_call_where_it_runs() {
    let stage = Stage::with(Step::Welcomed, Deed::GoOn).await;
    let id = CallId::mint();
    let answer = stage.client.start(id, 1, "browser_click", json!({ "before": 14_000 }), Duration::from_secs(15)).await;
    eventually("it runs", || async { stage.browser.record(|r| r.steps.contains_key(&Step::Started)) }).await;
    stage.client.send(&Frame::Cancel(id, Some(stage.client.id))).await;
    let error = within("the answer", answer).await.unwrap().error().unwrap().unwrap();
    assert_eq!(error.code, ErrorCode::Cancelled);
    eventually("it is stopped", || async { stage.met(Rule::Cancelled) == 1 }).await;
    assert_eq!(stage.effects(id), 0);
    assert!(stage.click().await.0.is_ok(), "the tab is free");
}
