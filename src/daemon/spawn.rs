//! Starts the hub as a process of its own: reparented, in its own session, holding nothing of its starter's.
//!
//! The starter runs `tabhub hub --detach`, which starts `tabhub hub --daemon` and ends at once; so the daemon is
//! nobody's child, and a host that kills the process tree of what it started does not take the hub with it. The
//! starter's pipe goes through to the daemon, which says one line into it and lets go.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::io::FdFlags;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::error::DaemonError;
use crate::config::Settings;
use crate::protocol::HubError;

/// The one line that a starting hub says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ReadyLine {
    /// Its sockets listen and `hub.json` is written.
    Ready {
        /// Its process id.
        pid: u32,
        /// The port of its sockets.
        port: u16,
    },
    /// Another hub holds the lock; this one ends.
    Already {
        /// The other's process id, if `hub.json` told.
        pid: Option<u32>,
        /// The other's port, likewise.
        port: Option<u16>,
    },
    /// It cannot start.
    Error(HubError),
}

/// Starts a hub and waits for its line.
///
/// # Errors
/// When no process can be started, or it ends without a word.
pub async fn spawn(exe: &Path, settings: &Settings) -> Result<ReadyLine, DaemonError> {
    let failed = |source| DaemonError::Spawn { exe: exe.to_owned(), source };
    let mut launcher = tokio::process::Command::new(exe)
        .args(["hub", "--detach"])
        .envs(settings.to_env())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut line = String::new();
    if let Some(pipe) = launcher.stdout.take() {
        BufReader::new(pipe).read_line(&mut line).await.map_err(failed)?;
    }
    // The launcher ends at once; it is waited for so that no zombie stays.
    let _ = launcher.wait().await;
    if line.trim().is_empty() {
        return Err(DaemonError::DiedSilently);
    }
    serde_json::from_str(&line)
        .map_err(|error| DaemonError::Conversation(format!("its first line is {line:?}: {error}")))
}

/// The program that runs, as a path that can be started again, also after it was replaced by a newer build.
///
/// # Errors
/// When the system does not tell.
pub fn own_exe() -> io::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let replaced = exe.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from);
    Ok(replaced.filter(|path| path.exists()).unwrap_or(exe))
}

/// The launcher's whole work: starts the daemon with this process's pipe and ends.
///
/// # Errors
/// When no process can be started.
pub fn launch(exe: &Path, args: &[String]) -> io::Result<()> {
    keep_handles_from_children();
    // It is not waited for: this process ends at once, and the system adopts the daemon.
    std::process::Command::new(exe)
        .args(["hub", "--daemon"])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::inherit())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
}

/// Marks whatever else this process inherited as not to be inherited further. A host may leave pipes open in its
/// children by accident, and a daemon that held one would keep that host waiting for its end for ever.
pub fn keep_handles_from_children() {
    let Ok(handles) = std::fs::read_dir("/proc/self/fd") else { return };
    let numbers: Vec<i32> =
        handles.filter_map(Result::ok).filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|n| *n > 2) {
        #[expect(unsafe_code, reason = "inherited handles have no owner in this process that could lend them")]
        // SAFETY: the handle is used for this one call only; if it is closed already, the call fails and that is fine.
        let handle = unsafe { BorrowedFd::borrow_raw(number) };
        let _ = rustix::io::fcntl_setfd(handle, FdFlags::CLOEXEC);
    }
}

/// The daemon's end of the starter's pipe.
#[derive(Debug)]
pub struct ReadyPipe(());

impl ReadyPipe {
    /// Leaves the starter's session and folder; only the pipe stays until the line is said.
    ///
    /// # Errors
    /// When the state folder cannot be entered.
    pub fn detach(state: &Path) -> Result<Self, DaemonError> {
        // It fails only where this process leads a session already, and then there is nothing to leave.
        let _ = rustix::process::setsid();
        rustix::process::chdir(state).map_err(|error| DaemonError::state(state)(error.into()))?;
        Ok(Self(()))
    }

    /// Stays where it is: for a daemon that failed before it could leave.
    #[must_use]
    pub fn attached() -> Self {
        Self(())
    }

    /// Says the line and lets go of the starter's pipe.
    pub fn say(self, line: &ReadyLine) {
        let mut text = serde_json::to_string(line).unwrap_or_default();
        text.push('\n');
        let mut stdout = io::stdout().lock();
        // A starter that is gone needs no line; the hub serves the others.
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        let let_go = OpenOptions::new().read(true).write(true).open("/dev/null").and_then(|null| {
            rustix::stdio::dup2_stdin(&null)?;
            rustix::stdio::dup2_stdout(&null)?;
            rustix::stdio::dup2_stderr(&null)?;
            Ok(())
        });
        if let Err(error) = let_go {
            log::warn!("the starter's pipe stays open: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    #[test]
    fn the_line_is_one_line_and_reads_back() {
        for (line, json) in [
            (ReadyLine::Ready { pid: 1, port: 2 }, r#"{"ready":{"pid":1,"port":2}}"#),
            (ReadyLine::Already { pid: None, port: None }, r#"{"already":{"pid":null,"port":null}}"#),
            (
                ReadyLine::Error(HubError::new(ErrorCode::Internal, "Port 1 is taken.").with_next("Take 2.")),
                r#"{"error":{"code":"internal","message":"Port 1 is taken.","next":"Take 2."}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&line).unwrap(), json);
            assert_eq!(serde_json::from_str::<ReadyLine>(json).unwrap(), line);
        }
    }
}
