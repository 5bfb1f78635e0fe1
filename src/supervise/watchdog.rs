//! The watchdog: a thread of the operating system that notices when a runtime stands still.
//!
//! A supervisor cannot help where nothing runs at all: a handler in an endless loop, a lock that is never freed. The
//! runtime beats a pulse, and the thread counts its own steps without one. It counts steps and not time, and forgives
//! its own lateness: a process that was stopped, or a machine that slept, was not jammed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Into how many steps the limit is divided.
const STEPS: u32 = 10;
/// A step that took this many times as long was no step: the thread itself was held up.
const FORGIVEN: u32 = 3;

/// What a runtime beats while it turns.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// Beats on the runtime of this thread for as long as that turns, often enough for a watchdog with this limit.
    pub fn beat_here(&self, limit: Duration) {
        let beats = Arc::clone(&self.0);
        actix::spawn(async move {
            loop {
                beats.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(limit / (2 * STEPS)).await;
            }
        });
    }

    /// Watches the pulse from a thread of its own; `on_jam` runs there once when it stood still for `limit`. The
    /// thread ends with the process.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn watch(&self, limit: Duration, on_jam: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let beats = Arc::clone(&self.0);
        let watch = move || {
            let step = limit / STEPS;
            let mut count = Count::default();
            loop {
                let began = Instant::now();
                std::thread::sleep(step);
                let is_late = began.elapsed() > step * FORGIVEN;
                if count.step(beats.load(Ordering::Relaxed), is_late) >= STEPS {
                    on_jam();
                    return;
                }
            }
        };
        std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch).map(drop)
    }
}

/// Counts the steps in a row in which the pulse stood still.
#[derive(Debug, Default)]
struct Count {
    last: u64,
    still: u32,
}

impl Count {
    fn step(&mut self, beats: u64, is_late: bool) -> u32 {
        let stood_still = beats == self.last && !is_late;
        self.still = if stood_still { self.still + 1 } else { 0 };
        self.last = beats;
        self.still
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn steps_without_a_beat_are_counted_and_the_watchdogs_own_lateness_is_forgiven() {
        let mut count = Count::default();
        assert_eq!(count.step(1, false), 0);
        assert_eq!(count.step(1, false), 1);
        assert_eq!(count.step(1, false), 2);
        assert_eq!(count.step(1, true), 0, "the process was stopped meanwhile");
        assert_eq!(count.step(1, false), 1);
        assert_eq!(count.step(2, false), 0);
    }

    #[test]
    fn a_runtime_that_stands_still_is_noticed_and_one_that_turns_is_not() {
        let limit = Duration::from_millis(200);
        let (jammed, heard) = mpsc::channel();
        let (pulse, told) = (Pulse::default(), jammed.clone());
        let runtime = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                pulse.beat_here(limit);
                pulse.watch(limit, move || told.send("jammed").unwrap()).unwrap();
                tokio::time::sleep(3 * limit).await;
                jammed.send("it turns").unwrap();
                // Nothing else turns on this thread now.
                std::thread::sleep(100 * limit);
            });
        });
        assert_eq!(heard.recv().unwrap(), "it turns");
        assert_eq!(heard.recv().unwrap(), "jammed");
        drop(runtime);
    }
}
