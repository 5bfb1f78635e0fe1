//! What the Browser MCP extension says, read with patience, and turned into what tabhub's own callers read: its answers
//! into the results of the wire contract, its errors into the table of errors.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::verbs::{Level, Shows};
use crate::protocol::{ErrorCode, HubError};

/// An answer to one frame.
#[derive(Debug)]
pub struct Reply<'a> {
    /// Which frame.
    pub frame: Uuid,
    /// What it answers, or the error that it tells.
    pub outcome: Result<Option<&'a RawValue>, String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow)]
    request_id: Cow<'a, str>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Value,
}

/// Reads what came. Whatever is no answer to a frame of ours is nothing; the reason is for the log.
///
/// # Errors
/// Why it cannot be read.
pub fn read(text: &str) -> Result<Option<Reply<'_>>, serde_json::Error> {
    let message: Message<'_> = serde_json::from_str(text)?;
    if message.kind != "messageResponse" {
        return Ok(None);
    }
    let Some(payload) = message.payload else { return Ok(None) };
    let Payload { request_id, result, error } = serde_json::from_str(payload.get())?;
    let Ok(frame) = Uuid::parse_str(&request_id) else { return Ok(None) };
    let outcome = if is_truthy(&error) { Err(words(&error)) } else { Ok(result) };
    Ok(Some(Reply { frame, outcome }))
}

/// As the extension's own server reads it: an empty error is none.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn words(error: &Value) -> String {
    match error {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            fields.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned)
        }
        other => other.to_string(),
    }
}

/// An address or a title, as the extension's own server would write it into its text.
#[must_use]
pub fn text(result: Option<&RawValue>) -> String {
    let Some(result) = result else { return "null".to_owned() };
    serde_json::from_str::<String>(result.get()).unwrap_or_else(|_| result.get().to_owned())
}

/// The page after a call.
#[derive(Debug, Default)]
pub struct Page {
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its content with refs.
    pub yaml: String,
}

/// The result of a call that shows the page; without one, where it could not be read after an act that was done.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn page(sentence: Option<&str>, page: Option<&Page>, notes: &[String]) -> Result<Box<RawValue>, HubError> {
    let mut fields = Map::new();
    if let Some(Page { url, title, yaml }) = page {
        fields.insert("page".to_owned(), json!({ "url": url, "title": title }));
        fields.insert("snapshot".to_owned(), json!({ "yaml": yaml, "mode": "full" }));
    }
    if let Some(sentence) = sentence {
        fields.insert("text".to_owned(), sentence.into());
    }
    if !notes.is_empty() {
        fields.insert("notes".to_owned(), notes.into());
    }
    raw(&fields)
}

/// The result of a call that shows what its one frame brought.
///
/// # Errors
/// `tool_failed`, when the extension answered in a form that nobody can show.
pub fn other(shows: &Shows, result: Option<&RawValue>, notes: &[String]) -> Result<Box<RawValue>, HubError> {
    let malformed =
        |what: &str| Err(HubError::new(ErrorCode::ToolFailed, format!("The Browser MCP extension sent no {what}.")));
    let parsed = || result.and_then(|result| serde_json::from_str::<Value>(result.get()).ok());
    match shows {
        Shows::Page(sentence) => page(sentence.as_deref(), None, notes),
        Shows::Words(sentence) => page(Some(sentence), None, notes),
        Shows::Name(name) => page(Some(&format!("This browser is called {name:?} from now on.")), None, notes),
        Shows::Picture => match parsed() {
            Some(Value::String(data)) if !data.is_empty() => {
                raw(&json!({ "image": { "mimeType": "image/png", "data": data } }))
            }
            _ => malformed("picture"),
        },
        Shows::Console(level, limit) => match parsed() {
            Some(Value::Array(lines)) => {
                let mut entries: Vec<Value> =
                    lines.into_iter().filter(|line| level_of(line) >= *level).map(entry).collect();
                entries.drain(..entries.len().saturating_sub(*limit));
                raw(&json!({ "value": { "entries": entries, "dropped": 0 } }))
            }
            _ => malformed("list of console messages"),
        },
    }
}

fn level_of(line: &Value) -> Level {
    line.get("type").and_then(Value::as_str).map_or(Level::Info, Level::of)
}

/// A console message in the form of tabhub's own; as it came, too, where that form would lose something.
fn entry(line: Value) -> Value {
    let text = match line.get("message") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => line.to_string(),
    };
    let mut entry = json!({ "level": level_of(&line).word(), "text": text });
    let mut again = json!({ "type": entry["level"] });
    if let Some(timestamp) = line.get("timestamp").filter(|timestamp| timestamp.is_number()) {
        entry["timestamp"] = timestamp.clone();
        again["timestamp"] = timestamp.clone();
    }
    again["message"] = entry["text"].clone();
    if again != line {
        entry["raw"] = line;
    }
    entry
}

fn raw(value: &impl serde::Serialize) -> Result<Box<RawValue>, HubError> {
    to_raw_value(value).map_err(|error| HubError::new(ErrorCode::Internal, error.to_string()))
}

