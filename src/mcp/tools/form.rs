//! Forms: several fields in one call.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, optional, required, unlisted};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::mcp::tools::REF;
use crate::protocol::HubError;

static FIELD: [Param; 4] = [
    REF.about(""),
    required("value", Kind::Content, "Text; true or false for checkboxes; a label for radios and lists").or(&["text"]),
    // What newer prompts say of a field; the page itself tells what it is.
    unlisted("type", Kind::Text),
    unlisted("name", Kind::Text).or(&["element"]),
];

static PARAMS: [Param; 2] =
    [required("fields", Kind::Records(&FIELD), ""), optional("submit", Kind::Flag, "Send the form afterwards")];

/// Fills several fields.
pub static FILL_FORM: ToolSpec = ToolSpec {
    name: "browser_fill_form",
    aliases: &["browser_fill"],
    title: "Fill a form",
    about: "Fill several fields of any kind in one call.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: some_fields,
};

fn some_fields(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    if arguments.get("fields").and_then(|fields| fields.as_array()).is_some_and(Vec::is_empty) {
        return Err(invalid("browser_fill_form needs at least one field, but fields is empty."));
    }
    Ok(())
}
