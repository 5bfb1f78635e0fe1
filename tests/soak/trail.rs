//! What happened lately, and what broke: a violation is kept with the events that led to it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Events that are kept.
const KEPT: usize = 400;
/// Events that are shown with a violation.
const SHOWN: usize = 60;
/// With so many violations there is nothing more to be learnt.
pub const ENOUGH: usize = 8;

/// An invariant that broke.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What and when.
    pub what: String,
    /// What had happened until then, oldest first.
    pub before: Vec<String>,
}

/// The trail of one run.
pub struct Trail {
    began: Instant,
    events: Mutex<VecDeque<String>>,
    broken: Mutex<Vec<Broken>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Trail {
    /// A trail that begins now.
    pub fn new() -> Self {
        Self { began: Instant::now(), events: Mutex::default(), broken: Mutex::default() }
    }

    fn stamp(&self, what: impl AsRef<str>) -> String {
        format!("{:9.3} s  {}", self.began.elapsed().as_secs_f64(), what.as_ref())
    }

    /// Something happened.
    pub fn note(&self, what: impl AsRef<str>) {
        let mut events = lock(&self.events);
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(self.stamp(what));
    }

    /// An invariant broke.
    pub fn broke(&self, what: impl AsRef<str>) {
        self.note(format!("BROKEN: {}", what.as_ref()));
        let mut broken = lock(&self.broken);
        if broken.len() < ENOUGH {
            let events = lock(&self.events);
            let before = events.iter().skip(events.len().saturating_sub(SHOWN)).cloned().collect();
            broken.push(Broken { what: self.stamp(what), before });
        }
    }

    /// The invariants that broke.
    pub fn broken(&self) -> Vec<Broken> {
        lock(&self.broken).clone()
    }

    /// How many invariants broke.
    pub fn breaks(&self) -> usize {
        lock(&self.broken).len()
    }
}
