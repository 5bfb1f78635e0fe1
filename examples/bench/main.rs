//! The figures: what tabhub costs, how fast it is and how fast it heals. `scripts/bench` runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on ends")]
#![allow(missing_docs, reason = "it is no library")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

#[path = "../../tests/support/mod.rs"]
mod support;

mod crowd;
mod echo;
mod figure;
mod fleet;
mod home;
mod hops;
mod http;
mod memory;
mod page;
mod peer;
mod placement;
mod recovery;
mod restart;
mod shop;
mod standin;
mod start;
mod tabs;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};

use crate::figure::{Figure, median, median_ms};
use crate::home::Home;
use crate::peer::Peer;

/// Measures tabhub on this machine. Machines differ: ratios are what counts, and those within one run.
#[derive(Parser)]
struct Bench {
    /// The tabhub binary to measure, a release build
    tabhub: PathBuf,
    /// The file that gets the figures as JSON
    json: PathBuf,
    /// Playwright MCP's cli.js, to measure it beside
    #[arg(long)]
    playwright: Option<PathBuf>,
    /// chrome-devtools-mcp's main script, to measure it beside
    #[arg(long)]
    devtools: Option<PathBuf>,
    /// Measure only this; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Spawn to `initialize` answered, beside the peers; first status where no hub runs
    Start,
    /// PSS of an instance, beside the peers; of the hub with 10 to 1,000 clients, and how much of it each client is
    Memory,
    /// A call from instance (and host) to a stand-in browser and back, beside a plain WebSocket echo over two hops
    Hops,
    /// The hub with 1, 10, 100, 1,000 clients: latency of calls at a fixed pace, and throughput when all call at once;
    /// both beside the plain echo
    Crowd,
    /// MCP over HTTP: a tool call over a kept connection, calls a second, and how soon 100 subscribers see a change
    Http,
    /// `kill -9` of the hub to the first successful call of each of 20 clients, idle and working
    Recovery,
    /// A panic of each actor to the first successful call through its next run
    Restart,
    /// Clicks, typing, snapshots of 200 to 20,000 elements, sizes of answers: in headless Chromium, beside the peers
    Pages,
    /// Eight clients in eight tabs at once, beside one alone
    Tabs,
}

impl Bench {
    /// A folder with a hub of its own; its ports are the system's.
    fn home(&self) -> Home {
        Home::new(self.tabhub.clone())
    }

    /// The peers that are there.
    fn peers(&self) -> Vec<Peer> {
        let playwright = self.playwright.as_deref().map(Peer::playwright);
        playwright.into_iter().chain(self.devtools.as_deref().map(Peer::devtools)).collect()
    }
}

/// A runtime for a thread that stands for a process of its own.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// How long `future` took.
pub async fn timed<T>(future: impl Future<Output = T>) -> (Duration, T) {
    let start = Instant::now();
    let value = future.await;
    (start.elapsed(), value)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bench = Bench::parse();
    // A thousand clients and as many lines of the echo need more than most systems allow at first.
    tabhub::daemon::open_files::allow_all();
    let mut figures = Vec::new();
    for part in Part::value_variants() {
        if !bench.only.is_empty() && !bench.only.contains(part) {
            continue;
        }
        let began = Instant::now();
        eprint!("measuring {} ... ", part.to_possible_value().unwrap().get_name());
        figures.extend(match part {
            Part::Start => start::measure(&bench).await,
            Part::Memory => memory::measure(&bench).await,
            Part::Hops => hops::measure(&bench).await,
            Part::Crowd => crowd::measure(&bench).await,
            Part::Http => http::measure(&bench).await,
            Part::Recovery => recovery::measure(&bench).await,
            Part::Restart => restart::measure(&bench).await,
            Part::Pages => page::measure(&bench).await,
            Part::Tabs => tabs::measure(&bench).await,
        });
        eprintln!("{:.0} s", began.elapsed().as_secs_f64());
    }
    figure::print_table(&figures);
    figure::write_json(&bench.json, &figures);
}
