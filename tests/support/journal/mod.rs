//! A stand-in browser that keeps the rules of exactly once (design.md section 3) as the extension does, on real
//! sockets and without a browser. Its worker, its run and its connection may die at any step of any call.
//!
//! A call's parameters say what it does: a tool that is not read-only adds one to the counter `counter` (or
//! `text`; the client's own if both are absent), `before` and `after` that effect it takes so many milliseconds, and
//! its answer carries `pad` bytes more. The answer tells the counter's value, so that a test can tell the real result
//! from any other.

mod calls;
pub mod record;
pub mod rules;
pub mod tabs;
mod wire;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tabhub::actors::call::CallKey;
use tabhub::daemon::hub_json;
use tabhub::protocol::event::CallAtWork;
use tabhub::protocol::proof;
use tabhub::protocol::{BrowserEpoch, BrowserId, ClientId, TabId};
use tokio::sync::{mpsc, watch};

use self::calls::Running;
use self::record::Record;
use self::rules::{Journal, Limits};
use self::tabs::Tabs;
use self::wire::Out;

/// A step of a call, or of the browser itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A hub has welcomed the browser.
    Welcomed,
    /// A call's frame came.
    Heard,
    /// The call is in the journal, and has done nothing yet.
    Started,
    /// The call had its effect.
    Acted,
    /// The call has its answer, and it is about to be sent. Whether the journal has it is a race, as it is in Chrome.
    Answering,
    /// The answer was given to the socket.
    Answered,
}

/// A step that is being taken.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub step: Step,
    /// Which call takes it; none does when the browser itself does.
    pub call: Option<CallKey>,
    /// How many times this step was taken by then, this time included.
    pub nth: u64,
}

/// What becomes of the browser at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Nothing.
    GoOn,
    /// The connection breaks, as when a machine forgets it: what the hub has not read may be lost.
    Reset,
    /// The connection ends without a WebSocket's goodbye.
    HangUp,
    /// Half of this call's answer is written, then the connection ends. At other steps as [`Deed::HangUp`].
    HangUpInTheMiddle,
    /// The browser connects anew and leaves the old connection open, as one that it believes to be dead.
    RedialBeside,
    /// The worker dies: what runs, and the connection, are gone; the journal stays.
    WorkerDies,
    /// The worker dies, and its connection stays open for the hub until a newer one takes over.
    WorkerDiesUnnoticed,
    /// The browser is closed and started anew: the journal and the tabs are gone.
    BrowserDies,
}

/// What happens at a step: first a pause, in which the call stands still, then a deed.
#[derive(Debug, Clone, Copy)]
pub struct Then {
    pub pause: Duration,
    pub deed: Deed,
}

impl From<Deed> for Then {
    fn from(deed: Deed) -> Self {
        Self { pause: Duration::ZERO, deed }
    }
}

/// Where the current hub listens.
pub type Find = Arc<dyn Fn() -> Option<u16> + Send + Sync>;
/// Hears each step, outside of all locks, and says what happens there.
pub type Hook = Arc<dyn Fn(&Moment) -> Then + Send + Sync>;

/// What a stand-in browser is to be.
pub struct Setup {
    pub id: BrowserId,
    pub name: String,
    pub secret: String,
    pub limits: Limits,
    /// The pause between two looks for a hub.
    pub redial: Duration,
    /// How long the journal takes to be written.
    pub storage: Duration,
    pub hook: Hook,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            id: BrowserId::mint(),
            name: "Journal".to_owned(),
            secret: super::hub::SECRET.to_owned(),
            limits: Limits::default(),
            redial: Duration::from_millis(5),
            storage: Duration::from_micros(200),
            hook: Arc::new(|_| Deed::GoOn.into()),
        }
    }
}

/// What the browser is made of.
struct Core {
    setup: Setup,
    find: Find,
    state: Mutex<State>,
    /// Which run of the worker there is; tells everything of an older one to end.
    worker: watch::Sender<u64>,
    is_reading: watch::Sender<bool>,
    is_over: watch::Sender<bool>,
}

struct State {
    epoch: BrowserEpoch,
    /// What outlives the worker, and what this worker knows.
    stored: Journal,
    known: Journal,
    running: HashMap<CallKey, Running>,
    /// Every call that came and has no answer yet, once for each time that it came.
    at_work: Vec<CallAtWork>,
    /// Read-only calls may come twice at once.
    readers: Vec<(CallKey, watch::Sender<bool>)>,
    tabs: Tabs,
    next_tab: i64,
    busy: HashMap<TabId, CallKey>,
    /// The newest connection.
    link: Option<mpsc::Sender<Out>>,
    links: u64,
    record: Record,
}

/// A stand-in browser that keeps the rules of exactly once.
pub struct JournalBrowser {
    core: Arc<Core>,
}

/// Finds the hub that a home's `hub.json` tells of.
pub fn find_in(home: PathBuf) -> Find {
    Arc::new(move || hub_json::read(&home.join("hub.json")).ok().map(|hub| hub.port))
}

