//! How long to wait before the next attempt: at once first, then longer and longer, with jitter, for ever.

use std::time::Duration;

/// The pause before the second attempt, and the least there is: attempts without a pause would take the machine.
const FIRST: Duration = Duration::from_millis(20);

/// The pauses between attempts.
#[derive(Debug)]
pub struct Backoff {
    /// The longest pause.
    max: Duration,
    attempts: u32,
}

impl Backoff {
    /// Pauses that never grow beyond `max`. A `max` of zero asks for the shortest pauses, not for none.
    #[must_use]
    pub fn new(max: Duration) -> Self {
        Self { max: max.max(FIRST), attempts: 0 }
    }

    /// The pause before the next attempt. Half of it is chance, so that many instances do not come back in step.
    pub fn next_pause(&mut self) -> Duration {
        let attempt = self.attempts;
        self.attempts = self.attempts.saturating_add(1);
        let Some(doublings) = attempt.checked_sub(1) else { return Duration::ZERO };
        let whole = FIRST.saturating_mul(2u32.saturating_pow(doublings)).min(self.max);
        whole.mul_f64(0.5 + 0.5 * rand::random::<f64>())
    }

    /// It worked: the next loss is tried at once again.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_is_made_at_once_and_later_ones_never_wait_longer_than_the_setting() {
        let max = Duration::from_millis(250);
        let mut backoff = Backoff::new(max);
        assert_eq!(backoff.next_pause(), Duration::ZERO);
        let pauses: Vec<Duration> = (0..100).map(|_| backoff.next_pause()).collect();
        assert!(pauses.iter().all(|pause| *pause > Duration::ZERO && *pause <= max));
        assert!(pauses[50..].iter().all(|pause| *pause >= max / 2), "they have grown to the limit");
        assert!(pauses[50..].windows(2).any(|two| two[0] != two[1]), "they are jittered");
        backoff.reset();
        assert_eq!(backoff.next_pause(), Duration::ZERO);
    }

    #[test]
    fn a_longest_pause_of_zero_asks_for_the_shortest_pauses_and_not_for_none() {
        let mut backoff = Backoff::new(Duration::ZERO);
        assert_eq!(backoff.next_pause(), Duration::ZERO);
        let pauses: Vec<Duration> = (0..100).map(|_| backoff.next_pause()).collect();
        assert!(pauses.iter().all(|pause| *pause >= FIRST / 2 && *pause <= FIRST), "{pauses:?}");
    }
}
