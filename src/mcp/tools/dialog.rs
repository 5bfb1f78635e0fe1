//! Answering a page's dialogs.

use crate::mcp::params::{Kind, Param, optional, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};

static PARAMS: [Param; 2] =
    [required("accept", Kind::Flag, "false dismisses it"), optional("promptText", Kind::Text, "Answer to a prompt")];

/// Answers an open dialog.
pub static HANDLE_DIALOG: ToolSpec = ToolSpec {
    name: "browser_handle_dialog",
    aliases: &[],
    title: "Answer a dialog",
    about: "Accept or dismiss the page's open alert, confirm or prompt.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
