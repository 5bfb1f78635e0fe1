//! `last_exit.json`: how the last hub ended, so that `status` can say why there is none.

use std::path::Path;

use super::hub_json::{self, HubFile};
use super::{files, locks};
use crate::config::Paths;
use crate::protocol::now_ms;
use crate::protocol::status::LastExit;

/// Writes how this hub ended. A hub that cannot write it still ends.
pub fn write(path: &Path, exit: &LastExit) {
    if let Err(error) = try_write(path, exit) {
        log::warn!("{} cannot be written: {error}", path.display());
    }
}

/// The same without a word to the log, for a process in which nothing else may run any more.
///
/// # Errors
/// When the state folder cannot be written.
pub fn try_write(path: &Path, exit: &LastExit) -> std::io::Result<()> {
    files::write_private(path, &serde_json::to_vec_pretty(exit)?)
}

/// How the last hub ended; `None` if none has run, or while one runs that was the first.
#[must_use]
pub fn read(paths: &Paths) -> Option<LastExit> {
    let bytes = std::fs::read(paths.last_exit()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// How the last hub ended, as somebody sees it who does not know whether one runs.
#[must_use]
pub fn seen(paths: &Paths) -> Option<LastExit> {
    if locks::is_held(&paths.hub_lock()) { read(paths) } else { of_the_dead(paths) }
}

/// How the last hub ended, as seen while none runs: one that left no word was killed, and that is news too.
#[must_use]
pub fn of_the_dead(paths: &Paths) -> Option<LastExit> {
    let told = read(paths);
    let Ok(HubFile { pid, started_at, .. }) = hub_json::read(&paths.hub_json()) else { return told };
    match told {
        Some(told) if told.pid == pid && told.at >= started_at => Some(told),
        _ => Some(LastExit {
            pid,
            at: now_ms(),
            reason: "it ended without a word: it was killed, or the machine went down".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_left_no_word_was_killed_and_one_that_did_is_believed() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::under(home.path());
        assert_eq!(of_the_dead(&paths), None);
        let hub = HubFile {
            pid: 41,
            port: 1,
            mcp_port: None,
            legacy_port: None,
            version: String::new(),
            protocol: 1,
            token: String::new(),
            started_at: 10,
        };
        hub_json::write(&paths.hub_json(), &hub).unwrap();
        assert!(of_the_dead(&paths).is_some_and(|exit| exit.pid == 41 && exit.reason.contains("killed")));
        let told = LastExit { pid: 41, at: 20, reason: "it was told to stop".to_owned() };
        write(&paths.last_exit(), &told);
        assert_eq!(seen(&paths), Some(told.clone()));
        assert_eq!(of_the_dead(&paths), Some(told));
        // The same process id may come again after a restart of the machine.
        hub_json::write(&paths.hub_json(), &HubFile { started_at: 30, ..hub }).unwrap();
        assert!(of_the_dead(&paths).is_some_and(|exit| exit.reason.contains("killed")));
        let hub = locks::try_lock(&paths.hub_lock()).unwrap().unwrap();
        assert_eq!(seen(&paths).map(|exit| exit.at), Some(20), "a hub that runs was not killed");
        drop(hub);
        assert!(seen(&paths).is_some_and(|exit| exit.reason.contains("killed")));
    }
}
