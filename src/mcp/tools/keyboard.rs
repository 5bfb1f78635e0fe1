//! The keyboard: type text, press keys.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::browsermcp::{BrowserMcp, Form};
use crate::mcp::params::{Kind, Param, optional, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF, REF_OPTIONAL};
use crate::protocol::HubError;

static TYPE_PARAMS: [Param; 6] = [
    REF,
    ELEMENT,
    required("text", Kind::Text, "Dates and times in ISO form"),
    optional("submit", Kind::Flag, "Press Enter after it"),
    optional("slowly", Kind::Flag, "Key by key"),
    optional("clear", Kind::Flag, "false: keep what is there"),
];

/// Writes into a field.
pub static TYPE: ToolSpec = ToolSpec {
    name: "browser_type",
    aliases: &[],
    title: "Type text",
    about: "Write text into a field, replacing what is there.",
    own_params: &TYPE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp {
        name: "browser_type",
        params: &[("element", Form::Text), ("ref", Form::Text), ("text", Form::Text), ("submit", Form::Flag)],
    }),
    refine: as_given,
};

static PRESS_KEY_PARAMS: [Param; 3] = [
    required("key", Kind::Filled, "Enter, ArrowDown, a, Control+A"),
    REF_OPTIONAL.about("Focus this element first"),
    optional("repeat", Kind::Integer { min: 1, max: 1000 }, ""),
];

/// Presses a key.
pub static PRESS_KEY: ToolSpec = ToolSpec {
    name: "browser_press_key",
    aliases: &[],
    title: "Press a key",
    about: "Press a key or a combination of keys.",
    own_params: &PRESS_KEY_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_press_key", params: &[("key", Form::Text)] }),
    refine: name_key,
};

fn name_key(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let given = arguments.get("key").and_then(|key| key.as_str()).unwrap_or_default();
    let named = combination(given).ok_or_else(|| {
        invalid(format!(
            "The argument key of browser_press_key must be a key or modifiers and a key (Control+A), but it is {given:?}."
        ))
    })?;
    arguments.insert("key".to_owned(), named.into());
    Ok(())
}

/// A combination with its keys' names as the web platform has them (UI Events, KeyboardEvent.key).
fn combination(given: &str) -> Option<String> {
    if given.trim().is_empty() {
        return (given == " ").then(|| " ".to_owned());
    }
    let given = given.trim();
    let (modifiers, key) = match given.strip_suffix('+') {
        Some("") => ("", "+"),
        Some(rest) => (rest.strip_suffix('+')?, "+"),
        None => given.rsplit_once('+').unwrap_or(("", given)),
    };
    let mut parts = Vec::new();
    for part in modifiers.split('+').filter(|_| !modifiers.is_empty()) {
        parts.push(modifier(part.trim())?);
    }
    let key = key.trim();
    parts.push(modifier(key).unwrap_or_else(|| key_name(key)));
    Some(parts.join("+"))
}

fn modifier(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "control" | "ctrl" => "Control",
        "shift" => "Shift",
        "alt" | "option" => "Alt",
        "meta" | "cmd" | "command" | "win" | "super" => "Meta",
        "controlormeta" | "ctrlorcmd" | "cmdorctrl" | "mod" => "ControlOrMeta",
        _ => return None,
    })
}

fn key_name(word: &str) -> &str {
    match word.to_ascii_lowercase().as_str() {
        "enter" | "return" => "Enter",
        "escape" | "esc" => "Escape",
        "tab" => "Tab",
        "backspace" => "Backspace",
        "delete" | "del" => "Delete",
        "insert" | "ins" => "Insert",
        "space" | "spacebar" => "Space",
        "up" | "arrowup" => "ArrowUp",
        "down" | "arrowdown" => "ArrowDown",
        "left" | "arrowleft" => "ArrowLeft",
        "right" | "arrowright" => "ArrowRight",
        "home" => "Home",
        "end" => "End",
        "pageup" | "pgup" => "PageUp",
        "pagedown" | "pgdn" | "pgdown" => "PageDown",
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_the_web_platform_has_them() {
        for (given, named) in [
            ("enter", "Enter"),
            ("Return", "Enter"),
            ("esc", "Escape"),
            ("down", "ArrowDown"),
            ("a", "a"),
            ("A", "A"),
            ("F5", "F5"),
            ("ctrl+a", "Control+a"),
            ("Ctrl + Shift + T", "Control+Shift+T"),
            ("cmd+return", "Meta+Enter"),
            ("+", "+"),
            ("Control++", "Control++"),
            (" ", " "),
            ("Shift", "Shift"),
            ("ControlOrMeta+c", "ControlOrMeta+c"),
        ] {
            assert_eq!(combination(given).as_deref(), Some(named));
        }
        for wrong in ["", "  ", "hyper+a", "a+b"] {
            assert_eq!(combination(wrong), None, "{wrong}");
        }
    }
}
