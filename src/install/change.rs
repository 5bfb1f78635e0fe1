//! A change of one file: shown as a diff, made as a whole or not at all.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::InstallError;
use crate::daemon::files;

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which file.
    pub path: PathBuf,
    /// What stands in it; `None` if there is none.
    pub before: Option<String>,
    /// What will stand in it; `None` if it will be removed.
    pub after: Option<String>,
    /// Whether it is a program.
    pub is_program: bool,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is as wanted already.
    Same,
    /// It is written anew.
    Created,
    /// It is changed.
    Changed,
    /// It is removed.
    Removed,
}

/// What stands in a file; `None` if there is none.
///
/// # Errors
/// When it cannot be read as text.
pub fn read(path: &Path) -> Result<Option<String>, InstallError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(InstallError::Unreadable { path: path.to_owned(), why: "it is not UTF-8".to_owned() })
        }
        Err(error) => Err(InstallError::file(path)(error)),
    }
}

impl Change {
    /// A change of a text.
    #[must_use]
    pub fn of(path: PathBuf, before: Option<String>, after: Option<String>) -> Self {
        Self { path, before, after, is_program: false }
    }

    /// What becomes of the file.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (&self.before, &self.after) {
            (before, after) if before == after => Outcome::Same,
            (None, Some(_)) => Outcome::Created,
            (_, None) => Outcome::Removed,
            (Some(_), Some(_)) => Outcome::Changed,
        }
    }

    /// The change as a unified diff; empty where nothing changes.
    #[must_use]
    pub fn diff(&self) -> String {
        let name = self.path.display().to_string();
        let side = |text: &Option<String>| if text.is_some() { name.clone() } else { "/dev/null".to_owned() };
        let (before, after) = (self.before.as_deref().unwrap_or_default(), self.after.as_deref().unwrap_or_default());
        let diff = TextDiff::from_lines(before, after);
        diff.unified_diff().context_radius(3).header(&side(&self.before), &side(&self.after)).to_string()
    }

    /// Makes the change. A reader sees the old or the new file and never half of it.
    ///
    /// # Errors
    /// When the file cannot be written, or is not any more what the change was made for.
    pub fn apply(&self) -> Result<Outcome, InstallError> {
        let outcome = self.outcome();
        if outcome == Outcome::Same {
            return Ok(outcome);
        }
        // People keep such files in a repository and link to them: the link stays one.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        if read(&path)? != self.before {
            return Err(InstallError::Raced { path });
        }
        let Some(after) = &self.after else {
            fs::remove_file(&path).map_err(InstallError::file(&path))?;
            return Ok(outcome);
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(InstallError::file(folder))?;
        }
        // Such files may hold tokens: a new one is for its user only, an old one stays as open as it is.
        let mode = fs::metadata(&path).map_or(0o600, |meta| meta.permissions().mode() & 0o777);
        let mode = if self.is_program { 0o700 } else { mode };
        files::write_as(&path, after.as_bytes(), mode).map_err(InstallError::file(&path))?;
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_written_as_a_whole_keeps_its_mode_and_stays_a_link_where_it_is_one() {
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("dotfiles.json"), home.path().join("deep/settings.json"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).unwrap();
        fs::create_dir(home.path().join("deep")).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let change = Change::of(link.clone(), Some("old".to_owned()), Some("new".to_owned()));
        assert_eq!(change.apply().unwrap(), Outcome::Changed);
        assert_eq!((fs::read_to_string(&real).unwrap().as_str(), mode(&real)), ("new", 0o664));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let fresh = Change::of(home.path().join("a/b/new.json"), None, Some("x".to_owned()));
        assert_eq!(fresh.apply().unwrap(), Outcome::Created);
        assert_eq!(mode(&fresh.path), 0o600);
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.json");
        fs::write(&path, "theirs").unwrap();
        let change = Change::of(path.clone(), Some("old".to_owned()), Some("new".to_owned()));
        assert!(matches!(change.apply(), Err(InstallError::Raced { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    }

    #[test]
    fn the_diff_shows_what_changes_and_nothing_where_nothing_does() {
        let change = |before: Option<&str>, after: Option<&str>| {
            Change::of("/f".into(), before.map(str::to_owned), after.map(str::to_owned))
        };
        assert_eq!(change(Some("a\n"), Some("a\nb\n")).diff(), "--- /f\n+++ /f\n@@ -1 +1,2 @@\n a\n+b\n");
        assert!(change(None, Some("a\n")).diff().starts_with("--- /dev/null\n+++ /f\n"));
        assert_eq!(change(Some("a\n"), Some("a\n")).diff(), "");
    }
}
