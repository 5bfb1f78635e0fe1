//! Which faults wait at which points, and how often each point was passed. Test build only.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Point;
use super::points::{IN_THE_HOUSE, OF_HTTP, OF_THE_PROCESS};

/// The variable that tells a test's process its faults.
pub const ENV: &str = "TABHUB_FAULTS";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The actor panics.
    Panic,
    /// The message is lost without a trace.
    Lose,
    /// The receiver's mailbox is full.
    Full,
    /// The actor hears nothing for so long.
    Delay(Duration),
    /// The whole thread stands still for so long.
    Jam(Duration),
}

/// A text that names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no fault: point=panic|lose|full|delay:MS|jam:MS, then *times and @skip as you like")]
pub struct SpecError(String);

#[derive(Debug, Clone, Copy)]
struct Arming {
    fault: Fault,
    skip: u64,
    times: u64,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<Point, Arming>,
    hits: HashMap<Point, u64>,
    strikes: u64,
}

/// The faults of one house or process.
#[derive(Debug, Default)]
pub struct Armed(Mutex<State>);

impl Armed {
    /// The faults that the environment tells. A wrong text is an error of the test, and ends the process.
    #[expect(clippy::disallowed_methods, reason = "a fault is no setting: only the test build reads it")]
    pub fn of_the_environment() -> Self {
        let armed = Self::default();
        if let Ok(spec) = std::env::var(ENV)
            && let Err(error) = armed.arm(&spec)
        {
            panic!("{ENV}: {error}");
        }
        armed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Arms what the text says, in place of what was armed.
    pub fn arm(&self, spec: &str) -> Result<(), SpecError> {
        let parts = spec.split(';').map(str::trim).filter(|part| !part.is_empty());
        let waiting = parts.map(parse).collect::<Result<HashMap<_, _>, _>>()?;
        self.state().waiting = waiting;
        Ok(())
    }

    /// A point is passed: the fault that strikes now, if one does.
    pub fn strike(&self, point: Point) -> Option<Fault> {
        let mut state = self.state();
        *state.hits.entry(point).or_default() += 1;
        let arming = state.waiting.get_mut(&point)?;
        if arming.skip > 0 {
            arming.skip -= 1;
            return None;
        }
        let fault = arming.fault;
        arming.times -= 1;
        if arming.times == 0 {
            state.waiting.remove(&point);
        }
        state.strikes += 1;
        Some(fault)
    }

    /// How often a point was passed.
    pub fn hits(&self, point: Point) -> u64 {
        self.state().hits.get(&point).copied().unwrap_or_default()
    }

    /// How often a fault has struck.
    pub fn strikes(&self) -> u64 {
        self.state().strikes
    }
}

fn parse(part: &str) -> Result<(Point, Arming), SpecError> {
    let wrong = || SpecError(part.to_owned());
    let (name, rest) = part.split_once('=').ok_or_else(wrong)?;
    let all = || IN_THE_HOUSE.iter().chain(OF_HTTP).chain(OF_THE_PROCESS);
    let point = all().find(|point| point.0 == name.trim()).ok_or_else(wrong)?;
    let (rest, skip) = rest.split_once('@').unwrap_or((rest, "0"));
    let (word, times) = rest.split_once('*').unwrap_or((rest, "1"));
    let (word, ms) = word.split_once(':').unwrap_or((word, "0"));
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
    let time = Duration::from_millis(number(ms)?);
    let fault = match word.trim() {
        "panic" => Fault::Panic,
        "lose" => Fault::Lose,
        "full" => Fault::Full,
        "delay" => Fault::Delay(time),
        "jam" => Fault::Jam(time),
        _ => return Err(wrong()),
    };
    let arming = Arming { fault, skip: number(skip)?, times: number(times)?.max(1) };
    Ok((*point, arming))
}

#[cfg(test)]
mod tests {
    use super::super::points::{CLIENT_CALL, ROUTER_CALL};
    use super::*;

    #[test]
    fn a_fault_strikes_after_its_skips_and_as_often_as_it_was_told() {
        let armed = Armed::default();
        armed.arm("router.call=lose*2@1; client.call=delay:30").unwrap();
        let struck: Vec<_> = (0..4).map(|_| armed.strike(ROUTER_CALL)).collect();
        assert_eq!(struck, [None, Some(Fault::Lose), Some(Fault::Lose), None]);
        assert_eq!(armed.strike(CLIENT_CALL), Some(Fault::Delay(Duration::from_millis(30))));
        assert_eq!((armed.hits(ROUTER_CALL), armed.strikes()), (4, 3));
        armed.arm("").unwrap();
        assert_eq!(armed.strike(ROUTER_CALL), None);
    }

    #[test]
    fn a_text_that_names_no_fault_is_told_so() {
        let armed = Armed::default();
        for wrong in
            ["router.call", "nowhere=panic", "router.call=explode", "router.call=delay:soon", "router.call=panic*x"]
        {
            assert!(armed.arm(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_point_has_a_name_of_its_own() {
        let mut names: Vec<_> = IN_THE_HOUSE.iter().chain(OF_HTTP).chain(OF_THE_PROCESS).map(|point| point.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), IN_THE_HOUSE.len() + OF_HTTP.len() + OF_THE_PROCESS.len());
    }
}
