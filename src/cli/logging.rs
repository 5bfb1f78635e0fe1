//! Where log lines go: stderr in the foreground, a rotated file for the daemon. Never stdout.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use env_logger::{Builder, Target};
use log::LevelFilter;

use crate::config::limits;
use crate::daemon::files;

/// Logs to stderr.
pub fn to_stderr(filter: &str) {
    install(&mut builder(filter));
}

/// Logs to a file that is rotated.
pub fn to_file(path: &Path, filter: &str) {
    install(builder(filter).target(Target::Pipe(Box::new(LogFile::new(path, limits::LOG_BYTES)))));
}

/// A file that is rotated at its size, and made anew when somebody has removed it: the log has to tell that, too.
///
/// Nothing in here may panic: the panic would be logged, by a thread that holds the log's lock.
struct LogFile {
    path: PathBuf,
    most_bytes: u64,
    file: Option<File>,
}

impl LogFile {
    fn new(path: &Path, most_bytes: u64) -> Self {
        Self { path: path.to_owned(), most_bytes, file: None }
    }

    /// The open file, if it is the one that people find at its path and has room.
    fn current(&mut self) -> io::Result<&mut File> {
        let place = |meta: std::fs::Metadata| (meta.dev(), meta.ino(), meta.len());
        let open = self.file.as_ref().and_then(|file| file.metadata().ok()).map(place);
        let there = std::fs::metadata(&self.path).ok().map(place);
        if there.is_some_and(|(.., len)| len >= self.most_bytes) {
            self.rotate();
        } else if open != there {
            self.file = None;
        }
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                files::private_dir(folder)?;
            }
            // Whose clients work when, and with what errors, is nobody else's business, whatever folder it is.
            self.file = Some(OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?);
        }
        self.file.as_mut().ok_or_else(|| io::Error::other("no log file"))
    }

    fn rotate(&mut self) {
        self.file = None;
        let older = |n: usize| match n {
            0 => self.path.clone(),
            n => self.path.with_added_extension(n.to_string()),
        };
        for n in (0..limits::LOG_FILES).rev() {
            // What cannot be kept is lost; the log goes on.
            let _ = std::fs::rename(older(n), older(n + 1));
        }
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.current()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the libraries below say is for their own authors, unless somebody asks for it by name; and one of them would
/// write down what pages say.
fn builder(filter: &str) -> Builder {
    let mut builder = Builder::new();
    for library in ["tracing", "actix_server", "tungstenite", "tokio_tungstenite", "mio"] {
        builder.filter_module(library, LevelFilter::Warn);
    }
    // It warns of each error that it passes to a host, in full: that of an open dialog holds the page's words.
    builder.filter_module("rmcp", LevelFilter::Error);
    builder.parse_filters(filter);
    builder
}

fn install(builder: &mut Builder) {
    // A second logger in one process is nobody's loss: the first stays.
    let _ = builder.format_target(false).format_timestamp_millis().try_init();
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    #[test]
    fn what_the_protocols_library_says_of_contents_is_logged_only_where_it_is_asked_for_by_name() {
        let is_logged = |filter: &str, level| {
            let about = log::Metadata::builder().target("rmcp::service").level(level).build();
            log::Log::enabled(&builder(filter).build(), &about)
        };
        for filter in ["info", "debug", "trace", "tabhub=trace"] {
            assert!(!is_logged(filter, log::Level::Warn), "{filter}");
            assert!(is_logged(filter, log::Level::Error), "{filter}");
        }
        assert!(is_logged("info,rmcp=debug", log::Level::Warn));
    }

    #[test]
    fn a_log_is_rotated_at_its_size_and_only_so_many_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.log");
        let mut log = LogFile::new(&path, 10);
        for n in 0..4 {
            log.write_all(format!("line {n} of it\n").as_bytes()).unwrap();
        }
        let kept = ["hub.log", "hub.log.1", "hub.log.2", "hub.log.3"].map(|name| read(&home.path().join(name)));
        assert_eq!(kept, ["line 3 of it\n", "line 2 of it\n", "line 1 of it\n", ""]);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_log_that_was_removed_with_its_folder_goes_on_in_a_new_one() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state/hub.log");
        let mut log = LogFile::new(&path, 1000);
        log.write_all(b"one\n").unwrap();
        log.write_all(b"two\n").unwrap();
        assert_eq!(read(&path), "one\ntwo\n");
        std::fs::remove_dir_all(home.path().join("state")).unwrap();
        log.write_all(b"three\n").unwrap();
        assert_eq!(read(&path), "three\n");
    }
}
