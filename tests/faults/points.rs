//! The walk: at every fault point of the hub everything goes wrong that can go wrong there, under calls of three
//! clients. A table says what a caller may see of each; afterwards the hub is as if nothing had been.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tabhub::protocol::hello::InstanceHello;
use tabhub::protocol::{ClientId, ErrorCode};
use tabhub::supervise::fault::Point;
use tabhub::supervise::fault::points::*;

use crate::desk::{Desk, Done};
use crate::support::client::{FakeClient, hello};
use crate::support::eventually;
use crate::support::journal::Deed;

const CLIENTS: usize = 3;
/// Calls of each client, one after another.
const EACH: usize = 5;
/// The time of each call. Whoever waits behind a call whose frame was lost waits for less than this.
const TIME: Duration = Duration::from_secs(12);
/// The time of a call whose frame is lost.
const SHORT: Duration = Duration::from_millis(1_500);
/// How many hubs are walked through at once.
const AT_ONCE: usize = 12;

/// What brings something to a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A call.
    Call,
    /// A client that comes.
    Joining,
    /// A client that goes without a word.
    Leaving,
    /// A browser that connects anew.
    Reconnecting,
    /// An actor that panics.
    Death(&'static str),
}

/// What a caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sees {
    /// Nothing but a short wait.
    Nothing,
    /// `deadline_exceeded` for that one call, which says that it may have happened.
    Late,
    /// `busy`, with the time to wait.
    Busy,
}

