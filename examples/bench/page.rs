//! What a page costs: clicks, typing, snapshots of 200 to 20,000 elements, and how long answers are; in headless Chromium, over
//! MCP, beside the peers. The servers take turns, so that all see the same machine.

use std::time::Duration;

use serde_json::json;

use crate::peer::Server;
use crate::{Bench, Figure, median_ms, shop, timed};

/// Every server has so many goes, one after another; each begins with a look that does not count.
const GOES: usize = 3;
/// Clicks and typing in a go.
const TURNS: usize = 6;
/// Elements, how often they are looked at in a go, and what a look may take.
const SNAPSHOTS: [(usize, usize, f64); 3] = [(200, 6, 10.0), (2_000, 4, 25.0), (20_000, 3, 200.0)];
const TEXT: &str = "twenty characters ok";

/// What one server took for one thing, or how long its answers were.
type Measured = Vec<Vec<Duration>>;

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let site = shop::serve().await;
    let home = bench.home();
    home.run(&["up", "--headless", "--no-check"]);
    let mut servers = vec![Server::tabhub(&bench.tabhub, &home, "bench").await];
    for peer in bench.peers() {
        servers.push(Server::of(&peer).await);
    }
    let mut figures = Vec::new();
    actions(&servers, &site.url("/rows"), &mut figures).await;
    figures.push(clicks(&servers, &site.url("/framed"), "click beside frames of another site that nobody sees").await);
    let mut longest = 0;
    for (elements, turns, limit) in SNAPSHOTS {
        let url = site.url(&format!("/shop/{elements}"));
        longest = longest.max(snapshots(&servers, &url, elements, turns, limit, &mut figures).await);
    }
    figures.push(
        Figure::new("longest default answer", "characters", count(longest))
            .at_most(12_000.0)
            .note("of opening and of looking at those pages"),
    );
    let mut listed = Vec::new();
    for server in &servers {
        listed.push((server.name, count(server.process.request("tools/list", json!({})).await.to_string().len())));
    }
    figures.push(Figure::new("tools/list", "bytes", listed[0].1).at_most(14.0 * 1024.0).beside(listed.split_off(1)));
    for server in servers {
        server.process.close().await;
    }
    figures
}

/// Clicks and typing on a small page.
async fn actions(servers: &[Server], url: &str, figures: &mut Vec<Figure>) {
    let mut pages = Vec::new();
    for server in servers {
        server.open(url).await;
        pages.push(server.whole().await);
    }
    let mut clicks: Measured = vec![Vec::new(); servers.len()];
    let mut typed = clicks.clone();
    for go in 0..GOES {
        for (at, server) in servers.iter().enumerate() {
            server.click(&server.reference(&pages[at], "button \"Clear it\"")).await;
            for turn in go * TURNS..(go + 1) * TURNS {
                for n in [turn % 20, (turn + 7) % 20] {
                    let button = server.reference(&pages[at], &format!("button \"Row button {n}\""));
                    clicks[at].push(timed(server.click(&button)).await.0);
                }
                let field = server.reference(&pages[at], "textbox");
                typed[at].push(timed(server.type_text(&field, TEXT)).await.0);
            }
        }
    }
    figures.push(figure("click on a page of 20 rows", servers, &clicks).at_most(30.0));
    figures.push(figure("type 20 characters", servers, &typed).at_most(40.0));

    let (mut fetches, mut shown): (Measured, Vec<bool>) = (vec![Vec::new(); servers.len()], vec![true; servers.len()]);
    for _ in 0..4 {
        for (at, server) in servers.iter().enumerate() {
            let fetch = server.reference(&pages[at], "button \"Fetch it\"");
            let (time, text) = timed(server.click(&fetch)).await;
            shown[at] &= text.contains("the fetched answer");
            fetches[at].push(time);
            server.click(&server.reference(&pages[at], "button \"Clear it\"")).await;
        }
    }
    let words = |(server, shown): (&Server, &bool)| {
        format!("{}: {}", server.name, if *shown { "its result shown" } else { "its result MISSING" })
    };
    let note = servers.iter().zip(&shown).map(words).collect::<Vec<_>>().join("; ");
    figures.push(figure("click that starts a 200 ms fetch", servers, &fetches).note(note));
}

