//! Whose refs are still good. The extension keeps only the refs of its newest snapshot, whoever asked for it, and counts
//! them from s1 again after a navigation: a ref of an older one may hit another element. So each client's refs are good
//! only as long as nobody has looked at the page since that client did.

use std::collections::{BTreeSet, HashMap};

use crate::protocol::{ClientId, ErrorCode, HubError};

/// What each client has seen.
#[derive(Debug, Default)]
pub struct Looks {
    /// Counts what makes all earlier refs stale: each snapshot that was asked for, each new connection.
    turn: u64,
    /// Who asked for the last snapshot.
    last: Option<(ClientId, String)>,
    shown: HashMap<ClientId, Shown>,
}

/// The last page that a client was shown.
#[derive(Debug)]
struct Shown {
    turn: u64,
    /// The generations of the refs in it.
    generations: BTreeSet<String>,
}

impl Looks {
    /// A snapshot is asked for: from now on the extension may know no earlier refs.
    pub fn begin(&mut self, client: ClientId, name: &str) -> u64 {
        self.turn += 1;
        self.last = Some((client, name.to_owned()));
        self.turn
    }

    /// Something else made all refs stale.
    pub fn outdate(&mut self) {
        self.turn += 1;
        self.last = None;
    }

    /// A client is shown the page as it was at that turn.
    pub fn show(&mut self, client: ClientId, turn: u64, yaml: &str) {
        let generations = yaml.split("[ref=s").skip(1).filter_map(|rest| {
            let (generation, _) = rest.split_once('e')?;
            is_number(generation).then(|| generation.to_owned())
        });
        self.shown.insert(client, Shown { turn, generations: generations.collect() });
    }

    /// A client is gone for good.
    pub fn forget(&mut self, client: ClientId) {
        self.shown.remove(&client);
    }

    /// Checks whether a ref means to the extension what it means to this client.
    ///
    /// # Errors
    /// `stale_ref` when it may not; `unsupported` when it is no ref at all.
    pub fn check(&self, client: ClientId, reference: &str) -> Result<(), HubError> {
        let Some(generation) = generation(reference) else { return Err(not_of_here(reference)) };
        let stale = |why: String| {
            let message =
                format!("The ref {reference} {why}; the Browser MCP extension keeps refs of its newest snapshot only.");
            Err(HubError::new(ErrorCode::StaleRef, message).with_data(serde_json::json!({ "ref": reference })))
        };
        let Some(shown) = self.shown.get(&client) else {
            return stale("is of no snapshot that you have taken of this browser's tab".to_owned());
        };
        if shown.turn != self.turn {
            return stale(match &self.last {
                Some((other, name)) if *other != client => {
                    format!("is stale: {} has looked at the tab since you did", name_or_another(name))
                }
                Some(_) => "is stale: the last snapshot that you asked for did not come".to_owned(),
                None => "is stale: the extension has connected anew since you looked, or its last snapshot came late"
                    .to_owned(),
            });
        }
        if !shown.generations.contains(generation) {
            return stale("is of an earlier snapshot than your last one".to_owned());
        }
        Ok(())
    }
}

fn name_or_another(name: &str) -> &str {
    if name.is_empty() { "another client" } else { name }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The generation of a ref: `1` of `s1e5`.
fn generation(reference: &str) -> Option<&str> {
    let (generation, element) = reference.strip_prefix('s')?.split_once('e')?;
    (is_number(generation) && is_number(element)).then_some(generation)
}

/// A ref of tabhub's own extension, or a selector.
fn not_of_here(reference: &str) -> HubError {
    let element = reference.rsplit_once('e').filter(|(frame, element)| {
        is_number(element) && (frame.is_empty() || frame.strip_prefix('f').is_some_and(is_number))
    });
    if element.is_some() {
        let message = format!("{reference} is a ref of another browser; this one has the Browser MCP extension.");
        return HubError::new(ErrorCode::StaleRef, message).with_data(serde_json::json!({ "ref": reference }));
    }
    let message = format!(
        "This browser has the Browser MCP extension. It takes refs of its snapshots (s1e5), no selectors like {reference:?}."
    );
    HubError::new(ErrorCode::Unsupported, message).with_next("Take a browser_snapshot and use a ref from it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "- document [ref=s2e2]:\n  - button \"Buy\" [ref=s2e5]";

    fn code(looks: &Looks, client: ClientId, reference: &str) -> Option<ErrorCode> {
        looks.check(client, reference).err().map(|error| error.code)
    }

    #[test]
    fn refs_are_good_until_anyone_looks_again() {
        let (mut looks, one, two) = (Looks::default(), ClientId::mint(), ClientId::mint());
        assert_eq!(code(&looks, one, "s2e5"), Some(ErrorCode::StaleRef), "it has seen nothing");
        let turn = looks.begin(one, "one");
        looks.show(one, turn, YAML);
        assert_eq!(code(&looks, one, "s2e5"), None);
        assert_eq!(code(&looks, one, "s1e5"), Some(ErrorCode::StaleRef), "of an earlier snapshot");
        assert_eq!(code(&looks, two, "s2e5"), Some(ErrorCode::StaleRef), "another client's ref");
        let turn = looks.begin(two, "two");
        let told = looks.check(one, "s2e5").err().map(|error| error.message).unwrap_or_default();
        assert!(told.contains("two has looked"), "{told}");
        looks.show(two, turn, YAML);
        assert_eq!((code(&looks, two, "s2e5"), code(&looks, one, "s2e5")), (None, Some(ErrorCode::StaleRef)));
        looks.outdate();
        assert_eq!(code(&looks, two, "s2e5"), Some(ErrorCode::StaleRef));
    }

    #[test]
    fn what_is_no_ref_of_this_extension_is_told_as_what_it_is() {
        let (looks, client) = (Looks::default(), ClientId::mint());
        for own in ["e12", "f1e3"] {
            assert_eq!(code(&looks, client, own), Some(ErrorCode::StaleRef), "{own}");
        }
        for selector in ["#buy", "button.primary", "se", "s1e", "sidebar"] {
            assert_eq!(code(&looks, client, selector), Some(ErrorCode::Unsupported), "{selector}");
        }
    }
}
