//! Each actor panics: with nothing to do, with calls that wait, with calls under way; once, again and again, and more
//! often than it may.

use std::time::Duration;

use serde_json::json;
use tabhub::actors::call::CallKey;
use tabhub::config::limits::RESTART_INTENSITY;
use tabhub::protocol::ErrorCode;

use crate::desk::Desk;
use crate::support::eventually;

const ACTORS: [&str; 5] = ["Supervisor", "ClientRegistry", "Router", "BrowserSession", "ClientSession"];
const CLIENTS: usize = 3;
const TIME: Duration = Duration::from_secs(60);

/// Lets an actor panic so often, one run after another, and looks whether anybody noticed who should not.
async fn panic_times(desk: &Desk, actor: &str, times: u64) {
    for _ in 0..times {
        desk.panic(actor).await;
    }
    let of_the_first = if actor == "ClientSession" { usize::try_from(times).unwrap() } else { 0 };
    eventually("everyone is connected", async || {
        let is_connected = desk.clients.iter().all(|client| client.link.phase().is_connected());
        is_connected && desk.reconnects()[0] >= of_the_first
    })
    .await;
    assert_eq!(desk.reconnects(), [of_the_first, 0, 0], "{actor}: only its own client loses its connection");
    assert_eq!(desk.hub.restarts(actor), times);
    for other in ACTORS.iter().filter(|other| **other != actor) {
        assert_eq!(desk.hub.restarts(other), 0, "{actor} took {other} with it");
    }
}

#[tokio::test]
async fn an_actor_that_panics_with_nothing_to_do_is_back_and_nobody_lost_anything() {
    for (actor, times) in ACTORS.iter().flat_map(|actor| [(*actor, 1), (*actor, 3)]) {
        let desk = Desk::of(CLIENTS).await;
        let before = desk.belongings().await;
        panic_times(&desk, actor, times).await;
        desk.is_well().await;
        // Who announces itself anew to a registry that has just come back is known to it within moments.
        let what = format!("{actor} × {times}: everyone has the names and tabs of before");
        eventually(&what, async || desk.belongings().await == before).await;
    }
}

#[tokio::test]
async fn calls_under_way_are_answered_once_by_their_own_results_when_any_actor_panics() {
    for (actor, times) in ACTORS.iter().flat_map(|actor| [(*actor, 1), (*actor, 3)]) {
        let desk = Desk::of(CLIENTS).await;
        let call = |n| {
            let tool = if n == 1 { "browser_snapshot" } else { "browser_click" };
            desk.start(n, tool, json!({ "before": 200, "after": 200, "pad": 50_000 }), TIME)
        };
        let calls: Vec<_> = (0..CLIENTS).map(call).collect();
        eventually("all of them run", async || desk.browser.running() == CLIENTS).await;
        panic_times(&desk, actor, times).await;
        for call in calls {
            let done = call.done().await;
            assert!(done.outcome.is_ok(), "{actor} × {times}: {:?}", done.outcome);
            done.is_honest(&desk);
        }
        desk.is_well().await;
    }
}

#[tokio::test]
async fn calls_that_wait_for_their_turn_keep_their_order_when_any_actor_panics() {
    const EACH: usize = 12;
    for (actor, times) in ACTORS.iter().flat_map(|actor| [(*actor, 1), (*actor, 3)]) {
        let desk = Desk::of(CLIENTS).await;
        let mut calls = Vec::new();
        for n in 0..CLIENTS {
            let time = |nth| json!({ "before": if nth == 0 { 300 } else { 0 } });
            calls.extend((0..EACH).map(|nth| desk.start(n, "browser_click", time(nth), TIME)));
            // One after another, so that there is an order to keep.
            eventually("this client's calls are there", async || {
                let browser = desk.hub.status().await.browsers.remove(0);
                browser.in_flight + browser.queued >= (n + 1) * EACH || browser.queued == 0
            })
            .await;
        }
        panic_times(&desk, actor, times).await;
        let order: Vec<CallKey> = calls.iter().map(|call| call.key).collect();
        for call in calls {
            let done = call.done().await;
            assert!(done.outcome.is_ok(), "{actor} × {times}: {:?}", done.outcome);
            done.is_honest(&desk);
        }
        for client in &desk.clients {
            let of_this =
                |keys: &[CallKey]| keys.iter().filter(|key| key.client == client.id).copied().collect::<Vec<_>>();
            let ran = desk.browser.record(|record| of_this(&record.in_order));
            let made = of_this(&order);
            assert_eq!(ran[ran.len() - EACH..], made, "{actor} × {times}: in the order in which they were made");
        }
        assert!(desk.browser.record(|record| record.overlaps.is_empty()), "one call on a tab at a time");
        desk.is_well().await;
    }
}

