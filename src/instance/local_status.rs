//! What `browser_status` answers while there is no hub to ask: this instance's own side, at once.

use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::link::LinkConfig;
use super::state::Machine;
use crate::daemon::last_exit;
use crate::protocol::HubError;
use crate::protocol::status::Status;

/// The same form as the hub's answer, with no hub in it and the link's own story beside it.
pub fn answer(config: &LinkConfig, machine: &Machine, last_error: Option<&HubError>) -> Box<RawValue> {
    let status = Status { last_exit: last_exit::of_the_dead(&config.finder.settings.paths), ..Status::default() };
    let phase = machine.phase().name();
    let text = match last_error {
        Some(error) => format!("This instance has no hub ({phase}). {}", error.text()),
        None => format!("This instance has no hub yet ({phase}); it is on its way to one."),
    };
    let result = json!({
        "text": text,
        "value": status,
        "client": config.client_id,
        "link": { "state": phase, "history": machine.history(), "lastError": last_error.map(HubError::text) },
    });
    to_raw_value(&result).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
