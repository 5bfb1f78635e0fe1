//! Several browsers and profiles: which there are, which one is the caller's, what they are called.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, Word, optional, required, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

const ACTION: &[Word] = &[word("list"), word_or("use", &["select", "switch", "choose"]), word_or("name", &["rename"])];

static PARAMS: [Param; 3] = [
    required("action", Kind::Choice(ACTION), ""),
    optional("browserId", Kind::Filled, "Id or name").or(&["browser"]),
    optional("name", Kind::Filled, ""),
];

/// Lists, chooses and names browsers.
pub static BROWSERS: ToolSpec = ToolSpec {
    name: crate::protocol::tools::BROWSER_BROWSERS,
    aliases: &[],
    title: "Choose a browser",
    about: "List browsers and profiles, choose one for your new tabs, or name one.",
    own_params: &PARAMS,
    scope: Scope::House,
    effect: Effect::Sets,
    answer: AnswerForm::Browsers,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: which_browser,
};

fn which_browser(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let has = |name: &str| arguments.contains_key(name);
    match arguments.get("action").and_then(|action| action.as_str()) {
        Some("use") if !has("browserId") => Err(invalid("browser_browsers needs browserId to use a browser.")),
        Some("name") if !has("name") => Err(invalid("browser_browsers needs a name to name a browser.")),
        _ => Ok(()),
    }
}
