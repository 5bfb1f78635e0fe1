//! A schedule: who calls what, and what breaks at which moment. Made of a seed and of nothing else.

use std::fmt;
use std::time::Duration;

use tabhub::supervise::fault::points::IN_THE_HOUSE;

use crate::support::dice::Dice;
use crate::support::journal::rules::Limits;
use crate::support::journal::{Deed, Step};

/// A schedule.
#[derive(Debug, Clone)]
pub struct Plan {
    pub browsers: Vec<PlannedBrowser>,
    /// Of each client: groups of calls, one group after another, the calls of a group together.
    pub clients: Vec<Vec<Vec<PlannedCall>>>,
    /// What a client does that speaks the wire by itself.
    pub raw: Vec<RawAct>,
    pub deaths: Vec<Death>,
    /// The faults of each hub, the first one first.
    pub faults: Vec<Vec<PlannedFault>>,
}

/// One call.
#[derive(Debug, Clone)]
pub struct PlannedCall {
    pub tool: &'static str,
    pub before_ms: u64,
    pub after_ms: u64,
    /// Whether it names a tab of its client's.
    pub names_tab: bool,
    /// Its time; long enough for everything if absent.
    pub short_ms: Option<u64>,
    pub cancel: Option<CancelAt>,
}

/// When a caller goes away.
#[derive(Debug, Clone, Copy)]
pub enum CancelAt {
    /// So long after it called.
    Ms(u64),
    /// When the browser takes this step of its call.
    Step(Step),
}

/// What a client does that speaks the wire by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawAct {
    /// The same call comes again while it is under way.
    RepeatUnderWay,
    /// The same call comes again after its answer.
    RepeatDone,
    /// Another call comes under the same id while it is under way.
    OtherUnderWay,
    /// Another call comes under the same id after the answer.
    OtherDone,
    /// A call comes whose time is over.
    Expired,
    /// A call comes whose deadline is a year ahead, as of a clock that runs wrong.
    FarAhead,
}

/// A browser.
#[derive(Debug, Clone)]
pub struct PlannedBrowser {
    pub keeps: Keeps,
    pub storage: Duration,
    pub deeds: Vec<PlannedDeed>,
    /// When it stops reading, and for how long.
    pub deaf: Option<(Step, u64, Duration)>,
}

/// How many answers a journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    All,
    OnlyTheLast,
    None,
}

impl Keeps {
    /// The journal's limits.
    pub fn limits(self) -> Limits {
        let usual = Limits::default();
        match self {
            Keeps::All => usual,
            Keeps::OnlyTheLast => Limits { bodies: 1, prune_after: 1, ..usual },
            Keeps::None => Limits { one_body: 0, ..usual },
        }
    }
}

/// What a browser suffers.
#[derive(Debug, Clone, Copy)]
pub struct PlannedDeed {
    pub step: Step,
    pub nth: u64,
    pub pause: Duration,
    pub deed: Deed,
}

/// A hub dies, and is succeeded.
#[derive(Debug, Clone, Copy)]
pub struct Death {
    pub when: When,
    pub gap: Duration,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The first browser takes this step for the n-th time.
    Step(Step, u64),
    /// The n-th call is made.
    Called(u64),
    /// The n-th answer came.
    Answered(u64),
}

/// A fault at a point of the house.
#[derive(Debug, Clone, Copy)]
pub struct PlannedFault {
    pub point: &'static str,
    pub fault: &'static str,
    pub times: u64,
    pub skip: u64,
}

impl PlannedFault {
    /// As `Faults::arm` reads it.
    pub fn spec(&self) -> String {
        format!("{}={}*{}@{}", self.point, self.fault, self.times, self.skip)
    }
}

/// What a schedule is about. Each kind leaves something out, so that what must then hold can be demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    worker_dies: bool,
    browser_dies: bool,
    second_browser: bool,
    forgets: bool,
    hurries: bool,
}

const STEPS: [Step; 5] = [Step::Heard, Step::Started, Step::Acted, Step::Answering, Step::Answered];
const WRITING: [&str; 5] = ["browser_click", "browser_click", "browser_type", "browser_press_key", "browser_navigate"];

