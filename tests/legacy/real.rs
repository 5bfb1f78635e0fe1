//! Real Chromium, with a small extension that speaks that extension's protocol from a real worker: what a browser truly
//! sends when it dials (Origin, Host, which loopback address), and that it finds the next hub by itself. The extension of
//! the store is not ours to keep here.

use std::path::Path;
use std::process::Child;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tabhub::protocol::ErrorCode;
use tempfile::TempDir;

use crate::support::chromium::{end, spawn};
use crate::support::client::{FakeClient, nothing};
use crate::support::eventually;
use crate::support::hub::TestHub;
use crate::support::site::{Page, Site};

const WORKER: &str = r"
const tab = async () => (await chrome.tabs.query({ active: true }))[0];
const inPage = async (func, ...args) => {
  const [{ result }] = await chrome.scripting.executeScript({ target: { tabId: (await tab()).id }, func, args });
  if (result?.error) throw new Error(result.error);
  return result?.value;
};
const loaded = (id) => new Promise((done) => {
  const listener = (changed, { status }) => {
    if (changed !== id || status !== 'complete') return;
    chrome.tabs.onUpdated.removeListener(listener);
    done();
  };
  chrome.tabs.onUpdated.addListener(listener);
});
const verbs = {
  getUrl: async () => (await tab()).url,
  getTitle: async () => (await tab()).title,
  browser_navigate: async ({ url }) => {
    const { id } = await tab();
    const done = loaded(id);
    await chrome.tabs.update(id, { url });
    await done;
  },
  browser_snapshot: () => inPage(() => {
    globalThis.generation = (globalThis.generation ?? 0) + 1;
    const buttons = [...document.querySelectorAll('button')];
    return { value: buttons.map((b, n) => `- button '${b.textContent}' [ref=s${globalThis.generation}e${n}]`).join('\n') };
  }),
  browser_click: ({ ref }) => inPage((ref) => {
    const [, generation, n] = /^s(\d+)e(\d+)$/.exec(ref);
    if (Number(generation) !== globalThis.generation) return { error: `Stale aria-ref ${ref}` };
    document.querySelectorAll('button')[n].click();
    return {};
  }, ref),
};
const connect = () => {
  const socket = new WebSocket('ws://localhost:PORT/');
  socket.onclose = () => setTimeout(connect, 200);
  socket.onmessage = async ({ data }) => {
    const { id, type, payload } = JSON.parse(data);
    let result, error = null;
    try { result = await verbs[type](payload ?? {}); } catch (e) { error = e.message; }
    socket.send(JSON.stringify({ type: 'messageResponse', payload: { requestId: id, result, error } }));
  };
};
connect();
";

const PAGE: &str = "<title>Count</title><button onclick='this.textContent = Number(this.textContent) + 1'>0</button>";

/// Chromium with that small extension.
struct Browser {
    process: Child,
    _home: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// The id that Chromium gives an unpacked extension without a key: of its folder's path.
fn id_of(folder: &Path) -> String {
    let digest = Sha256::digest(folder.display().to_string());
    digest.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(b'a' + half)).collect()
}

fn folder(home: &TempDir) -> std::path::PathBuf {
    home.path().canonicalize().unwrap().join("extension")
}

fn launch(home: TempDir, port: u16) -> Browser {
    let folder = folder(&home);
    std::fs::create_dir_all(&folder).unwrap();
    let manifest = json!({
        "manifest_version": 3, "name": "legacy", "version": "1", "permissions": ["tabs", "scripting"],
        "host_permissions": ["<all_urls>"], "background": { "service_worker": "worker.js" },
    });
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    std::fs::write(folder.join("worker.js"), WORKER.replace("PORT", &port.to_string())).unwrap();
    let process = spawn(home.path(), &folder, &["about:blank"]);
    Browser { process, _home: home }
}

async fn hub(port: u16, extension: &str) -> TestHub {
    let origin = format!("chrome-extension://{extension}");
    TestHub::start_with(move |settings| {
        settings.legacy_port = Some(port);
        settings.legacy_origins = vec![origin];
    })
    .await
}

async fn connected(hub: &TestHub) {
    eventually("the extension is connected", || async { hub.status().await.browsers.iter().any(|b| b.connected) })
        .await;
}

fn yaml(answer: &Value) -> &str {
    answer["snapshot"]["yaml"].as_str().unwrap()
}

#[tokio::test]
async fn a_real_browser_with_an_extension_of_that_protocol_serves_several_clients_and_finds_the_next_hub() {
    let home = tempfile::tempdir().unwrap();
    let id = id_of(&folder(&home));
    let mut first = hub(0, &id).await;
    let port = first.legacy_port.unwrap();
    let browser = launch(home, port);
    connected(&first).await;
    let site = Site::serve(|_| Page::html(PAGE)).await;
    let (one, two) = (FakeClient::connect(first.port, "one").await, FakeClient::connect(first.port, "two").await);
    let opened = one.call("browser_navigate", json!({ "url": site.url("/a") })).await.unwrap();
    assert_eq!((&opened["page"]["url"], &opened["page"]["title"]), (&json!(site.url("/a")), &json!("Count")));
    assert_eq!(yaml(&opened), "- button '0' [ref=s1e0]");
    let clicked = one.call("browser_click", json!({ "ref": "s1e0" })).await.unwrap();
    assert_eq!(yaml(&clicked), "- button '1' [ref=s2e0]");
    assert_eq!(yaml(&two.call("browser_snapshot", nothing()).await.unwrap()), "- button '1' [ref=s3e0]");
    let stale = one.call("browser_click", json!({ "ref": "s2e0" })).await.unwrap_err();
    assert_eq!(stale.code, ErrorCode::StaleRef);
    assert_eq!(yaml(&two.call("browser_click", json!({ "ref": "s3e0" })).await.unwrap()), "- button '2' [ref=s4e0]");

    first.die();
    first.ended().await;
    let second = hub(port, &id).await;
    connected(&second).await;
    let one = FakeClient::connect_as(second.port, "one", one.id).await;
    let unseen = one.call("browser_click", json!({ "ref": "s2e0" })).await.unwrap_err();
    assert_eq!(unseen.code, ErrorCode::StaleRef, "the next hub does not know what it saw");
    assert_eq!(yaml(&one.call("browser_snapshot", nothing()).await.unwrap()), "- button '2' [ref=s5e0]");
    one.call("browser_click", json!({ "ref": "s5e0" })).await.unwrap();
    drop(browser);
}
