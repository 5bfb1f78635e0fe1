//! The extension that this build carries: unpacked into folders, paired, and kept up to date there.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use serde::{Deserialize, Serialize};

use super::error::DaemonError;
use super::files;
use crate::config::Paths;

static EXTENSION: Dir<'_> = include_dir!("$OUT_DIR/extension");

const MANIFEST: &str = "manifest.json";
/// The address and the secret, beside the manifest, where the extension reads them before each attempt.
const ADDRESS: &str = "hub.json";

/// Where the hub is and how both sides prove themselves, as the extension reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// The hub's port.
    pub port: u16,
    /// The pairing secret.
    pub secret: String,
}

/// Whether a folder had to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpacked {
    /// It held this build's extension already.
    Same,
    /// Files were written or removed: the browser has to load it anew.
    Changed,
}

/// Writes this build's extension into a folder: what differs is replaced, what is left of another build is removed.
///
/// # Errors
/// When the folder cannot be written, or holds something else: a person's own files must not be taken for stale ones.
pub fn unpack(dir: &Path) -> Result<Unpacked, DaemonError> {
    files::private_dir(dir).map_err(DaemonError::state(dir))?;
    if !is_ours(dir).map_err(DaemonError::state(dir))? {
        return Err(DaemonError::ForeignFolder { path: dir.to_owned() });
    }
    let mut wanted = BTreeSet::from([PathBuf::from(ADDRESS)]);
    let mut unpacked = Unpacked::Same;
    for (path, bytes) in embedded() {
        let target = dir.join(&path);
        if !std::fs::read(&target).is_ok_and(|there| there == bytes) {
            if let Some(parent) = target.parent() {
                files::private_dir(parent).map_err(DaemonError::state(parent))?;
            }
            files::write_public(&target, bytes).map_err(DaemonError::state(&target))?;
            unpacked = Unpacked::Changed;
        }
        wanted.insert(path);
    }
    for stale in files_in(dir).into_iter().filter(|path| !wanted.contains(path)) {
        let target = dir.join(&stale);
        std::fs::remove_file(&target).map_err(DaemonError::state(&target))?;
        unpacked = Unpacked::Changed;
    }
    Ok(unpacked)
}

/// Tells the extension in a folder where the hub is.
///
/// # Errors
/// When the folder cannot be written.
pub fn pair(dir: &Path, pairing: &Pairing) -> Result<(), DaemonError> {
    let path = dir.join(ADDRESS);
    if read_pairing(dir).as_ref() == Some(pairing) {
        return Ok(());
    }
    let bytes = serde_json::to_vec(pairing).map_err(|error| DaemonError::state(&path)(error.into()))?;
    files::write_private(&path, &bytes).map_err(DaemonError::state(&path))
}

fn read_pairing(dir: &Path) -> Option<Pairing> {
    serde_json::from_slice(&std::fs::read(dir.join(ADDRESS)).ok()?).ok()
}

/// Keeps a folder in mind, so that every later hub keeps it up to date.
///
/// # Errors
/// When the state folder cannot be written.
pub fn remember(paths: &Paths, dir: &Path) -> Result<(), DaemonError> {
    let dir = std::path::absolute(dir).map_err(DaemonError::state(dir))?;
    let mut dirs = remembered(paths);
    if dirs.insert(dir) {
        let list = paths.extension_dirs();
        let bytes = serde_json::to_vec_pretty(&dirs).map_err(|error| DaemonError::state(&list)(error.into()))?;
        files::private_dir(paths.state()).map_err(DaemonError::state(paths.state()))?;
        files::write_private(&list, &bytes).map_err(DaemonError::state(&list))?;
    }
    Ok(())
}

/// The folders that are kept up to date, as far as they still hold an extension.
#[must_use]
pub fn remembered(paths: &Paths) -> BTreeSet<PathBuf> {
    let bytes = std::fs::read(paths.extension_dirs()).unwrap_or_default();
    let dirs: BTreeSet<PathBuf> = serde_json::from_slice(&bytes).unwrap_or_default();
    dirs.into_iter().filter(|dir| dir.join(MANIFEST).is_file()).collect()
}

/// Brings every remembered folder up to date: the address always, the files where this build is not the older one.
/// A folder that cannot be written is named in the log; the hub serves the others.
pub fn refresh(paths: &Paths, pairing: &Pairing) {
    for dir in remembered(paths) {
        let updated = if is_older_or_same(&dir) { unpack(&dir) } else { Ok(Unpacked::Same) };
        match updated.and_then(|unpacked| pair(&dir, pairing).map(|()| unpacked)) {
            Ok(Unpacked::Same) => {}
            Ok(Unpacked::Changed) => log::info!("the extension in {} was brought up to date", dir.display()),
            Err(error) => log::warn!("the extension in {} cannot be brought up to date: {error}", dir.display()),
        }
    }
}

