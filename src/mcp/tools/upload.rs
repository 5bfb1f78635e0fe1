//! Giving files to a page.

use serde_json::Value;

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, optional, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF, REF_OPTIONAL};
use crate::protocol::HubError;

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

static DROP_PARAMS: [Param; 4] = [
    REF,
    ELEMENT,
    optional("paths", Kind::Paths, "In your working folder").or(&["path", "files"]),
    optional("data", Kind::Object, "{ \"text/plain\": \"...\" }"),
];

/// Drops files or data.
pub static DROP: ToolSpec = ToolSpec {
    name: "browser_drop",
    aliases: &["browser_drop_files"],
    title: "Drop files or data",
    about: "Drop files or data onto an element, as if dragged there from another window.",
    own_params: &DROP_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: something_to_drop,
};

fn something_to_drop(tool: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let is_full = |name: &str| match arguments.get(name) {
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(items)) => !items.is_empty(),
        _ => false,
    };
    if is_full("paths") || is_full("data") {
        return Ok(());
    }
    Err(invalid(format!("{} needs something to drop: paths of files, or data.", tool.name)))
}
