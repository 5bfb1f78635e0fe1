//! The stand-in browsers: they keep the journal's rules and find every hub by themselves, and everything in them breaks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tabhub::daemon::hub_json;
use tabhub::protocol::now_ms;

use crate::dice::Dice;
use crate::home::Home;
use crate::ledger::Ledger;
use crate::support::journal::{Deed, JournalBrowser, Moment, Setup, Step, Then};
use crate::world::World;

/// What the browsers' hooks and their owner share.
struct Mood {
    /// Whether things may break now.
    may_break: AtomicBool,
    /// Until when it is slow, in milliseconds since the Unix epoch.
    slow_until: AtomicU64,
    /// Whether it is closed, and looks for no hub.
    is_closed: AtomicBool,
    faults: Mutex<BTreeMap<String, u64>>,
}

impl Mood {
    fn count(&self, kind: &str) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        *faults.entry(format!("browser: {kind}")).or_default() += 1;
    }
}

/// The stand-in browsers of one run.
pub struct Browsers {
    browsers: Vec<JournalBrowser>,
    moods: Vec<Arc<Mood>>,
}

impl Browsers {
    /// One to three browsers, as the seed says.
    pub fn start(home: &Home, seed: u64, ledger: &Arc<Ledger>) -> Self {
        let count = Dice::new(seed, "browsers").between(1, 3);
        let moods: Vec<Arc<Mood>> = (0..count)
            .map(|_| {
                Arc::new(Mood {
                    may_break: AtomicBool::new(true),
                    slow_until: AtomicU64::new(0),
                    is_closed: AtomicBool::new(false),
                    faults: Mutex::default(),
                })
            })
            .collect();
        let browsers = moods.iter().zip(0..).map(|(mood, n)| open(home, seed, n, mood, ledger)).collect();
        Self { browsers, moods }
    }

    /// All of them.
    pub fn all(&self) -> &[JournalBrowser] {
        &self.browsers
    }

    /// Whether things may break in them now.
    pub fn let_break(&self, may_break: bool) {
        self.moods.iter().for_each(|mood| mood.may_break.store(may_break, Ordering::SeqCst));
    }

    /// How often a mark was made on any page.
    pub fn effects_of(&self, marker: &str) -> u64 {
        let of = |browser: &JournalBrowser| browser.record(|record| record.counters.get(marker).copied());
        self.browsers.iter().filter_map(of).sum()
    }

    /// How many calls run in them.
    pub fn running(&self) -> usize {
        self.browsers.iter().map(JournalBrowser::running).sum()
    }

    /// How often each kind of fault was made.
    pub fn faults(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for mood in &self.moods {
            for (kind, n) in &*mood.faults.lock().unwrap_or_else(PoisonError::into_inner) {
                *all.entry(kind.clone()).or_default() += n;
            }
        }
        all
    }
}

fn open(home: &Home, seed: u64, n: u64, mood: &Arc<Mood>, ledger: &Arc<Ledger>) -> JournalBrowser {
    let (path, look) = (home.path().join("hub.json"), Arc::clone(mood));
    let find = move || match look.is_closed.load(Ordering::SeqCst) {
        true => None,
        false => hub_json::read(&path).ok().map(|hub| hub.port),
    };
    let dice = Mutex::new(Dice::new(seed, &format!("browser {n}'s steps")));
    let (ledger, mood) = (Arc::clone(ledger), Arc::clone(mood));
    let hook = move |moment: &Moment| {
        if let (Step::Acted, Some(key)) = (moment.step, moment.call) {
            ledger.had_effect(key);
        }
        let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
        chance(moment, &mood, &mut dice)
    };
    let setup = Setup {
        name: format!("Standin {n}"),
        redial: Duration::from_millis(20),
        storage: Duration::from_millis(1),
        hook: Arc::new(hook),
        ..Setup::default()
    };
    JournalBrowser::start(Arc::new(find), setup)
}

/// What happens at one step of one call.
fn chance(moment: &Moment, mood: &Mood, dice: &mut Dice) -> Then {
    if !mood.may_break.load(Ordering::SeqCst) {
        return Deed::GoOn.into();
    }
    let is_slow = now_ms() < mood.slow_until.load(Ordering::SeqCst);
    let pause = match moment.step {
        Step::Heard if is_slow => dice.millis(20, 400),
        Step::Answering if dice.one_in(20) => dice.millis(1, 40),
        _ => Duration::ZERO,
    };
    if !dice.one_in(1500) {
        return Then { pause, deed: Deed::GoOn };
    }
    let (kind, deed) = deed(dice);
    mood.count(&format!("{kind} in mid-call"));
    Then { pause, deed }
}

fn deed(dice: &mut Dice) -> (&'static str, Deed) {
    dice.weighted(&[
        (4, ("connection reset", Deed::Reset)),
        (4, ("connection hung up", Deed::HangUp)),
        (3, ("hung up in the middle of an answer", Deed::HangUpInTheMiddle)),
        (3, ("connected anew beside the old connection", Deed::RedialBeside)),
        (3, ("worker died", Deed::WorkerDies)),
        (2, ("worker died unnoticed", Deed::WorkerDiesUnnoticed)),
        (1, ("restarted", Deed::BrowserDies)),
    ])
}

/// Breaks one browser now and then for as long as there is a storm.
pub async fn trouble(world: Arc<World>, n: usize) {
    let mut dice = Dice::new(world.seed, &format!("browser {n}'s troubles"));
    let (browser, mood) = (&world.browsers.browsers[n], &world.browsers.moods[n]);
    let mut stage = world.stage();
    while stage.wait_for(|stage| !matches!(stage, crate::world::Stage::Quiet(_))).await.is_ok_and(|now| is_storm(*now))
    {
        world.storm_for(dice.millis(300, 4_000)).await;
        if !world.is_storm() {
            continue;
        }
        let _busy = world.busy();
        match dice.weighted(&[(8, 0), (3, 1), (3, 2), (2, 3)]) {
            0 => {
                let (kind, deed) = deed(&mut dice);
                mood.count(kind);
                world.trail.note(format!("browser {n}: {kind}"));
                browser.suffer(deed);
            }
            1 => {
                mood.count("slow for a while");
                let time = dice.millis(300, 2_000);
                world.trail.note(format!("browser {n}: slow for {time:?}"));
                mood.slow_until.store(now_ms() + u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
            }
            2 => {
                mood.count("stops reading for a while");
                let time = dice.millis(100, 1_500);
                world.trail.note(format!("browser {n}: reads nothing for {time:?}"));
                browser.pause_reading(true);
                tokio::time::sleep(time).await;
                browser.pause_reading(false);
            }
            _ => {
                mood.count("closed for a while");
                let time = dice.millis(200, 2_500);
                world.trail.note(format!("browser {n}: closed for {time:?}"));
                mood.is_closed.store(true, Ordering::SeqCst);
                browser.suffer(Deed::BrowserDies);
                tokio::time::sleep(time).await;
                mood.is_closed.store(false, Ordering::SeqCst);
            }
        }
    }
}

fn is_storm(stage: crate::world::Stage) -> bool {
    stage == crate::world::Stage::Storm
}
