//! News of what clients watch: they reach those who may see it, outlive every actor, and drown nobody.

use std::time::Instant;

use tabhub::protocol::event::{Reader, TabInfo};
use tabhub::protocol::topics::{PagePart, Part};
use tabhub::protocol::{BrowserEpoch, BrowserId, ClientId, Event, Frame, TabId, Topics};
use tabhub::supervise::fault::PanicNow;

use crate::support::browser::{FakeBrowser, echo, tab};
use crate::support::client::{FakeClient, nothing};
use crate::support::eventually;
use crate::support::hub::TestHub;

fn page(tab: i64, part: Part) -> Topics {
    Topics { pages: [PagePart { tab_id: TabId(tab), part }].into(), ..Topics::default() }
}

fn content(tab: i64) -> Topics {
    page(tab, Part::Content)
}

fn sum(parts: &[Topics]) -> Topics {
    let mut all = Topics::default();
    parts.iter().for_each(|part| all.add(part));
    all
}

fn tabs() -> Topics {
    Topics { tabs: true, ..Topics::default() }
}

fn list() -> Topics {
    Topics { list: true, ..Topics::default() }
}

/// Tells tabs and waits until the hub knows so many of them for the client: what it watches from then on has not changed.
async fn shows(hub: &TestHub, browser: &FakeBrowser, tabs: &[TabInfo], client: &FakeClient, held: usize) {
    browser.tell_tabs(tabs.to_vec()).await;
    eventually("the hub knows the tabs", async || {
        hub.status().await.clients.iter().any(|row| row.id == client.id && row.tabs.len() == held)
    })
    .await;
}

/// A client that holds tab 1, watches its page, and has heard that it does.
async fn watcher(hub: &TestHub, browser: &FakeBrowser) -> FakeClient {
    let client = FakeClient::connect(hub.port, "watcher").await;
    shows(hub, browser, &[tab(1, Some(client.id), true)], &client, 1).await;
    client.watch(content(1)).await;
    browser.is_to_watch(&content(1)).await;
    client
}

/// Tells of a change until the client has heard of it: whoever is being restarted meanwhile may miss some.
async fn hears_in_the_end(browser: &FakeBrowser, client: &FakeClient, change: &Topics) {
    eventually("the client hears of changes again", async || {
        browser.tell_changed(change.clone(), Vec::new()).await;
        client.news().iter().any(|news| !news.and(change).is_empty())
    })
    .await;
}

#[tokio::test]
async fn a_client_hears_of_its_tabs_and_of_those_shared_with_it_and_never_of_others() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let one = FakeClient::connect(hub.port, "one").await;
    let other = FakeClient::connect(hub.port, "other").await;
    let all = sum(&[tabs(), list(), content(1), content(2), content(3)]);
    let mut shown = vec![tab(1, Some(one.id), true), tab(2, Some(other.id), true), tab(3, None, false)];
    shows(&hub, &browser, &shown, &one, 1).await;
    one.watch(all.clone()).await;
    other.watch(all).await;
    browser.is_to_watch(&sum(&[content(1), content(2)])).await;
    shown.iter_mut().for_each(|tab| tab.title = "Another page".to_owned());
    browser.tell_tabs(shown.clone()).await;
    one.hears(&sum(&[tabs(), content(1)])).await;
    other.hears(&sum(&[tabs(), content(2)])).await;
    // A page of the other's and one of the person's change, and then one of its own: it hears of the last alone.
    shown[1].title = "One more page".to_owned();
    shown[2].url = "http://bank.test/".to_owned();
    browser.tell_tabs(shown.clone()).await;
    browser.tell_changed(sum(&[content(2), content(3)]), vec![other.id]).await;
    browser.tell_changed(content(1), Vec::new()).await;
    one.hears(&content(1)).await;
    other.hears(&sum(&[tabs(), content(2)])).await;
    shown[1].readers = vec![Reader { id: one.id, name: "one".to_owned() }];
    browser.tell_tabs(shown.clone()).await;
    one.hears(&sum(&[tabs(), list(), content(2)])).await; // It is shared with it now.
    browser.tell_changed(content(2), Vec::new()).await;
    one.hears(&content(2)).await;
    shown.remove(0);
    browser.tell_tabs(shown).await;
    one.hears(&sum(&[tabs(), list(), content(1)])).await; // Its own tab is gone.
}

