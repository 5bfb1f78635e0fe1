//! Many hosts at once that hold tabs, fail, and listen: each sees its own and nothing of the others, and leaves nothing behind.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tabhub::protocol::event::TabInfo;
use tabhub::protocol::topics::{PagePart, Part};
use tabhub::protocol::{BrowserEpoch, BrowserId, ClientId, ErrorCode, HubError, TabId, Topics};

use crate::crowd::TURN;
use crate::sessions::{is_forgotten, named};
use crate::support::browser::{FakeBrowser, Reaction, tab};
use crate::support::client::FakeClient;
use crate::support::http::{Reply, Session, text};
use crate::support::hub::TestHub;
use crate::support::{eventually, within};

const EACH: usize = 100;

/// A host that holds one tab, and what it hears.
struct Host {
    name: String,
    client: ClientId,
    tab: i64,
    way: Way,
}

enum Way {
    Http(Session, Reply),
    Instance(FakeClient),
}

fn page(tab: i64) -> Topics {
    Topics { pages: [PagePart { tab_id: TabId(tab), part: Part::Content }].into(), ..Topics::default() }
}

fn address(tab: i64) -> String {
    format!("browser://tab/{tab}/snapshot")
}

impl Host {
    /// Fails with an error of its own, and hears of no other's.
    async fn fails(&self) {
        let own = format!("Nothing to click for {}.", self.name);
        let told = match &self.way {
            Way::Http(session, _) => text(&session.call("browser_click", json!({ "ref": "e1" })).await),
            Way::Instance(client) => client.call("browser_click", json!({})).await.unwrap_err().to_string(),
        };
        assert!(told.contains(&own), "{}: {told}", self.name);
    }

    /// The tabs that it sees, if it has come over HTTP.
    async fn tabs(&self) -> Option<Vec<i64>> {
        let Way::Http(session, _) = &self.way else { return None };
        let listed = session.ask("resources/list", &json!({})).await;
        let all = listed["result"]["resources"].as_array().unwrap();
        let number = |resource: &Value| resource["name"].as_str()?.strip_prefix("tab-")?.parse().ok();
        Some(all.iter().filter_map(number).collect())
    }

    /// Wants to hear of its own page and of everybody's.
    async fn watch(&self, all: &[i64]) {
        match &self.way {
            Way::Http(session, _) => {
                for tab in all {
                    let answer = session.ask("resources/subscribe", &json!({ "uri": address(*tab) })).await;
                    assert!(answer.get("error").is_none(), "{answer}");
                }
            }
            Way::Instance(client) => {
                let mut topics = Topics::default();
                all.iter().for_each(|tab| topics.add(&page(*tab)));
                client.watch(topics).await;
            }
        }
    }
}

/// A host over HTTP or an instance; its first call tells the browser its id.
async fn come(hub: &TestHub, n: usize) -> Host {
    let (name, tab) = (format!("host-{n}"), 1_000 + i64::try_from(n).unwrap());
    if n.is_multiple_of(2) {
        let session = Session::open(hub.mcp_port, &name).await;
        session.ask("logging/setLevel", &json!({ "level": "debug" })).await;
        let stream = session.listen("").await;
        assert!(text(&session.call("browser_get_text", json!({})).await).ends_with(&name));
        Host { name, client: ClientId::mint(), tab, way: Way::Http(session, stream) }
    } else {
        let client = FakeClient::connect(hub.port, &name).await;
        client.call("browser_get_text", json!({})).await.unwrap();
        Host { name, client: client.id, tab, way: Way::Instance(client) }
    }
}

#[tokio::test]
async fn two_hundred_hosts_at_once_see_only_their_own_tabs_errors_and_news_and_leave_nothing_behind() {
    let _turn = TURN.lock().await;
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect_with(hub.port, BrowserId::mint(), BrowserEpoch::mint(), |call| {
        if call.body.tool == "browser_click" {
            let message = format!("Nothing to click for {}.", call.body.client_name);
            return Reaction::Fail(HubError::new(ErrorCode::NotActionable, message));
        }
        named(call)
    })
    .await;
    eventually("the browser is known", async || hub.status().await.browsers.iter().any(|b| b.connected)).await;
    let actors = hub.house.actors.get();
    let mut hosts = futures_util::future::join_all((0..2 * EACH).map(|n| come(&hub, n))).await;

    let ids: BTreeMap<String, ClientId> =
        browser.calls().iter().map(|call| (call.body.client_name.clone(), call.client.unwrap())).collect();
    assert_eq!(ids.len(), 2 * EACH);
    hosts.iter_mut().for_each(|host| host.client = ids[&host.name]);
    let tabs: Vec<TabInfo> = hosts.iter().map(|host| tab(host.tab, Some(host.client), true)).collect();
    browser.tell_tabs(tabs).await;
    eventually("the tabs are known", async || {
        hub.status().await.clients.iter().filter(|client| client.tabs.len() == 1).count() == 2 * EACH
    })
    .await;
    // The list is made of what the hub knows of all two hundred: some ask for it, one after the other.
    for host in hosts.iter().step_by(10) {
        assert_eq!(host.tabs().await, Some(vec![host.tab]), "{}", host.name);
    }
    futures_util::future::join_all(hosts.iter().map(Host::fails)).await;

    // Everybody wants to hear of two strangers' pages, too; the hub asks the browser only for what somebody may see.
    futures_util::future::join_all(hosts.iter().enumerate().map(|(n, host)| async move {
        let others = (0..2).map(|step| 1_000 + i64::try_from((n + step * 7 + 1) % (2 * EACH)).unwrap());
        host.watch(&others.chain([host.tab]).collect::<Vec<_>>()).await;
    }))
    .await;
    let mut all = Topics::default();
    hosts.iter().for_each(|host| all.add(&page(host.tab)));
    browser.is_to_watch(&all).await;
    browser.tell_changed(all, Vec::new()).await;
    futures_util::future::join_all(hosts.iter_mut().map(|host| async {
        let (name, tab) = (host.name.clone(), host.tab);
        match &mut host.way {
            Way::Http(_, stream) => stream.until_updated(&address(tab)).await,
            Way::Instance(client) => {
                eventually("its page has changed", async || {
                    client.news().iter().any(|news| !news.and(&page(tab)).is_empty())
                })
                .await;
                assert!(client.news().iter().all(|news| *news == page(tab)), "{name}: {:?}", client.news());
            }
        }
    }))
    .await;

    // One stays; the others take leave, and what they had is free.
    let stays = hosts.swap_remove(0);
    let left: Vec<ClientId> = hosts.iter().map(|host| host.client).collect();
    futures_util::future::join_all(hosts.into_iter().map(|host| async move {
        match host.way {
            Way::Http(session, mut stream) => {
                assert_eq!(session.delete().await, 202);
                let own = [address(host.tab), format!("Nothing to click for {}.", host.name)];
                while let Some(message) = within("the end of the stream", stream.message()).await {
                    let said = message.to_string();
                    assert!(own.iter().any(|own| said.contains(own)), "{} heard {said}", host.name);
                }
            }
            Way::Instance(client) => client.leave().await,
        }
    }))
    .await;
    eventually("the browser forgets them", async || left.iter().all(|id| is_forgotten(&browser, *id))).await;
    assert_eq!(hub.status().await.clients.len(), 1);
    stays.fails().await;
    let Way::Http(session, _stream) = stays.way else { panic!("the first one came over HTTP") };
    assert_eq!(session.delete().await, 202);
    eventually("nothing is left", async || hub.house.actors.get() == actors).await;
}
