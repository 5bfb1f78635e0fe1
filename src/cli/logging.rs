//! Where log lines go: stderr in the foreground, a rotated file for the daemon. Never stdout.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use env_logger::{Builder, Target};
use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use log::LevelFilter;

use crate::config::limits;

/// Logs to stderr.
pub fn to_stderr(filter: &str) {
    install(&mut builder(filter));
}

/// Logs to a file that is rotated.
pub fn to_file(path: &Path, filter: &str) {
    let size = ContentLimit::BytesSurpassed(limits::LOG_BYTES);
    let file = FileRotate::new(path, AppendCount::new(limits::LOG_FILES), size, Compression::None, Some(private()));
    install(builder(filter).target(Target::Pipe(Box::new(file))));
}

/// Whose clients work when, and with what errors, is nobody else's business, whatever folder the person chose.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).create(true).append(true).mode(0o600);
    options
}

/// What the libraries below say is for their own authors, unless somebody asks for it by name; and one of them would
/// write down what pages say.
fn builder(filter: &str) -> Builder {
    let mut builder = Builder::new();
    for library in ["tracing", "actix_server", "rmcp", "tungstenite", "tokio_tungstenite", "mio"] {
        builder.filter_module(library, LevelFilter::Warn);
    }
    builder.parse_filters(filter);
    builder
}

fn install(builder: &mut Builder) {
    // A second logger in one process is nobody's loss: the first stays.
    let _ = builder.format_target(false).format_timestamp_millis().try_init();
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
}
