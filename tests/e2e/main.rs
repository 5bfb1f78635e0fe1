//! End to end: real headless Chromium with the real extension, a real hub, clients on real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

#[path = "../support/links.rs"]
mod links;

mod actions;
mod ask;
mod batch;
mod browsermcp;
mod browsers;
mod clients;
mod downloads;
mod exactly_once;
mod extract;
mod fighting;
mod forms;
mod full;
mod hosts;
mod http;
mod input;
mod leases;
mod live;
mod native;
mod network;
mod pages;
mod reading;
mod snapshots;
mod trouble;
mod worker;

use serde_json::{Value, json};
use support::chromium::Chromium;
use support::client::FakeClient;
use support::hub::TestHub;
use support::site::{Page, Site};

/// A hub, a browser, a site, and one client.
struct Stage {
    hub: TestHub,
    chromium: Chromium,
    site: Site,
    client: FakeClient,
}

impl Stage {
    /// A stage whose site serves `html` at every path.
    async fn with_page(html: &'static str) -> Self {
        Self::with_site(move |_| Page::html(html)).await
    }

    async fn with_site(pages: impl Fn(&str) -> Page + Send + Sync + 'static) -> Self {
        let hub = TestHub::start().await;
        let chromium = Chromium::start(&hub).await;
        let client = FakeClient::connect(hub.port, "one").await;
        let site = Site::serve(pages).await;
        Self { hub, chromium, site, client }
    }

    /// Opens a path of the site and returns its snapshot.
    async fn open(&self, path: &str) -> String {
        let answer = self.client.call("browser_navigate", json!({ "url": self.site.url(path) })).await.unwrap();
        yaml(&answer)
    }

    async fn call(&self, tool: &str, params: Value) -> Value {
        self.client.call(tool, params).await.unwrap_or_else(|error| panic!("{tool}: {error}"))
    }

    async fn snapshot(&self) -> String {
        yaml(&self.call("browser_snapshot", json!({})).await)
    }

    /// The value of an expression in the page.
    async fn evaluate(&self, function: &str) -> Value {
        self.call("browser_evaluate", json!({ "function": function })).await["value"].clone()
    }
}

/// An answer's snapshot.
fn yaml(answer: &Value) -> String {
    answer["snapshot"]["yaml"].as_str().unwrap_or_else(|| panic!("no snapshot in {answer}")).to_owned()
}

/// The ref of the element whose line contains `what`.
fn reference(yaml: &str, what: &str) -> String {
    let line = yaml.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what:?} in\n{yaml}"));
    let rest = line.split("[ref=").nth(1).unwrap_or_else(|| panic!("no ref in {line:?}"));
    rest.split(']').next().unwrap().to_owned()
}
