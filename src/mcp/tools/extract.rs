//! Rows of data out of a page.

use crate::mcp::params::{Kind, Param, optional, unlisted};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::REF_OPTIONAL;

static PARAMS: [Param; 4] = [
    optional("schema", Kind::Object, "JSON Schema of a row or a list of rows"),
    optional("fields", Kind::Texts, "Or just names"),
    REF_OPTIONAL,
    // Named in the answer that is cut.
    unlisted("maxChars", Kind::Integer { min: 1, max: i64::MAX }),
];

/// Extracts rows.
pub static EXTRACT: ToolSpec = ToolSpec {
    name: "browser_extract",
    aliases: &["browser_extract_data"],
    title: "Extract data",
    about: "Get rows of data from the page's table, list of like items, definition list or form that fits best.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Value,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
