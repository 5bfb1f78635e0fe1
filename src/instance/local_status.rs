//! What `browser_status` answers while there is no hub to ask: this instance's own side, at once.

use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::link::{LinkConfig, STATUS_LIMIT};
use super::state::{Machine, Phase};
use crate::daemon::socket::Miss;
use crate::daemon::{hub_json, last_exit};
use crate::protocol::HubError;
use crate::protocol::status::Status;

/// Why the hub does not answer itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// There is none yet.
    Hub,
    /// There is one, and it is silent.
    Answer,
}

/// The same form as the hub's answer, with no hub in it and the link's own story beside it.
pub fn answer(lack: Lack, config: &LinkConfig, machine: &Machine, last_error: Option<&HubError>) -> Box<RawValue> {
    let paths = &config.finder.settings.paths;
    let status = Status { last_exit: last_exit::seen(paths), ..Status::default() };
    let (phase, history) = (machine.phase(), machine.history());
    // Why the last hub is gone stands in the value; what counts here is how far the way to the next one is.
    let step = history.last().filter(|step| phase != Phase::Reconnecting && !step.reason.is_empty());
    let text = match (lack, last_error) {
        (Lack::Answer, _) => {
            let silent = hub_json::read(&paths.hub_json()).map_or_else(
                |error| error.to_string(),
                |hub| Miss::Silent { port: hub.port, pid: hub.pid }.to_string(),
            );
            format!("The hub has not answered this instance within {STATUS_LIMIT:?}: {silent}. Calls wait for it.")
        }
        (Lack::Hub, Some(error)) => format!("This instance has no hub ({}). {}", phase.name(), error.text()),
        (Lack::Hub, None) => format!(
            "This instance has no hub yet ({}{}); it is on its way to one. Ask again in a moment.",
            phase.name(),
            step.map_or_else(String::new, |step| format!(": {}", step.reason))
        ),
    };
    let result = json!({
        "text": text,
        "value": status,
        "client": config.client_id,
        "link": { "state": phase.name(), "history": history, "lastError": last_error.map(HubError::text) },
    });
    to_raw_value(&result).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
