//! What a client's pages downloaded.

use crate::mcp::params::{Kind, Param, Word, optional, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::MOST_MS;

const ACTION: &[Word] = &[word("list"), word("wait"), word_or("cancel", &["abort"])];

static PARAMS: [Param; 3] = [
    optional("action", Kind::Choice(ACTION), "wait: until they are whole"),
    optional("id", Kind::Integer { min: 0, max: i64::MAX }, ""),
    optional("timeout", Kind::Integer { min: 0, max: MOST_MS }, "ms, default 30000"),
];

/// Lists, awaits and cancels downloads.
pub static DOWNLOADS: ToolSpec = ToolSpec {
    name: "browser_downloads",
    aliases: &[],
    title: "Downloads",
    about: "List your tabs' downloads with their paths, wait for them, or cancel one.",
    own_params: &PARAMS,
    scope: Scope::House,
    effect: Effect::Moves,
    answer: AnswerForm::Downloads,
    timeout: TimeoutRule::Asked,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
