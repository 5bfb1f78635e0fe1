//! `hub.json`: where the hub is, and the token that proves an instance. It may be stale; only a proof makes it true.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;

/// What `hub.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubFile {
    /// The hub's process id.
    pub pid: u32,
    /// The port of its sockets.
    pub port: u16,
    /// The port of Streamable HTTP, where something listens there.
    #[serde(default)]
    pub mcp_port: Option<u16>,
    /// The port for the Browser MCP extension, where something listens there.
    #[serde(default)]
    pub legacy_port: Option<u16>,
    /// The hub's build.
    pub version: String,
    /// The protocol that it speaks.
    pub protocol: u32,
    /// The instances' token: 32 random bytes in hexadecimal, new with each hub.
    pub token: String,
    /// When it started, in milliseconds since the Unix epoch.
    pub started_at: u64,
}

/// Why `hub.json` tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum HubFileError {
    /// There is none: no hub has run here.
    #[error("no hub has run here yet")]
    Missing,
    /// It cannot be read.
    #[error("hub.json cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is cut off, or something else.
    #[error("hub.json is damaged: {0}")]
    Garbage(serde_json::Error),
    /// Somebody else wrote it, so it could lead anywhere.
    #[error("hub.json belongs to another user and is ignored")]
    Foreign,
    /// Somebody else may have written it, likewise.
    #[error("hub.json can be written by other users and is ignored")]
    Open,
}

/// Reads `hub.json`.
///
/// # Errors
/// When it tells nothing; every caller then looks for a hub as if there were none.
pub fn read(path: &Path) -> Result<HubFile, HubFileError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => HubFileError::Missing,
        _ => HubFileError::Unreadable(error),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !files::is_own(&meta) {
        return Err(HubFileError::Foreign);
    }
    if meta.mode() & 0o022 != 0 {
        return Err(HubFileError::Open);
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    serde_json::from_slice(&bytes).map_err(HubFileError::Garbage)
}

/// Writes `hub.json`, for this user only.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, hub: &HubFile) -> io::Result<()> {
    files::keep_private(path, &serde_json::to_vec_pretty(hub)?)
}

/// A new token of 32 random bytes. A nonce of the protocol has just that form.
#[must_use]
pub fn new_token() -> String {
    crate::protocol::proof::nonce()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn sample() -> HubFile {
        HubFile {
            pid: 7,
            port: 9008,
            mcp_port: Some(8765),
            legacy_port: None,
            version: "0.1.0".to_owned(),
            protocol: 1,
            token: new_token(),
            started_at: 1,
        }
    }

    #[test]
    fn what_was_written_is_read_again_and_is_private() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.json");
        write(&path, &sample()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&path).unwrap();
        for key in ["pid", "port", "mcpPort", "legacyPort", "version", "protocol", "token", "startedAt"] {
            assert!(text.contains(&format!("\"{key}\"")), "{key} in {text}");
        }
        assert_eq!(read(&path).unwrap().port, 9008);
    }

    #[test]
    fn a_missing_a_truncated_and_a_strange_file_are_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.json");
        assert!(matches!(read(&path), Err(HubFileError::Missing)));
        let whole = serde_json::to_vec(&sample()).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(read(&path), Err(HubFileError::Garbage(_))));
        std::fs::write(&path, "").unwrap();
        assert!(matches!(read(&path), Err(HubFileError::Garbage(_))));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(read(&path), Err(HubFileError::Unreadable(_))));
    }

    #[test]
    fn a_file_that_others_may_write_is_ignored_and_one_that_they_may_read_is_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.json");
        write(&path, &sample()).unwrap();
        for (mode, is_believed) in [(0o644, true), (0o660, false), (0o602, false), (0o600, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path).is_ok(), is_believed, "{mode:o}");
        }
    }

    #[test]
    fn fields_of_a_newer_build_are_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.json");
        let mut json = serde_json::to_value(sample()).unwrap();
        json["protocol"] = 99.into();
        json["fromTheFuture"] = serde_json::json!({ "a": [1] });
        std::fs::write(&path, json.to_string()).unwrap();
        assert_eq!(read(&path).unwrap().protocol, 99);
    }

    #[test]
    fn a_file_of_another_user_is_ignored() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.json");
        write(&path, &sample()).unwrap();
        if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
            println!("skipped: only root may give a file away");
            return;
        }
        assert!(matches!(read(&path), Err(HubFileError::Foreign)));
    }

    #[test]
    fn tokens_are_64_hexadecimal_digits_and_never_the_same() {
        let (one, two) = (new_token(), new_token());
        assert_ne!(one, two);
        assert!(one.len() == 64 && one.chars().all(|c| c.is_ascii_hexdigit()));
    }
}