#[tokio::test]
async fn a_browser_tells_of_a_page_only_while_someone_watches_it_who_may_see_it() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let stranger = FakeClient::connect(hub.port, "stranger").await;
    shows(&hub, &browser, &[tab(1, Some(client.id), true), tab(2, Some(client.id), false)], &client, 2).await;
    stranger.watch(sum(&[content(1), page(2, Part::Console)])).await;
    client.watch(sum(&[tabs(), list(), page(2, Part::Network)])).await;
    browser.is_to_watch(&page(2, Part::Network)).await;
    let current = Topics { current: true, ..Topics::default() };
    client.watch(sum(&[current.clone(), Topics { downloads: true, ..Topics::default() }])).await;
    browser.is_to_watch(&sum(&[content(1), Topics { downloads: true, ..Topics::default() }])).await;
    browser.tell_changed(Topics { downloads: true, ..content(1) }, vec![stranger.id]).await;
    client.hears(&current).await; // The downloads were another's.
    browser.tell_tabs(vec![tab(1, Some(client.id), false), tab(2, Some(client.id), true)]).await;
    browser.is_to_watch(&sum(&[content(2), Topics { downloads: true, ..Topics::default() }])).await;
    client.hears(&current).await;
    client.leave().await;
    browser.is_to_watch(&Topics::default()).await;
    assert!(stranger.news().is_empty(), "{:?}", stranger.news());
}

#[tokio::test]
async fn nobody_who_watches_nothing_hears_or_costs_anything() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    for title in ["a", "b"] {
        let mut shown = tab(1, Some(client.id), true);
        shown.title = title.to_owned();
        browser.tell_tabs(vec![shown]).await;
        browser.tell_changed(sum(&[content(1), tabs()]), vec![client.id]).await;
    }
    // What comes after it has come: the call's answer takes the same way.
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
    assert_eq!((client.news().len(), browser.watched().len()), (0, 0));
}

#[tokio::test]
async fn news_of_who_is_connected_reach_those_who_watch_for_it() {
    let hub = TestHub::start().await;
    let client = FakeClient::connect(hub.port, "one").await;
    let status = Topics { status: true, ..Topics::default() };
    client.watch(status.clone()).await;
    let other = FakeClient::connect(hub.port, "other").await;
    client.hears(&status).await;
    other.leave().await;
    client.hears(&status).await;
    let _browser = FakeBrowser::connect(hub.port).await;
    client.hears(&status).await;
}

#[tokio::test]
async fn what_is_watched_outlives_every_actor_on_the_way_of_its_news() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = watcher(&hub, &browser).await;
    hub.house.registry.tell(PanicNow);
    client.hears(&content(1)).await; // What changed meanwhile nobody has told it.
    for (actor, part) in [("Router", Part::Console), ("BrowserSession", Part::Network)] {
        let told = browser.watched().len();
        match actor {
            "Router" => hub.house.router.tell(PanicNow),
            _ => hub.panic_browser_session().await,
        }
        eventually("it is restarted", async || hub.restarts(actor) == 1).await;
        if actor == "BrowserSession" {
            // It forgets what the run before it told, and is told anew what is wanted.
            eventually("the browser is told again", async || browser.watched().len() > told).await;
            browser.is_to_watch(&content(1)).await;
        }
        // Its next run knows what is watched, and hears when that changes, or ends.
        client.watch(Topics::default()).await;
        browser.is_to_watch(&Topics::default()).await;
        client.watch(sum(&[content(1), page(1, part)])).await;
        browser.is_to_watch(&sum(&[content(1), page(1, part)])).await;
        hears_in_the_end(&browser, &client, &page(1, part)).await;
        client.watch(content(1)).await;
        browser.is_to_watch(&content(1)).await;
    }
    assert_eq!(hub.restarts("ClientRegistry"), 1);
}

