//! What stood in a host's file before tabhub's entry came: while nobody has touched the file since, `uninstall` puts just that
//! back, and else it takes out the entry alone.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::InstallError;
use crate::config::Paths;
use crate::daemon::files;

/// What is known of one file.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    file: PathBuf,
    /// What stood there; none if there was no file.
    before: Option<String>,
    /// The digest of what tabhub wrote.
    after: Vec<u8>,
}

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn place(paths: &Paths, host: &str) -> PathBuf {
    paths.installed_dir().join(format!("{host}.json"))
}

fn read(paths: &Paths, host: &str, file: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&std::fs::read(place(paths, host)).ok()?).ok()?;
    (record.file == file).then_some(record)
}

/// What stood in the file before, if what stands there now is just what tabhub wrote: some text, or no file.
pub fn untouched(paths: &Paths, host: &str, file: &Path, now: &str) -> Option<Option<String>> {
    read(paths, host, file).filter(|record| record.after == digest(now)).map(|record| record.before)
}

/// Keeps in mind what stood there before this change.
pub fn keep(paths: &Paths, host: &str, file: &Path, before: Option<String>, after: &str) -> Result<(), InstallError> {
    let path = place(paths, host);
    let record = Record { file: file.to_owned(), before, after: digest(after) };
    files::private_dir(&paths.installed_dir()).map_err(InstallError::file(&path))?;
    let bytes = serde_json::to_vec(&record).map_err(|error| InstallError::file(&path)(error.into()))?;
    files::write_private(&path, &bytes).map_err(InstallError::file(&path))
}

/// Forgets it.
pub fn forget(paths: &Paths, host: &str) {
    // What is not there need not be forgotten, and what stays by accident matches no file any more.
    let _ = std::fs::remove_file(place(paths, host));
    let _ = std::fs::remove_dir(paths.installed_dir());
}
