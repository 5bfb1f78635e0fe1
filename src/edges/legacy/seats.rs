//! Which browser a connection of the Browser MCP extension is. The extension says nothing of itself, so a browser is
//! known by its product and by the seat that it left free: the newcomer that finds one free seat of its product is the
//! browser that had it. Where two are free nobody can tell, and the newcomer is a browser of its own, as all are to the
//! next hub: a client that has chosen one of them must not act under another person's logins.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::desk::Memory;
use crate::config::limits;
use crate::protocol::hello::{BrowserInfo, Sharing};
use crate::protocol::{BrowserEpoch, BrowserId};

/// All browsers with the Browser MCP extension that this hub has seen.
#[derive(Debug, Clone, Default)]
pub struct Seats(Arc<Mutex<Vec<Seat>>>);

#[derive(Debug)]
struct Seat {
    product: String,
    id: BrowserId,
    epoch: BrowserEpoch,
    given_name: Option<String>,
    memory: Arc<Mutex<Memory>>,
    is_taken: bool,
}

/// A seat that a connection has; it is free again when this is dropped.
#[derive(Debug)]
pub struct Seated {
    seats: Seats,
    /// Which browser it is.
    pub info: BrowserInfo,
    /// What is remembered of it.
    pub memory: Arc<Mutex<Memory>>,
}

impl Seats {
    fn all(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A browser connects; none when there are too many already.
    #[must_use]
    pub fn take(&self, user_agent: &str) -> Option<Seated> {
        let (product, version) = product_of(user_agent);
        let mut seats = self.all();
        if seats.iter().filter(|seat| seat.is_taken).count() >= limits::LEGACY_BROWSERS {
            return None;
        }
        let is_free = |seat: &Seat| !seat.is_taken && seat.product == product;
        if seats.iter().filter(|seat| is_free(seat)).count() > 1 {
            seats.retain(|seat| !is_free(seat));
        }
        let at = seats.iter().position(is_free);
        let at = at.unwrap_or_else(|| {
            seats.push(Seat {
                product: product.to_owned(),
                id: BrowserId::mint(),
                epoch: BrowserEpoch::mint(),
                given_name: None,
                memory: Arc::default(),
                is_taken: false,
            });
            seats.len() - 1
        });
        let seat = seats.get_mut(at)?;
        seat.is_taken = true;
        let info = BrowserInfo {
            id: seat.id,
            name: format!("{product} with Browser MCP"),
            version: version.to_owned(),
            epoch: seat.epoch,
            given_name: seat.given_name.clone(),
            sharing: Sharing::OneTab,
        };
        Some(Seated { seats: self.clone(), info, memory: Arc::clone(&seat.memory) })
    }
}

impl Seated {
    /// Its browser has this name, for as long as this hub lives.
    pub fn name(&self, name: &str) {
        let mut seats = self.seats.all();
        if let Some(seat) = seats.iter_mut().find(|seat| seat.id == self.info.id) {
            seat.given_name = Some(name.to_owned());
        }
    }
}

impl Drop for Seated {
    fn drop(&mut self) {
        let mut seats = self.seats.all();
        if let Some(seat) = seats.iter_mut().find(|seat| seat.id == self.info.id) {
            seat.is_taken = false;
        }
    }
}

/// The browser's product and version, by what it says of itself to every server. All of them call themselves Chrome, too.
fn product_of(user_agent: &str) -> (&'static str, &str) {
    const PRODUCTS: &[(&str, &str)] = &[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Vivaldi/", "Vivaldi"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
    ];
    let found = PRODUCTS.iter().find_map(|(mark, product)| Some((*product, user_agent.split_once(mark)?.1)));
    let (product, rest) = found.unwrap_or(("Browser", ""));
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    (product, &rest[..end.min(32)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

    #[test]
    fn a_browser_that_comes_back_has_its_own_seat_and_two_at_once_have_two() {
        let seats = Seats::default();
        let one = seats.take(CHROME).expect("a seat");
        let two = seats.take(CHROME).expect("a seat");
        let (first, second) = (one.info.clone(), two.info.clone());
        assert_ne!(first.id, second.id);
        drop(two);
        let back = seats.take(CHROME).expect("a seat");
        assert_eq!((back.info.id, back.info.epoch), (second.id, second.epoch));
        drop(one);
        let edge = seats.take(&format!("{CHROME} Edg/141.0.1.2")).expect("a seat");
        assert!(edge.info.id != first.id, "another product is another browser");
        assert_eq!((edge.info.name.as_str(), edge.info.version.as_str()), ("Edge with Browser MCP", "141.0.1.2"));
        assert_eq!((first.name.as_str(), first.version.as_str()), ("Chrome with Browser MCP", "142.0.0.0"));
    }

    #[test]
    fn where_two_may_have_come_back_neither_is_taken_for_the_other() {
        let seats = Seats::default();
        let both = [seats.take(CHROME).expect("a seat"), seats.take(CHROME).expect("a seat")];
        let known = both.each_ref().map(|seat| seat.info.id);
        drop(both);
        let (one, two) = (seats.take(CHROME).expect("a seat"), seats.take(CHROME).expect("a seat"));
        assert!(!known.contains(&one.info.id) && !known.contains(&two.info.id) && one.info.id != two.info.id);
    }

    #[test]
    fn no_hub_takes_a_browser_for_one_that_another_hub_knew() {
        let (one, two) = (Seats::default().take(CHROME), Seats::default().take(CHROME));
        let (one, two) = (one.expect("a seat").info.clone(), two.expect("a seat").info.clone());
        assert!(one.id != two.id && one.epoch != two.epoch);
    }

    #[test]
    fn there_is_an_end_to_the_seats() {
        let seats = Seats::default();
        let taken: Vec<_> = (0..limits::LEGACY_BROWSERS).map(|_| seats.take("").expect("a seat")).collect();
        assert!(seats.take("").is_none());
        drop(taken);
        assert!(seats.take("").is_some());
    }
}
