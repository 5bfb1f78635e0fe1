//! The client's tabs: list, open, select, close.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, Word, optional, required, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

const ACTION: &[Word] =
    &[word("list"), word_or("new", &["create", "open"]), word("close"), word_or("select", &["switch", "activate"])];

static PARAMS: [Param; 5] = [
    required("action", Kind::Choice(ACTION), ""),
    optional("tabId", Kind::Integer { min: 0, max: i64::MAX }, "Which tab"),
    optional("index", Kind::Integer { min: 0, max: i64::MAX }, "Or its place in your list"),
    optional("url", Kind::Filled, "For new"),
    optional("background", Kind::Flag, ""),
];

/// Lists and manages the caller's own tabs.
pub static TABS: ToolSpec = ToolSpec {
    name: "browser_tabs",
    aliases: &[],
    title: "Manage tabs",
    about: "List, open, close or select your own tabs. Other clients' tabs are theirs.",
    own_params: &PARAMS,
    scope: Scope::House,
    effect: Effect::Acts,
    answer: AnswerForm::Tabs,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: which_tab,
};

fn which_tab(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let is_select = arguments.get("action").is_some_and(|action| action == "select");
    if is_select && !arguments.contains_key("tabId") && !arguments.contains_key("index") {
        return Err(invalid("browser_tabs needs tabId or index to select a tab, but both are missing."));
    }
    Ok(())
}
