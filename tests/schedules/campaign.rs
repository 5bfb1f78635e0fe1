//! Runs schedules, many at a time, and tells the seed of each that fails. `TABHUB_SEED=n` runs one and prints it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::join_all;
use tabhub::protocol::ClientId;
use tabhub::supervise::fault::points::IN_THE_HOUSE;

use crate::callers::{Caller, Made, RawCaller};
use crate::check;
use crate::plan::Plan;
use crate::support::journal::rules::Rule;
use crate::world::World;

/// Schedules that run at a time, each with its own hub and home.
const AT_A_TIME: usize = 12;

/// What schedules have met, over all of them.
#[derive(Debug, Default)]
struct Coverage {
    calls: usize,
    rules: BTreeMap<Rule, u64>,
    points: BTreeSet<&'static str>,
    deaths: u64,
    workers: u64,
    browsers: u64,
    words: BTreeMap<&'static str, u64>,
}

impl Coverage {
    fn add(&mut self, other: Coverage) {
        self.calls += other.calls;
        self.deaths += other.deaths;
        self.workers += other.workers;
        self.browsers += other.browsers;
        self.points.extend(other.points);
        for (rule, times) in other.rules {
            *self.rules.entry(rule).or_default() += times;
        }
        for (word, times) in other.words {
            *self.words.entry(word).or_default() += times;
        }
    }

    fn of(world: &World, made: &[Made]) -> Self {
        let mut coverage = Self { calls: made.len(), ..Self::default() };
        for browser in world.browsers.lock().unwrap().iter() {
            for (rule, times) in browser.record(|record| record.rules.clone()) {
                *coverage.rules.entry(rule).or_default() += times;
            }
        }
        let past = world.past();
        (coverage.deaths, coverage.workers, coverage.browsers) = (past.deaths, past.workers, past.browsers);
        coverage.points.extend(world.struck.lock().unwrap().iter());
        for call in made {
            let word = match &call.outcome {
                None => "(left)",
                Some(Ok(_)) => "ok",
                Some(Err(error)) => error.code.word(),
            };
            *coverage.words.entry(word).or_default() += 1;
        }
        coverage
    }
}

/// Runs a schedule in its world; tells what is wrong.
async fn run(world: Arc<World>) -> Result<Coverage, Vec<String>> {
    let plan = &world.plan;
    let callers = join_all(plan.clients.iter().map(|_| Caller::join(&world))).await;
    world.begin();
    let raw = RawCaller { id: ClientId::mint() };
    let work = callers.iter().zip(&plan.clients).map(|(caller, groups)| caller.work(&world, groups));
    let (worked, acted) = tokio::join!(join_all(work), raw.work(&world, &plan.raw));
    let made: Vec<Made> = worked.into_iter().flatten().chain(acted).collect();
    world.disarm();
    world.note("all calls are over");
    let coverage = Coverage::of(&world, &made);
    let wrong = check::faults_of(&world, &made);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let last = check::all_is_well(&world, &callers).await;
    let browsers = world.browsers.lock().unwrap().clone();
    for (key, may_have) in last {
        let effects: usize = browsers.iter().map(|browser| browser.record(|record| record.effects_of(key))).sum();
        if !may_have.contains(&effects) {
            return Err(vec![format!("a call of the end had {effects} effects")]);
        }
    }
    join_all(callers.iter().map(|caller| caller.link.close())).await;
    world.end().await;
    Ok(coverage)
}

/// One schedule from its seed to its verdict, and how it went.
async fn one(seed: u64) -> Result<(Coverage, String), String> {
    let plan = Plan::of(seed);
    let world = World::of(plan.clone()).await;
    let done = tokio::spawn(run(Arc::clone(&world))).await;
    let wrong = match done {
        Ok(Ok(coverage)) => return Ok((coverage, world.log().join("\n  "))),
        Ok(Err(wrong)) => wrong,
        Err(panic) => vec![format!("it came to no end: {}", panic_text(panic))],
    };
    let log = world.log().join("\n  ");
    Err(format!(
        "schedule {seed} fails (TABHUB_SEED={seed} cargo test --test schedules replays it):\n{}\nplan:\n{plan}steps:\n  {log}\n",
        wrong.join("\n")
    ))
}

fn panic_text(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => tabhub::supervise::watch::panic_text(panic.as_ref()),
        Err(error) => error.to_string(),
    }
}

/// Panics on purpose are no news.
fn keep_quiet_about_faults() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_fault = info.payload_as_str().is_some_and(|text| text.starts_with("a fault at"));
        if !is_fault {
            usual(info);
        }
    }));
}

#[test]
fn calls_happen_at_most_once_whatever_dies_when() {
    keep_quiet_about_faults();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a seed is no setting of the product")]
    let asked = std::env::var("TABHUB_SEED");
    if let Ok(seed) = asked {
        let seed = seed.parse().expect("TABHUB_SEED is a number");
        match runtime.block_on(one(seed)) {
            Ok((coverage, log)) => println!("{}{}\n{coverage:#?}", Plan::of(seed), log),
            Err(failure) => panic!("{failure}"),
        }
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "the size of a test is no setting of the product")]
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let is_long = std::env::var_os("TABHUB_TEST_LONG").is_some();
    let most = number("TABHUB_SCHEDULES").unwrap_or(if is_long { 20_000 } else { 1_500 });
    let first = number("TABHUB_FIRST_SEED").unwrap_or(0);
    let began = std::time::Instant::now();
    let (mut coverage, mut failures) = (Coverage::default(), Vec::new());
    runtime.block_on(async {
        let mut running = futures_util::stream::iter(first..first + most).map(one).buffer_unordered(AT_A_TIME);
        while let Some(done) = running.next().await {
            match done {
                Ok((met, _)) => coverage.add(met),
                Err(failure) => failures.push(failure),
            }
            if failures.len() >= 5 {
                break;
            }
        }
    });
    println!("{most} schedules in {:?}: {coverage:#?}", began.elapsed());
    assert!(failures.is_empty(), "{} schedules failed\n{}", failures.len(), failures.join("\n"));
    let unmet: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| !coverage.rules.contains_key(rule)).collect();
    assert!(unmet.is_empty(), "no schedule came to {unmet:?}");
    let untouched: Vec<_> = IN_THE_HOUSE.iter().filter(|point| !coverage.points.contains(point.0)).collect();
    assert!(untouched.is_empty(), "nothing broke at {untouched:?}");
}
