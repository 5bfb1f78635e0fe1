//! An instance's link against a hub: it says goodbye whenever it ends, and its host's cancels reach the page.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::value::RawValue;
use tabhub::config::limits;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::locks::{self, Lock};
use tabhub::daemon::{Finder, HubFile, hub_json};
use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig, Phase};
use tabhub::mcp::{Backend, CallRequest};
use tabhub::protocol::now_ms;
use tabhub::protocol::{BrowserEpoch, BrowserId, CallId, ClientId, Deadline, ErrorCode, HubError, PROTOCOL, VERSION};
use tempfile::TempDir;

use crate::support::browser::{FakeBrowser, Reaction};
use crate::support::hub::{TOKEN, TestHub};
use crate::support::{eventually, within};

/// The home of an instance, whose `hub.json` tells of the hub of a test. The test holds the hub's lock: nobody
/// believes a `hub.json` whose hub does not.
struct Home(TempDir, #[allow(dead_code, reason = "held, never read")] Lock);

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lock = locks::try_lock(&dir.path().join("hub.lock")).unwrap().expect("nobody else is here");
        Self(dir, lock)
    }

    fn tell_of(&self, hub: &TestHub) {
        let file = HubFile {
            pid: 1,
            port: hub.port,
            mcp_port: None,
            legacy_port: None,
            version: VERSION.to_owned(),
            protocol: PROTOCOL,
            token: TOKEN.to_owned(),
            started_at: now_ms(),
        };
        hub_json::write(&self.0.path().join("hub.json"), &file).unwrap();
    }

    fn link(&self) -> Link {
        let path = self.0.path().display().to_string();
        let env = |name: &str| (name == "TABHUB_HOME").then(|| path.clone());
        let settings = Settings::from_sources(Overrides::default(), env).unwrap();
        // A program that starts no hub: only the hubs of the test are there.
        let finder = Finder { settings, exe: PathBuf::from("/bin/false") };
        let (client_id, place) = (ClientId::mint(), HubPlace::Daemon);
        Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell: Farewell::Done, place }).0
    }
}

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
    let home = Home::new();
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
    let home = Home::new();
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
    let home = Home::new();
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
