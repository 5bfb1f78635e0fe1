//! What can go wrong between a caller and its hub. Each variant says where, while doing what, and what to do.

use std::io;
use std::path::PathBuf;

use crate::protocol::{ErrorCode, HubError};

/// Why there is no hub to be had.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The state folder cannot be written.
    #[error("tabhub cannot write its state to {path}: {what} ({source})", path = path.display(), what = folder_trouble(source))]
    StateFolder {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder that the extension was to be unpacked into holds something else.
    #[error("{path} holds files that are not tabhub's extension, and they would be lost", path = path.display())]
    ForeignFolder {
        /// Which folder.
        path: PathBuf,
    },
    /// The process of the hub could not be started at all.
    #[error("the hub cannot be started: {exe} does not run ({source})", exe = exe.display())]
    Spawn {
        /// Which program was to run.
        exe: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process of the hub ended before it said anything.
    #[error("the hub ended before it was ready and gave no reason")]
    DiedSilently,
    /// The hub said itself why it cannot start.
    #[error("{0}")]
    Told(HubError),
    /// The hub that runs speaks another protocol and stays.
    #[error("{message}")]
    VersionMismatch {
        /// Which hub, and which side is the older one.
        message: String,
    },
    /// No hub within the time that was given.
    #[error("there was no hub within {waited_ms} ms: {step} took too long ({detail})")]
    Timeout {
        /// Which step was under way.
        step: &'static str,
        /// How long it was tried.
        waited_ms: u128,
        /// What was seen last.
        detail: String,
    },
    /// The hub took the connection, then broke it off or answered something else.
    #[error("the hub broke the conversation off: {0}")]
    Conversation(String),
}

/// What is wrong with a folder, in words that a person can act on.
fn folder_trouble(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::PermissionDenied => "this user may not write there",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "a part of the path is not a folder",
        _ => "the system refuses",
    }
}

impl DaemonError {
    /// A failed write below the state folder.
    pub fn state(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| DaemonError::StateFolder { path, source }
    }

    /// Whether a hub inside this process may help: only when no process can be started, since a taken port or a
    /// full disk would stop that hub just as well.
    #[must_use]
    pub fn may_run_directly(&self) -> bool {
        matches!(self, DaemonError::Spawn { .. })
    }
}

impl DaemonError {
    /// Whether it may pass by itself within moments: somebody held the lock, and time ran out. Everything else most
    /// likely fails the same way again, and each attempt may cost a process.
    #[must_use]
    pub fn may_pass_soon(&self) -> bool {
        match self {
            DaemonError::Timeout { .. } => true,
            DaemonError::StateFolder { .. }
            | DaemonError::ForeignFolder { .. }
            | DaemonError::Spawn { .. }
            | DaemonError::Told(_)
            | DaemonError::VersionMismatch { .. }
            | DaemonError::DiedSilently
            | DaemonError::Conversation(_) => false,
        }
    }
}

impl From<&DaemonError> for HubError {
    fn from(error: &DaemonError) -> Self {
        let internal = |next: &str| HubError::new(ErrorCode::Internal, sentence(&error.to_string())).with_next(next);
        match error {
            DaemonError::StateFolder { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    internal("Free some space there, or set TABHUB_HOME to a folder on another disk; then call again.")
                }
                _ => internal("Make that folder writable, or set TABHUB_HOME to one that is; then call again."),
            },
            DaemonError::ForeignFolder { .. } => {
                internal("Name a new or an empty folder: `tabhub extension --dir DIR`.")
            }
            DaemonError::Spawn { .. } => internal(
                "Install tabhub again, or start it with `tabhub stdio --direct`, which needs no second process.",
            ),
            DaemonError::DiedSilently => {
                internal("Run `tabhub hub` in a terminal to see why it ends, or look into hub.log in the state folder.")
            }
            DaemonError::Told(error) => error.clone(),
            DaemonError::VersionMismatch { message } => HubError::new(ErrorCode::VersionMismatch, message.clone()),
            DaemonError::Timeout { .. } => internal(
                "Run `tabhub status` to see the hub. One that does not answer may be ended: the next one starts by itself.",
            ),
            DaemonError::Conversation(_) => internal("Call again; if it stays, run `tabhub restart`."),
        }
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_written_is_named_with_what_to_do() {
        for (kind, word, next) in [
            (io::ErrorKind::StorageFull, "the disk is full", "Free some space"),
            (io::ErrorKind::ReadOnlyFilesystem, "read-only", "Make that folder writable"),
            (io::ErrorKind::PermissionDenied, "may not write", "TABHUB_HOME"),
        ] {
            let error = DaemonError::state("/somewhere/hub.lock")(io::Error::from(kind));
            let text = HubError::from(&error).text();
            assert!(text.contains("/somewhere/hub.lock") && text.contains(word) && text.contains(next), "{text}");
        }
    }

    #[test]
    fn only_a_process_that_cannot_be_started_leads_to_a_hub_inside() {
        let spawn = DaemonError::Spawn { exe: "tabhub".into(), source: io::Error::from(io::ErrorKind::NotFound) };
        assert!(spawn.may_run_directly());
        let port = DaemonError::Told(HubError::new(ErrorCode::Internal, "Port 9008 is taken."));
        assert!(!port.may_run_directly());
        assert!(!DaemonError::DiedSilently.may_run_directly());
    }
}
