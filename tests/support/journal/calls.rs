//! One call of a stand-in browser from its frame to its answer, as `extension/src/calls.ts` has it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tabhub::actors::call::CallKey;
use tabhub::protocol::event::CallAtWork;
use tabhub::protocol::tools::named_tab;
use tabhub::protocol::{Call, CallId, ClientId, ErrorCode, HubError, TabId, now_ms};
use tokio::sync::watch;

use super::rules::{Decision, Journal, Payload, Rule};
use super::wire::Out;
use super::{Core, Deed, Step};
use crate::support::browser::answer;

/// The browser stops this long before a call expires, so that its own answer arrives in time.
const MARGIN: Duration = Duration::from_millis(250);

/// A call that runs: its answer, for those who join it, and the way to stop it.
pub(super) struct Running {
    answer: watch::Receiver<Option<Payload>>,
    stop: watch::Sender<bool>,
}

/// A call came. Whatever becomes of it, it is answered once for each time that it came, unless the worker dies.
pub(super) fn on_call(core: &Arc<Core>, worker: u64, call: Call) {
    let named = named_tab(&call.body.params);
    core.of_worker(worker, |state| {
        state.at_work.push(CallAtWork {
            id: call.id,
            client_id: call.client.unwrap(),
            tool: call.body.tool.clone(),
            tab_id: named,
            names_tab: named.is_some(),
            expires_at: call.body.expires_at,
        });
    });
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let mut deaths = core.worker.subscribe();
        tokio::select! {
            biased;
            _ = deaths.wait_for(|now| *now != worker) => {}
            _ = answered(&core, worker, &call) => {}
        }
    });
}

/// A call is to stop.
pub(super) fn on_cancel(core: &Core, id: CallId, client: Option<ClientId>) {
    let Some(client) = client else { return };
    let (key, state) = (CallKey { client, id }, core.state());
    if let Some(running) = state.running.get(&key) {
        running.stop.send_replace(true);
    }
    for (_, stop) in state.readers.iter().filter(|(reader, _)| *reader == key) {
        stop.send_replace(true);
    }
}

async fn answered(core: &Arc<Core>, worker: u64, call: &Call) -> Option<()> {
    let key = CallKey { client: call.client.unwrap(), id: call.id };
    core.pass(worker, Step::Heard, Some(key)).await?;
    let payload = outcome(core, worker, key, call).await?;
    let frame = answer(call.id, call.client, payload).encode().unwrap();
    // Where the connection breaks at this very step, the answer is lost with it.
    let out = match core.pass(worker, Step::Answering, Some(key)).await? {
        Deed::HangUpInTheMiddle => Out::HalfOf(frame),
        _ => Out::Text(frame),
    };
    core.of_worker(worker, |state| {
        // It is no longer at work at the very moment at which it is answered.
        if let Some(place) = state.at_work.iter().position(|at_work| at_work.id == call.id) {
            state.at_work.remove(place);
        }
        let link = if matches!(out, Out::HalfOf(_)) { state.link.take() } else { state.link.clone() };
        if let Some(link) = link {
            let _ = link.try_send(out);
        }
    })?;
    core.pass(worker, Step::Answered, Some(key)).await?;
    Some(())
}

async fn outcome(core: &Arc<Core>, worker: u64, key: CallKey, call: &Call) -> Option<Payload> {
    if now_ms() >= call.body.expires_at {
        core.count(worker, Rule::Expired)?;
        let message = "The call reached the browser after its deadline; it did not run.";
        return Some(Err(HubError::new(ErrorCode::DeadlineExceeded, message)));
    }
    if call.body.read_only { read(core, worker, key, call).await } else { write(core, worker, key, call).await }
}

async fn read(core: &Arc<Core>, worker: u64, key: CallKey, call: &Call) -> Option<Payload> {
    let (stop, stopped) = watch::channel(false);
    core.of_worker(worker, |state| {
        let is_again = state.record.moments.iter().filter(|m| m.step == Step::Heard && m.call == Some(key)).count() > 1;
        state.record.count(if is_again { Rule::ReadAgain } else { Rule::Read });
        state.readers.push((key, stop.clone()));
    })?;
    let payload = run(core, worker, key, call, stopped).await?;
    core.of_worker(worker, |state| state.readers.retain(|(_, other)| !other.same_channel(&stop)))?;
    Some(payload)
}

