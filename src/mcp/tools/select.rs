//! Choosing in lists: select options.

use crate::mcp::browsermcp::{BrowserMcp, Form};
use crate::mcp::params::{Kind, Param, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF};

static PARAMS: [Param; 3] =
    [REF, ELEMENT, required("values", Kind::Texts, "Labels or values").or(&["value", "option"])];

/// Chooses options.
pub static SELECT_OPTION: ToolSpec = ToolSpec {
    name: "browser_select_option",
    aliases: &["browser_select"],
    title: "Select options",
    about: "Choose one or more options of a dropdown or list.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp {
        name: "browser_select_option",
        params: &[("element", Form::Text), ("ref", Form::Text), ("values", Form::Texts)],
    }),
    refine: as_given,
};
