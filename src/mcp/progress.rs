//! News of a long call for its host: the tool's own progress, and a sign of life where the tool says nothing.
//!
//! The protocol wants a number that only grows. A sign of life moves it by a thousandth: with one each 2 s and calls of
//! 15 minutes at most, it never reaches the tool's next whole step.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::backend::Progress;

/// How long silence may last.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Before the first sign of life.
    pub first: Duration,
    /// Before the next one.
    pub next: Duration,
}

impl Pace {
    /// What hosts are told: progress on anything longer than a second.
    pub const HOSTS: Pace = Pace { first: Duration::from_secs(1), next: Duration::from_secs(2) };
}

/// By how much a sign of life moves the number.
const SIGN: f64 = 0.001;

/// What a call's host has been told so far.
#[derive(Debug)]
pub struct Teller {
    tool: &'static str,
    pace: Pace,
    started: Instant,
    due: Instant,
    told: f64,
    total: Option<f64>,
}

impl Teller {
    /// A call begins.
    pub fn new(tool: &'static str, pace: Pace) -> Self {
        let now = Instant::now();
        Self { tool, pace, started: now, due: now + pace.first, told: 0.0, total: None }
    }

    /// The tool says how far it is.
    pub fn news(&mut self, mut news: Progress) -> Progress {
        self.due = Instant::now() + self.pace.next;
        news.progress = if news.progress > self.told { news.progress } else { self.told + SIGN };
        self.told = news.progress;
        self.total = news.total;
        news
    }

    /// Waits until a sign of life is due, and gives it. May be dropped and asked again.
    pub async fn sign_of_life(&mut self) -> Progress {
        sleep_until(self.due).await;
        let secs = self.started.elapsed().as_secs();
        let message = format!("still working on {} ({secs} s)", self.tool);
        self.news(Progress { progress: self.told, total: self.total, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Pace = Pace { first: Duration::from_millis(5), next: Duration::from_millis(1) };

    fn step(progress: f64) -> Progress {
        Progress { progress, total: Some(3.0), message: "loading".to_owned() }
    }

    #[tokio::test]
    async fn the_number_only_grows_whoever_speaks() {
        let mut teller = Teller::new("browser_navigate", QUICK);
        let mut told = vec![teller.sign_of_life().await.progress];
        for news in [1.0, 1.0, 0.5, 2.0] {
            told.push(teller.news(step(news)).progress);
            told.push(teller.sign_of_life().await.progress);
        }
        assert!(told.windows(2).all(|pair| pair[0] < pair[1]), "{told:?}");
        assert!(told.iter().all(|n| *n < 3.0), "{told:?}");
    }

    #[tokio::test]
    async fn silence_is_broken_and_never_too_early() {
        let begin = Instant::now();
        let sign = Teller::new("browser_navigate", QUICK).sign_of_life().await;
        assert!(begin.elapsed() >= QUICK.first);
        assert_eq!(sign.message, "still working on browser_navigate (0 s)");
        assert!(Pace::HOSTS.first <= Duration::from_secs(1), "anything longer than a second shows progress");
    }
}
