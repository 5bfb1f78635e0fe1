//! On which core which thread runs, so that two ways can be compared where both are placed alike.

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where the threads of a way run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where the system wants them.
    Free,
    /// Both ends on one core, the middle on another: each hop goes to the other core.
    Apart,
    /// Everything on one core.
    OneCore,
}

impl Place {
    pub fn words(self) -> &'static str {
        match self {
            Place::Free => "as the system places them",
            Place::Apart => "each hop to another core",
            Place::OneCore => "all on one core",
        }
    }
}

/// The threads of this process and of a hub, and the cores that they may use.
pub struct Placement {
    hub: u32,
    all: CpuSet,
}

impl Placement {
    pub fn of(hub: u32) -> Self {
        Self { hub, all: sched_getaffinity(None).unwrap() }
    }

    /// Puts every thread where it is to run. The relay of the echo and the hub are the middle, all others an end.
    pub fn put(&self, place: Place) {
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| self.all.is_set(*core));
        let first = cores.next().unwrap();
        let (first, second) = (only(first), only(cores.next().unwrap_or(first)));
        let (ends, middle) = match place {
            Place::Free => (self.all, self.all),
            Place::Apart => (first, second),
            Place::OneCore => (second, second),
        };
        for (thread, name) in threads(std::process::id()) {
            set(thread, if name == "relay" { &middle } else { &ends });
        }
        for (thread, _) in threads(self.hub) {
            set(thread, &middle);
        }
    }
}

fn only(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}

fn set(thread: i32, cores: &CpuSet) {
    // A thread that has ended meanwhile needs no core.
    let _ = sched_setaffinity(Pid::from_raw(thread), cores);
}

/// The threads of a process with their names.
fn threads(process: u32) -> Vec<(i32, String)> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("Linux tells the threads");
    let name = |path: std::path::PathBuf| std::fs::read_to_string(path.join("comm")).unwrap_or_default();
    tasks
        .flatten()
        .map(|task| (task.file_name().to_str().unwrap().parse().unwrap(), name(task.path()).trim().to_owned()))
        .collect()
}
