//! What must hold after each schedule: every call answered once, its effect at most once, every word of an answer
//! true, no error that the schedule gives no reason for, and a hub that is well.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use serde_json::{Value, json};
use tabhub::actors::call::CallKey;
use tabhub::protocol::{ErrorCode, HubError};
use tabhub::supervise::health::CheckHealth;

use crate::callers::{Caller, Made};
use crate::plan::{Keeps, PlannedFault};
use crate::support::journal::JournalBrowser;
use crate::support::{eventually, within};
use crate::world::{World, short};

/// What is wrong with what came of the calls; nothing, if all is well.
pub fn faults_of(world: &World, made: &[Made]) -> Vec<String> {
    let browsers = world.browsers.lock().unwrap().clone();
    let mut wrong = Vec::new();
    for call in made {
        let effects: Vec<u64> = browsers.iter().flat_map(|browser| effects(browser, call.key)).collect();
        if let Some(what) = wrong_with(world, call, &effects) {
            wrong.push(format!("call {}: {what}; effects {effects:?}; {call:?}", short(call.key)));
        }
    }
    let own: Vec<CallKey> = made.iter().map(|call| call.key).collect();
    for browser in &browsers {
        for (key, counts) in browser.record(|record| record.effects.clone()) {
            if counts.len() > 1 {
                wrong.push(format!("call {} had its effect {} times", short(key), counts.len()));
            }
            if !own.contains(&key) {
                wrong.push(format!("nobody made the call {}", short(key)));
            }
        }
    }
    wrong.extend(out_of_order(&browsers, made));
    wrong
}

fn effects(browser: &JournalBrowser, key: CallKey) -> Vec<u64> {
    browser.record(|record| record.effects.get(&key).cloned().unwrap_or_default())
}

fn wrong_with(world: &World, call: &Made, effects: &[u64]) -> Option<String> {
    if effects.len() > 1 {
        return Some("it happened more than once".to_owned());
    }
    if call.is_read_only && !effects.is_empty() {
        return Some("it changes nothing, and did".to_owned());
    }
    match call.outcome.as_ref()? {
        Ok(result) => wrong_with_result(call, result, effects),
        Err(error) if promises_nothing_happened(error) && !effects.is_empty() => {
            Some("it is told that nothing happened".to_owned())
        }
        Err(error) if !may_end_so(world, call, error) => Some("nothing that broke explains this error".to_owned()),
        Err(_) => None,
    }
}

fn wrong_with_result(call: &Made, result: &Value, effects: &[u64]) -> Option<String> {
    if result["id"] != json!(call.key.id) || result["client"] != json!(call.key.client) {
        return Some("it has the result of another call".to_owned());
    }
    if call.is_read_only {
        return None;
    }
    match effects {
        [count] if result["count"] == json!(count) => None,
        [_] => Some("its result is not the real one".to_owned()),
        _ => Some("it is told a result, and never happened".to_owned()),
    }
}

/// Whether an error says that its call did nothing, by its words or by the advice to call again.
fn promises_nothing_happened(error: &HubError) -> bool {
    use ErrorCode::{BrowserGone, Busy, HubStopping, NoBrowser, RateLimited, TabGone, TabTaken};
    let is_free_to_retry =
        matches!(error.code, NoBrowser | BrowserGone | Busy | HubStopping | RateLimited | TabGone | TabTaken);
    is_free_to_retry || error.message.contains("did not run")
}

/// Whether the schedule gives a reason for this error.
fn may_end_so(world: &World, call: &Made, error: &HubError) -> bool {
    match error.code {
        ErrorCode::DeadlineExceeded => call.is_short,
        // Its time was over before the browser had found the next hub.
        ErrorCode::NoBrowser => call.is_short && call.ended.deaths > 0,
        ErrorCode::Busy => call.ended.browsers > 0,
        ErrorCode::InvalidParams => call.is_contested,
        ErrorCode::TabGone => call.names_tab && call.ended.browsers > call.began.browsers,
        ErrorCode::OutcomeUnknown => !call.is_read_only && may_be_unknown(world, call),
        _ => false,
    }
}

