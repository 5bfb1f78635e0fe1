//! An instance's link against a hub: it says goodbye whenever it ends, and its host's cancels reach the page.

use std::sync::Arc;

use serde_json::value::RawValue;
use tabhub::config::limits;
use tabhub::instance::{Link, Phase};
use tabhub::mcp::{Backend, CallRequest};
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, Deadline, ErrorCode, HubError};

use crate::support::browser::{FakeBrowser, Reaction};
use crate::support::hub::TestHub;
use crate::support::instance_home::InstanceHome;
use crate::support::{eventually, within};

fn call(tool: &'static str, params: &str) -> CallRequest {
    CallRequest {
        id: CallId::mint(),
        tool,
        params: RawValue::from_string(params.to_owned()).unwrap(),
        deadline: Deadline::after(std::time::Duration::from_secs(60)),
        progress: None,
    }
}

async fn connected(link: &Link) {
    eventually("the link is connected", || async { link.phase().is_connected() }).await;
}

#[tokio::test]
async fn an_instance_that_ends_while_it_says_hello_leaves_nothing_behind() {
    let hub = TestHub::start().await;
    let home = InstanceHome::new();
    home.tell_of(&hub);
    for _ in 0..20 {
        let link = home.link();
        within("the hello", async {
            while !matches!(link.phase(), Phase::Registering | Phase::Ready) {
                tokio::task::yield_now().await;
            }
        })
        .await;
        within("the end", link.close()).await;
    }
    // The grace of one that left without a word is longer than the patience of this test.
    eventually("the hub holds nothing of them", || async { hub.status().await.clients.is_empty() }).await;
}

#[tokio::test]
async fn a_call_that_its_host_cancels_while_there_is_no_hub_is_stopped_by_the_next_one() {
    let home = InstanceHome::new();
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let mut first = TestHub::start().await;
    home.tell_of(&first);
    let browser = FakeBrowser::connect_with(first.port, id, epoch, |_| Reaction::Silence).await;
    let link = Arc::new(home.link());
    connected(&link).await;
    let request = call("browser_wait_for", "{\"time\":100}");
    let call_id = request.id;
    let caller = tokio::spawn({
        let link = Arc::clone(&link);
        async move { link.call(request).await }
    });
    eventually("the browser has the call", || async { browser.calls().len() == 1 }).await;
    first.die();
    drop(first.ended().await);
    eventually("the link is lost", || async { !link.phase().is_connected() }).await;
    caller.abort();
    assert!(within("the caller", caller).await.is_err());

    let next = TestHub::start().await;
    let back = FakeBrowser::connect_with(next.port, id, epoch, |_| Reaction::Silence).await;
    eventually("the browser is there", || async { next.status().await.browsers.len() == 1 }).await;
    home.tell_of(&next);
    eventually("the browser is told", || async { back.seen.lock().unwrap().cancels == [call_id] }).await;
    assert!(back.calls().is_empty(), "it is not sent again");
}

#[tokio::test]
async fn arguments_that_no_frame_can_hold_are_refused_and_the_link_goes_on() {
    let hub = TestHub::start().await;
    let home = InstanceHome::new();
    home.tell_of(&hub);
    let _browser = FakeBrowser::connect(hub.port).await;
    let link = home.link();
    connected(&link).await;
    let huge = format!("{{\"text\":\"{}\"}}", "x".repeat(limits::INSTANCE_FRAME_BYTES));
    let refused: Result<_, HubError> = within("the answer", link.call(call("browser_type", &huge))).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::InvalidParams);
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(limits::INSTANCE_FRAME_BYTES - 32 * 1024));
    assert!(within("the answer", link.call(call("browser_type", &large))).await.is_ok(), "what fits is carried");
    assert!(!link.history().iter().any(|change| change.state == "reconnecting"), "{:?}", link.history());
    within("the end", link.close()).await;
}