#[tokio::test]
async fn a_browser_that_comes_back_is_told_what_to_watch_and_its_watchers_that_they_may_have_missed_something() {
    let hub = TestHub::start().await;
    let (id, epoch) = (BrowserId::mint(), BrowserEpoch::mint());
    let browser = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    let client = watcher(&hub, &browser).await;
    browser.vanish().await;
    let browser = FakeBrowser::connect_with(hub.port, id, epoch, echo).await;
    browser.tell_tabs(vec![tab(1, Some(client.id), true)]).await;
    browser.is_to_watch(&content(1)).await;
    client.hears(&content(1)).await;
}

#[tokio::test]
async fn a_browser_that_floods_with_changes_is_told_on_as_often_as_makes_sense_and_the_last_one_always() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    client.watch(tabs()).await;
    let began = Instant::now();
    let mut shown = tab(1, Some(client.id), true);
    for n in 0..2_000 {
        shown.title = format!("Title {n}");
        browser.tell_tabs(vec![shown.clone()]).await;
    }
    eventually("the flood is over", async || {
        let status = hub.status().await;
        status.clients.first().is_some_and(|c| c.tabs.first().is_some_and(|tab| tab.title == "Title 1999"))
    })
    .await;
    let told = client.news().len();
    let most = began.elapsed().as_millis() / 20 + 1;
    assert!(told > 0 && (told as u128) <= most, "{told} news of 2000 changes, {most} at most");
    // Each of these is another change, and most are held back for a moment: all are told.
    let pages: Vec<_> = (1..=30).map(content).collect();
    browser.tell_tabs((1..=30).map(|id| tab(id, Some(client.id), false)).collect()).await;
    client.watch(sum(&pages)).await;
    browser.is_to_watch(&sum(&pages)).await;
    for page in &pages {
        browser.tell_changed(page.clone(), Vec::new()).await;
    }
    eventually("all of them are told", async || sum(&client.news()).and(&sum(&pages)) == sum(&pages)).await;
}

#[tokio::test]
async fn a_client_that_watches_without_measure_is_bounded_and_a_browser_is_not_drowned_in_its_wishes() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let held: Vec<_> = (0..2_000).map(|id| tab(id, Some(client.id), false)).collect();
    browser.tell_tabs(held).await;
    let many = |from: i64| sum(&(from..2_000).map(content).collect::<Vec<_>>());
    client.watch(many(0)).await;
    eventually("it is bounded", async || browser.watched().last().is_some_and(|told| told.pages.len() == 1_024)).await;
    let before = browser.watched().len();
    for n in 0..1_000 {
        client.watch(if n % 2 == 0 { Topics::default() } else { content(1) }).await;
    }
    client.watch(content(7)).await;
    browser.is_to_watch(&content(7)).await;
    let told = browser.watched().len() - before;
    assert!(told < 900, "{told} of 1000 wishes were told on");
    assert!(client.call("browser_snapshot", nothing()).await.is_ok());
}

#[tokio::test]
async fn a_client_that_is_away_watches_nothing_until_it_is_back() {
    let hub = TestHub::start().await;
    let browser = FakeBrowser::connect(hub.port).await;
    let id = ClientId::mint();
    let client = FakeClient::try_connect(hub.port, "one", id).await.unwrap();
    browser.tell_tabs(vec![tab(1, Some(id), true)]).await;
    client.watch(content(1)).await;
    browser.is_to_watch(&content(1)).await;
    client.vanish();
    browser.is_to_watch(&Topics::default()).await;
    let client = FakeClient::try_connect(hub.port, "one", id).await.unwrap();
    client.send(&Frame::Event(Event::Watch { topics: content(1) })).await;
    browser.is_to_watch(&content(1)).await;
    browser.tell_changed(content(1), Vec::new()).await;
    client.hears(&content(1)).await;
}
