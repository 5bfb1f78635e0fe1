//! What a page costs: a click, a click that starts a fetch, a large snapshot; in headless Chromium, over MCP.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::mcp::{McpProcess, text_of};
use crate::support::site::{Page, Site};
use crate::{Bench, Figure, median_ms, timed};

const CLICKS: usize = 40;
const SNAPSHOTS: usize = 9;
const ELEMENTS: usize = 12_000;

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let site = Site::serve(|path| match path {
        "/rows" => Page::html(rows(20)),
        "/large" => Page::html(large(ELEMENTS)),
        "/data" => Page::text("the fetched answer").after(Duration::from_millis(200)),
        _ => Page::missing(),
    })
    .await;
    let home = bench.home();
    home.run(&["up", "--headless", "--no-check"]);
    let server = McpProcess::start(&bench.tabhub, &[], &home.env(), "bench").await;
    let ours = figures(&server, &site, "ref", json!({ "maxChars": 10_000_000 })).await;
    server.close().await;
    let peer = match bench.peer() {
        Some((program, args)) => {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let server = McpProcess::start(&program, &args, &[], "bench").await;
            let measured = figures(&server, &site, "target", json!({})).await;
            server.close().await;
            Some(measured)
        }
        None => None,
    };
    let beside = |pick: fn(&Measured) -> f64| peer.as_ref().map(|p| ("Playwright MCP", pick(p)));
    let figure = |name, pick: fn(&Measured) -> f64| Figure::new(name, "ms", pick(&ours)).beside(beside(pick));
    let shown = |m: &Measured| if m.fetch_shown { "its result shown" } else { "its result MISSING" };
    let fetch_note = format!("tabhub: {}; peer: {}", shown(&ours), peer.as_ref().map_or("-", shown));
    let size_note = format!("{} kB; peer: {} kB", ours.snapshot_kb, peer.as_ref().map_or(0, |p| p.snapshot_kb));
    vec![
        figure("click on a page of 20 rows", |m| m.click).at_most(40.0),
        figure("click that starts a 200 ms fetch", |m| m.fetch).note(fetch_note),
        figure("snapshot of 12,000 elements, in full", |m| m.snapshot).at_most(200.0).note(size_note),
        figure("snapshot of 12,000 elements, default", |m| m.default_snapshot).at_most(200.0),
    ]
}

struct Measured {
    click: f64,
    fetch: f64,
    fetch_shown: bool,
    snapshot: f64,
    snapshot_kb: usize,
    default_snapshot: f64,
}

/// The same steps for each server; `target` is its name for the parameter that names an element.
async fn figures(server: &McpProcess, site: &Site, target: &str, in_full: Value) -> Measured {
    server.text("browser_navigate", json!({ "url": site.url("/rows") })).await;
    let page = server.text("browser_snapshot", json!({})).await;
    let mut clicks = Vec::new();
    for n in 0..CLICKS {
        let reference = reference(&page, &format!("Row button {}", n % 20));
        let (time, result) =
            timed(server.call("browser_click", json!({ target: reference, "element": "a row" }))).await;
        assert_ne!(result["isError"], true, "{}", text_of(&result));
        clicks.push(time);
    }
    let (mut fetches, mut fetch_shown) = (Vec::new(), true);
    for _ in 0..5 {
        let fetch = reference(&page, "Fetch it");
        let (time, result) = timed(server.call("browser_click", json!({ target: fetch, "element": "fetch" }))).await;
        fetch_shown &= text_of(&result).contains("the fetched answer");
        fetches.push(time);
        server.call("browser_click", json!({ target: reference(&page, "Clear it"), "element": "clear" })).await;
    }
    server.text("browser_navigate", json!({ "url": site.url("/large") })).await;
    let (mut full, mut default, mut size) = (Vec::new(), Vec::new(), 0);
    for _ in 0..SNAPSHOTS {
        let (time, text) = timed(server.text("browser_snapshot", in_full.clone())).await;
        size = text.len();
        full.push(time);
        default.push(timed(server.text("browser_snapshot", json!({}))).await.0);
    }
    Measured {
        click: median_ms(&clicks),
        fetch: median_ms(&fetches),
        fetch_shown,
        snapshot: median_ms(&full),
        snapshot_kb: size / 1000,
        default_snapshot: median_ms(&default),
    }
}

fn reference(page: &str, name: &str) -> String {
    let line =
        page.lines().find(|line| line.contains(&format!("button \"{name}\""))).unwrap_or_else(|| panic!("{page}"));
    line.split("[ref=").nth(1).unwrap().split(']').next().unwrap().to_owned()
}

fn rows(count: usize) -> String {
    let rows: String = (0..count)
        .map(|n| {
            format!("<tr><td>Row {n}<td>Some text<td><button onclick=\"this.dataset.n = 1\">Row button {n}</button>")
        })
        .collect();
    format!(
        "<!doctype html><title>Rows</title><h1>Rows</h1><table>{rows}</table>
         <button id=f>Fetch it</button><button id=c>Clear it</button><p id=out></p><script>
         document.getElementById('f').onclick = async () => {{ const a = await fetch('/data'); document.getElementById('out').textContent = await a.text(); }};
         document.getElementById('c').onclick = () => {{ document.getElementById('out').textContent = ''; }};</script>"
    )
}

fn large(elements: usize) -> String {
    // Three elements a row: the row, its text, its link.
    let rows: String = (0..elements / 3)
        .map(|n| format!("<li><span>Item number {n}</span> <a href=\"/item/{n}\">Open {n}</a></li>"))
        .collect();
    format!("<!doctype html><title>Large</title><h1>Large</h1><ul>{rows}</ul>")
}
