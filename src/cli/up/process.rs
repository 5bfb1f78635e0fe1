//! The browser that `tabhub up` opened, as a process that `tabhub down` can end, and never another one.
//!
//! A process id alone may belong to somebody else by now; together with the time at which it started it cannot.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

use crate::config::Paths;
use crate::daemon::{files, spawn};

/// How long a browser gets to close its windows and write its profile.
const GRACE: Duration = Duration::from_secs(5);
/// How often it is looked whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Lines of its log that an error shows.
const TAIL: usize = 15;

/// `browser.json`: a browser that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// Its process id, which is its process group's too.
    pub pid: u32,
    /// When it started, as the kernel counts it.
    pub started: u64,
}

/// Opens a browser in a process group of its own and remembers it.
///
/// # Errors
/// When it cannot be started, or the state folder cannot be written.
pub fn open(paths: &Paths, program: &Path, arguments: &[String]) -> io::Result<Child> {
    files::private_dir(&paths.up_profile())?;
    // Pages' own messages may stand in it.
    let log = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(log_file(paths))?;
    spawn::keep_handles_from_children();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
    let mut child = command.spawn()?;
    let pid = child.id();
    let opened = Opened { pid, started: started_at(pid).unwrap_or_default() };
    let bytes = serde_json::to_vec(&opened)?;
    if let Err(error) = files::write_private(&paths.up_json(), &bytes) {
        // Nobody would know of it, and `down` could never close it. The first error is the one to tell.
        let _ = child.kill();
        let _ = child.wait();
        return Err(error);
    }
    Ok(child)
}

fn log_file(paths: &Paths) -> std::path::PathBuf {
    paths.up_dir().join("browser.log")
}

/// The end of what the browser logged.
pub fn log_tail(paths: &Paths) -> String {
    let bytes = std::fs::read(log_file(paths)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// The browser that was opened, if it still runs.
pub fn running(paths: &Paths) -> Option<Opened> {
    let opened: Opened = serde_json::from_slice(&std::fs::read(paths.up_json()).ok()?).ok()?;
    is_alive(&opened).then_some(opened)
}

fn is_alive(opened: &Opened) -> bool {
    started_at(opened.pid) == Some(opened.started)
}

/// When a process started. `None` if there is none, or only its remains.
fn started_at(pid: u32) -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; the fields after it are counted from its end.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        if matches!(*fields.first()?, "Z" | "X") {
            return None;
        }
        fields.get(19)?.parse().ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let output = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok().filter(|text| !text.trim().is_empty())?;
        Some(text.trim().bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))))
    }
}

/// What there was to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Nothing.
    NoneRan,
    /// The browser of this process id.
    Ended(u32),
}

/// Ends the browser that was opened, with everything that it started.
///
/// # Errors
/// When it does not end.
pub fn close(paths: &Paths) -> anyhow::Result<Closed> {
    let Some(opened) = running(paths) else {
        forget(paths);
        return Ok(Closed::NoneRan);
    };
    for (signal, patience) in [(Signal::TERM, GRACE), (Signal::KILL, GRACE)] {
        let group = i32::try_from(opened.pid).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended by itself in this moment, and then there is nobody to signal.
            let _ = rustix::process::kill_process_group(group, signal);
        }
        let until = Instant::now() + patience;
        while is_alive(&opened) && Instant::now() < until {
            std::thread::sleep(LOOK_AGAIN);
        }
        if !is_alive(&opened) {
            forget(paths);
            return Ok(Closed::Ended(opened.pid));
        }
    }
    anyhow::bail!("the browser (process {}) does not end", opened.pid)
}

fn forget(paths: &Paths) {
    // What is not there is forgotten already.
    let _ = std::fs::remove_file(paths.up_json());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ended_only_if_it_is_the_one_that_was_opened() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::under(home.path());
        assert_eq!(close(&paths).unwrap(), Closed::NoneRan);
        let mut child = open(&paths, Path::new("/bin/sleep"), &["600".to_owned()]).unwrap();
        let opened = running(&paths).unwrap();
        let reused = Opened { started: opened.started + 1, ..opened.clone() };
        std::fs::write(paths.up_json(), serde_json::to_vec(&reused).unwrap()).unwrap();
        assert_eq!(close(&paths).unwrap(), Closed::NoneRan, "the id was reused by another process");
        assert!(is_alive(&opened));
        std::fs::write(paths.up_json(), serde_json::to_vec(&opened).unwrap()).unwrap();
        assert_eq!(close(&paths).unwrap(), Closed::Ended(opened.pid));
        assert!(child.wait().is_ok());
        assert_eq!(close(&paths).unwrap(), Closed::NoneRan);
    }
}
