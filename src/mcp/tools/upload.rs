//! Giving files to a page.

use crate::mcp::params::{Kind, Param, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF_OPTIONAL};

static PARAMS: [Param; 3] = [
    required("paths", Kind::Paths, "In your working folder").or(&["path", "files"]),
    REF_OPTIONAL.about("File field, or the button that asks for files; without it, answers the open file dialog"),
    ELEMENT,
];

/// Chooses files.
pub static FILE_UPLOAD: ToolSpec = ToolSpec {
    name: "browser_file_upload",
    aliases: &["browser_upload_file"],
    title: "Upload files",
    about: "Choose files for a file field.",
    own_params: &PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
