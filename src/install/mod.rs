//! What tabhub writes into other programs' files, and takes out again: the manifests by which browsers find the native
//! messaging host, and the entries by which AI hosts find the server.
//!
//! Invariant: what is in a file beside tabhub's own part stays as it is, to the byte; a file that cannot be read is left alone.

pub mod browsers;
pub mod change;
pub mod entry;
pub mod hosts;
mod json;
pub mod places;
mod record;
mod toml;

pub use change::{Change, Outcome};
pub use places::Places;

use std::path::PathBuf;

/// The name of tabhub's entry in the hosts' files.
pub const ENTRY: &str = "tabhub";

/// Why a file was left alone.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// It cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what its program reads.
    #[error("{path} was left alone: it cannot be read ({why}). Mend it, then run this again", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There is an entry of that name already.
    #[error(
        "{path} was left alone: its entry `tabhub` is not this program's. Rename or remove it, then run this again",
        path = path.display()
    )]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// Somebody wrote it at the same moment.
    #[error("{path} was changed by another program this very moment and was left alone: run this again", path = path.display())]
    Raced {
        /// Which file.
        path: PathBuf,
    },
    /// The host has no such thing.
    #[error("{host} takes no servers over HTTP from its file: leave --http out for it")]
    NoHttp {
        /// Which host.
        host: &'static str,
    },
}

impl InstallError {
    fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