/// Whether a folder holds our extension, or nothing yet.
fn is_ours(dir: &Path) -> io::Result<bool> {
    let key = key_of(&std::fs::read(dir.join(MANIFEST)).unwrap_or_default());
    if key.is_some() && key == EXTENSION.get_file(MANIFEST).and_then(|file| key_of(file.contents())) {
        return Ok(true);
    }
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        // What an unpacking that was broken off leaves behind: the manifest is written first.
        let is_temporary =
            name.to_str().is_some_and(|name| name.starts_with(".manifest.json.") && name.ends_with(".tmp"));
        if !is_temporary && name != ADDRESS {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The public key in a manifest, which makes the extension's id.
fn key_of(manifest: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Manifest {
        key: String,
    }
    serde_json::from_slice::<Manifest>(manifest).ok().map(|manifest| manifest.key)
}

fn is_older_or_same(dir: &Path) -> bool {
    let there = std::fs::read(dir.join(MANIFEST)).unwrap_or_default();
    let here = EXTENSION.get_file(MANIFEST).map_or(&[][..], |file| file.contents());
    version_of(&there) <= version_of(here)
}

/// A manifest's version as numbers: Chrome compares them so, not as text.
fn version_of(manifest: &[u8]) -> Vec<u32> {
    #[derive(Deserialize)]
    struct Manifest {
        version: String,
    }
    let version = serde_json::from_slice::<Manifest>(manifest).map(|m| m.version).unwrap_or_default();
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

fn embedded() -> Vec<(PathBuf, &'static [u8])> {
    fn walk(dir: &'static Dir<'static>, found: &mut Vec<(PathBuf, &'static [u8])>) {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(dir) => walk(dir, found),
                DirEntry::File(file) => found.push((file.path().to_owned(), file.contents())),
            }
        }
    }
    let mut found = Vec::new();
    walk(&EXTENSION, &mut found);
    // First of all the file by which the folder is known as ours.
    found.sort_by_key(|(path, _)| path != Path::new(MANIFEST));
    found
}

/// The files below a folder, by their path in it. Chrome's own `_metadata` is left alone.
fn files_in(dir: &Path) -> Vec<PathBuf> {
    fn walk(dir: &Path, below: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
        for entry in std::fs::read_dir(dir)?.filter_map(Result::ok) {
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                if entry.file_name() != "_metadata" {
                    walk(&entry.path(), &path, found)?;
                }
            } else {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    // What cannot be read cannot be stale either.
    let _ = walk(dir, Path::new(""), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn pairing(port: u16) -> Pairing {
        Pairing { port, secret: "ABCD-EFGH".to_owned() }
    }

    fn manifest(version: &str) -> String {
        let key = EXTENSION.get_file(MANIFEST).and_then(|file| key_of(file.contents())).unwrap();
        format!(r#"{{"version":"{version}","key":"{key}"}}"#)
    }

    #[test]
    fn a_folder_that_holds_a_persons_own_files_is_left_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("documents");
        std::fs::create_dir_all(dir.join("inner")).unwrap();
        std::fs::write(dir.join("inner/letter.txt"), "dear").unwrap();
        let error = unpack(&dir).unwrap_err();
        assert!(matches!(error, DaemonError::ForeignFolder { .. }), "{error}");
        // Another extension's folder is not ours either.
        std::fs::write(dir.join(MANIFEST), r#"{"version":"0.0.1","key":"abc"}"#).unwrap();
        assert!(unpack(&dir).is_err());
        let kept: Vec<_> = files_in(&dir);
        assert_eq!(kept.len(), 2, "{kept:?}");
        assert_eq!(std::fs::read_to_string(dir.join("inner/letter.txt")).unwrap(), "dear");
    }

    #[test]
    fn unpacking_writes_what_differs_removes_what_is_stale_and_rests_when_nothing_differs() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("extension");
        unpack(&dir).unwrap();
        assert_eq!(unpack(&dir).unwrap(), Unpacked::Same);
        std::fs::create_dir_all(dir.join("old")).unwrap();
        std::fs::write(dir.join("old/stale.js"), "1").unwrap();
        std::fs::write(dir.join(MANIFEST), manifest("0.0.1")).unwrap();
        assert_eq!(unpack(&dir).unwrap(), Unpacked::Changed);
        assert!(!dir.join("old/stale.js").exists());
        assert_eq!(version_of(&std::fs::read(dir.join(MANIFEST)).unwrap()), [0, 1, 0]);
    }

    #[test]
    fn the_address_beside_the_manifest_is_private_survives_unpacking_and_follows_the_hub() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::under(home.path().join("state"));
        let dir = home.path().join("extension");
        unpack(&dir).unwrap();
        pair(&dir, &pairing(1)).unwrap();
        assert_eq!(std::fs::metadata(dir.join(ADDRESS)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(unpack(&dir).unwrap(), Unpacked::Same);
        remember(&paths, &dir).unwrap();
        remember(&paths, &dir).unwrap();
        assert_eq!(remembered(&paths).len(), 1);
        refresh(&paths, &pairing(2));
        assert_eq!(read_pairing(&dir), Some(pairing(2)));
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(remembered(&paths).is_empty(), "a folder that is gone is forgotten");
    }

    #[test]
    fn an_older_copy_is_updated_and_a_newer_one_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::under(home.path().join("state"));
        let dir = home.path().join("extension");
        unpack(&dir).unwrap();
        remember(&paths, &dir).unwrap();
        for (version, stays) in [("0.0.9", false), ("0.10.0", true)] {
            let manifest = manifest(version);
            std::fs::write(dir.join(MANIFEST), &manifest).unwrap();
            refresh(&paths, &pairing(1));
            assert_eq!(std::fs::read_to_string(dir.join(MANIFEST)).unwrap() == manifest, stays, "{version}");
        }
    }
}
