//! A timer that is put off with every frame and hardly ever rings, so that putting it off costs nothing.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// Rings when a moment is over that is told anew with each wait.
#[derive(Debug)]
pub(super) struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    /// An alarm that nobody waits for yet.
    pub fn new() -> Self {
        Self(Box::pin(sleep(Duration::ZERO)))
    }

    /// Waits until `due`; for ever if there is none. A wait may be given up at any time. The timer goes on running then,
    /// and is set anew for an earlier moment at once, for a later one not before it has rung.
    pub async fn rings_at(&mut self, due: Option<Instant>) {
        let Some(due) = due else { return std::future::pending().await };
        if due < self.0.deadline() {
            self.0.as_mut().reset(due);
        }
        loop {
            self.0.as_mut().await;
            if self.0.deadline() >= due {
                return;
            }
            self.0.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn give_up(alarm: &mut Alarm, due: Instant) {
        tokio::select! {
            biased;
            () = alarm.rings_at(Some(due)) => panic!("it rang long before"),
            () = tokio::task::yield_now() => {}
        }
    }

    #[tokio::test]
    async fn an_alarm_rings_at_the_moment_that_was_told_last() {
        let (mut alarm, now, hour) = (Alarm::new(), Instant::now(), Duration::from_secs(3600));
        give_up(&mut alarm, now + hour).await;
        let earlier = now + Duration::from_millis(20);
        tokio::time::timeout(Duration::from_secs(20), alarm.rings_at(Some(earlier))).await.expect("it rings");
        assert!(Instant::now() >= earlier);
        let later = Instant::now() + Duration::from_millis(20);
        give_up(&mut alarm, later).await;
        let put_off = later + Duration::from_millis(40);
        tokio::time::timeout(Duration::from_secs(20), alarm.rings_at(Some(put_off))).await.expect("it rings");
        assert!(Instant::now() >= put_off);
        give_up(&mut alarm, put_off + hour).await;
        assert!(tokio::time::timeout(Duration::ZERO, alarm.rings_at(None)).await.is_err());
    }
}
