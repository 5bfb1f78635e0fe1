//! Asking the person.

use crate::mcp::arguments::Arguments;
use crate::mcp::params::{Kind, Param, optional, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::mcp::tools::MOST_MS;
use crate::protocol::HubError;

/// People take their time.
const WAIT_MS: i64 = 5 * 60 * 1000;

static PARAMS: [Param; 3] = [
    required("message", Kind::Filled, "").or(&["question", "prompt"]),
    optional("options", Kind::Texts, "Answers to choose from").or(&["choices"]),
    optional("timeout", Kind::Integer { min: 1, max: MOST_MS }, "ms, default 300000"),
];

/// Asks the person.
pub static ASK_USER: ToolSpec = ToolSpec {
    name: "browser_ask_user",
    aliases: &["browser_ask"],
    title: "Ask the person",
    about: "Ask the person at the browser a question in a small window, and wait for the answer.",
    own_params: &PARAMS,
    scope: Scope::House,
    effect: Effect::Moves,
    answer: AnswerForm::Asked,
    timeout: TimeoutRule::Asked,
    listed: Listed::Core,
    browsermcp: None,
    refine: take_time,
};

/// The call itself must wait as long as the person may take.
fn take_time(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    if !arguments.contains_key("timeout") {
        arguments.insert("timeout".to_owned(), WAIT_MS.into());
    }
    Ok(())
}
