//! Scrolling.

use crate::mcp::params::{Kind, Param, Word, optional, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::REF_OPTIONAL;

const DIRECTION: &[Word] = &[word("up"), word("down"), word("left"), word("right")];
const TO: &[Word] = &[word_or("top", &["start"]), word_or("bottom", &["end"])];

static PARAMS: [Param; 4] = [
    REF_OPTIONAL.about("Alone: scroll it into view; else the part that it is in"),
    optional("direction", Kind::Choice(DIRECTION), ""),
    optional("amount", Kind::Integer { min: 1, max: 1_000_000 }, "Pixels; default a screen").or(&["pixels"]),
    optional("to", Kind::Choice(TO), ""),
];

/// Scrolls.
pub static SCROLL: ToolSpec = ToolSpec {
    name: "browser_scroll",
    aliases: &[],
    title: "Scroll",
    about: "Scroll the page or a part of it, and wait for what it loads. Actions scroll by themselves.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
