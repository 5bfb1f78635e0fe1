//! How the set `browsermcp` shows a result: the exact texts of Browser MCP 0.1.3, so that prompts and hosts made for it read
//! what they know. Errors are tabhub's own in every set.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Answer, Block, Placement, Rendered, fenced, malformed, one_line, remarks};
use crate::mcp::arguments::Arguments;
use crate::mcp::registry::ToolSpec;
use crate::protocol::HubError;

/// How one call is to be answered. Made from the arguments as they came: a person's words for an element stand in the
/// answer, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The page.
    Page,
    /// A sentence, then the page.
    SentenceAndPage(String),
    /// A sentence.
    Sentence(String),
    /// One JSON object a line.
    Console,
    /// The picture alone.
    Picture,
}

/// What the extension is to look at once the call is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The whole page, not only what changed.
    Page,
    /// Nothing.
    Nothing,
}

impl After {
    /// The parameter's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            After::Page => "page",
            After::Nothing => "nothing",
        }
    }
}

impl Reply {
    /// The form of a call's answer; none where Browser MCP had no such tool, or no such call of it.
    #[must_use]
    pub fn to(tool: &ToolSpec, given: &Arguments) -> Option<Self> {
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        // There it was required; here a caller may leave it out.
        let element = || text("element").or(text("ref")).or(text("target")).unwrap_or("element");
        Some(match tool.browsermcp?.name {
            "browser_navigate" | "browser_go_back" | "browser_go_forward" | "browser_snapshot" => Reply::Page,
            "browser_click" => Reply::SentenceAndPage(format!("Clicked \"{}\"", element())),
            "browser_hover" => Reply::SentenceAndPage(format!("Hovered over \"{}\"", element())),
            "browser_type" => {
                Reply::SentenceAndPage(format!("Typed \"{}\" into \"{}\"", text("text").unwrap_or_default(), element()))
            }
            "browser_select_option" => Reply::SentenceAndPage(format!("Selected option in \"{}\"", element())),
            "browser_press_key" => Reply::Sentence(format!("Pressed key {}", text("key")?)),
            "browser_wait" => Reply::Sentence(format!("Waited for {} seconds", seconds(given.get("time")?)?)),
            "browser_get_console_logs" => Reply::Console,
            "browser_screenshot" => Reply::Picture,
            _ => return None,
        })
    }

    /// What the extension is to look at for it.
    #[must_use]
    pub fn after(&self) -> Option<After> {
        match self {
            Reply::SentenceAndPage(_) => Some(After::Page),
            Reply::Sentence(_) => Some(After::Nothing),
            Reply::Page | Reply::Console | Reply::Picture => None,
        }
    }

    /// Turns a raw result into what the host shows.
    ///
    /// # Errors
    /// `internal`, when the result has another form than the wire contract's.
    pub fn render(&self, tool: &ToolSpec, raw: &RawValue) -> Result<Rendered, HubError> {
        let answer: Answer<'_> = serde_json::from_str(raw.get()).map_err(|error| malformed(tool, &error))?;
        let mut content = Vec::new();
        match self {
            Reply::Page => content.extend(page(&answer)),
            Reply::SentenceAndPage(sentence) => {
                content.push(Block::Text(sentence.clone()));
                content.extend(page(&answer));
            }
            Reply::Sentence(sentence) => content.push(Block::Text(sentence.clone())),
            Reply::Console => content.push(Block::Text(console(tool, answer.value)?)),
            Reply::Picture => {}
        }
        // What nobody may miss, and what there was no place for: a dialog, a new tab, a download.
        let mut more = String::new();
        remarks(&answer, &mut more);
        if !more.is_empty() {
            content.push(Block::Text(more));
        }
        if let Some(image) = answer.image {
            content.insert(0, Block::Image { mime_type: image.mime_type, data: image.data.into_owned() });
        }
        Ok(Rendered { content, structured: Value::Null, placement: Placement::Nowhere })
    }
}

/// A number, also where it came as text.
fn seconds(given: &Value) -> Option<f64> {
    given.as_f64().or_else(|| given.as_str()?.trim().parse().ok())
}

/// The page; none under a dialog, where it cannot be seen.
fn page(answer: &Answer<'_>) -> Option<Block> {
    let page = answer.page.as_ref()?;
    if answer.snapshot.is_none() && answer.dialog.is_some() {
        return None;
    }
    let mut yaml = String::new();
    if let Some(snapshot) = &answer.snapshot {
        yaml.push_str(snapshot.yaml.trim_end());
        if let Some(cursor) = &snapshot.cursor {
            let left = snapshot.remaining_chars.map_or_else(String::new, |left| format!("{left} characters "));
            // A comment, so that it stays YAML.
            let _ = write!(yaml, "\n# {left}more: browser_snapshot with cursor=\"{}\"", one_line(cursor));
        }
    }
    let (url, title) = (one_line(&page.url), one_line(&page.title));
    let mut text = format!("\n- Page URL: {url}\n- Page Title: {title}\n- Page Snapshot\n");
    fenced("yaml", &yaml, &mut text);
    Some(Block::Text(text))
}

#[derive(Deserialize)]
struct Console {
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    level: String,
    #[serde(default)]
    timestamp: Option<serde_json::Number>,
    text: String,
    /// The message as the browser's extension has it, where the other fields do not say all of it.
    #[serde(default)]
    raw: Option<Value>,
}

fn console(tool: &ToolSpec, value: Option<&RawValue>) -> Result<String, HubError> {
    let Some(value) = value else { return Ok(String::new()) };
    let console: Console = serde_json::from_str(value.get()).map_err(|error| malformed(tool, &error))?;
    let line = |Entry { level, timestamp, text, raw }: Entry| {
        let object = serde_json::json!({ "type": level, "timestamp": timestamp, "message": text });
        raw.unwrap_or_else(|| super::without_nulls(object)).to_string()
    };
    Ok(console.entries.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}
