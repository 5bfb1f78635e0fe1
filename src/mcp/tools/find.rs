//! Finding on a page without reading all of it.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, optional};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

static PARAMS: [Param; 5] = [
    optional("text", Kind::Filled, "").or(&["query"]),
    optional("regex", Kind::Filled, ""),
    optional("role", Kind::Filled, "button, link, row, ..."),
    optional("name", Kind::Filled, "With role"),
    optional("limit", Kind::Integer { min: 1, max: 200 }, "Default 10"),
];

/// Finds elements.
pub static FIND: ToolSpec = ToolSpec {
    name: "browser_find",
    aliases: &["browser_search"],
    title: "Find on the page",
    about: "Find elements by text, regex or role and get their refs, without reading the whole page.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Found,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: something,
};

fn something(tool: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    if ["text", "regex", "role", "name"].iter().any(|name| arguments.contains_key(*name)) {
        return Ok(());
    }
    Err(invalid(format!("{} needs something to look for: text, regex, role or name.", tool.name)))
}
