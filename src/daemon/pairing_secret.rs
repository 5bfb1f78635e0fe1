//! The secret that pairs this user's hub with extensions. It stays the same, so that a paired browser stays paired.

use std::path::Path;

use super::error::DaemonError;
use super::files;
use crate::protocol::proof;

/// Letters that a secret has at least after it was normalised; what is shorter was damaged and is made anew.
const LETTERS: usize = 20;

/// Reads the secret, or makes one.
///
/// # Errors
/// When the state folder cannot be written.
pub fn load_or_create(path: &Path) -> Result<String, DaemonError> {
    if let Some(secret) = read(path) {
        return Ok(secret);
    }
    write(path, &proof::new_secret())?;
    // Two makers may have met: what lies there now is what both use.
    read(path).ok_or_else(|| DaemonError::state(path)(std::io::Error::other("the new secret cannot be read again")))
}

/// Writes the secret, for this user only.
///
/// # Errors
/// When the state folder cannot be written.
pub fn write(path: &Path, secret: &str) -> Result<(), DaemonError> {
    files::keep_private(path, secret.as_bytes()).map_err(DaemonError::state(path))
}

/// Reads the secret, if there is a whole one that is this user's own.
#[must_use]
pub fn read(path: &Path) -> Option<String> {
    if !files::is_own(&std::fs::metadata(path).ok()?) {
        return None;
    }
    let secret = std::fs::read_to_string(path).ok()?.trim().to_owned();
    (proof::normalize_secret(&secret).len() >= LETTERS).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_is_made_once_kept_and_private() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state/pairing-secret");
        let first = load_or_create(&path).unwrap();
        assert_eq!(load_or_create(&path).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_secret_is_made_anew() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pairing-secret");
        std::fs::write(&path, "AB-CD").unwrap();
        assert_eq!(proof::normalize_secret(&load_or_create(&path).unwrap()).len(), LETTERS);
    }
}
