//! Reading a page: the snapshot that all refs come from.

use crate::mcp::browsermcp::BrowserMcp;
use crate::mcp::params::{Kind, Param, Word, optional, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::REF_OPTIONAL;

const MODE: &[Word] = &[word("full"), word_or("diff", &["incremental", "changes"])];

static PARAMS: [Param; 7] = [
    REF_OPTIONAL,
    optional("depth", Kind::Integer { min: 1, max: i64::MAX }, "Levels to show"),
    optional("interactiveOnly", Kind::Flag, "Only what can be acted on"),
    optional("viewportOnly", Kind::Flag, "Only what is on screen"),
    optional("maxChars", Kind::Integer { min: 1, max: i64::MAX }, "Default 12000"),
    optional("cursor", Kind::Filled, "From a cut answer: go on there"),
    optional("mode", Kind::Choice(MODE), "diff: only what changed since your last look"),
];

/// The page as text with refs.
pub static SNAPSHOT: ToolSpec = ToolSpec {
    name: "browser_snapshot",
    aliases: &[],
    title: "Read the page",
    about: "Read the page as an accessibility tree with refs for the other tools. Prefer it to a screenshot.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_snapshot", params: &[] }),
    refine: as_given,
};