#[tokio::test]
async fn all_actors_at_once_may_panic() {
    let desk = Desk::of(CLIENTS).await;
    for _ in 0..3 {
        let call = |n| desk.start(n, "browser_click", json!({ "before": 100 }), TIME);
        let calls: Vec<_> = (0..CLIENTS).map(call).collect();
        // The sessions first: Registry and Router lead to them.
        for actor in ACTORS.iter().rev() {
            desk.tell_to_panic(actor).await;
        }
        for call in calls {
            let done = call.done().await;
            assert!(done.outcome.is_ok(), "{:?}", done.outcome);
            done.is_honest(&desk);
        }
    }
    assert!(ACTORS.iter().filter(|actor| desk.hub.restarts(actor) > 0).count() >= 4, "they did panic");
    desk.is_well().await;
}

#[tokio::test]
async fn any_actor_that_dies_again_and_again_ends_the_hub_with_a_reason() {
    for actor in ["Supervisor", "ClientRegistry", "Router", "BrowserSession"] {
        let mut desk = Desk::of(1).await;
        for _ in 0..RESTART_INTENSITY {
            desk.panic(actor).await;
        }
        let call = desk.start(0, "browser_snapshot", json!({}), TIME).done().await;
        assert!(call.outcome.is_ok(), "{actor}: up to its limit it comes back: {:?}", call.outcome);
        eventually("there is one to die", async || desk.tell_to_panic(actor).await.is_some()).await;
        let exit = desk.hub.ended().await;
        let told = exit.reason.to_lowercase();
        assert!(!exit.is_clean && told.contains(&actor.to_lowercase()) && told.contains("died 11 times"), "{exit:?}");
    }
}

#[tokio::test]
async fn a_client_whose_session_dies_again_and_again_is_held_back_and_nobody_else_notices() {
    let desk = Desk::of(CLIENTS).await;
    // Each time that this call comes to the hub, the session that it comes to dies.
    desk.hub.house.faults.arm("client.call=panic*100000").unwrap();
    let poison = desk.start(0, "browser_click", json!({}), Duration::from_secs(4)).done().await;
    let deaths = desk.hub.restarts("ClientSession");
    desk.hub.house.faults.arm("").unwrap();
    assert_eq!(poison.code(), Some(ErrorCode::DeadlineExceeded), "{:?}", poison.outcome);
    poison.is_honest(&desk);
    // Its instance tries at once, then after 10 ms at least, then 20, and so on: of those, 4 s have room for so many.
    assert!((3..=12).contains(&deaths), "{deaths} deaths in 4 s");
    assert_eq!(desk.reconnects()[1..], [0, 0]);
    assert!(ACTORS[..4].iter().all(|actor| desk.hub.restarts(actor) == 0), "nobody has to make up for it");
    desk.is_well().await;
}

#[tokio::test]
async fn a_client_may_lose_its_session_more_often_than_any_actor_may_die() {
    let desk = Desk::of(CLIENTS).await;
    for _ in 0..RESTART_INTENSITY + 2 {
        // There is one to die each time, so it came back.
        desk.panic("ClientSession").await;
    }
    assert_eq!(desk.reconnects()[1..], [0, 0]);
    desk.is_well().await;
}
