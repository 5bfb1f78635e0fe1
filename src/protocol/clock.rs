//! The clock that a call's `expiresAt` is told in: both ends of the wire read it, so there is one of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Now, in milliseconds since the Unix epoch. Comparable between processes of one machine.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    shifted(millis(since))
}

#[cfg(not(feature = "faults"))]
fn shifted(now: u64) -> u64 {
    now
}

#[cfg(feature = "faults")]
fn shifted(now: u64) -> u64 {
    now.saturating_add_signed(SHIFT.load(std::sync::atomic::Ordering::Relaxed))
}

#[cfg(feature = "faults")]
static SHIFT: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);

/// The wall clock of this process jumps by so many milliseconds. Test build only.
#[cfg(feature = "faults")]
pub fn jump(by_ms: i64) {
    SHIFT.fetch_add(by_ms, std::sync::atomic::Ordering::Relaxed);
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A moment by which something must be over. The wire tells it as wall time, which both ends can read; within a
/// process it is a moment of the monotonic clock, so that a jump of the wall clock ends no call and keeps none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        // Nobody waits for as long as the clock cannot tell; a day stands for it.
        Self(now.checked_add(time).unwrap_or(now + Duration::from_secs(86_400)))
    }

    /// The deadline that a peer told, in milliseconds since the Unix epoch; at most `longest` from now.
    #[must_use]
    pub fn from_wire(expires_at: u64, longest: Duration) -> Self {
        Self::after(Duration::from_millis(expires_at.saturating_sub(now_ms())).min(longest))
    }

    /// The deadline as a peer is told it, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn to_wire(self) -> u64 {
        now_ms().saturating_add(millis(self.left()))
    }

    /// The time that is left.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }

    /// The deadline of an inner hop, which must be late before the outer one is.
    #[must_use]
    pub fn earlier_by(self, margin: Duration) -> Self {
        Self(self.0.checked_sub(margin).unwrap_or(self.0))
    }

    /// The moment itself, for a timer.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_goes_over_the_wire_and_back() {
        let deadline = Deadline::after(Duration::from_secs(30));
        let told = deadline.to_wire();
        assert!(told.abs_diff(now_ms() + 30_000) <= 5, "{told}");
        let back = Deadline::from_wire(told, Duration::from_secs(60));
        assert!(back.left() > Duration::from_secs(29) && back.left() <= Duration::from_secs(30));
        assert!(
            Deadline::from_wire(told, Duration::from_secs(1)).left() <= Duration::from_secs(1),
            "there is a longest"
        );
    }

    #[test]
    fn what_is_over_stays_over_and_nothing_is_too_long_for_the_clock() {
        assert!(Deadline::from_wire(now_ms() - 1, Duration::MAX).is_over());
        assert!(Deadline::after(Duration::ZERO).earlier_by(Duration::from_secs(1)).is_over());
        assert!(!Deadline::after(Duration::MAX).is_over());
    }
}
