//! The world of one schedule: its hubs, one after another, its browsers, and what breaks when.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tabhub::actors::House;
use tabhub::actors::call::CallKey;
use tabhub::supervise::fault::points::IN_THE_HOUSE;
use tokio::sync::{Notify, mpsc};

use crate::plan::{Death, Plan, PlannedBrowser, PlannedFault, When};
use crate::support::eventually;
use crate::support::hub::TestHub;
use crate::support::instance_home::InstanceHome;
use crate::support::journal::record::Record;
use crate::support::journal::{Deed, JournalBrowser, Moment, Setup, Step, Then};

/// What has happened so far, to be held against a call's beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// Hubs that died.
    pub deaths: u64,
    /// Workers that died, those of dying browsers included.
    pub workers: u64,
    /// Browsers that died.
    pub browsers: u64,
    /// Whether not all instances were at the present hub: the last one's connections may have been open, and took a call.
    pub is_unsettled: bool,
}

/// The world of one schedule.
pub struct World {
    pub plan: Plan,
    pub home: InstanceHome,
    pub browsers: Mutex<Vec<Arc<JournalBrowser>>>,
    /// Points at which a fault of the plan has struck.
    pub struck: Mutex<HashSet<&'static str>>,
    port: AtomicU16,
    hub: Mutex<Option<TestHub>>,
    started: AtomicU64,
    hub_deaths: AtomicU64,
    /// Whether all instances are at the present hub.
    is_settled: AtomicBool,
    /// Whether what is planned to break does break.
    is_rough: AtomicBool,
    deaths: Mutex<Vec<Death>>,
    dying: mpsc::Sender<Duration>,
    taken: Mutex<HashSet<(CallKey, Step)>>,
    step_taken: Notify,
    calls: AtomicU64,
    answers: AtomicU64,
    since: Instant,
    log: Mutex<Vec<String>>,
}

impl World {
    /// A world in which everything is there, and everyone knows of it.
    pub async fn of(plan: Plan) -> Arc<Self> {
        let (dying, mut deaths) = mpsc::channel::<Duration>(8);
        let world = Arc::new(Self {
            home: InstanceHome::new(),
            browsers: Mutex::default(),
            struck: Mutex::default(),
            port: AtomicU16::new(0),
            hub: Mutex::new(None),
            started: AtomicU64::new(0),
            hub_deaths: AtomicU64::new(0),
            is_settled: AtomicBool::new(true),
            is_rough: AtomicBool::new(false),
            deaths: Mutex::default(),
            dying,
            taken: Mutex::default(),
            step_taken: Notify::new(),
            calls: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            since: Instant::now(),
            log: Mutex::default(),
            plan,
        });
        world.start_hub().await;
        let browsers = world.plan.browsers.iter().enumerate();
        let browsers = browsers.map(|(n, planned)| Arc::new(world.browser(n, planned))).collect();
        *world.browsers.lock().unwrap() = browsers;
        world.until_browsers_are_there().await;
        let keeper = Arc::downgrade(&world);
        tokio::spawn(async move {
            while let Some(gap) = deaths.recv().await {
                let Some(world) = keeper.upgrade() else { return };
                let dead = world.hub.lock().unwrap().take();
                world.note_strikes(dead.as_ref().map(|hub| &hub.house));
                if let Some(mut hub) = dead {
                    hub.ended().await;
                }
                tokio::time::sleep(gap).await;
                world.start_hub().await;
                tokio::spawn(async move { world.settle().await });
            }
        });
        world
    }

    /// From now on what is planned to break does break.
    pub fn begin(&self) {
        self.note("begin");
        self.is_rough.store(true, Ordering::Relaxed);
        self.deaths.lock().unwrap().clone_from(&self.plan.deaths);
        self.arm(0);
    }

    async fn start_hub(&self) {
        let hub = TestHub::start().await;
        let nth = self.started.fetch_add(1, Ordering::Relaxed);
        self.note(format!("hub {nth} listens on {}", hub.port));
        self.port.store(hub.port, Ordering::Relaxed);
        self.home.tell_of(&hub);
        *self.hub.lock().unwrap() = Some(hub);
        if nth > 0 {
            self.arm(usize::try_from(nth).unwrap());
        }
    }

