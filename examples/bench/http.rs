//! MCP over Streamable HTTP: a tool call over a kept connection in both eras of the protocol, how many calls a second come
//! through, and how soon a hundred subscribers see a change in the browser.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tabhub::daemon::http_token;
use tokio::io::BufReader;
use tokio::net::TcpStream;

use crate::home::Home;
use crate::standin::Standin;
use crate::support::browser::{FakeBrowser, tab};
use crate::support::http::{Alone, Request, Session, connect, next_id, rpc};
use crate::{Bench, Figure, median_ms, timed};

const CALLS: usize = 1_000;
/// So many hosts call all the time.
const CALLERS: usize = 16;
const RUSH: Duration = Duration::from_secs(2);
const SUBSCRIBERS: usize = 100;
const UPDATES: usize = 20;
/// What the subscribers look at.
const RESOURCE: &str = "browser://tabs";

/// A host that keeps its connection.
struct Host {
    request: Box<dyn Fn(u64) -> Request + Send>,
    connection: Option<BufReader<TcpStream>>,
    port: u16,
}

impl Host {
    async fn call(&mut self) {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.port).await,
        };
        let id = next_id();
        let mut reply = (self.request)(id).send_on(connection).await;
        assert_eq!(reply.status, 200);
        let answer = reply.answer(id).await;
        assert!(answer["result"]["isError"] != true && answer.get("error").is_none(), "{answer}");
        self.connection = Some(reply.into_connection().await);
    }
}

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let mut figures = calls(bench).await;
    figures.push(updates(bench).await);
    figures
}

fn token(home: &Home) -> String {
    http_token::known(&home.settings().paths.http_token()).unwrap()
}

async fn session(home: &Home, name: &str) -> Session {
    let port = home.hub().mcp_port.unwrap();
    Session::open_with(port, "/mcp", name, &json!({}), &token(home)).await
}

async fn with_session(home: &Home, name: &str) -> Host {
    let session = session(home, name).await;
    let port = session.port;
    let call = json!({ "name": "browser_snapshot", "arguments": {} });
    let request = move |id| session.request("POST").body(rpc(id, "tools/call", &call));
    Host { request: Box::new(request), connection: None, port }
}

fn without_session(home: &Home, name: &str) -> Host {
    let alone = Alone { token: token(home), ..Alone::new(home.hub().mcp_port.unwrap(), name) };
    let port = alone.port;
    let call = json!({ "name": "browser_snapshot", "arguments": {} });
    Host { request: Box::new(move |id| alone.request(id, "tools/call", call.clone())), connection: None, port }
}

async fn calls(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let _standin = Standin::start(&home).await;
    let (mut old, mut new) = (with_session(&home, "session").await, without_session(&home, "alone"));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for n in 0..CALLS + 50 {
        let (one, other) = (timed(old.call()).await.0, timed(new.call()).await.0);
        if n >= 50 {
            with.push(one);
            without.push(other);
        }
    }
    let mut hosts = Vec::new();
    for n in 0..CALLERS {
        hosts.push(with_session(&home, &format!("host {n}")).await);
    }
    let until = Instant::now() + RUSH;
    let rush = join_all(hosts.into_iter().map(|mut host| async move {
        let mut calls = 0_u32;
        while Instant::now() < until {
            host.call().await;
            calls += 1;
        }
        calls
    }));
    let made: u32 = rush.await.into_iter().sum();
    vec![
        Figure::new("a tool call over HTTP, in a session", "ms", median_ms(&with)).at_most(1.0),
        Figure::new("a tool call over HTTP, without a session", "ms", median_ms(&without)).at_most(1.0),
        Figure::new("calls over HTTP a second", "calls/s", f64::from(made) / RUSH.as_secs_f64())
            .at_least(2_000.0)
            .note(format!("{CALLERS} sessions; their hosts take part of the same two cores")),
    ]
}

/// A hundred sessions see that a tab which is shared with all has another title.
async fn updates(bench: &Bench) -> Figure {
    let home = bench.home();
    home.run(&["start"]);
    let browser = FakeBrowser::connect(home.hub().port).await;
    let tell = async |title: usize| {
        let shown = tab(7, Some(tabhub::protocol::ClientId::mint()), true);
        let shown =
            tabhub::protocol::event::TabInfo { title: format!("Title {title}"), shared_with_all: true, ..shown };
        browser.tell_tabs(vec![shown]).await;
    };
    tell(0).await;
    let mut streams = Vec::new();
    for n in 0..SUBSCRIBERS {
        let session = session(&home, &format!("subscriber {n}")).await;
        let stream = session.listen("").await;
        assert_eq!(stream.status, 200);
        let subscribed = session.ask("resources/subscribe", &json!({ "uri": RESOURCE })).await;
        assert!(subscribed.get("error").is_none(), "{subscribed}");
        streams.push(stream);
    }
    let mut worst = Vec::new();
    for n in 0..UPDATES + 1 {
        // Each news stands alone: what is told faster is paced on purpose.
        tokio::time::sleep(Duration::from_millis(250)).await;
        let at = Instant::now();
        tell(n + 1).await;
        let seen = join_all(streams.iter_mut().map(|stream| async move {
            stream.until_updated(RESOURCE).await;
            at.elapsed()
        }))
        .await;
        if n > 0 {
            worst.extend(seen.into_iter().max());
        }
    }
    Figure::new("a change in the browser seen by all of 100 subscribers", "ms", median_ms(&worst)).at_most(100.0).note(
        format!(
            "the last of them, in {UPDATES} changes; worst {:.1} ms",
            worst.iter().max().unwrap().as_secs_f64() * 1e3
        ),
    )
}
