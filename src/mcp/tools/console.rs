//! What a page wrote to its console.

use crate::mcp::arguments::Arguments;
use crate::mcp::browsermcp::BrowserMcp;
use crate::mcp::params::{Kind, Param, Word, optional, unlisted, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

const LEVEL: &[Word] = &[
    word_or("error", &["errors"]),
    word_or("warning", &["warn", "warnings"]),
    word_or("info", &["log"]),
    word_or("debug", &["all", "verbose"]),
];

static PARAMS: [Param; 5] = [
    optional("level", Kind::Choice(LEVEL), "This and worse"),
    optional("pattern", Kind::Filled, "Regular expression"),
    optional("limit", Kind::Integer { min: 1, max: 10_000 }, "Default 100"),
    optional("clear", Kind::Flag, "Forget them afterwards"),
    unlisted("onlyErrors", Kind::Flag),
];

/// The page's console.
pub static CONSOLE_LOGS: ToolSpec = ToolSpec {
    name: "browser_get_console_logs",
    aliases: &["browser_console_messages", "browser_console_logs"],
    title: "Read the console",
    about: "Read the page's console messages and uncaught errors.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Console,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_get_console_logs", params: &[] }),
    refine: older_words,
};

/// `onlyErrors` is what older prompts say for the level.
fn older_words(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let only_errors = arguments.shift_remove("onlyErrors").is_some_and(|only| only == true);
    if only_errors && !arguments.contains_key("level") {
        arguments.insert("level".to_owned(), "error".into());
    }
    Ok(())
}
