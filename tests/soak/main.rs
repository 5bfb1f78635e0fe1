//! The soak: clients, browsers and faults at random against a running hub, in storms with quiet moments between them.
//!
//! What must hold at all times: every call is answered once; no call has its effect twice, and one that is answered
//! with a result had it once, and one that is said not to have run had none; one hub serves. What must hold in a quiet
//! moment: everyone works again, and of the storm nothing is left: no call, no client, no lease, no connection, no
//! descriptor, no actor, no memory. `cargo test` runs it for some seconds, `scripts/soak` for as long as one likes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "it tells a person how it goes")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

mod browsers;
mod crowd;
mod dice;
mod errands;
mod faults;
mod growth;
mod ledger;
mod links;
mod processes;
mod procs;
mod quiet;
mod raw;
mod report;
mod trail;
mod watch;
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use browsers::Browsers;
use dice::Dice;
use growth::Growth;
use home::Home;
use ledger::Ledger;
use trail::Trail;
use world::{Stage, World};

/// What an instance's calls may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// How long everyone may take to go at the end.
const FAREWELL: Duration = Duration::from_secs(40);

/// How long, and from which seed: `TABHUB_SOAK_SECS` and `TABHUB_SEED`, as `scripts/soak` sets them, or any seed.
fn wanted() -> (Duration, u64) {
    let number = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "the size of a test is no setting of the product")]
        let text = std::env::var(name).ok()?;
        Some(text.trim().parse::<u64>().unwrap_or_else(|_| panic!("{name} is {text:?}, and must be a whole number")))
    };
    // The short form, by which changes are judged, takes the same chances each time.
    let (secs, seed) = match (number("TABHUB_SOAK_SECS"), std::env::var_os("TABHUB_TEST_LONG")) {
        (None, None) => (25, 1),
        (secs, _) => (secs.unwrap_or(600), rand::random_range(1..1_000_000)),
    };
    (Duration::from_secs(secs), number("TABHUB_SEED").unwrap_or(seed))
}

#[tokio::test]
async fn soak() {
    let (time, seed) = wanted();
    println!("Soak for {} s with seed {seed}", time.as_secs());
    let home = Home::set(&[("TABHUB_LEASE_GRACE", "2"), ("TABHUB_CALL_TIMEOUT", "8"), ("TABHUB_WATCHDOG", "4")]);
    let trail = Arc::new(Trail::new());
    let ledger = Arc::new(Ledger::new(Arc::clone(&trail)));
    let browsers = Browsers::start(&home, seed, &ledger);
    let world = Arc::new(World::new(home, seed, trail, ledger, browsers));

    let places = crowd::gather(&world);
    let watch = tokio::spawn(watch::keep_watch(Arc::clone(&world)));
    let line = tokio::spawn(report::tell(Arc::clone(&world), time));
    let mut troubles = vec![tokio::spawn(faults::trouble(Arc::clone(&world)))];
    for n in 0..world.browsers.all().len() {
        troubles.push(tokio::spawn(browsers::trouble(Arc::clone(&world), n)));
    }

    let (growth, moments) = weather(&world, time).await;

    world.turn(Stage::Over);
    for task in troubles.into_iter().chain(places) {
        match tokio::time::timeout(FAREWELL, task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => world.trail.broke(format!("a part of the soak itself failed: {error}")),
            Err(_) => world.trail.broke("somebody did not go when all was over"),
        }
    }
    line.await.unwrap();
    let looks = watch.await.unwrap();
    leave_nothing(&world).await;
    growth.judge(&world.trail);
    let account = report::account(&world, &growth, &looks, moments);
    println!("{account}");
    if world.trail.breaks() > 0 {
        keep(&world, &account);
        panic!("the soak broke something; seed {seed}");
    }
}

/// Storm and quiet in turns, for about so long. In some eras the hub may be killed; in the others one and the same hub
/// lives long enough to be seen growing.
async fn weather(world: &Arc<World>, time: Duration) -> (Growth, u64) {
    let (mut dice, mut growth) = (Dice::new(world.seed, "the weather"), Growth::default());
    let (mut moments, mut era) = (0, dice.between(2, 4));
    while world.began.elapsed() < time && world.trail.breaks() < trail::ENOUGH {
        world.turn(Stage::Storm);
        let left = time.saturating_sub(world.began.elapsed());
        let storm = tokio::time::sleep(dice.millis(2_500, 6_000).min(left));
        tokio::select! {
            () = storm => {}
            _ = tokio::signal::ctrl_c() => break,
        }
        moments += 1;
        let Some(sample) = quiet::moment(world, moments, growth.fewest_fds()).await else { break };
        growth.add(sample);
        era -= 1;
        if era == 0 {
            let is_lethal = !world.is_lethal.fetch_xor(true, Ordering::SeqCst);
            era = if is_lethal { dice.between(3, 8) } else { dice.between(8, 14) };
            world.trail.note(format!("from here on hubs {}", if is_lethal { "may die" } else { "live on" }));
        }
    }
    (growth, moments)
}

/// The hub is told to stop, and then nothing of this folder runs any more.
async fn leave_nothing(world: &World) {
    let mut stop = tokio::process::Command::from(world.home.command(["stop"]));
    let stopped = stop.output().await.unwrap();
    if !stopped.status.success() {
        world.trail.broke(format!("`tabhub stop` failed: {}", String::from_utf8_lossy(&stopped.stderr)));
    }
    if world.home.is_hub_alive() {
        world.trail.broke("the hub was stopped, and its lock is held");
    }
    let deadline = tokio::time::Instant::now() + FAREWELL;
    loop {
        let left = procs::processes_with(&world.variable());
        if left.is_empty() {
            return;
        }
        if tokio::time::Instant::now() > deadline {
            let left: Vec<_> = left.iter().map(|(pid, line)| (pid, String::from_utf8_lossy(line))).collect();
            return world.trail.broke(format!("these processes were left over: {left:?}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Keeps what somebody needs who looks for the cause.
fn keep(world: &World, account: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("soak-{}", world.seed));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("report.txt"), account).unwrap();
    for log in ["hub.log", "hub.log.1", "hub.log.2", "last_exit.json"] {
        // Some of them there may not be.
        let _ = std::fs::copy(world.home.path().join(log), folder.join(log));
    }
    println!("Report and logs are kept in {}", folder.display());
}