/// Whether what broke while the call was under way can leave its outcome unknown.
fn may_be_unknown(world: &World, call: &Made) -> bool {
    let (began, ended) = (call.began, call.ended);
    let worker_died = ended.workers > began.workers;
    let answer_not_kept = world.plan.browsers.iter().any(|browser| browser.keeps != Keeps::All);
    // Where there are several browsers, the wire's own client names none, and an instance none if a tab decides.
    let claims_nothing = (call.is_raw || call.names_tab) && world.plan.browsers.len() > 1;
    // A call that may have come to a young hub, which had told of no browser yet, names none; if that hub dies, too, or
    // just the connection that it came by, nobody knows where it was sent.
    let named_none = began.deaths > 0 || ended.deaths > began.deaths + 1;
    let is_of_the_connection = |fault: &PlannedFault| {
        fault.fault == "panic" && (fault.point.starts_with("client.") || fault.point.starts_with("instance_socket."))
    };
    let connection_may_break = world.plan.faults.iter().flatten().any(is_of_the_connection);
    // A call may name a run of the browser that is over already, and that its instance has not heard of the end of.
    let named_old = ended.browsers > 0;
    let hub_died = ended.deaths > began.deaths || began.is_unsettled;
    let lost_its_way = hub_died || connection_may_break;
    // An earlier sending, which came by a connection that broke, was stopped when the time was as good as over.
    let stopped_earlier = connection_may_break && call.is_short;
    worker_died
        || answer_not_kept
        || claims_nothing
        || stopped_earlier
        || (lost_its_way && named_none)
        || (hub_died && named_old)
}

/// The calls of one client that change something and name no tab run in the order in which they were made.
fn out_of_order(browsers: &[std::sync::Arc<JournalBrowser>], made: &[Made]) -> Vec<String> {
    let place: HashMap<CallKey, usize> = made
        .iter()
        .filter(|call| !call.names_tab && !call.is_read_only)
        .enumerate()
        .map(|(n, call)| (call.key, n))
        .collect();
    let mut wrong = Vec::new();
    for browser in browsers {
        let happened = browser.record(|record| record.in_order.clone());
        let mut last = HashMap::new();
        for key in happened.iter().filter(|key| place.contains_key(key)) {
            if let Some(before) = last.insert(key.client, *key)
                && place[&before] > place[key]
            {
                wrong.push(format!("call {} ran after {}, which was made later", short(*key), short(before)));
            }
        }
        for (tab, one, other) in browser.record(|record| record.overlaps.clone()) {
            wrong.push(format!("call {} came to tab {tab} while {} was at work there", short(other), short(one)));
        }
    }
    wrong
}

/// Everything is well again: every actor answers, nothing is in flight, every tab takes a call, and everyone's tabs
/// are where the browsers have them. The calls that were made for it are told, and which effects they may have had.
pub async fn all_is_well(world: &World, callers: &[Caller]) -> Vec<(CallKey, RangeInclusive<usize>)> {
    world.until_browsers_are_there().await;
    let browsers = world.browsers.lock().unwrap().clone();
    let mut made = Vec::new();
    for caller in callers {
        made.extend(within("a call", caller.must_succeed(world, json!({}))).await);
        for tab in browsers.iter().flat_map(|browser| browser.tabs_of(caller.id)) {
            made.extend(within("a call", caller.must_succeed(world, json!({ "tabId": tab }))).await);
        }
    }
    let house = world.house().expect("a hub");
    within("the supervisor", house.supervisor.current().unwrap().send(CheckHealth)).await.unwrap();
    eventually("the hub has nothing in hand, and knows who has which tab", || async {
        let status = tabhub::actors::status::collect(&house).await;
        let is_idle = status.browsers.iter().all(|browser| browser.in_flight == 0 && browser.queued == 0)
            && status.clients.iter().all(|client| client.in_flight == 0)
            && browsers.iter().all(|browser| browser.running() == 0);
        let has_leases = callers.iter().all(|caller| {
            let told = status.clients.iter().find(|client| client.id == caller.id);
            let mut told: Vec<_> = told.iter().flat_map(|client| client.tabs.iter().map(|tab| tab.tab_id)).collect();
            let mut real: Vec<_> = browsers.iter().flat_map(|browser| browser.tabs_of(caller.id)).collect();
            told.sort_unstable();
            real.sort_unstable();
            told == real
        });
        is_idle && has_leases
    })
    .await;
    made
}