impl JournalBrowser {
    /// A browser that looks for its hub from now on.
    pub fn start(find: Find, setup: Setup) -> Self {
        let state = State {
            epoch: BrowserEpoch::mint(),
            stored: Journal::default(),
            known: Journal::default(),
            running: HashMap::new(),
            at_work: Vec::new(),
            readers: Vec::new(),
            tabs: Tabs::default(),
            // Two browsers never have the same number for a tab: Chrome, too, begins somewhere.
            next_tab: i64::from(setup.id.0.as_fields().0 >> 8) * 1000,
            busy: HashMap::new(),
            link: None,
            links: 0,
            record: Record::default(),
        };
        let setup = Setup { secret: proof::normalize_secret(&setup.secret), ..setup };
        let core = Arc::new(Core {
            setup,
            find,
            state: Mutex::new(state),
            worker: watch::Sender::new(1),
            is_reading: watch::Sender::new(true),
            is_over: watch::Sender::new(false),
        });
        tokio::spawn(wire::live(Arc::clone(&core)));
        Self { core }
    }

    /// The profile's id.
    pub fn id(&self) -> BrowserId {
        self.core.setup.id
    }

    /// This run of the browser.
    pub fn epoch(&self) -> BrowserEpoch {
        self.core.state().epoch
    }

    /// Whether a hub has welcomed it.
    pub fn is_connected(&self) -> bool {
        self.core.state().link.is_some()
    }

    /// Lets something happen to it now.
    pub fn suffer(&self, deed: Deed) {
        self.core.suffer(deed);
    }

    /// Stops reading what the hub writes, or goes on with it.
    pub fn pause_reading(&self, is_paused: bool) {
        self.core.is_reading.send_replace(!is_paused);
    }

    /// What it has really done.
    pub fn record<T>(&self, look: impl FnOnce(&Record) -> T) -> T {
        look(&self.core.state().record)
    }

    /// The tabs of a client.
    pub fn tabs_of(&self, client: ClientId) -> Vec<TabId> {
        self.core.state().tabs.of(client)
    }

    /// The clients that hold tabs.
    pub fn owners(&self) -> Vec<ClientId> {
        self.core.state().tabs.owners()
    }

    /// Opens a tab for a client, as its page may do, and tells the hub. The person's own tab has no owner.
    pub fn open_tab(&self, owner: Option<(ClientId, String)>) -> TabId {
        let id = {
            let state = &mut *self.core.state();
            state.tabs.open(owner, &mut state.next_tab)
        };
        self.core.publish();
        id
    }

    /// Closes the tabs that nobody holds, and tells the hub.
    pub fn close_free_tabs(&self) {
        self.core.state().tabs.close_free();
        self.core.publish();
    }

    /// How many calls run in it.
    pub fn running(&self) -> usize {
        let state = self.core.state();
        state.running.len() + state.readers.len()
    }
}

/// The browser is closed for good.
impl Drop for JournalBrowser {
    fn drop(&mut self) {
        self.core.is_over.send_replace(true);
        self.core.suffer(Deed::WorkerDies);
    }
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn suffer(&self, deed: Deed) {
        match deed {
            Deed::GoOn => {}
            Deed::Reset => self.leave_link(Out::Reset),
            Deed::HangUp | Deed::HangUpInTheMiddle => self.leave_link(Out::HangUp),
            Deed::RedialBeside => self.leave_link(Out::Leave),
            Deed::WorkerDies => self.next_worker(Out::HangUp, false),
            Deed::WorkerDiesUnnoticed => self.next_worker(Out::Leave, false),
            Deed::BrowserDies => self.next_worker(Out::HangUp, true),
        }
    }

    fn leave_link(&self, how: Out) {
        if let Some(link) = self.state().link.take() {
            // A link whose queue is full is told by the end of its queue.
            let _ = link.try_send(how);
        }
    }

    fn next_worker(&self, how: Out, with_browser: bool) {
        let mut state = self.state();
        state.record.worker_deaths += 1;
        if with_browser {
            state.record.browser_deaths += 1;
            state.epoch = BrowserEpoch::mint();
            state.stored = Journal::default();
            state.tabs = Tabs::default();
        }
        state.known = state.stored.clone();
        state.running.clear();
        state.at_work.clear();
        state.readers.clear();
        state.busy.clear();
        if let Some(link) = state.link.take() {
            let _ = link.try_send(how);
        }
        // Under the lock: who takes it next, and is of an older run, sees that it is.
        self.worker.send_modify(|worker| *worker += 1);
    }

    /// The state, for a run of the worker; `None` for one that is dead.
    fn of_worker<T>(&self, worker: u64, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut state = self.state();
        (*self.worker.borrow() == worker).then(|| act(&mut state))
    }

    /// A step is taken. `None` when the worker died with it.
    async fn pass(&self, worker: u64, step: Step, call: Option<CallKey>) -> Option<Deed> {
        let moment = self.of_worker(worker, |state| {
            let nth = state.record.steps.entry(step).or_default();
            *nth += 1;
            let moment = Moment { step, call, nth: *nth };
            state.record.moments.push(moment);
            moment
        })?;
        let Then { pause, deed } = (self.setup.hook)(&moment);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        self.of_worker(worker, |_| ())?;
        if (step, deed) == (Step::Answering, Deed::HangUpInTheMiddle) {
            return Some(deed); // Who has the answer does it.
        }
        self.suffer(deed);
        self.of_worker(worker, |_| deed)
    }
}