/// An error of the extension as tabhub's callers read it.
#[must_use]
pub fn error(tool: &str, words: &str) -> HubError {
    let lower = words.to_ascii_lowercase();
    if lower.contains("no tab is connected") {
        return HubError::new(
            ErrorCode::NoBrowser,
            "The Browser MCP extension is there, but the person has connected no tab to it.",
        )
        .with_next("Ask the person to click the Browser MCP extension's icon in the toolbar and then Connect; then call again.");
    }
    let is_stale = lower.contains("stale") || (lower.contains("ref") && lower.contains("not found"));
    let code = match tool {
        _ if is_stale => ErrorCode::StaleRef,
        "browser_navigate" | "browser_go_back" | "browser_go_forward" => ErrorCode::NavigationFailed,
        _ => ErrorCode::ToolFailed,
    };
    HubError::new(code, format!("The Browser MCP extension says: {}.", words.trim().trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Option<Result<Option<String>, String>> {
        read(text).ok().flatten().map(|reply| reply.outcome.map(|result| result.map(|raw| raw.get().to_owned())))
    }

    #[test]
    fn answers_are_read_with_patience() {
        let id = Uuid::new_v4();
        let said = |rest: &str| {
            format!(r#"{{"id":"zz","type":"messageResponse","payload":{{"requestId":"{id}"{rest},"more":1}}}}"#)
        };
        assert_eq!(outcome(&said("")), Some(Ok(None)));
        assert_eq!(outcome(&said(r#","error":"","result":null"#)), Some(Ok(None)));
        assert_eq!(outcome(&said(r#","error":null,"result":42"#)), Some(Ok(Some("42".to_owned()))));
        assert_eq!(outcome(&said(r#","error":{"message":"obj"}"#)), Some(Err("obj".to_owned())));
        assert_eq!(outcome(&said(r#","result":1,"error":"No""#)), Some(Err("No".to_owned())));
        for ignored in [r#"{"type":"ping"}"#, r#"{"type":"messageResponse"}"#, "{}", "[]"] {
            assert!(matches!(read(ignored), Ok(None)), "{ignored}");
        }
        let foreign = r#"{"type":"messageResponse","payload":{"requestId":"someone-else","result":"X"}}"#;
        assert!(matches!(read(foreign), Ok(None)));
        for garbage in ["not json{", "7", r#"{"type":"messageResponse","payload":7}"#, r#"{"type":7}"#] {
            assert!(read(garbage).is_err(), "{garbage}");
        }
    }

    #[test]
    fn errors_are_told_by_their_own_words_and_the_tables() {
        for (tool, words, code) in [
            ("browser_snapshot", "No tab is connected", ErrorCode::NoBrowser),
            ("browser_click", "Element not found for ref s9e9", ErrorCode::StaleRef),
            ("browser_click", "Stale aria-ref, expected s2e5, got s1e5.", ErrorCode::StaleRef),
            ("browser_navigate", "net::ERR_NAME_NOT_RESOLVED", ErrorCode::NavigationFailed),
            ("browser_click", "obj", ErrorCode::ToolFailed),
        ] {
            assert_eq!(error(tool, words).code, code, "{words}");
        }
        assert!(error("browser_click", "obj.").text().contains("extension says: obj. "));
    }

    #[test]
    fn console_messages_keep_what_their_short_form_would_lose() {
        let told = |lines: Value, level, limit| {
            let lines = RawValue::from_string(lines.to_string()).expect("JSON");
            let result = other(&Shows::Console(level, limit), Some(&lines), &[]).expect("a result");
            serde_json::from_str::<Value>(result.get()).expect("JSON")["value"]["entries"].clone()
        };
        let plain = json!({ "type": "info", "timestamp": 7, "message": "hello" });
        let odd = json!({ "type": "error", "message": "boom", "stack": "at x" });
        assert_eq!(
            told(json!([plain, odd]), Level::Debug, usize::MAX),
            json!([
                { "level": "info", "timestamp": 7, "text": "hello" },
                { "level": "error", "text": "boom", "raw": odd },
            ])
        );
        assert_eq!(told(json!([plain, odd]), Level::Warning, usize::MAX).as_array().map(Vec::len), Some(1));
        assert_eq!(told(json!([odd, plain]), Level::Debug, 1)[0]["text"], "hello");
        let text = RawValue::from_string("\"not-an-array\"".to_owned()).expect("JSON");
        let failed = other(&Shows::Console(Level::Debug, 1), Some(&text), &[]).expect_err("no list");
        assert_eq!(failed.code, ErrorCode::ToolFailed);
        assert_eq!(other(&Shows::Picture, None, &[]).expect_err("no picture").code, ErrorCode::ToolFailed);
    }

    proptest::proptest! {
        #[test]
        fn no_text_whatever_makes_the_reader_panic(
            text in "\\PC*|[{}\\[\\]\":,a-z0-9]*",
            payload in r#"[{}\[\]":,a-z0-9]{0,30}|\{"requestId":("[0-9a-f-]{0,36}"|[0-9]),"(error|result)":[{}\[\]":,a-z0-9]{0,10}\}"#,
        ) {
            let _ = read(&text);
            let _ = read(&format!(r#"{{"type":"messageResponse","payload":{payload}}}"#));
        }
    }
}
