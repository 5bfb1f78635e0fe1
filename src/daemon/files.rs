//! Files that only their user may read, written so that a reader sees the old or the new one and never half of it.

use std::fs::{DirBuilder, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Only the user may read and write.
const PRIVATE_FILE: u32 = 0o600;
/// Only the user may look inside.
const PRIVATE_DIR: u32 = 0o700;

/// Makes a folder and its parents, for this user only.
///
/// # Errors
/// When the folder cannot be made.
pub fn private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(path)
}

/// Replaces a file by a new one that only this user may read.
///
/// It is renamed into its place, not synced: after a power failure everything that these files tell of is gone too.
///
/// # Errors
/// When the file cannot be written; the old one stays as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, PRIVATE_FILE)
}

/// The same, in a folder that is made where it is missing.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn keep_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        private_dir(folder)?;
    }
    write_private(path, bytes)
}

/// Replaces a file by a new one with the usual permissions.
///
/// # Errors
/// When the file cannot be written; the old one stays as it was.
pub fn write_public(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, 0o644)
}

/// Replaces a file by a new one with just these permissions, whatever the process's mask.
///
/// # Errors
/// When the file cannot be written; the old one stays as it was.
pub fn write_as(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    replace(path, bytes, mode)
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = temporary_beside(path);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)
        .and_then(|mut file| {
            file.set_permissions(Permissions::from_mode(mode))?;
            file.write_all(bytes)
        })
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // What is left of the attempt helps nobody; the first error is the one to tell.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// A name of its own for each writer, so that two of them never write into one file.
fn temporary_beside(path: &Path) -> PathBuf {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{serial}.tmp", std::process::id()))
}

/// Whether a file belongs to the user of this process.
#[must_use]
pub fn is_own(meta: &Metadata) -> bool {
    meta.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_replaced_as_a_whole_and_read_by_its_user_only() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "no temporary file is left");
        assert!(is_own(&std::fs::metadata(&path).unwrap()));
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("folder");
        private_dir(&folder.join("inner")).unwrap();
        assert!(write_private(&folder, b"x").is_err(), "a folder is in the way");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
