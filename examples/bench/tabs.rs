//! Eight clients in eight tabs at once: how much more they get done than one alone, on pages that answer at once and on pages that
//! wait for their server. The first is bound by the cores of this machine, so it says how many of them were busy.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::peer::Server;
use crate::support::site::Site;
use crate::{Bench, Figure, median, shop};

const CLIENTS: usize = 8;
const TURNS: usize = 5;

/// What one client does in a turn: so many clicks on a button, with a look after each.
struct Work {
    button: &'static str,
    rounds: u16,
    figure: &'static str,
}

const AT_ONCE: Work = Work { button: "button \"Row button 3\"", rounds: 12, figure: "eight clients in eight tabs" };
const WAITING: Work =
    Work { button: "button \"Fetch it\"", rounds: 3, figure: "eight clients whose pages wait 200 ms for a server" };

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let site = shop::serve().await;
    let home = bench.home();
    home.run(&["up", "--headless", "--no-check"]);
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let server = Server::tabhub(&bench.tabhub, &home, &format!("bench {n}")).await;
        let page = open(&server, &site).await;
        clients.push((server, page));
    }
    let figures = vec![compare(&clients, &AT_ONCE).await, compare(&clients, &WAITING).await];
    for (server, _) in clients {
        server.process.close().await;
    }
    figures
}

/// Opens a tab of its own; returns its page.
async fn open(server: &Server, site: &Site) -> String {
    server.open(&site.url("/rows")).await;
    server.whole().await
}

async fn compare(clients: &[(Server, String)], work: &Work) -> Figure {
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        // In turns, so that both see the same machine; the first one warms up.
        let one = rate(&clients[..1], work).await;
        let all = rate(clients, work).await;
        if turn > 0 {
            alone.push(one);
            together.push(all);
        }
    }
    let ratios = alone.iter().zip(&together).map(|(one, all)| all.calls / one.calls).collect();
    let calls = |rates: &[Rate]| median(rates.iter().map(|rate| rate.calls).collect());
    let cores = |rates: &[Rate]| median(rates.iter().map(|rate| rate.cores).collect());
    let note = format!(
        "calls a second: {:.0} together, {:.0} alone; cores kept busy: {:.1} together, {:.1} alone, of {}",
        calls(&together),
        calls(&alone),
        cores(&together),
        cores(&alone),
        std::thread::available_parallelism().map_or(1, usize::from),
    );
    Figure::new(work.figure, "times one", median(ratios)).at_least(2.5).note(note)
}

/// How much was done in a second, and what it took of the machine.
struct Rate {
    calls: f64,
    cores: f64,
}

async fn rate(clients: &[(Server, String)], work: &Work) -> Rate {
    let (began, busy) = (Instant::now(), busy_time());
    join_all(clients.iter().map(|(server, page)| async move {
        let button = server.reference(page, work.button);
        for _ in 0..work.rounds {
            server.click(&button).await;
            server.snapshot().await;
        }
    }))
    .await;
    let took = began.elapsed().as_secs_f64();
    let calls = f64::from(2 * work.rounds) * f64::from(u16::try_from(clients.len()).unwrap());
    Rate { calls: calls / took, cores: busy_time().saturating_sub(busy).as_secs_f64() / took }
}

/// What all cores together have worked since the machine began, whoever they worked for (proc(5), `/proc/stat`); nothing where
/// the system does not tell.
fn busy_time() -> Duration {
    /// The kernel counts in hundredths of a second (`USER_HZ`).
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u32> = stat
        .lines()
        .next()
        .into_iter()
        .flat_map(str::split_whitespace)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user, nice, system; then idle and iowait, which are no work; then irq and softirq.
    let worked: u32 = ticks.iter().enumerate().filter(|(at, _)| matches!(at, 0..=2 | 5..=6)).map(|(_, n)| n).sum();
    TICK * worked
}
