//! What the way costs: instance → hub → stand-in browser → back, beside a plain echo over the same two hops.
//!
//! A hop to a thread on another core costs several times what a hop on the same core does, and where the system places
//! threads changes from one moment to the next. So the two are also measured where both are placed alike: the middle (hub
//! or relay) on a core of its own, and everything on one core, where nothing but the work itself counts.

use std::time::{Duration, Instant};

use serde_json::json;
use tabhub::mcp::Backend;

use crate::echo::Echo;
use crate::home::hover;
use crate::placement::{Place, Placement};
use crate::standin::Standin;
use crate::support::mcp::McpProcess;
use crate::{Bench, Figure, median_ms, timed};

/// The first turn warms up.
const TURNS: usize = 11;
/// Long enough for threads to come to rest where the system wants them.
const TURN: Duration = Duration::from_millis(120);

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let _standin = Standin::start(&home).await;
    let link = home.link();
    let server = McpProcess::start(&bench.tabhub, &[], &home.env(), "bench").await;
    let mut plain = Echo::start().connect().await;
    let placement = Placement::of(home.hub().pid);
    let mut figures = Vec::new();
    for place in [Place::Free, Place::Apart, Place::OneCore] {
        placement.put(place);
        let (mut from_host, mut from_instance, mut echo) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..TURNS {
            // In turns, so that all see the same machine.
            let host_turn = rounds(place == Place::Free, async || {
                let result = server.call("browser_hover", json!({ "ref": "e1" })).await;
                assert_ne!(result["isError"], true, "{result}");
            });
            let host_turn = host_turn.await;
            let instance_turn = rounds(true, async || drop(link.call(hover()).await.unwrap())).await;
            let echo_turn = rounds(true, async || plain.round().await).await;
            if turn > 0 {
                from_host.extend(host_turn);
                from_instance.extend(instance_turn);
                echo.extend(echo_turn);
            }
        }
        let (ours, echo) = (median_ms(&from_instance), median_ms(&echo));
        if place == Place::Free {
            let beside = Some(("plain echo, two hops", echo));
            let name = "instance to stand-in browser and back";
            figures.push(Figure::new(name, "ms", ours).at_most(0.3).beside(beside));
            let name = "the same from the host, over stdio and MCP";
            figures.push(Figure::new(name, "ms", median_ms(&from_host)).beside(beside));
        }
        let name = format!("instance to stand-in and back, {}", place.words());
        let note = format!("{ours:.3} ms; the echo {echo:.3} ms");
        figures.push(Figure::new(name, "times the echo", ours / echo).at_most(2.0).note(note));
    }
    placement.put(Place::Free);
    server.close().await;
    link.close().await;
    figures
}

/// How long each round took, for one turn.
async fn rounds(is_wanted: bool, mut round: impl AsyncFnMut()) -> Vec<Duration> {
    let (mut times, began) = (Vec::new(), Instant::now());
    while is_wanted && began.elapsed() < TURN {
        times.push(timed(round()).await.0);
    }
    times
}
