//! A tool's raw result (R of the wire) → what a host shows: text for models, pictures, and the same for programs.
//!
//! **Structured results.** The protocol lets a result carry text and a structured form. Several widespread hosts show a
//! model only the structured form when there is one, and drop text and pictures; others show both. So the structured
//! form may only go out where it says everything by itself, and it must not double a long text:
//! - lists of tabs, consoles, values, the status: sent, they are as complete as the text (up to [`STRUCTURED_MOST`]);
//! - pages: only in the set `full`, there with the snapshot in it, since its output schemas demand it;
//! - pictures: never, a host would drop the picture;
//! - what is not sent so travels in `_meta`, which no model is shown: [`META_KEY`].

pub mod browsermcp;
mod browsers;
mod lists;
mod network;
mod reading;
mod site_data;
mod status;

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::registry::{AnswerForm, ToolSpec};
use crate::config::ToolSet;
use crate::protocol::{ErrorCode, HubError};

/// Under this name the structured form is in `_meta` where it is not in `structuredContent`.
pub const META_KEY: &str = "tabhub/answer";
/// A raw result longer than this has no structured form in `core`: it would go twice to hosts that show both.
pub const STRUCTURED_MOST: usize = 16 * 1024;

/// What a host shows.
#[derive(Debug, PartialEq)]
pub struct Rendered {
    /// Texts and pictures, in order.
    pub content: Vec<Block>,
    /// The same for programs; without the picture's bytes, and without the snapshot unless [`Detail::Complete`].
    pub structured: Value,
    /// Whether the structured form may go out as `structuredContent` in the given set.
    pub placement: Placement,
}

/// One part of what a host shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// Text.
    Text(String),
    /// A picture in base64.
    Image {
        /// Its type.
        mime_type: String,
        /// Its bytes in base64.
        data: String,
    },
}

/// Where the structured form goes (see above).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// `structuredContent`.
    Structured,
    /// `_meta`.
    Meta,
    /// There is none.
    Nowhere,
}

/// How much the structured form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything but the snapshot's text and the picture's bytes.
    Small,
    /// The snapshot's text too.
    Complete,
}

impl Detail {
    /// What a set's answers need.
    #[must_use]
    pub fn of(set: ToolSet) -> Self {
        match set {
            ToolSet::Core | ToolSet::Browsermcp => Detail::Small,
            ToolSet::Full => Detail::Complete,
        }
    }
}

/// R of the wire. Large parts are borrowed from it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(default)]
    page: Option<Page>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    snapshot: Option<Snapshot<'a>>,
    #[serde(borrow, default)]
    image: Option<Image<'a>>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    dialog: Option<Dialog>,
    /// The caller's own id, in the status.
    #[serde(default)]
    client: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    tab_id: Option<i64>,
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    #[serde(borrow, default)]
    yaml: Cow<'a, str>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    remaining_chars: Option<u64>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Full,
    Diff,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image<'a> {
    mime_type: String,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(default)]
    width: Option<u32>,
    #[serde(default)]
    height: Option<u32>,
    /// Pixels of the picture for one CSS pixel.
    #[serde(default)]
    scale: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dialog {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    default_prompt: Option<String>,
}

/// Turns a raw result into what a host shows.
///
/// # Errors
/// `internal`, when the result has another form than the wire contract's.
pub fn render(tool: &ToolSpec, raw: &RawValue, detail: Detail) -> Result<Rendered, HubError> {
    let answer: Answer<'_> = serde_json::from_str(raw.get()).map_err(|error| malformed(tool, &error))?;
    let text = match tool.answer {
        AnswerForm::Value => value_text(&answer),
        AnswerForm::Status => status::text(&answer),
        _ => page_text(tool, &answer),
    };
    let mut structured = structured(&answer, detail);
    if tool.answer == AnswerForm::Status {
        structured = status::structured(&answer);
    }
    let placement = match tool.answer {
        AnswerForm::Picture => Placement::Meta,
        _ if detail == Detail::Complete => Placement::Structured,
        AnswerForm::Page | AnswerForm::Batch => Placement::Meta,
        _ if answer.snapshot.is_some() || raw.get().len() > STRUCTURED_MOST => Placement::Meta,
        _ => Placement::Structured,
    };
    let mut content = vec![Block::Text(text)];
    if let Some(image) = answer.image {
        content.push(Block::Image { mime_type: image.mime_type, data: image.data.into_owned() });
    }
    if placement == Placement::Meta && detail == Detail::Small {
        shrink(&mut structured, raw.get().len());
    }
    Ok(Rendered { content, structured, placement })
}

fn malformed(tool: &ToolSpec, error: &serde_json::Error) -> HubError {
    HubError::new(ErrorCode::Internal, format!("The answer of {} is malformed: {error}.", tool.name))
}

/// A long value is in the text; `_meta` need not carry it again.
fn shrink(structured: &mut Value, raw_len: usize) {
    if let Some(fields) = structured.as_object_mut().filter(|_| raw_len > STRUCTURED_MOST) {
        fields.shift_remove("value");
    }
}