/// Clicks on the same page with something more on it.
async fn clicks(servers: &[Server], url: &str, name: &str) -> Figure {
    let mut clicks: Measured = vec![Vec::new(); servers.len()];
    for (at, server) in servers.iter().enumerate() {
        server.open(url).await;
        let page = server.whole().await;
        for n in 0..=TURNS {
            let button = server.reference(&page, &format!("button \"Row button {n}\""));
            let (time, _) = timed(server.click(&button)).await;
            // The first one does not count.
            if n > 0 {
                clicks[at].push(time);
            }
        }
    }
    figure(name, servers, &clicks).at_most(50.0)
}

/// Looks at a page; returns how long tabhub's longest default answer was.
async fn snapshots(
    servers: &[Server],
    url: &str,
    elements: usize,
    turns: usize,
    limit: f64,
    figures: &mut Vec<Figure>,
) -> usize {
    let none = vec![Vec::new(); servers.len()];
    let (mut opened, mut whole, mut default): (Measured, Measured, Measured) = (none.clone(), none.clone(), none);
    let mut sizes = vec![0; servers.len()];
    let mut longest = 0;
    for (at, server) in servers.iter().enumerate() {
        // Each time anew: what a look needs is brought to each document once.
        for _ in 0..5 {
            let look = async {
                let text = server.open(url).await;
                server.snapshot().await;
                text
            };
            let (time, text) = timed(look).await;
            opened[at].push(time);
            if at == 0 {
                longest = longest.max(text.chars().count());
            }
        }
    }
    for _ in 0..GOES {
        for (at, server) in servers.iter().enumerate() {
            server.snapshot().await;
            for _ in 0..turns {
                let (time, text) = timed(server.whole()).await;
                whole[at].push(time);
                sizes[at] = text.chars().count();
                if at == 0 {
                    let (time, text) = timed(server.snapshot()).await;
                    default[at].push(time);
                    longest = longest.max(text.chars().count());
                }
            }
        }
    }
    let size = |(server, size): (&Server, &usize)| format!("{}: {size} characters", server.name);
    let note = servers.iter().zip(&sizes).map(size).collect::<Vec<_>>().join("; ");
    figures
        .push(figure(&format!("snapshot of {elements} elements, in full"), servers, &whole).at_most(limit).note(note));
    figures.push(
        Figure::new(format!("snapshot of {elements} elements, default"), "ms", median_ms(&default[0])).at_most(limit),
    );
    figures.push(figure(&format!("open a page of {elements} elements, and look at it"), servers, &opened));
    if elements == 2_000 {
        figures.push(one_click(servers).await);
    }
    longest
}

/// How long the answer to a click is, which changes a button, a list and a number of a large page.
async fn one_click(servers: &[Server]) -> Figure {
    let mut lengths = Vec::new();
    for server in servers {
        let page = server.whole().await;
        let button = server.reference(&page, "button \"Thing 40: Buy\"");
        let answer = server.click(&button).await;
        lengths.push((server.name, count(answer.chars().count())));
        if server.name == "tabhub" {
            assert!(answer.contains("In the cart") && answer.contains("Thing number 40"), "{answer}");
        }
    }
    Figure::new("answer to a click on a page of 2000 elements", "characters", lengths[0].1)
        .at_most(1_000.0)
        .beside(lengths.split_off(1))
        .note("tabhub's shows what changed; Playwright MCP's names a file, chrome-devtools-mcp's says only that it clicked")
}

fn figure(name: &str, servers: &[Server], times: &Measured) -> Figure {
    let beside = servers.iter().zip(times).skip(1).map(|(server, times)| (server.name, median_ms(times)));
    Figure::new(name, "ms", median_ms(&times[0])).beside(beside)
}

#[expect(clippy::cast_precision_loss, reason = "no answer is that long")]
fn count(n: usize) -> f64 {
    n as f64
}
