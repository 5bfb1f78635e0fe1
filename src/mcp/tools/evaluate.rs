//! Running script in a page.

use crate::mcp::params::{Kind, Param, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF_OPTIONAL};

static PARAMS: [Param; 3] = [
    required("function", Kind::Filled, "() => ..., or (element) => ... with ref").or(&["expression", "script", "code"]),
    REF_OPTIONAL.about("Passed as element"),
    ELEMENT,
];

/// Runs a function in the page.
pub static EVALUATE: ToolSpec = ToolSpec {
    name: "browser_evaluate",
    aliases: &[],
    title: "Run JavaScript",
    about: "Run a JavaScript function in the page and return its result as JSON.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Value,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
