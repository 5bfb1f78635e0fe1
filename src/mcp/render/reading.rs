//! What was found on a page, and a page to be read.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{fenced, one_line};

#[derive(Deserialize)]
struct Finds<'a> {
    #[serde(borrow, default)]
    found: Vec<Find<'a>>,
    #[serde(default)]
    total: usize,
}

#[derive(Deserialize)]
struct Find<'a> {
    #[serde(borrow, default)]
    lines: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reading<'a> {
    #[serde(borrow, default)]
    format: Cow<'a, str>,
    #[serde(borrow, default)]
    content: Cow<'a, str>,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    remaining_chars: Option<u64>,
}

/// What was found, each with the row, item or card that it is in.
pub fn found(value: &RawValue, out: &mut String) {
    let Ok(Finds { found, total }) = serde_json::from_str::<Finds<'_>>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    if found.is_empty() {
        out.push_str("- Nothing on the page matches; what is not shown yet is not found\n");
        return;
    }
    let _ = writeln!(
        out,
        "- Found {}{}",
        found.len(),
        if total > found.len() { format!(" of {total}") } else { String::new() }
    );
    let lines: Vec<&str> = found.iter().map(|find| &*find.lines).collect();
    fenced("yaml", &lines.join("\n"), out);
}

/// The text between fences: what a page says cannot pass for words of tabhub's own.
pub fn text(value: &RawValue, out: &mut String) {
    let Ok(Reading { format, content, cursor, remaining_chars }) = serde_json::from_str::<Reading<'_>>(value.get())
    else {
        let _ = writeln!(out, "{value}");
        return;
    };
    if !content.is_empty() {
        fenced(&one_line(&format), &content, out);
    }
    if let Some(cursor) = cursor {
        let left = remaining_chars.unwrap_or_default();
        let _ = writeln!(out, "{left} more characters; call browser_get_text with\ncursor=\"{}\"", one_line(&cursor));
    }
}