/// What goes wrong, and what a caller sees of it.
type Trouble = (&'static str, Sees);

/// What goes wrong at each point, how something comes there, and what a caller sees of it. A point that passes no
/// message on can lose none, and only one that sends a call can find a mailbox full.
fn table() -> Vec<(Point, Way, Vec<Trouble>)> {
    use Sees::{Busy, Late, Nothing};
    let dies = || vec![("panic", Nothing), ("panic*3", Nothing), ("delay:300", Nothing)];
    let and = |more: &[Trouble]| [dies(), more.to_vec()].concat();
    let sends = || and(&[("lose", Nothing), ("lose*3", Nothing), ("full", Busy)]);
    vec![
        (SUPERVISOR_STARTED, Way::Death("Supervisor"), dies()),
        (SUPERVISOR_DOWN, Way::Death("Router"), dies()),
        (SUPERVISOR_START, Way::Death("BrowserSession"), dies()),
        (SUPERVISOR_START, Way::Joining, dies()),
        (REGISTRY_STARTED, Way::Death("ClientRegistry"), dies()),
        (REGISTRY_REGISTER, Way::Joining, and(&[("lose", Nothing)])),
        (REGISTRY_LEFT, Way::Leaving, and(&[("lose", Nothing)])),
        (INSTANCE_SOCKET_READ, Way::Call, and(&[("lose", Late)])),
        (CLIENT_STARTED, Way::Joining, dies()),
        (CLIENT_CALL, Way::Call, and(&[("lose", Late)])),
        (CLIENT_SEND, Way::Call, sends()),
        (CLIENT_SENT, Way::Call, dies()),
        (ROUTER_STARTED, Way::Death("Router"), dies()),
        // Not sent on, its port answers, and it is sent again.
        (ROUTER_CALL, Way::Call, and(&[("lose", Nothing), ("lose*3", Nothing)])),
        (ROUTER_SEND, Way::Call, sends()),
        (ROUTER_SENT, Way::Call, dies()),
        (BROWSER_STARTED, Way::Death("BrowserSession"), dies()),
        (BROWSER_ATTACH, Way::Reconnecting, and(&[("lose", Nothing)])),
        (BROWSER_CALL, Way::Call, and(&[("lose", Nothing), ("lose*3", Nothing)])),
        (BROWSER_WRITE, Way::Call, and(&[("lose", Late)])),
        (BROWSER_SOCKET_WRITE, Way::Call, and(&[("lose", Late)])),
        (BROWSER_WRITTEN, Way::Call, dies()),
        (BROWSER_SOCKET_READ, Way::Call, and(&[("lose", Late)])),
        (BROWSER_ANSWER, Way::Call, and(&[("lose", Late)])),
        (BROWSER_ANSWERED, Way::Call, dies()),
        (CLIENT_ANSWER, Way::Call, and(&[("lose", Late)])),
        (INSTANCE_SOCKET_WRITE, Way::Call, and(&[("lose", Late)])),
        (CLIENT_ANSWERED, Way::Call, dies()),
    ]
}

#[test]
fn the_walk_leaves_no_point_out() {
    let walked: BTreeSet<_> = table().iter().map(|(point, ..)| point.0).collect();
    let all: BTreeSet<_> = IN_THE_HOUSE.iter().map(|point| point.0).collect();
    assert_eq!(walked, all);
}

/// A client's calls, one after another, as a host makes them. The first is the one that a fault strikes.
async fn work(desk: &Desk, client: usize, sees: Sees) -> Vec<Done> {
    let mut calls = Vec::new();
    for n in 0..EACH {
        let tool = if n % 3 == 2 { "browser_snapshot" } else { "browser_click" };
        let is_lost = sees == Sees::Late && n == 0;
        calls.push(desk.start(client, tool, json!({ "pad": 2_000 }), if is_lost { SHORT } else { TIME }).done().await);
    }
    calls
}

/// Brings something to the point.
async fn bring(desk: &Desk, way: Way) {
    match way {
        Way::Call => {}
        Way::Joining => {
            let client = desk.join("visitor").await;
            let call = client.start("browser_click", json!({}), TIME).done().await;
            assert!(call.outcome.is_ok(), "{:?}", call.outcome);
            eventually("the hub knows it", async || {
                let clients = desk.hub.status().await.clients;
                clients.iter().any(|row| (row.id, row.state.as_str()) == (client.id, "ready"))
            })
            .await;
            client.link.close().await;
        }
        Way::Leaving => {
            let hello = InstanceHello { grace_secs: Some(0), ..hello("visitor") };
            let visitor = FakeClient::connect_with(desk.hub.port, ClientId::mint(), hello).await;
            assert!(visitor.call("browser_click", json!({})).await.is_ok());
            visitor.vanish();
        }
        Way::Reconnecting => desk.browser.suffer(Deed::HangUp),
        Way::Death(actor) => {
            desk.tell_to_panic(actor).await.expect("there is one to die");
        }
    }
}

async fn walk(point: Point, way: Way, fault: &str, sees: Sees) {
    let at = format!("{}={fault}", point.0);
    let desk = Desk::tuned(CLIENTS, |tuning| {
        // Who is gone without a word is looked for as often as actors are asked whether they are well.
        tuning.health_interval = Duration::from_secs(1);
        // For a visitor whose leaving the registry forgot.
        tuning.lease_grace = Duration::from_secs(4);
    })
    .await;
    let faults = desk.hub.house.faults.clone();
    let before = faults.strikes();
    faults.arm(&at).unwrap();
    let (a, b, c, ()) =
        tokio::join!(work(&desk, 0, sees), work(&desk, 1, sees), work(&desk, 2, sees), bring(&desk, way));
    eventually("the fault has struck", async || faults.strikes() > before).await;
    faults.arm("").unwrap();
    let mut struck: BTreeSet<ClientId> = BTreeSet::new();
    for call in [a, b, c].into_iter().flatten() {
        call.is_honest(&desk);
        let Err(error) = &call.outcome else { continue };
        match sees {
            Sees::Nothing => panic!("{at}: {error}"),
            Sees::Busy => {
                assert_eq!(error.code, ErrorCode::Busy, "{at}: {error}");
                assert!(error.data.as_ref().unwrap()["retryAfterMs"].as_u64().is_some());
                assert_eq!(desk.effects_of(call.key), 0);
            }
            Sees::Late => {
                assert_eq!(error.code, ErrorCode::DeadlineExceeded, "{at}: {error}");
                assert!(error.message.contains("ay have happened"), "{at}: {error}");
            }
        }
        assert!(struck.insert(call.key.client), "{at}: one call of a client");
    }
    assert!(struck.len() <= usize::from(sees != Sees::Nothing), "{at}: one call, and nobody else's");
    desk.is_well().await;
}

#[tokio::test]
async fn whatever_goes_wrong_at_any_point_every_call_is_answered_once_and_happens_at_most_once() {
    let only = std::env::var_os("TABHUB_TEST_POINT").map(|only| only.into_string().unwrap()).unwrap_or_default();
    let walks = table().into_iter().flat_map(|(point, way, faults)| {
        faults.into_iter().map(move |(fault, sees)| (point, way, fault, sees)).collect::<Vec<_>>()
    });
    let walks = walks.filter(|(point, _, fault, _)| format!("{}={fault}", point.0).contains(&only));
    let walked: Vec<_> = futures_util::stream::iter(walks)
        .map(|(point, way, fault, sees)| async move {
            // A task of its own, so that one that fails does not keep the others from telling.
            let ended = tokio::spawn(walk(point, way, fault, sees)).await;
            ended.is_err().then(|| format!("{}={fault} ({way:?})", point.0))
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failed: Vec<_> = walked.iter().flatten().collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), walked.len());
}

#[tokio::test]
async fn a_supervisor_that_panics_between_any_two_of_its_steps_loses_no_child_of_those_that_die_meanwhile() {
    for point in [SUPERVISOR_STARTED, SUPERVISOR_DOWN, SUPERVISOR_START] {
        for skip in 0..4 {
            let desk = Desk::of(CLIENTS).await;
            desk.hub.house.faults.arm(&format!("{}=panic*2@{skip}", point.0)).unwrap();
            let calls: Vec<_> =
                (0..CLIENTS).map(|n| desk.start(n, "browser_click", json!({ "before": 50 }), TIME)).collect();
            let visitor = desk.come("visitor");
            for actor in ["ClientSession", "BrowserSession", "Router", "ClientRegistry"] {
                desk.tell_to_panic(actor).await;
            }
            if point == SUPERVISOR_STARTED {
                for _ in 0..=skip {
                    desk.panic("Supervisor").await;
                }
            }
            eventually("the visitor is there", async || visitor.link.phase().is_connected()).await;
            for call in calls {
                let done = call.done().await;
                assert!(done.outcome.is_ok(), "{} after {skip}: {:?}", point.0, done.outcome);
                done.is_honest(&desk);
            }
            visitor.link.close().await;
            assert!(desk.hub.restarts("Supervisor") >= 1, "{} after {skip}: it did panic", point.0);
            desk.hub.house.faults.arm("").unwrap();
            desk.is_well().await;
        }
    }
}
