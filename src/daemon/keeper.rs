//! Looks after what a hub has on disk. Somebody may clean the state folder under it: the lock's file, `hub.json` and the
//! pairing secret are put back, so that everyone still finds this hub; where another was born meanwhile, that one is it.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::error::DaemonError;
use super::hub_json::{self, HubFile};
use super::locks::{self, Lock};
use super::pairing_secret;
use crate::config::Paths;

/// What a look at the state folder has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Everything is there, or was put back.
    Well,
    /// Another hub holds the lock and is known by `hub.json`.
    Replaced {
        /// Its process id.
        by: u32,
    },
}

/// Holds the hub's lock, and keeps on disk what makes the hub known.
#[derive(Debug)]
pub struct Keeper {
    paths: Paths,
    file: HubFile,
    pairing_secret: String,
    lock: Lock,
    /// `hub.json` as it was just before it was last read and found right.
    stamp: Option<Stamp>,
    /// What could not be put back, so that it is said once.
    trouble: Option<String>,
}

/// What tells whether a file was touched, without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    changed: (i64, i64),
    len: u64,
    access: (u32, u32),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::symlink_metadata(path).ok()?;
        Some(Self {
            place: (meta.dev(), meta.ino()),
            changed: (meta.mtime(), meta.mtime_nsec()),
            len: meta.len(),
            access: (meta.mode(), meta.uid()),
        })
    }
}

impl Keeper {
    /// Makes the hub known by `hub.json`, and keeps it so.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn announce(paths: Paths, file: HubFile, pairing_secret: String, lock: Lock) -> Result<Self, DaemonError> {
        let path = paths.hub_json();
        hub_json::write(&path, &file).map_err(DaemonError::state(&path))?;
        Ok(Self { paths, file, pairing_secret, lock, stamp: None, trouble: None })
    }

    /// Looks whether everything is there, and puts back what is not.
    pub fn look(&mut self) -> Finding {
        match self.keep() {
            Ok(finding) => {
                self.trouble = None;
                finding
            }
            Err(error) => {
                let trouble = error.to_string();
                if self.trouble.as_ref() != Some(&trouble) {
                    log::warn!("what makes this hub known cannot be put back: {trouble}");
                    self.trouble = Some(trouble);
                }
                Finding::Well
            }
        }
    }

    fn keep(&mut self) -> Result<Finding, DaemonError> {
        if !self.lock.is_at(&self.paths.hub_lock()) {
            match locks::take_for_life(&self.paths.hub_lock())? {
                Some(lock) => {
                    self.lock = lock;
                    log::warn!("hub.lock was removed under this hub; it is taken again");
                }
                // Whoever holds it is the hub once it says so in `hub.json`. Until then it may still fail, on a port
                // that this hub has, and then the lock is free at the next look.
                None => {
                    let other = hub_json::read(&self.paths.hub_json()).ok().map(|hub| hub.pid);
                    let by = other.filter(|pid| *pid != self.file.pid);
                    return Ok(by.map_or(Finding::Well, |by| Finding::Replaced { by }));
                }
            }
        }
        // From here on nobody else may be the hub, so these files are this hub's to write.
        let (hub_json, secret) = (self.paths.hub_json(), self.paths.pairing_secret());
        let stamp = Stamp::of(&hub_json);
        if stamp.is_none() || stamp != self.stamp {
            let was_right = self.put_back_hub_json(&hub_json)?;
            // Of what was only just written nobody knows whether it was touched since: the next look reads it.
            self.stamp = stamp.filter(|_| was_right);
        }
        if !secret.exists() {
            pairing_secret::write(&secret, &self.pairing_secret)?;
            log::warn!("the pairing secret was removed; it is written again, so that paired browsers stay paired");
        }
        Ok(Finding::Well)
    }

    /// Writes `hub.json` unless it is right; tells whether it was.
    fn put_back_hub_json(&self, path: &Path) -> Result<bool, DaemonError> {
        let what = match hub_json::read(path) {
            Ok(file) if file == self.file && is_private(path) => None,
            Ok(file) if file == self.file => Some("could be read by others".to_owned()),
            Ok(file) => Some(format!("told of process {} on port {}", file.pid, file.port)),
            Err(error) => Some(format!("was of no use ({error})")),
        };
        let Some(what) = what else { return Ok(true) };
        hub_json::write(path, &self.file).map_err(DaemonError::state(path))?;
        log::warn!("hub.json {what}; it is written again");
        Ok(false)
    }
}

fn is_private(path: &Path) -> bool {
    let mode: io::Result<u32> = std::fs::symlink_metadata(path).map(|meta| meta.mode());
    mode.is_ok_and(|mode| mode & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn keeper(paths: &Paths, pid: u32) -> Keeper {
        let file = HubFile {
            pid,
            port: 9008,
            mcp_port: None,
            legacy_port: None,
            version: "0.1.0".to_owned(),
            protocol: 1,
            token: hub_json::new_token(),
            started_at: 1,
        };
        let lock = locks::try_lock(&paths.hub_lock()).unwrap().unwrap();
        let secret = pairing_secret::load_or_create(&paths.pairing_secret()).unwrap();
        Keeper::announce(paths.clone(), file, secret, lock).unwrap()
    }

    #[test]
    fn what_is_removed_or_changed_is_put_back() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::under(home.path().join("state"));
        let mut keeper = keeper(&paths, 1);
        let secret = std::fs::read(paths.pairing_secret()).unwrap();
        let hub_json = paths.hub_json();
        let harms: [&dyn Fn(); 6] = [
            &|| std::fs::remove_dir_all(paths.state()).unwrap(),
            &|| std::fs::remove_file(paths.hub_lock()).unwrap(),
            &|| std::fs::remove_file(&hub_json).unwrap(),
            &|| std::fs::write(&hub_json, "{").unwrap(),
            &|| {
                std::fs::write(&hub_json, r#"{"pid":2,"port":1,"version":"","protocol":1,"token":"","startedAt":1}"#)
                    .unwrap()
            },
            &|| std::fs::set_permissions(&hub_json, std::fs::Permissions::from_mode(0o644)).unwrap(),
        ];
        for (n, harm) in harms.iter().enumerate() {
            harm();
            assert_eq!(keeper.look(), Finding::Well, "{n}");
            assert_eq!(hub_json::read(&hub_json).unwrap(), keeper.file, "{n}");
            assert!(is_private(&hub_json), "{n}");
            assert!(locks::is_held(&paths.hub_lock()), "{n}");
            assert_eq!(std::fs::read(paths.pairing_secret()).unwrap(), secret, "{n}");
        }
    }

    #[test]
    fn a_hub_that_was_born_beside_it_is_the_hub_once_it_says_so() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::under(home.path());
        let mut old = keeper(&paths, 1);
        std::fs::remove_file(paths.hub_lock()).unwrap();
        let starting = locks::try_lock(&paths.hub_lock()).unwrap().unwrap();
        assert_eq!(old.look(), Finding::Well, "it may still fail");
        drop(starting);
        assert_eq!(old.look(), Finding::Well);
        assert!(old.lock.is_at(&paths.hub_lock()), "and if it does, this hub has the lock again");
        std::fs::remove_file(paths.hub_lock()).unwrap();
        let mut new = keeper(&paths, 2);
        assert_eq!(old.look(), Finding::Replaced { by: 2 });
        assert_eq!(new.look(), Finding::Well);
    }
}
