//! Waiting: for a time, a text, an element, an address, a quiet network.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::browsermcp::{BrowserMcp, Form};
use crate::mcp::params::{Kind, Param, optional};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::mcp::tools::{MOST_MS, MOST_SECS, REF_OPTIONAL};
use crate::protocol::HubError;

/// What may end a wait, besides time.
pub const CONDITIONS: [&str; 5] = ["text", "textGone", "ref", "url", "networkIdle"];

static PARAMS: [Param; 7] = [
    optional("time", Kind::Number { min: 0.0, max: MOST_SECS }, "Seconds"),
    optional("text", Kind::Filled, "Until it appears"),
    optional("textGone", Kind::Filled, "Until it is gone"),
    REF_OPTIONAL.about("Until it is there"),
    optional("url", Kind::Filled, "Until the address contains it, or matches it as a glob"),
    optional("networkIdle", Kind::Flag, ""),
    optional("timeout", Kind::Integer { min: 0, max: MOST_MS }, "ms, default 30000"),
];

/// Waits.
pub static WAIT_FOR: ToolSpec = ToolSpec {
    name: "browser_wait_for",
    aliases: &["browser_wait"],
    title: "Wait",
    about: "Wait for a time or for what you name. Rarely needed: actions wait for what they set off.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Waits,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_wait", params: &[("time", Form::Number)] }),
    refine: for_something,
};

fn for_something(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let idle_is_off = arguments.get("networkIdle").is_some_and(|idle| *idle == false);
    if idle_is_off {
        arguments.shift_remove("networkIdle");
    }
    if arguments.contains_key("time") || CONDITIONS.iter().any(|name| arguments.contains_key(*name)) {
        return Ok(());
    }
    Err(invalid("browser_wait_for needs something to wait for: time, text, textGone, ref, url or networkIdle."))
}
