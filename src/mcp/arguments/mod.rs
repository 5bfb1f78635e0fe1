//! Checks a call's arguments and brings them into the one form that the extension knows.
//!
//! It is generous where the meaning is clear (`"3"` for 3, `target` for `ref`, `jpg` for `jpeg`, `null` for absent,
//! one text for a list of one), and otherwise names the argument, what was expected and what came.

use serde_json::{Map, Number, Value};

use super::params::{Kind, Need, Param, Word};
use super::registry::ToolSpec;
use crate::protocol::{ErrorCode, HubError};

/// The arguments of one call, by the parameters' own names and in their order.
pub type Arguments = Map<String, Value>;

/// How much of a wrong value an error repeats.
const SHOWN_CHARS: usize = 80;

/// Checks and normalises the arguments of a call. Extra arguments are left out.
///
/// # Errors
/// `invalid_params`, naming the argument, what is expected and what came.
pub fn normalise(tool: &ToolSpec, mut given: Arguments) -> Result<Arguments, HubError> {
    let mut taken = Arguments::new();
    for param in tool.params() {
        let value = take(param, &mut given);
        match value {
            Some(value) => {
                let fitting = match param.kind {
                    Kind::Records(params) => records(tool, param, params, value)?,
                    kind => fit(kind, value).map_err(|value| wrong(tool, param.name, param.kind, &value))?,
                };
                taken.insert(param.name.to_owned(), fitting);
            }
            None if param.need == Need::Required => return Err(missing(tool, param, &given)),
            None => {}
        }
    }
    (tool.refine)(tool, &mut taken)?;
    Ok(taken)
}

/// A list of objects, each checked like arguments. It may come as JSON in a text, and a single object is a list of one.
fn records(tool: &ToolSpec, of: &Param, params: &'static [Param], value: Value) -> Result<Value, HubError> {
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).map_err(|_| wrong(tool, of.name, of.kind, &text.into()))?,
        value => value,
    };
    let items = match value {
        Value::Array(items) => items,
        single @ Value::Object(_) => vec![single],
        other => return Err(wrong(tool, of.name, of.kind, &other)),
    };
    let record = |(place, item): (usize, Value)| {
        let Value::Object(mut given) = item else { return Err(wrong(tool, of.name, of.kind, &item)) };
        let mut taken = Arguments::new();
        for param in params {
            let name = || format!("{}[{place}].{}", of.name, param.name);
            match take(param, &mut given) {
                Some(value) => {
                    let fitting = fit(param.kind, value).map_err(|value| wrong(tool, &name(), param.kind, &value))?;
                    taken.insert(param.name.to_owned(), fitting);
                }
                None if param.need == Need::Required => {
                    let expected = param.kind.expected();
                    let message = format!("{} needs {}, {expected}, but it is missing.", tool.name, name());
                    return Err(invalid(message));
                }
                None => {}
            }
        }
        Ok(Value::Object(taken))
    };
    items.into_iter().enumerate().map(record).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

/// Takes a parameter's value from what was given: its own name first, then its aliases; `null` and a target without
/// text count as absent, since models fill what they do not need with them.
fn take(param: &Param, given: &mut Arguments) -> Option<Value> {
    let names = std::iter::once(&param.name).chain(param.aliases);
    let mut found = None;
    for name in names {
        let value = given.shift_remove(*name).filter(|value| !is_absent(param, value));
        found = found.or(value);
    }
    found
}

fn is_absent(param: &Param, value: &Value) -> bool {
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    value.is_null() || (blank && param.need != Need::Required && !matches!(param.kind, Kind::Text | Kind::Content))
}

/// The value in the form of its kind, or the value itself if it does not fit.
fn fit(kind: Kind, value: Value) -> Result<Value, Value> {
    let fitting = match (kind, &value) {
        (Kind::Text, Value::String(_)) => return Ok(value),
        (Kind::Text | Kind::Filled, Value::Number(number)) => Some(number.to_string().into()),
        (Kind::Text, Value::Bool(flag)) => Some(flag.to_string().into()),
        (Kind::Filled, Value::String(text)) => (!text.is_empty()).then(|| text.as_str().into()),
        (Kind::Target, Value::String(text)) => target(text).map(Value::from),
        (Kind::Integer { min, max }, value) => integer(value).filter(|n| (min..=max).contains(n)).map(Value::from),
        (Kind::Number { min, max }, value) => number(value).filter(|n| (min..=max).contains(n)).map(short_number),
        (Kind::Flag, Value::Bool(flag)) => Some((*flag).into()),
        (Kind::Flag, Value::String(text)) => flag(text).map(Value::from),
        (Kind::Choice(words), Value::String(text)) => choose(words, text).map(Value::from),
        (Kind::Choices(words), value) => list(value, |text| choose(words, text).map(Value::from)),
        (Kind::Texts | Kind::Paths, value) => list(value, |text| Some(text.into())),
        (Kind::Content, Value::String(_) | Value::Number(_) | Value::Bool(_)) => return Ok(value),
        (Kind::Object, Value::Object(_)) => return Ok(value),
        (Kind::Object, Value::String(text)) => serde_json::from_str(text).ok().filter(Value::is_object),
        (Kind::Content, Value::Array(_)) => list(&value, |text| Some(text.into())),
        _ => None,
    };
    fitting.ok_or(value)
}

/// A ref as models copy it: `e12`, `ref=e12` or `[ref=e12]`; everything else is a CSS selector and stays.
fn target(text: &str) -> Option<&str> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let named = bare.strip_prefix("ref=").filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()));
    Some(named.unwrap_or(text)).filter(|text| !text.is_empty())
}

fn integer(value: &Value) -> Option<i64> {
    let number = number(value)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked in this line")]
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|n| n.is_finite())
}

/// 3 rather than 3.0, so that equal calls have equal texts.
fn short_number(number: f64) -> Value {
    integer(&number.into()).map_or_else(|| Number::from_f64(number).map_or(Value::Null, Value::Number), Value::from)
}

fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

fn choose(words: &'static [Word], text: &str) -> Option<&'static str> {
    let text = text.trim();
    let is_meant =
        |word: &&Word| std::iter::once(&word.word).chain(word.also).any(|known| known.eq_ignore_ascii_case(text));
    words.iter().find(is_meant).map(|word| word.word)
}

/// A list of texts; a single text or number stands for a list of one.
fn list(value: &Value, each: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    let item = |value: &Value| match value {
        Value::String(text) => each(text),
        Value::Number(number) => each(&number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(items) => items.iter().map(item).collect::<Option<Vec<_>>>().map(Value::Array),
        single => item(single).map(|item| Value::Array(vec![item])),
    }
}

fn wrong(tool: &ToolSpec, name: &str, kind: Kind, came: &Value) -> HubError {
    let expected = kind.expected();
    invalid(format!("The argument {name} of {} must be {expected}, but it is {}.", tool.name, shown(came)))
}

fn missing(tool: &ToolSpec, param: &Param, rest: &Arguments) -> HubError {
    let expected = param.kind.expected();
    let is_unknown = |name: &&str| !tool.params().any(|param| param.is_called(name));
    let unknown = match rest.keys().map(String::as_str).filter(is_unknown).collect::<Vec<_>>() {
        names if names.is_empty() => String::new(),
        names => format!(" {} does not know: {}.", tool.name, names.join(", ")),
    };
    invalid(format!("{} needs the argument {}, {expected}, but it is missing.{unknown}", tool.name, param.name))
}

/// An `invalid_params` error with its sentence.
#[must_use]
pub fn invalid(message: impl Into<String>) -> HubError {
    HubError::new(ErrorCode::InvalidParams, message)
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
