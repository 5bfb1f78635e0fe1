//! File locks of the operating system: the hub's for life, the starter's while it starts, one a shell client.
//!
//! The system frees a lock when its holder dies, however it dies; a file with a process id in it does not.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::DaemonError;
use super::files;

/// How often a waiter looks whether a lock is free.
pub const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// How long a new hub insists on its lock. Somebody who only looks whether it is free holds it for some microseconds.
const INSIST: Duration = Duration::from_millis(40);

/// A lock that is held until it is dropped or its process ends.
#[derive(Debug)]
pub struct Lock {
    /// The lock lives as long as the open file.
    file: File,
}

impl Lock {
    /// Whether the lock is still the one that others find at this path: somebody may have removed the file.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let place = |meta: Metadata| (meta.dev(), meta.ino());
        let here = self.file.metadata().map(place).ok();
        here.is_some() && here == std::fs::metadata(path).map(place).ok()
    }
}

/// Takes the lock if nobody holds it.
///
/// # Errors
/// When the state folder cannot be written.
pub fn try_lock(path: &Path) -> Result<Option<Lock>, DaemonError> {
    if let Some(folder) = path.parent() {
        files::private_dir(folder).map_err(DaemonError::state(folder))?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(DaemonError::state(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(DaemonError::state(path)(source)),
    }
}

/// Takes the hub's lock for life, or finds that another hub has it.
///
/// # Errors
/// When the state folder cannot be written.
pub fn take_for_life(path: &Path) -> Result<Option<Lock>, DaemonError> {
    let until = Instant::now() + INSIST;
    loop {
        if let Some(lock) = try_lock(path)? {
            return Ok(Some(lock));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Whether somebody holds the lock. It is asked without creating anything, so that a look leaves no trace.
#[must_use]
pub fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_has_one_holder_and_is_free_again_when_it_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("inner/hub.lock");
        assert!(!is_held(&path));
        assert!(!path.exists(), "a look leaves no trace");
        let lock = try_lock(&path).unwrap().unwrap();
        assert!(is_held(&path) && lock.is_at(&path));
        assert!(try_lock(&path).unwrap().is_none());
        assert!(take_for_life(&path).unwrap().is_none());
        drop(lock);
        assert!(!is_held(&path));
        assert!(take_for_life(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_whose_file_was_removed_is_no_lock_to_others() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.lock");
        let lock = try_lock(&path).unwrap().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(!lock.is_at(&path) && !is_held(&path));
        let next = try_lock(&path).unwrap().unwrap();
        assert!(next.is_at(&path) && !lock.is_at(&path));
    }

    #[test]
    fn a_folder_that_is_none_is_named() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("file"), "").unwrap();
        let error = try_lock(&home.path().join("file/state/hub.lock")).unwrap_err();
        assert!(matches!(error, DaemonError::StateFolder { .. }), "{error}");
    }
}