impl Plan {
    /// The schedule of a seed.
    pub fn of(seed: u64) -> Self {
        let dice = &mut Dice::new(seed);
        let kind = Kind {
            worker_dies: dice.percent(35),
            browser_dies: dice.percent(20),
            second_browser: dice.percent(15),
            forgets: dice.percent(15),
            hurries: dice.percent(20),
        };
        let browsers = (0..1 + u64::from(kind.second_browser)).map(|_| browser(dice, kind)).collect();
        let clients = dice.many(1, 3, |dice| dice.many(1, 3, |dice| dice.many(1, 3, |dice| call(dice, kind))));
        let raws = [
            RawAct::RepeatUnderWay,
            RawAct::RepeatDone,
            RawAct::OtherUnderWay,
            RawAct::OtherDone,
            RawAct::Expired,
            RawAct::FarAhead,
        ];
        let raw = if dice.percent(40) { dice.many(1, 2, |dice| dice.one_of(&raws)) } else { Vec::new() };
        let deaths = if dice.percent(60) { dice.many(1, 2, death) } else { Vec::new() };
        let faults = (0..=deaths.len()).map(|_| if dice.percent(60) { faults(dice) } else { Vec::new() }).collect();
        Self { browsers, clients, raw, deaths, faults }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, browser) in self.browsers.iter().enumerate() {
            let PlannedBrowser { keeps, storage, deeds, deaf } = browser;
            writeln!(f, "  browser {n} keeps {keeps:?}, storage {storage:?}, deaf {deaf:?}")?;
            deeds.iter().try_for_each(|deed| writeln!(f, "    {deed:?}"))?;
        }
        for (n, groups) in self.clients.iter().enumerate() {
            writeln!(f, "  client {n}")?;
            groups.iter().try_for_each(|group| writeln!(f, "    {group:?}"))?;
        }
        writeln!(f, "  raw {:?}", self.raw)?;
        self.deaths.iter().try_for_each(|death| writeln!(f, "  {death:?}"))?;
        for (n, faults) in self.faults.iter().enumerate() {
            writeln!(f, "  hub {n}: {}", faults.iter().map(PlannedFault::spec).collect::<Vec<_>>().join("; "))?;
        }
        Ok(())
    }
}

fn browser(dice: &mut Dice, kind: Kind) -> PlannedBrowser {
    let mut kinds = vec![Deed::Reset, Deed::HangUp, Deed::HangUpInTheMiddle, Deed::RedialBeside];
    if kind.worker_dies {
        kinds.extend([Deed::WorkerDies, Deed::WorkerDies, Deed::WorkerDiesUnnoticed]);
    }
    if kind.browser_dies {
        kinds.extend([Deed::BrowserDies, Deed::BrowserDies]);
    }
    let deeds = dice.many(0, 3, |dice| {
        let deed = dice.one_of(&kinds);
        let step = match deed {
            Deed::HangUpInTheMiddle => Step::Answering,
            _ if dice.percent(10) => Step::Welcomed,
            _ => dice.one_of(&STEPS),
        };
        let nth = dice.between(1, if step == Step::Welcomed { 3 } else { 8 });
        let pause = if dice.percent(50) { Duration::ZERO } else { Duration::from_micros(dice.between(100, 4_000)) };
        PlannedDeed { step, nth, pause, deed }
    });
    let keeps = if kind.forgets { dice.one_of(&[Keeps::OnlyTheLast, Keeps::None]) } else { Keeps::All };
    let deaf = dice.percent(if kind.hurries { 50 } else { 10 });
    let deaf = deaf.then(|| (dice.one_of(&STEPS), dice.between(1, 6), Duration::from_millis(dice.between(2, 30))));
    let deaf = deaf.map(|(step, nth, time)| (step, nth, if kind.hurries { time * 20 } else { time }));
    PlannedBrowser { keeps, storage: Duration::from_micros(dice.one_of(&[0, 200, 2_000])), deeds, deaf }
}

fn call(dice: &mut Dice, kind: Kind) -> PlannedCall {
    let tool = if dice.percent(25) { "browser_snapshot" } else { dice.one_of(&WRITING) };
    let is_short = kind.hurries && dice.percent(40);
    let is_cancelled = dice.percent(if kind.hurries { 30 } else { 8 });
    let cancel = is_cancelled.then(|| {
        if dice.percent(50) { CancelAt::Ms(dice.between(0, 12)) } else { CancelAt::Step(dice.one_of(&STEPS)) }
    });
    PlannedCall {
        tool,
        before_ms: dice.one_of(&[0, 0, 1, 3, 8]),
        after_ms: dice.one_of(&[0, 0, 1, 3, 8]),
        names_tab: dice.percent(20),
        short_ms: is_short.then(|| dice.between(100, 600)),
        cancel,
    }
}

fn death(dice: &mut Dice) -> Death {
    let when = match dice.between(1, 10) {
        1..=6 => When::Step(dice.one_of(&STEPS), dice.between(1, 8)),
        7 => When::Step(Step::Welcomed, dice.between(1, 3)),
        8 => When::Answered(dice.between(1, 6)),
        _ => When::Called(dice.between(1, 6)),
    };
    Death { when, gap: Duration::from_millis(dice.one_of(&[0, 0, 5, 20])) }
}

fn faults(dice: &mut Dice) -> Vec<PlannedFault> {
    // A call that loses its actor more than five times is given up, by design.
    let mut most = dice.one_of(&[1, 1, 2, 3]);
    dice.many(1, 3, |dice| {
        let fault = dice.one_of(&["panic", "panic", "panic", "delay:3", "jam:2"]);
        let point = dice.one_of(IN_THE_HOUSE).0;
        PlannedFault { point, fault, times: std::mem::replace(&mut most, 1), skip: dice.between(0, 8) }
    })
}