    /// Waits until all instances are at the hub that has just started, unless it dies first.
    async fn settle(&self) {
        let nth = self.started.load(Ordering::Relaxed);
        while self.started.load(Ordering::Relaxed) == nth && self.port().is_some() {
            let Some(house) = self.house() else { return };
            let status = tabhub::actors::status::collect(&house).await;
            if status.clients.iter().filter(|client| client.state == "ready").count() >= self.plan.clients.len() {
                self.is_settled.store(self.port().is_some(), Ordering::Relaxed);
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn arm(&self, nth: usize) {
        if !self.is_rough.load(Ordering::Relaxed) {
            return;
        }
        let Some(faults) = self.plan.faults.get(nth) else { return };
        let spec = faults.iter().map(PlannedFault::spec).collect::<Vec<_>>().join(";");
        if let Some(house) = self.house() {
            house.faults.arm(&spec).unwrap();
        }
    }

    /// Nothing of what was planned breaks any more.
    pub fn disarm(&self) {
        self.is_rough.store(false, Ordering::Relaxed);
        self.deaths.lock().unwrap().clear();
        let house = self.house();
        self.note_strikes(house.as_ref());
        if let Some(house) = house {
            house.faults.arm("").unwrap();
        }
    }

    fn note_strikes(&self, house: Option<&House>) {
        let (Some(house), nth) = (house, self.started.load(Ordering::Relaxed) - 1) else { return };
        let Some(faults) = self.plan.faults.get(usize::try_from(nth).unwrap()) else { return };
        for fault in faults {
            let point = IN_THE_HOUSE.iter().find(|point| point.0 == fault.point).unwrap();
            if house.faults.hits(*point) > fault.skip {
                self.struck.lock().unwrap().insert(fault.point);
            }
        }
    }

    /// The house of the current hub, unless it is dead.
    pub fn house(&self) -> Option<House> {
        self.hub.lock().unwrap().as_ref().map(|hub| hub.house.clone())
    }

    /// Where the current hub listens.
    pub fn port(&self) -> Option<u16> {
        Some(self.port.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }

    /// What has happened so far.
    pub fn past(&self) -> Past {
        let browsers = self.browsers.lock().unwrap();
        let sum = |count: fn(&Record) -> u64| browsers.iter().map(|browser| browser.record(count)).sum();
        Past {
            deaths: self.hub_deaths.load(Ordering::Relaxed),
            workers: sum(|record| record.worker_deaths),
            browsers: sum(|record| record.browser_deaths),
            is_unsettled: !self.is_settled.load(Ordering::Relaxed),
        }
    }

    /// A call is made.
    pub fn called(&self) {
        let nth = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        self.reached(When::Called(nth));
    }

    /// An answer came.
    pub fn answered(&self) {
        let nth = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        self.reached(When::Answered(nth));
    }

    fn reached(&self, now: When) {
        let due = {
            let mut deaths = self.deaths.lock().unwrap();
            deaths.iter().position(|death| death.when == now).map(|at| deaths.remove(at))
        };
        let Some(death) = due else { return };
        let mut hub = self.hub.lock().unwrap();
        // One that is dying already, or no hub at all, cannot die.
        if self.port.swap(0, Ordering::Relaxed) != 0
            && let Some(hub) = hub.as_mut()
        {
            hub.die();
            self.is_settled.store(false, Ordering::Relaxed);
            self.hub_deaths.fetch_add(1, Ordering::Relaxed);
            self.note(format!("the hub dies: {now:?}"));
            self.dying.try_send(death.gap).unwrap();
        }
    }

    fn browser(self: &Arc<Self>, nth: usize, planned: &PlannedBrowser) -> JournalBrowser {
        let (finder, world, planned) = (Arc::downgrade(self), Arc::downgrade(self), planned.clone());
        let find = Arc::new(move || finder.upgrade()?.port());
        let setup = Setup { limits: planned.keeps.limits(), storage: planned.storage, ..Setup::default() };
        let hook = move |moment: &Moment| {
            let Some(world) = world.upgrade() else { return Deed::GoOn.into() };
            world.moment(nth, &planned, moment)
        };
        JournalBrowser::start(find, Setup { hook: Arc::new(hook), ..setup })
    }

    /// A browser takes a step: what becomes of it, and of the hub.
    fn moment(self: &Arc<Self>, nth: usize, planned: &PlannedBrowser, moment: &Moment) -> Then {
        let Moment { step, call, nth: times } = *moment;
        let who = call.map_or_else(String::new, short);
        self.note(format!("browser {nth}: {step:?} {times} {who}"));
        if !self.is_rough.load(Ordering::Relaxed) {
            return Deed::GoOn.into();
        }
        if let Some(key) = call {
            self.taken.lock().unwrap().insert((key, step));
            self.step_taken.notify_waiters();
        }
        if nth == 0 {
            self.reached(When::Step(step, times));
        }
        if let Some((at, when, time)) = planned.deaf
            && (at, when) == (step, times)
        {
            self.be_deaf(nth, time);
        }
        let due = planned.deeds.iter().find(|deed| (deed.step, deed.nth) == (step, times));
        let Some(due) = due else { return Deed::GoOn.into() };
        self.note(format!("browser {nth}: {:?} after {:?}", due.deed, due.pause));
        Then { pause: due.pause, deed: due.deed }
    }

    fn be_deaf(self: &Arc<Self>, nth: usize, time: Duration) {
        let world = Arc::clone(self);
        tokio::spawn(async move {
            let browser = world.browsers.lock().unwrap().get(nth).cloned();
            let Some(browser) = browser else { return };
            world.note(format!("browser {nth}: reads nothing for {time:?}"));
            browser.pause_reading(true);
            tokio::time::sleep(time).await;
            browser.pause_reading(false);
        });
    }

    /// Waits until a browser takes this step of this call.
    pub async fn until_taken(&self, key: CallKey, step: Step) {
        loop {
            let notified = self.step_taken.notified();
            if self.taken.lock().unwrap().contains(&(key, step)) {
                return;
            }
            notified.await;
        }
    }

    /// Waits until a hub that is not about to die has all browsers.
    pub async fn until_browsers_are_there(&self) {
        eventually("the hub has all browsers", || async {
            let Some(house) = self.house().filter(|_| self.port().is_some()) else { return false };
            let status = tabhub::actors::status::collect(&house).await;
            status.browsers.iter().filter(|browser| browser.connected).count() == self.plan.browsers.len()
        })
        .await;
    }

    /// Writes down what happens.
    pub fn note(&self, what: impl Into<String>) {
        let at = self.since.elapsed().as_micros();
        self.log.lock().unwrap().push(format!("{:>9.3} ms {}", at as f64 / 1000.0, what.into()));
    }

    /// What has happened.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Ends the hub, and waits for its end.
    pub async fn end(&self) {
        let hub = self.hub.lock().unwrap().take();
        if let Some(mut hub) = hub {
            hub.die();
            hub.ended().await;
        }
        self.browsers.lock().unwrap().clear();
    }
}

/// A call in a few letters.
pub fn short(key: CallKey) -> String {
    let [client, id] = [key.client.to_string(), key.id.to_string()].map(|text| text[..4].to_owned());
    format!("{client}/{id}")
}
