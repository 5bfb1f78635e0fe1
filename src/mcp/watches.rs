//! Who in this process wants to hear of what: one list for a backend, whose hub is told the sum of it.
//!
//! News say only that something changed. What a watcher has not taken yet is kept as one, so that none is lost and
//! nothing piles up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::protocol::Topics;

/// All watchers of one backend.
#[derive(Debug)]
pub struct Watches {
    watchers: Mutex<Watchers>,
    wanted: watch::Sender<Topics>,
}

#[derive(Debug, Default)]
struct Watchers {
    next: u64,
    by_number: HashMap<u64, (Topics, Arc<News>)>,
}

#[derive(Debug, Default)]
struct News {
    untaken: Mutex<Topics>,
    bell: Notify,
}

/// One of them. Dropping it ends its watch.
#[derive(Debug)]
pub struct Watcher {
    number: u64,
    watches: Arc<Watches>,
    news: Arc<News>,
}

impl Default for Watches {
    fn default() -> Self {
        Self { watchers: Mutex::default(), wanted: watch::Sender::new(Topics::default()) }
    }
}

impl Watches {
    /// One more watcher, who wants nothing yet.
    #[must_use]
    pub fn watcher(self: &Arc<Self>) -> Watcher {
        let news = Arc::<News>::default();
        let mut watchers = self.watchers();
        watchers.next += 1;
        let number = watchers.next;
        watchers.by_number.insert(number, (Topics::default(), Arc::clone(&news)));
        drop(watchers);
        Watcher { number, watches: Arc::clone(self), news }
    }

    /// What the hub is to be told that all of them want together, now and whenever it changes.
    #[must_use]
    pub fn wanted(&self) -> watch::Receiver<Topics> {
        self.wanted.subscribe()
    }

    /// The hub says that this has changed.
    pub fn tell(&self, changed: &Topics) {
        for (wants, news) in self.watchers().by_number.values() {
            let told = changed.and(wants);
            if !told.is_empty() {
                news.untaken.lock().unwrap_or_else(PoisonError::into_inner).add(&told);
                news.bell.notify_one();
            }
        }
    }

    /// There was no hub for a while, or there is one at last: anything may have changed.
    pub fn tell_everything(&self) {
        let everything = self.wanted.borrow().clone();
        self.tell(&everything);
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sum(&self, watchers: &Watchers) {
        let mut sum = Topics::default();
        watchers.by_number.values().for_each(|(wants, _)| sum.add(wants));
        self.wanted.send_if_modified(|known| std::mem::replace(known, sum.clone()) != sum);
    }
}

impl Watcher {
    /// What it wants to hear of from now on.
    pub fn want(&self, topics: Topics) {
        let mut watchers = self.watches.watchers();
        if let Some((wants, _)) = watchers.by_number.get_mut(&self.number) {
            *wants = topics;
        }
        self.watches.sum(&watchers);
    }

    /// Waits until something of that has changed, and takes all news there are.
    pub async fn next(&self) -> Topics {
        loop {
            let news = std::mem::take(&mut *self.news.untaken.lock().unwrap_or_else(PoisonError::into_inner));
            if !news.is_empty() {
                return news;
            }
            self.news.bell.notified().await;
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut watchers = self.watches.watchers();
        watchers.by_number.remove(&self.number);
        self.watches.sum(&watchers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tabs() -> Topics {
        Topics { tabs: true, ..Topics::default() }
    }

    fn status() -> Topics {
        Topics { status: true, ..Topics::default() }
    }

    #[tokio::test]
    async fn each_watcher_hears_of_what_it_wants_and_the_hub_is_told_the_sum() {
        let watches = Arc::new(Watches::default());
        let wanted = watches.wanted();
        let (one, other) = (watches.watcher(), watches.watcher());
        one.want(tabs());
        other.want(status());
        let mut both = tabs();
        both.add(&status());
        assert_eq!(*wanted.borrow(), both);
        watches.tell(&tabs());
        watches.tell(&status());
        watches.tell(&tabs());
        assert_eq!((one.next().await, other.next().await), (tabs(), status()));
        assert!(one.news.untaken.lock().expect("no panic").is_empty(), "two news are one");
        drop(other);
        assert_eq!(*wanted.borrow(), tabs());
        drop(one);
        assert!(wanted.borrow().is_empty());
    }

    #[tokio::test]
    async fn after_a_gap_everyone_hears_of_all_that_it_wants() {
        let watches = Arc::new(Watches::default());
        let one = watches.watcher();
        watches.tell_everything();
        one.want(tabs());
        watches.tell_everything();
        assert_eq!(one.next().await, tabs());
    }
}
