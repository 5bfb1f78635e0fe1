//! Pictures of a page.

use crate::mcp::browsermcp::BrowserMcp;
use crate::mcp::params::{Kind, Param, Word, optional, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF_OPTIONAL};

const TYPE: &[Word] =
    &[word_or("png", &["image/png"]), word_or("jpeg", &["jpg", "image/jpeg"]), word_or("webp", &["image/webp"])];
const PIXELS: Kind = Kind::Integer { min: 1, max: 16_384 };

static PARAMS: [Param; 8] = [
    REF_OPTIONAL,
    ELEMENT,
    optional("fullPage", Kind::Flag, ""),
    optional("type", Kind::Choice(TYPE), "").or(&["format"]),
    optional("quality", Kind::Integer { min: 0, max: 100 }, "jpeg, webp"),
    optional("annotate", Kind::Flag, "Draw refs on it"),
    optional("maxWidth", PIXELS, ""),
    optional("maxHeight", PIXELS, ""),
];

/// A picture of the page or of one element.
pub static SCREENSHOT: ToolSpec = ToolSpec {
    name: "browser_screenshot",
    aliases: &["browser_take_screenshot"],
    title: "Take a screenshot",
    about: "See the page or one element as a picture. To act, use browser_snapshot or annotate.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Picture,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_screenshot", params: &[] }),
    refine: as_given,
};
