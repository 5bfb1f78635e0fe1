//! Reading a page as text.

use crate::mcp::params::{Kind, Param, Word, optional, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::REF_OPTIONAL;

const FORMAT: &[Word] = &[word_or("text", &["plain"]), word_or("markdown", &["md"]), word("html")];

static PARAMS: [Param; 4] = [
    REF_OPTIONAL,
    optional("format", Kind::Choice(FORMAT), ""),
    optional("maxChars", Kind::Integer { min: 1, max: i64::MAX }, "Default 12000"),
    optional("cursor", Kind::Filled, "From a cut answer"),
];

/// The page to be read.
pub static GET_TEXT: ToolSpec = ToolSpec {
    name: "browser_get_text",
    aliases: &["browser_get_content"],
    title: "Read the text",
    about: "Read the page or one element as plain text, Markdown or HTML, without refs.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Text,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
