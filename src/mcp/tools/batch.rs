//! Several steps in one call.

use serde_json::Value;

use crate::mcp::arguments::{Arguments, invalid, normalise};
use crate::mcp::params::{Kind, Param, Word, optional, required, word};
use crate::mcp::prepare::unknown_tool;
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, find};
use crate::protocol::HubError;

/// What cannot be a step: it is no work on the batch's tab, or its answer is no short text.
const ALONE: [&str; 7] = [
    BATCH.name,
    super::tabs::TABS.name,
    super::status::STATUS.name,
    super::screenshot::SCREENSHOT.name,
    super::ask::ASK_USER.name,
    super::pdf::PDF_SAVE.name,
    super::browsers::BROWSERS.name,
];

const ON_ERROR: &[Word] = &[word("stop"), word("continue")];

static STEP: [Param; 2] = [
    required("tool", Kind::Filled, "").or(&["name"]),
    optional("args", Kind::Object, "").or(&["arguments", "params", "input"]),
];

static PARAMS: [Param; 2] =
    [required("steps", Kind::Records(&STEP), ""), optional("onError", Kind::Choice(ON_ERROR), "Default: stop")];

/// Runs steps one after another.
pub static BATCH: ToolSpec = ToolSpec {
    name: "browser_batch",
    aliases: &[],
    title: "Run several steps",
    about: "Run several of these tools on one tab in one call; what they changed is told once, at the end.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Batch,
    timeout: TimeoutRule::Steps,
    listed: Listed::Core,
    browsermcp: None,
    refine: check_steps,
};

/// Each step is checked like a call of its own, before the first of them runs.
fn check_steps(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let steps = arguments.get_mut("steps").and_then(Value::as_array_mut);
    let Some(steps) = steps.filter(|steps| !steps.is_empty()) else {
        return Err(invalid("browser_batch needs at least one step, but steps is empty."));
    };
    for (place, step) in steps.iter_mut().enumerate() {
        check_step(step).map_err(|mut error| {
            error.message = format!("Step {}: {}", place + 1, error.message);
            error
        })?;
    }
    Ok(())
}

fn check_step(step: &mut Value) -> Result<(), HubError> {
    let name = step["tool"].as_str().unwrap_or_default();
    let tool = find(name).ok_or_else(|| unknown_tool(name))?;
    if ALONE.contains(&tool.name) {
        return Err(invalid(format!("{} cannot be a step of a batch; call it by itself.", tool.name)));
    }
    let args = step["args"].as_object().cloned().unwrap_or_default();
    let args = normalise(tool, args)?;
    if args.contains_key("tabId") {
        return Err(invalid("The steps of a batch act on one tab: give tabId to browser_batch itself, not to a step."));
    }
    *step = serde_json::json!({ "tool": tool.name, "args": args });
    Ok(())
}
