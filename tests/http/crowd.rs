//! Many hosts at once, over HTTP in both eras and as instances, against one browser.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::sessions::named;
use crate::support::browser::FakeBrowser;
use crate::support::client::FakeClient;
use crate::support::http::{Alone, Session, text};
use crate::support::hub::TestHub;
use tabhub::protocol::{BrowserEpoch, BrowserId};

/// Tests that bring a crowd take turns: each of them is meant to be as much as there is at once.
pub static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const EACH: usize = 100;
const ROUNDS: usize = 3;

#[tokio::test]
async fn a_hundred_sessions_and_a_hundred_instances_at_once_are_never_mixed_up() {
    let _turn = TURN.lock().await;
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), named).await;
    let (port, mcp_port) = (hub.port, hub.mcp_port);
    let mut hosts = tokio::task::JoinSet::new();
    for n in 0..EACH {
        hosts.spawn(async move {
            let name = format!("session-{n}");
            let session = Session::open(mcp_port, &name).await;
            for round in 0..ROUNDS {
                let answer = session.call("browser_get_text", json!({ "ref": format!("#{name}-{round}") })).await;
                assert!(text(&answer).ends_with(&format!("for {name}")), "{name}: {answer}");
            }
        });
        hosts.spawn(async move {
            let name = format!("instance-{n}");
            let client = FakeClient::connect(port, &name).await;
            for round in 0..ROUNDS {
                let answer =
                    client.call("browser_get_text", json!({ "ref": format!("#{name}-{round}") })).await.unwrap();
                assert_eq!(answer["text"], format!("browser_get_text for {name}"));
            }
            client.leave().await;
        });
        hosts.spawn(async move {
            let name = format!("alone-{}", n % 10);
            let host = Alone::new(mcp_port, &name);
            let answer = host.call("browser_get_text", json!({ "ref": format!("#{name}-x") })).await;
            assert!(text(&answer).ends_with(&format!("for {name}")), "{name}: {answer}");
        });
    }
    while let Some(host) = hosts.join_next().await {
        host.unwrap();
    }
    // Each client's calls, and no others, came under its id.
    let mut by_client: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for call in browser.calls() {
        let params: serde_json::Value = serde_json::from_str(call.body.params.get()).unwrap();
        let whose = params["ref"]
            .as_str()
            .unwrap_or_else(|| panic!("{params}"))
            .trim_start_matches('#')
            .rsplit_once('-')
            .unwrap()
            .0
            .to_owned();
        assert_eq!(whose, call.body.client_name);
        by_client.entry(call.client.unwrap()).or_default().insert(whose);
    }
    assert_eq!(by_client.len(), 2 * EACH + 10);
    assert!(by_client.values().all(|names| names.len() == 1), "{by_client:?}");
    assert_eq!(browser.calls().len(), 2 * EACH * ROUNDS + EACH);
}
