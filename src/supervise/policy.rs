//! When a dead actor is started again, and when that is given up. Pure decisions over time.
//!
//! The rule is Erlang's: at most `intensity` restarts within `period`; one more, and the one above decides.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::config::limits;

/// How often, and how fast, an actor may be restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Restarts allowed within [`RestartPolicy::period`].
    pub intensity: usize,
    /// The window in which restarts are counted.
    pub period: Duration,
    /// The pause before the second restart in the window; the first is immediate, each further one doubles it.
    pub backoff: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            intensity: limits::RESTART_INTENSITY,
            period: limits::RESTART_PERIOD,
            backoff: limits::RESTART_BACKOFF,
            backoff_max: limits::RESTART_BACKOFF_MAX,
        }
    }
}

/// What to do about a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Start it again after this pause.
    Restart(Duration),
    /// It died this often within the period: let the one above decide.
    GiveUp(usize),
}

/// The recent deaths of one actor.
#[derive(Debug, Default, Clone)]
pub struct RestartLog {
    recent: VecDeque<Instant>,
}

impl RestartLog {
    /// Records a death and decides.
    pub fn record(&mut self, policy: &RestartPolicy, now: Instant) -> Decision {
        while self.recent.front().is_some_and(|at| now.saturating_duration_since(*at) > policy.period) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        let deaths = self.recent.len();
        if deaths > policy.intensity {
            return Decision::GiveUp(deaths);
        }
        let pause = match deaths {
            1 => Duration::ZERO,
            n => {
                let doublings = u32::try_from(n - 2).unwrap_or(u32::MAX).min(16);
                policy.backoff.saturating_mul(1 << doublings).min(policy.backoff_max)
            }
        };
        Decision::Restart(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RestartPolicy = RestartPolicy {
        intensity: 4,
        period: Duration::from_secs(10),
        backoff: Duration::from_millis(10),
        backoff_max: Duration::from_millis(35),
    };

    #[test]
    fn the_first_restart_is_immediate_and_the_next_ones_wait_longer_up_to_the_cap() {
        let (mut log, now) = (RestartLog::default(), Instant::now());
        let pauses: Vec<_> = (0..4).map(|_| log.record(&POLICY, now)).collect();
        let ms = |n| Decision::Restart(Duration::from_millis(n));
        assert_eq!(pauses, [ms(0), ms(10), ms(20), ms(35)]);
    }

    #[test]
    fn one_death_more_than_the_intensity_within_the_period_gives_up() {
        let (mut log, now) = (RestartLog::default(), Instant::now());
        for _ in 0..POLICY.intensity {
            assert!(matches!(log.record(&POLICY, now), Decision::Restart(_)));
        }
        assert_eq!(log.record(&POLICY, now), Decision::GiveUp(5));
    }

    #[test]
    fn deaths_that_lie_further_apart_than_the_period_never_add_up() {
        let (mut log, mut now) = (RestartLog::default(), Instant::now());
        for _ in 0..100 {
            assert_eq!(log.record(&POLICY, now), Decision::Restart(Duration::ZERO));
            now += POLICY.period + Duration::from_millis(1);
        }
    }
}
