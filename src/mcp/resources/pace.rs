//! How often a host is told that a resource has changed: at once, then ten times a second at most, and always once more
//! after the last change.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between two notifications of one resource.
pub const PAUSE: Duration = Duration::from_millis(100);

/// The notifications of one host.
#[derive(Debug, Default)]
pub struct Pace {
    due: HashMap<String, Instant>,
    told: HashMap<String, Instant>,
}

impl Pace {
    /// A resource has changed.
    pub fn note(&mut self, uri: &str, now: Instant) {
        if !self.due.contains_key(uri) {
            let free = self.told.get(uri).map_or(now, |told| now.max(*told + PAUSE));
            self.due.insert(uri.to_owned(), free);
        }
    }

    /// When the next notification is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// The resources whose notification is due: they are told now.
    pub fn take_due(&mut self, now: Instant) -> Vec<String> {
        self.told.retain(|_, told| *told + PAUSE > now);
        let mut due: Vec<_> = self.due.extract_if(|_, due| *due <= now).map(|(uri, _)| uri).collect();
        due.sort();
        self.told.extend(due.iter().map(|uri| (uri.clone(), now)));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each change's time in milliseconds → when it was told, with whoever tells awake at each millisecond.
    fn told(changes: &[u64], until: u64) -> Vec<u64> {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        let mut told = Vec::new();
        for ms in 0..until {
            if changes.contains(&ms) {
                pace.note("a", at(ms));
            }
            if !pace.take_due(at(ms)).is_empty() {
                told.push(ms);
            }
        }
        assert_eq!(pace.next_due(), None);
        told
    }

    #[test]
    fn a_change_is_told_at_once_and_the_last_one_always() {
        assert_eq!(told(&[5], 1000), [5]);
        assert_eq!(told(&[5, 6], 1000), [5, 105]);
        assert_eq!(told(&[5, 104, 105], 1000), [5, 105]);
        assert_eq!(told(&[5, 106], 1000), [5, 106]);
        assert_eq!(told(&[5, 50, 150], 1000), [5, 105, 205]);
    }

    #[test]
    fn a_thousand_changes_in_a_second_are_eleven_notifications_at_most() {
        let all: Vec<u64> = (0..1000).collect();
        let told = told(&all, 2000);
        assert_eq!(told, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    }

    #[test]
    fn resources_do_not_hold_each_other_up() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.note("a", now);
        assert_eq!(pace.take_due(now), ["a"]);
        pace.note("a", now);
        pace.note("b", now);
        assert_eq!(pace.take_due(now), ["b"]);
        assert_eq!(pace.next_due(), Some(now + PAUSE));
    }
}
