//! Who has come and not said hello yet. Whoever opens connections and says nothing takes no room from others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::actors::link::Hangup;

/// The sockets of one route that have not said hello, oldest first.
#[derive(Debug, Clone)]
pub struct Door {
    strangers: Arc<Mutex<Strangers>>,
    most: usize,
}

#[derive(Debug, Default)]
struct Strangers {
    waiting: VecDeque<(u64, Hangup)>,
    serial: u64,
}

/// A place among the strangers; given back when it is dropped.
#[derive(Debug)]
pub struct Stranger {
    door: Door,
    serial: u64,
}

impl Door {
    /// A door before which at most `most` may stand.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { strangers: Arc::default(), most }
    }

    fn strangers(&self) -> MutexGuard<'_, Strangers> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody came. When there are too many, the one who has been silent for longest is hung up on: a peer that
    /// means it says hello within moments, and so is never the oldest.
    pub fn enter(&self, hangup: Hangup) -> Stranger {
        let (serial, oldest) = {
            let mut strangers = self.strangers();
            strangers.serial += 1;
            let serial = strangers.serial;
            strangers.waiting.push_back((serial, hangup));
            let is_crowded = strangers.waiting.len() > self.most;
            (serial, if is_crowded { strangers.waiting.pop_front() } else { None })
        };
        if let Some((_, hangup)) = oldest {
            log::warn!("more than {} connections without a hello: the oldest of them is closed", self.most);
            hangup.now();
        }
        Stranger { door: self.clone(), serial }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.door.strangers().waiting.retain(|(serial, _)| *serial != self.serial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_stranger_is_hung_up_on_and_who_has_said_hello_is_none() {
        let (door, gone) = (Door::new(2), Arc::new(Mutex::new(Vec::new())));
        let hangup = |name: &'static str| {
            let gone = Arc::clone(&gone);
            Hangup::new(move || gone.lock().unwrap().push(name))
        };
        let greeted = door.enter(hangup("greeted"));
        let _first = door.enter(hangup("first"));
        drop(greeted);
        let _second = door.enter(hangup("second"));
        assert!(gone.lock().unwrap().is_empty());
        let _third = door.enter(hangup("third"));
        assert_eq!(*gone.lock().unwrap(), ["first"]);
    }
}
