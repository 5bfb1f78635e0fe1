//! Every tool in the real browser.

use serde_json::json;

use crate::support::chromium::Chromium;
use crate::support::client::{FakeClient, nothing};
use crate::support::hub::TestHub;
use crate::support::site::{Page, Site};

#[tokio::test]
async fn a_first_page_is_opened_read_and_clicked() {
    let hub = TestHub::start().await;
    let _chromium = Chromium::start(&hub).await;
    let client = FakeClient::connect(hub.port, "one").await;
    let site = Site::serve(|_| {
        Page::html("<title>First</title><h1>Hello</h1><button onclick=\"document.title='Clicked';this.textContent='Done'\">Go</button>")
    })
    .await;
    let answer = client.call("browser_navigate", json!({ "url": site.url("/") })).await.unwrap();
    eprintln!("{answer:#}");
    let yaml = answer["snapshot"]["yaml"].as_str().unwrap();
    assert!(yaml.contains("heading \"Hello\""), "{yaml}");
    let reference = yaml.split("button \"Go\" [ref=").nth(1).unwrap().split(']').next().unwrap();
    let start = std::time::Instant::now();
    let answer = client.call("browser_click", json!({ "ref": reference })).await.unwrap();
    eprintln!("{:?} {answer:#}", start.elapsed());
    let answer = client.call("browser_snapshot", nothing()).await.unwrap();
    eprintln!("{answer:#}");
    assert_eq!(answer["page"]["title"], "Clicked");
}