async fn write(core: &Arc<Core>, worker: u64, key: CallKey, call: &Call) -> Option<Payload> {
    let ((stop, stopped), (done, answer)) = (watch::channel(false), watch::channel(None));
    // Decided and noted as running at once: two frames of one call cannot both find it absent.
    let decision = core.of_worker(worker, |state| {
        let decision = state.known.decide(key, call, state.running.contains_key(&key), state.epoch);
        match &decision {
            Decision::Run => {
                state.record.count(if call.body.attempt > 1 { Rule::RanAsRepeat } else { Rule::Ran });
                state.running.insert(key, Running { answer: answer.clone(), stop: stop.clone() });
                state.known.put(key, Journal::begun(call));
            }
            Decision::Join => state.record.count(Rule::Joined),
            Decision::Replay(_) => state.record.count(Rule::Replayed),
            Decision::OtherCall => state.record.count(Rule::OtherCall),
            Decision::Unknown(why) => state.record.count(*why),
        }
        decision
    })?;
    match decision {
        Decision::Run => {}
        Decision::Join => return joined(core, worker, key).await,
        Decision::Replay(payload) => return Some(payload),
        Decision::OtherCall => {
            let message = "Another call with other parameters has been made under this id; this one did not run.";
            return Some(Err(HubError::new(ErrorCode::InvalidParams, message)));
        }
        Decision::Unknown(why) => {
            return Some(Err(HubError::new(ErrorCode::OutcomeUnknown, format!("Whether it ran: {why:?}."))));
        }
    }
    tokio::time::sleep(core.setup.storage).await;
    core.of_worker(worker, |state| state.stored.put(key, Journal::begun(call)))?;
    core.pass(worker, Step::Started, Some(key)).await?;
    let payload = run(core, worker, key, call, stopped).await?;
    let entry = Journal::ended(call, &payload, &core.setup.limits);
    core.of_worker(worker, |state| {
        state.known.put(key, entry.clone());
        state.known.prune_now_and_then(&core.setup.limits);
        state.running.remove(&key);
    })?;
    done.send_replace(Some(payload.clone()));
    // Not waited for: a worker that dies before this is written leaves `started`, and a repeat does not run.
    let kept = Arc::clone(core);
    tokio::spawn(async move {
        tokio::time::sleep(kept.setup.storage).await;
        kept.of_worker(worker, |state| {
            state.stored.put(key, entry);
            state.stored.prune_now_and_then(&kept.setup.limits);
        });
    });
    Some(payload)
}

async fn joined(core: &Arc<Core>, worker: u64, key: CallKey) -> Option<Payload> {
    let mut answer =
        core.of_worker(worker, |state| state.running.get(&key).map(|running| running.answer.clone()))??;
    answer.wait_for(Option::is_some).await.ok()?.clone()
}

/// Runs the tool; every way that it can end is an answer, but for the worker's death.
async fn run(
    core: &Arc<Core>,
    worker: u64,
    key: CallKey,
    call: &Call,
    mut stopped: watch::Receiver<bool>,
) -> Option<Payload> {
    let left = Duration::from_millis(call.body.expires_at.saturating_sub(now_ms())).saturating_sub(MARGIN);
    let tab = match core.tab_for(worker, key, call)? {
        Ok(tab) => tab,
        Err(error) => return Some(Err(error)),
    };
    core.of_worker(worker, |state| {
        state.at_work.iter_mut().filter(|at_work| at_work.id == key.id).for_each(|at_work| at_work.tab_id = Some(tab));
        // Looks may be taken together: of one that came again, nobody waits for the first.
        if call.body.read_only {
            return;
        }
        if let Some(other) = state.busy.insert(tab, key).filter(|other| *other != key) {
            state.record.overlaps.push((tab, other, key));
        }
    })?;
    let payload = tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {
            core.count(worker, Rule::Cancelled)?;
            Err(HubError::new(ErrorCode::Cancelled, "The call was cancelled on request."))
        }
        () = tokio::time::sleep(left) => {
            core.count(worker, Rule::OutOfTime)?;
            let happened = if call.body.read_only { "" } else { " The action may have happened." };
            Err(HubError::new(ErrorCode::DeadlineExceeded, format!("Time ran out in the browser.{happened}")))
        }
        result = act(core, worker, key, call, tab) => Ok(result?),
    };
    core.of_worker(worker, |state| {
        if state.busy.get(&tab) == Some(&key) {
            state.busy.remove(&tab);
        }
    })?;
    Some(payload)
}

async fn act(core: &Arc<Core>, worker: u64, key: CallKey, call: &Call, tab: TabId) -> Option<Value> {
    let params: Value = serde_json::from_str(call.body.params.get()).unwrap();
    let time = |name: &str| Duration::from_millis(params[name].as_u64().unwrap_or(0));
    // The arguments of an instance's call are checked, and only a text of the tool's own comes through.
    let named = params["counter"].as_str().or_else(|| params["text"].as_str());
    let counter = named.map_or_else(|| key.client.to_string(), ToOwned::to_owned);
    tokio::time::sleep(time("before")).await;
    let count = core.of_worker(worker, |state| {
        let count = state.record.counters.entry(counter.clone()).or_default();
        if !call.body.read_only {
            *count += 1;
            let count = *count;
            state.record.effects.entry(key).or_default().push(count);
            state.record.in_order.push(key);
        }
        state.record.counters[&counter]
    })?;
    if !call.body.read_only {
        core.pass(worker, Step::Acted, Some(key)).await?;
    }
    tokio::time::sleep(time("after")).await;
    let pad = "x".repeat(usize::try_from(params["pad"].as_u64().unwrap_or(0)).unwrap());
    Some(json!({ "counter": counter, "count": count, "client": key.client, "id": key.id, "tabId": tab, "pad": pad }))
}

impl Core {
    fn count(&self, worker: u64, rule: Rule) -> Option<()> {
        self.of_worker(worker, |state| state.record.count(rule))
    }

    fn tab_for(&self, worker: u64, key: CallKey, call: &Call) -> Option<Result<TabId, HubError>> {
        let found = self.of_worker(worker, |state| {
            state.tabs.resolve(key.client, &call.body.client_name, named_tab(&call.body.params), &mut state.next_tab)
        })?;
        Some(found.map(|(tab, is_new)| {
            if is_new {
                self.publish();
            }
            tab
        }))
    }
}
