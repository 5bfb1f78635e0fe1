//! What a person sees of a soak: a line while it runs, and the account at its end.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::sync::Arc;
use std::time::Duration;

use crate::growth::Growth;
use crate::procs;
use crate::watch::Look;
use crate::world::{Stage, World};

/// How often the line is written: on a terminal over the last one, elsewhere seldom and for good.
const ON_A_TERMINAL: Duration = Duration::from_secs(1);
const ELSEWHERE: Duration = Duration::from_secs(10);

/// Tells how it goes until it is over.
pub async fn tell(world: Arc<World>, time: Duration) {
    let is_terminal = std::io::stdout().is_terminal();
    let pause = if is_terminal { ON_A_TERMINAL } else { ELSEWHERE };
    let mut stage = world.stage();
    while tokio::time::timeout(pause, stage.wait_for(|stage| *stage == Stage::Over)).await.is_err() {
        let line = line(&world, time);
        if is_terminal {
            print!("\r\x1b[2K{line}");
            let _ = std::io::stdout().flush();
        } else {
            println!("{line}");
        }
    }
    if is_terminal {
        println!();
    }
}

fn line(world: &World, time: Duration) -> String {
    let (now, all) = (world.began.elapsed().as_secs(), time.as_secs());
    let outcomes = world.ledger.outcomes();
    let (calls, ok) = (outcomes.values().sum::<u64>(), outcomes.get("ok").copied().unwrap_or(0));
    let faults: u64 = world.faults().values().sum();
    let hub = world.hub().and_then(|hub| Some((hub.pid, procs::holdings(hub.pid, hub.port)?)));
    let hub = hub.map_or_else(
        || "no hub right now".to_owned(),
        |(pid, held)| format!("hub {pid}: {} MiB, {} fds", held.rss / 1024, held.fds),
    );
    let (clients, broken) = (world.roster().len(), world.trail.breaks());
    format!(
        "soak {now}/{all} s  seed {}  {calls} calls, {ok} ok  {clients} clients  {faults} faults  {hub}  {broken} broken",
        world.seed
    )
}

/// The account of a run.
pub fn account(world: &World, growth: &Growth, looks: &[Look], moments: u64) -> String {
    let mut text = String::new();
    let mut add = |line: String| writeln!(text, "{line}").unwrap();
    add(format!(
        "\nSoak with seed {}: {:.0} s, {moments} quiet moments",
        world.seed,
        world.began.elapsed().as_secs_f64()
    ));
    let outcomes = world.ledger.outcomes();
    add(format!("\nCalls: {} ({} effects on pages)", outcomes.values().sum::<u64>(), world.ledger.effects()));
    outcomes.iter().for_each(|(outcome, n)| add(format!("  {n:>8}  {outcome}")));
    add("\nFaults".to_owned());
    world.faults().iter().for_each(|(kind, n)| add(format!("  {n:>8}  {kind}")));
    add("\nFrom the fault to the first success of a call made after it (this machine's figures, for information)"
        .to_owned());
    for (kind, times) in world.ledger.recoveries() {
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        add(format!("  {kind}: {} times, median {median:.1?}, worst {worst:.1?}", times.len()));
    }
    let hubs: std::collections::BTreeSet<u32> = looks.iter().map(|look| look.pid).collect();
    let most = |of: fn(&Look) -> u64| looks.iter().map(of).max().unwrap_or(0);
    let (rss, fds) = (most(|look| look.held.rss / 1024), most(|look| look.held.fds as u64));
    add(format!("\nHubs: {} seen, at most {rss} MiB and {fds} descriptors in a storm", hubs.len()));
    growth.lines().into_iter().for_each(|line| add(format!("  {line}")));
    let broken = world.trail.broken();
    if broken.is_empty() {
        add("\nNothing broke: each call was answered once, nothing leaked, and there was one hub.".to_owned());
        return text;
    }
    add(format!("\nBROKEN: {} invariants", broken.len()));
    let mut told = String::new();
    for broken in &broken {
        add(format!("\n* {}", broken.what));
        // What was told with the one before need not be told again.
        let news = broken.before.iter().skip_while(|event| **event <= told);
        news.for_each(|event| add(format!("    {event}")));
        told = broken.before.last().cloned().unwrap_or_default();
    }
    add(format!("\nAgain: scripts/soak {} {}", world.began.elapsed().as_secs().div_ceil(60), world.seed));
    text
}
