//! From a tool's name and what a caller gave to a call that can be sent: one name, checked arguments, a deadline.

use std::time::Duration;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::arguments::{Arguments, invalid, normalise};
use super::registry::{TimeoutRule, ToolSpec, find, nearest};
use super::render::browsermcp::Reply;
use super::saving::Saving;
use super::tools::tabs::named_action;
use super::uploads;
use crate::config::{Settings, ToolSet, limits};
use crate::protocol::{ErrorCode, HubError};

/// What a call needs beyond the time that its tool may take: the way there, its turn, and the way back.
const MARGIN: Duration = Duration::from_secs(10);

/// A call that can be sent.
#[derive(Debug)]
pub struct Prepared {
    /// Which tool.
    pub tool: &'static ToolSpec,
    /// Its arguments, as the extension reads them.
    pub params: Box<RawValue>,
    /// How long the caller waits for its answer.
    pub timeout: Duration,
    /// How its answer is shown where the set `browsermcp` has a form of its own for it.
    pub reply: Option<Reply>,
    /// Where the file that it makes goes, if it makes one.
    pub saving: Option<Saving>,
}

impl Prepared {
    /// A look that a host takes beside what its model does: the arguments are tabhub's own.
    ///
    /// # Errors
    /// `internal`, when there is no such tool.
    pub fn aside(name: &str, params: &Value, timeout: Duration) -> Result<Self, HubError> {
        let tool = find(name).ok_or_else(|| HubError::new(ErrorCode::Internal, format!("There is no tool {name}.")))?;
        let params = to_raw_value(params).map_err(|error| HubError::new(ErrorCode::Internal, error.to_string()))?;
        Ok(Self { tool, params, timeout, reply: None, saving: None })
    }
}

/// Checks a call: `name` may be an alias, the arguments may be what models write.
///
/// # Errors
/// `invalid_params`, with what would fit.
pub fn prepare(name: &str, mut arguments: Arguments, settings: &Settings) -> Result<Prepared, HubError> {
    let tool = find(name).ok_or_else(|| unknown_tool(name))?;
    if let Some(action) = named_action(name) {
        arguments.insert("action".to_owned(), action.into());
    }
    let reply = (settings.tools == ToolSet::Browsermcp).then(|| Reply::to(tool, &arguments)).flatten();
    let mut arguments = normalise(tool, arguments)?;
    if let Some(after) = reply.as_ref().and_then(Reply::after) {
        arguments.insert("after".to_owned(), after.word().into());
    }
    uploads::check(tool, &mut arguments, settings)?;
    let saving = Saving::of(tool, &arguments, settings)?;
    let timeout = timeout(tool.timeout, &arguments, settings.call_timeout);
    let params = to_raw_value(&arguments).map_err(|error| HubError::new(ErrorCode::Internal, error.to_string()))?;
    Ok(Prepared { tool, params, timeout, reply, saving })
}

/// There is no such tool; names those that come nearest.
#[must_use]
pub fn unknown_tool(name: &str) -> HubError {
    let near = nearest(name).join(", ");
    invalid(format!("There is no tool {name:?}.")).with_next(format!("The nearest names are {near}."))
}

/// What the steps of a batch ask for, all together.
fn steps(arguments: &Arguments) -> Duration {
    let steps = arguments.get("steps").and_then(Value::as_array).into_iter().flatten();
    let asked = |step: &Value| {
        let (tool, args) = (find(step["tool"].as_str()?)?, step["args"].as_object()?);
        Some(timeout(tool.timeout, args, Duration::ZERO))
    };
    steps.filter_map(asked).fold(Duration::ZERO, Duration::saturating_add)
}

/// A tool that is asked to take longer gets longer; the settings' time is what every call has at least.
fn timeout(rule: TimeoutRule, arguments: &Arguments, settings: Duration) -> Duration {
    let asked = |name: &str, unit: f64| {
        let units = arguments.get(name).and_then(Value::as_f64)?;
        Duration::try_from_secs_f64(units * unit).ok()
    };
    let by_timeout = || asked("timeout", 0.001).map_or(settings, |asked| settings.max(asked.saturating_add(MARGIN)));
    let timeout = match rule {
        TimeoutRule::Settings => settings,
        TimeoutRule::Asked => by_timeout(),
        TimeoutRule::Steps => settings.saturating_add(steps(arguments)),
        TimeoutRule::Waits => by_timeout().saturating_add(asked("time", 1.0).unwrap_or_default()),
    };
    timeout.min(limits::CALL_TIMEOUT_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(rule: TimeoutRule, arguments: serde_json::Value) -> u128 {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        timeout(rule, &arguments, Duration::from_secs(60)).as_millis()
    }

    #[test]
    fn what_a_call_asks_for_extends_its_deadline_and_never_shortens_it() {
        assert_eq!(of(TimeoutRule::Settings, json!({ "timeout": 90_000 })), 60_000);
        assert_eq!(of(TimeoutRule::Asked, json!({})), 60_000);
        assert_eq!(of(TimeoutRule::Asked, json!({ "timeout": 1000 })), 60_000);
        assert_eq!(of(TimeoutRule::Asked, json!({ "timeout": 90_000 })), 100_000);
        assert_eq!(of(TimeoutRule::Waits, json!({ "time": 3 })), 63_000);
        assert_eq!(of(TimeoutRule::Waits, json!({ "time": 1.5, "timeout": 90_000 })), 101_500);
        let steps = json!({ "steps": [
            { "tool": "browser_wait_for", "args": { "time": 30 } }, { "tool": "browser_click", "args": { "ref": "e1" } },
        ] });
        assert_eq!(of(TimeoutRule::Steps, steps), 90_000);
        assert_eq!(of(TimeoutRule::Waits, json!({ "time": 840, "timeout": 840_000 })), 900_000);
    }
}
