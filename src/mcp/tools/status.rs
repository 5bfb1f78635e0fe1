//! How the house does, for models that wonder why something does not work.

use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};

/// Answered by the hub at once, with or without a browser.
pub static STATUS: ToolSpec = ToolSpec {
    name: crate::protocol::tools::BROWSER_STATUS,
    aliases: &[],
    title: "Status of tabhub",
    about: "See which browsers are connected, your tabs, other clients and the queue. Use it when tools fail.",
    own_params: &[],
    scope: Scope::House,
    effect: Effect::Reads,
    answer: AnswerForm::Status,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
