//! How many files this process may have open: the system's first limit is often 1,024, and a hub holds two for each of
//! its clients.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a system grants that has no limit of its own but takes no endless one (macOS).
const MANY: u64 = 10_240;

/// Takes as many open files as the system lets this process have.
pub fn allow_all() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    let ask = |current| setrlimit(Resource::Nofile, Rlimit { current, maximum });
    let few = current.is_some_and(|current| current < MANY);
    if let Err(error) = ask(maximum).or_else(|error| if few { ask(Some(MANY)) } else { Err(error) }) {
        log::warn!("only {current:?} files may be open: {error}");
    }
}
