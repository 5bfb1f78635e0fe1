//! The only place that prints. What a program may read goes to stdout, everything else to stderr.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line's own output; stdio never comes here")]

use serde::Serialize;

use crate::daemon::DaemonError;
use crate::protocol::HubError;

/// Says a line to a person.
pub fn say(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// Prints one JSON document and nothing else.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Says why a command failed, and what to do where that is known.
pub fn complain(error: &anyhow::Error) {
    let told = match (error.downcast_ref::<DaemonError>(), error.downcast_ref::<HubError>()) {
        (Some(error), _) => Some(HubError::from(error)),
        (None, told) => told.cloned(),
    };
    match told {
        Some(error) => eprintln!("tabhub: {}", error.text()),
        None => eprintln!("tabhub: {error:#}"),
    }
}
