//! The token of Streamable HTTP. It stays the same from hub to hub, so that what stands in hosts' files stays true.

use std::path::{Path, PathBuf};

use super::error::DaemonError;
use super::{files, hub_json};

/// What a token is at least as long as; what is shorter was damaged and is made anew.
const LETTERS: usize = 32;

/// Reads the token, or makes one.
///
/// # Errors
/// When the state folder cannot be written.
pub fn load_or_create(path: &Path) -> Result<String, DaemonError> {
    match known(path) {
        Some(token) => Ok(token),
        None => replace(path),
    }
}

/// Makes a new token in place of the old one, which opens nothing any more.
///
/// # Errors
/// When the state folder cannot be written.
pub fn replace(path: &Path) -> Result<String, DaemonError> {
    write(path, &hub_json::new_token())?;
    // Two makers may have met: what lies there now is what both use.
    known(path).ok_or_else(|| DaemonError::state(path)(std::io::Error::other("the new token cannot be read again")))
}

fn write(path: &Path, token: &str) -> Result<(), DaemonError> {
    files::keep_private(path, format!("{token}\n").as_bytes()).map_err(DaemonError::state(path))
}

/// The token, if there is one: only what this user wrote, and nobody else could read or write.
#[must_use]
pub fn known(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(path).ok()?;
    if !files::is_own(&meta) || meta.mode() & 0o077 != 0 {
        return None;
    }
    let token = std::fs::read_to_string(path).ok()?.trim().to_owned();
    (token.len() >= LETTERS && token.chars().all(|c| c.is_ascii_graphic())).then_some(token)
}

/// Looks after the token while a hub runs.
#[derive(Debug)]
pub struct TokenKeeper {
    path: PathBuf,
    token: String,
}

impl TokenKeeper {
    /// Looks after this token.
    #[must_use]
    pub fn new(path: PathBuf, token: String) -> Self {
        Self { path, token }
    }

    /// The token that is to be asked for from now on, where somebody has replaced it. One that was removed is written
    /// again: hosts have it in their files.
    pub fn look(&mut self) -> Option<String> {
        match known(&self.path) {
            Some(token) if token == self.token => None,
            Some(token) => {
                log::info!("the token of HTTP was replaced; the old one opens nothing any more");
                self.token.clone_from(&token);
                Some(token)
            }
            None => {
                match write(&self.path, &self.token) {
                    Ok(()) => log::warn!("the token of HTTP was removed or damaged; it is written again"),
                    Err(error) => log::debug!("the token of HTTP cannot be put back: {error}"),
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_token_is_made_once_kept_private_and_replaced_only_on_purpose() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state/http-token");
        let first = load_or_create(&path).unwrap();
        assert_eq!((load_or_create(&path).unwrap(), mode(&path)), (first.clone(), 0o600));
        let second = replace(&path).unwrap();
        assert_ne!(first, second);
        assert_eq!(load_or_create(&path).unwrap(), second);
    }

    #[test]
    fn a_token_that_others_could_read_or_that_is_damaged_is_made_anew() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("http-token");
        let first = load_or_create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let second = load_or_create(&path).unwrap();
        assert_ne!(first, second);
        assert_eq!(mode(&path), 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(load_or_create(&path).unwrap().len() >= LETTERS);
    }

    #[test]
    fn a_running_hub_takes_a_new_token_and_puts_back_one_that_was_removed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("http-token");
        let first = load_or_create(&path).unwrap();
        let mut keeper = TokenKeeper::new(path.clone(), first.clone());
        assert_eq!(keeper.look(), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!((keeper.look(), known(&path)), (None, Some(first)));
        let second = replace(&path).unwrap();
        assert_eq!((keeper.look(), keeper.look()), (Some(second), None));
    }
}