fn page_text(tool: &ToolSpec, answer: &Answer<'_>) -> String {
    let snapshot_len = answer.snapshot.as_ref().map_or(0, |snapshot| snapshot.yaml.len());
    let mut out = String::with_capacity(snapshot_len + 512);
    if let Some(page) = &answer.page {
        let _ = writeln!(out, "- Page URL: {}\n- Page Title: {}", one_line(&page.url), one_line(&page.title));
    }
    if let Some(text) = answer.text.as_deref().filter(|text| !text.is_empty()) {
        let _ = writeln!(out, "{text}");
    }
    if let Some(value) = answer.value {
        match tool.answer {
            // The text says it.
            AnswerForm::Asked | AnswerForm::File => {}
            AnswerForm::Tabs => lists::tabs(value, &mut out),
            AnswerForm::Browsers => browsers::browsers(value, &mut out),
            AnswerForm::Console => lists::console(value, &mut out),
            AnswerForm::Requests => network::requests(value, &mut out),
            AnswerForm::Request => network::request(value, &mut out),
            AnswerForm::Downloads => lists::downloads(value, &mut out),
            AnswerForm::Cookies => site_data::cookies(value, &mut out),
            AnswerForm::Storage => site_data::storage(value, &mut out),
            AnswerForm::Batch => lists::steps(value, &mut out),
            AnswerForm::Found => reading::found(value, &mut out),
            AnswerForm::Text => reading::text(value, &mut out),
            _ => {
                let _ = writeln!(out, "{value}");
            }
        }
    }
    remarks(answer, &mut out);
    if let Some(snapshot) = &answer.snapshot {
        snapshot_text(snapshot, &mut out);
    }
    if out.is_empty() {
        out.push_str("Done.");
    }
    out.truncate(out.trim_end().len());
    out
}

/// What a script returned. It stands first, so that a program finds it at a fixed place.
fn value_text(answer: &Answer<'_>) -> String {
    let mut out = String::new();
    // A script that waits for a dialog has not returned anything yet, not even null.
    if answer.value.is_some() || answer.dialog.is_none() {
        let _ = write!(out, "### Result\n{}\n", answer.value.map_or("null", RawValue::get));
    }
    if let Some(text) = &answer.text {
        let _ = writeln!(out, "{text}");
    }
    remarks(answer, &mut out);
    out.truncate(out.trim_end().len());
    out
}

fn remarks(answer: &Answer<'_>, out: &mut String) {
    if let Some(Dialog { kind, message, default_prompt }) = &answer.dialog {
        let _ = write!(out, "- Open dialog: {} {:?}", one_line(kind), one_line(message));
        if let Some(default) = default_prompt.as_deref().filter(|default| !default.is_empty()) {
            let _ = write!(out, ", suggesting {:?}", one_line(default));
        }
        out.push_str(". It blocks the page until you answer it with browser_handle_dialog.\n");
    }
    for note in &answer.notes {
        let _ = writeln!(out, "- Note: {}", one_line(note));
    }
}

fn snapshot_text(snapshot: &Snapshot<'_>, out: &mut String) {
    let yaml = snapshot.yaml.trim_end();
    match snapshot.mode {
        Mode::Diff if yaml.is_empty() => {
            out.push_str("- Nothing changed since you last looked\n");
            return;
        }
        Mode::Diff => out.push_str("- Changed since you last looked\n"),
        Mode::Full => out.push_str("- Page Snapshot\n"),
    }
    fenced("yaml", yaml, out);
    if let Some(cursor) = &snapshot.cursor {
        match snapshot.remaining_chars {
            Some(left) => {
                let _ = writeln!(out, "{left} more characters; call browser_snapshot with");
            }
            None => out.push_str("There is more; call browser_snapshot with\n"),
        }
        let _ = writeln!(out, "cursor=\"{}\"", one_line(cursor));
    }
}

/// A page may hold a fence in its text; a longer one around it keeps its words inside.
fn fenced(kind: &str, text: &str, out: &mut String) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(if longest < 3 { 3 } else { longest + 2 });
    let _ = writeln!(out, "{fence}{kind}\n{text}\n{fence}");
}

fn structured(answer: &Answer<'_>, detail: Detail) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Some(Page { tab_id, url, title }) = &answer.page {
        put("page", without_nulls(json!({ "tabId": tab_id, "url": url, "title": title })));
    }
    if let Some(text) = &answer.text {
        put("text", (&**text).into());
    }
    if let Some(value) = answer.value {
        put("value", serde_json::from_str(value.get()).unwrap_or(Value::Null));
    }
    if let Some(snapshot) = &answer.snapshot {
        put("snapshot", structured_snapshot(snapshot, detail));
    }
    if let Some(Image { mime_type, width, height, scale, .. }) = &answer.image {
        let facts = json!({ "mimeType": mime_type, "width": width, "height": height, "scale": scale });
        put("image", without_nulls(facts));
    }
    if !answer.notes.is_empty() {
        put("notes", answer.notes.as_slice().into());
    }
    if let Some(Dialog { kind, message, default_prompt }) = &answer.dialog {
        put("dialog", without_nulls(json!({ "type": kind, "message": message, "defaultPrompt": default_prompt })));
    }
    fields.into()
}

fn structured_snapshot(snapshot: &Snapshot<'_>, detail: Detail) -> Value {
    let mode = match snapshot.mode {
        Mode::Full => "full",
        Mode::Diff => "diff",
    };
    let yaml = (detail == Detail::Complete).then_some(&*snapshot.yaml);
    let Snapshot { cursor, remaining_chars, .. } = snapshot;
    without_nulls(json!({ "mode": mode, "yaml": yaml, "cursor": cursor, "remainingChars": remaining_chars }))
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    value
}

/// What a list leaves out, above it: what a larger limit shows, and what is gone for good.
fn left_out(what: &str, more: u64, gone: u64, out: &mut String) {
    if more > 0 {
        let _ = writeln!(out, "({more} {what} are not shown; a larger limit shows them.)");
    }
    if gone > 0 {
        let _ = writeln!(out, "({gone} {what} are not kept.)");
    }
}

/// A page's words on one line: a title cannot pass for a line of tabhub's own.
fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Cow::Owned(text.split(|c: char| c.is_control() || c.is_whitespace()).collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests;
