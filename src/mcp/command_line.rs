//! `--key value` of the command line → a call's arguments, by the tool's own parameters.
//!
//! Values stay texts here: the check that every call passes through reads numbers, flags and words from them.

use serde_json::Value;

use super::arguments::{Arguments, invalid};
use super::params::{Kind, Param};
use super::registry::ToolSpec;
use crate::protocol::HubError;

/// Reads `--key value`, `--key=value` and, for flags, `--key`. Keys may be written `new-tab` for `newTab`; a list is
/// given by repeating its key, or as a JSON array.
///
/// # Errors
/// `invalid_params`, when a key is not the tool's or a value is missing.
pub fn parse(tool: &ToolSpec, words: &[String]) -> Result<Arguments, HubError> {
    let mut arguments = Arguments::new();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        let Some(key) = word.strip_prefix("--") else {
            return Err(invalid(format!("{word:?} stands alone: arguments are written --key value.")));
        };
        let (key, joined) = match key.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (key, None),
        };
        let param = named(tool, key).ok_or_else(|| unknown(tool, key))?;
        let value = match (joined, param.kind) {
            (Some(value), _) => value,
            (None, Kind::Flag) => words.next_if(|next| matches!(*next, "true" | "false")).unwrap_or("true"),
            (None, _) => {
                words.next().ok_or_else(|| invalid(format!("--{key} needs a value: {}.", param.kind.expected())))?
            }
        };
        add(&mut arguments, param, value);
    }
    Ok(arguments)
}

fn named(tool: &ToolSpec, key: &str) -> Option<&'static Param> {
    let camel = camel_case(key);
    tool.params().find(|param| param.is_called(key) || param.is_called(&camel))
}

fn camel_case(key: &str) -> String {
    let mut parts = key.split('-');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn add(arguments: &mut Arguments, param: &Param, value: &str) {
    if !matches!(param.kind, Kind::Texts | Kind::Paths | Kind::Choices(_)) {
        arguments.insert(param.name.to_owned(), value.into());
        return;
    }
    let new = match serde_json::from_str(value) {
        Ok(Value::Array(items)) => items,
        _ => vec![value.into()],
    };
    match arguments.get_mut(param.name) {
        Some(Value::Array(items)) => items.extend(new),
        _ => {
            arguments.insert(param.name.to_owned(), new.into());
        }
    }
}

fn unknown(tool: &ToolSpec, key: &str) -> HubError {
    let known: Vec<_> = tool.params().map(|param| format!("--{}", param.name)).collect();
    invalid(format!("{} has no argument --{key}. It has {}.", tool.name, known.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mcp::arguments::normalise;
    use crate::mcp::registry::find;

    fn parsed(name: &str, line: &str) -> Result<Value, String> {
        let tool = find(name).expect("a tool");
        let words: Vec<_> = line.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        let arguments = parse(tool, &words).and_then(|arguments| normalise(tool, arguments));
        arguments.map(Value::Object).map_err(|error| error.text())
    }

    #[test]
    fn pairs_become_arguments_of_the_right_form() {
        for (tool, line, arguments) in [
            (
                "browser_navigate",
                "--url example.com --new-tab",
                json!({ "url": "https://example.com", "newTab": true }),
            ),
            (
                "browser_navigate",
                "--url=https://a.b/?c=d --newTab false",
                json!({ "url": "https://a.b/?c=d", "newTab": false }),
            ),
            (
                "browser_click",
                "--target e1 --modifiers ctrl --modifiers Shift",
                json!({ "ref": "e1", "modifiers": ["Control", "Shift"] }),
            ),
            ("browser_select_option", r#"--ref e1 --values ["a","b"]"#, json!({ "ref": "e1", "values": ["a", "b"] })),
            ("browser_wait", "--time 1.5 --tab-id 7", json!({ "time": 1.5, "tabId": 7 })),
            ("browser_type", "--ref e1 --text 12", json!({ "ref": "e1", "text": "12" })),
            ("browser_status", "", json!({})),
        ] {
            assert_eq!(parsed(tool, line), Ok(arguments), "{tool} {line}");
        }
    }

    #[test]
    fn a_wrong_line_is_answered_with_what_would_fit() {
        for (line, part) in [
            ("--ulr x", "has no argument --ulr. It has --url, --newTab"),
            ("https://example.com", "stands alone"),
            ("--url", "--url needs a value"),
            ("--url a.b --timeout soon", "a whole number from 0 to 840000, but it is \"soon\""),
        ] {
            let error = parsed("browser_navigate", line).expect_err(line);
            assert!(error.starts_with("invalid_params: ") && error.contains(part), "{error}");
        }
    }
}
