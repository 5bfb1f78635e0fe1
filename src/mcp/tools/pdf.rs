//! A page as a PDF.

use crate::mcp::params::{Kind, Param, optional};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};

static PARAMS: [Param; 2] = [
    optional("filename", Kind::Filled, "Default: the page's title").or(&["path"]),
    optional("pages", Kind::Filled, "1-5, 8").or(&["pageRanges"]),
];

/// Prints the page to a file. It is no `Reads`: there is one more file afterwards.
pub static PDF_SAVE: ToolSpec = ToolSpec {
    name: "browser_pdf_save",
    aliases: &["browser_save_as_pdf"],
    title: "Save as PDF",
    about: "Save the page as a PDF in the person's folder for files; nothing is ever overwritten.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::File,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: as_given,
};
