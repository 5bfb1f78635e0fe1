//! What a tool is in the words of the Browser MCP extension: which of its verbs, with which arguments, and what is looked
//! at afterwards. Pure decisions.
//!
//! The extension has thirteen verbs and few arguments. What they cannot do is refused and not done halfway: who asks for
//! a double click must not get a single one.

use serde_json::{Map, Value};

use crate::protocol::{ErrorCode, HubError};

/// One frame to the extension, without its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Verb {
    /// Its `type`.
    pub kind: &'static str,
    /// Its `payload`; absent where the extension's own server sends none.
    pub payload: Option<Map<String, Value>>,
}

impl Verb {
    fn new(kind: &'static str, payload: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let payload = payload.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { kind, payload: Some(payload) }
    }

    /// The address of the page.
    #[must_use]
    pub fn url() -> Self {
        Self { kind: "getUrl", payload: None }
    }

    /// The title of the page.
    #[must_use]
    pub fn title() -> Self {
        Self { kind: "getTitle", payload: None }
    }

    /// The page with its refs.
    #[must_use]
    pub fn snapshot() -> Self {
        Self::new("browser_snapshot", [])
    }
}

/// How a call is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What comes first; nothing where the call only looks at the page.
    pub act: Option<Verb>,
    /// Whether the act may change something, so that it must not happen twice.
    pub changes: bool,
    /// How many seconds the act is asked to take.
    pub takes_secs: f64,
    /// The refs that it names.
    pub refs: Vec<String>,
    /// What the answer shows.
    pub shows: Shows,
    /// What the caller must know.
    pub notes: Vec<String>,
}

/// What the answer shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Shows {
    /// The page as it is afterwards, after a sentence if there is one.
    Page(Option<String>),
    /// A sentence.
    Words(String),
    /// What the page wrote to its console: from this level on, so many of the last.
    Console(Level, usize),
    /// The picture.
    Picture,
    /// That the browser has this name now. The hub keeps it, and the extension is not asked.
    Name(String),
}

/// How bad a console message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whatever it is.
    Debug,
    /// Said for people.
    Info,
    /// May be wrong.
    Warning,
    /// Is wrong.
    Error,
}

impl Level {
    /// The level's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    /// The level of a word of the console.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "debug" | "verbose" | "trace" => Level::Debug,
            "warning" | "warn" => Level::Warning,
            "error" | "assert" => Level::Error,
            _ => Level::Info,
        }
    }
}

/// A tool that the extension can do, with what of its arguments is heeded.
struct Known {
    tool: &'static str,
    /// Arguments that go to the extension or decide what is asked of it.
    heeded: &'static [&'static str],
    /// Arguments that are about comfort: the same is done without them.
    ignored: &'static [&'static str],
}

const KNOWN: &[Known] = &[
    Known { tool: "browser_navigate", heeded: &["url"], ignored: &["waitUntil", "timeout", "background"] },
    Known { tool: "browser_go_back", heeded: &[], ignored: &[] },
    Known { tool: "browser_go_forward", heeded: &[], ignored: &[] },
    Known { tool: "browser_snapshot", heeded: &[], ignored: WHOLE_PAGE },
    Known { tool: "browser_click", heeded: &["ref", "element"], ignored: &[] },
    Known { tool: "browser_hover", heeded: &["ref", "element"], ignored: &[] },
    Known { tool: "browser_type", heeded: &["ref", "element", "text", "submit"], ignored: &["slowly"] },
    Known { tool: "browser_select_option", heeded: &["ref", "element", "values"], ignored: &[] },
    Known { tool: "browser_press_key", heeded: &["key"], ignored: &[] },
    Known { tool: "browser_drag", heeded: &["startRef", "endRef", "startElement", "endElement"], ignored: &[] },
    Known { tool: "browser_wait_for", heeded: &["time"], ignored: &["timeout"] },
    Known { tool: "browser_screenshot", heeded: &["element"], ignored: &["quality", "maxWidth", "maxHeight"] },
    Known { tool: "browser_browsers", heeded: &["action", "browserId", "name"], ignored: &[] },
    Known { tool: "browser_get_console_logs", heeded: &["level", "limit"], ignored: &[] },
];

/// Ways to see less of a page: the extension always shows all of it.
const WHOLE_PAGE: &[&str] = &["ref", "depth", "interactiveOnly", "viewportOnly", "maxChars", "mode"];

/// Says how a call is done.
///
/// # Errors
/// `unsupported`, when the extension has no verb for it; `invalid_params`, when an argument is missing.
pub fn plan(tool: &str, params: &Map<String, Value>) -> Result<Plan, HubError> {
    let known = KNOWN.iter().find(|known| known.tool == tool).ok_or_else(|| no_verb(tool))?;
    refuse_foreign(known, params)?;
    let given = |name: &'static str| params.get(name).cloned().ok_or_else(|| missing(tool, name));
    let reference = |name: &'static str| match params.get(name).and_then(Value::as_str) {
        Some(reference) => Ok(reference.to_owned()),
        None => Err(missing(tool, name)),
    };
    // The extension's own server demands a person's words for each element; here a caller may leave them out.
    let words = |name: &'static str, reference: &str| -> Value {
        params.get(name).filter(|words| words.is_string()).cloned().unwrap_or_else(|| reference.into())
    };
    let is_on = |name: &str| params.get(name).is_some_and(|flag| *flag == true);
    let looks =
        |act, notes| Plan { act, changes: false, takes_secs: 0.0, refs: Vec::new(), shows: Shows::Page(None), notes };
    let moves = |act| Plan { changes: true, ..looks(Some(act), Vec::new()) };
    Ok(match known.tool {
        "browser_navigate" => moves(Verb::new("browser_navigate", [("url", given("url")?)])),
        "browser_go_back" => moves(Verb::new("browser_go_back", [])),
        "browser_go_forward" => moves(Verb::new("browser_go_forward", [])),
        "browser_snapshot" => {
            let narrowed =
                WHOLE_PAGE.iter().any(|name| params.get(*name).is_some_and(|value| !is_neutral(name, value)));
            let note = "This browser has the Browser MCP extension, which always shows the whole page.";
            looks(None, if narrowed { vec![note.to_owned()] } else { Vec::new() })
        }
        "browser_click" | "browser_hover" | "browser_type" | "browser_select_option" => {
            let target = reference("ref")?;
            let element = words("element", &target);
            let name = element.as_str().unwrap_or_default();
            let (kind, more, sentence) = match known.tool {
                "browser_click" => ("browser_click", vec![], format!("Clicked \"{name}\"")),
                "browser_hover" => ("browser_hover", vec![], format!("Hovered over \"{name}\"")),
                "browser_type" => {
                    let text = given("text")?;
                    let sentence = format!("Typed \"{}\" into \"{name}\"", text.as_str().unwrap_or_default());
                    ("browser_type", vec![("text", text), ("submit", is_on("submit").into())], sentence)
                }
                _ => {
                    let sentence = format!("Selected option in \"{name}\"");
                    ("browser_select_option", vec![("values", given("values")?)], sentence)
                }
            };
            let payload = [("element", element.clone()), ("ref", target.as_str().into())].into_iter().chain(more);
            Plan { refs: vec![target], shows: Shows::Page(Some(sentence)), ..moves(Verb::new(kind, payload)) }
        }
        "browser_drag" => {
            let (start, end) = (reference("startRef")?, reference("endRef")?);
            let (from, to) = (words("startElement", &start), words("endElement", &end));
            let sentence =
                format!("Dragged \"{}\" to \"{}\"", from.as_str().unwrap_or_default(), to.as_str().unwrap_or_default());
            let payload = [
                ("startElement", from),
                ("startRef", start.as_str().into()),
                ("endElement", to),
                ("endRef", end.as_str().into()),
            ];
            Plan {
                refs: vec![start, end],
                shows: Shows::Page(Some(sentence)),
                ..moves(Verb::new("browser_drag", payload))
            }
        }
        "browser_press_key" => {
            let key = given("key")?;
            let shows = Shows::Words(format!("Pressed key {}", key.as_str().unwrap_or_default()));
            Plan { shows, ..moves(Verb::new("browser_press_key", [("key", key)])) }
        }
        "browser_wait_for" => {
            let time = given("time")?;
            let takes_secs = time.as_f64().ok_or_else(|| missing(tool, "time"))?;
            let shows = Shows::Words(format!("Waited for {takes_secs} seconds"));
            Plan { takes_secs, shows, ..looks(Some(Verb::new("browser_wait", [("time", time)])), Vec::new()) }
        }
        "browser_get_console_logs" => {
            let level = params.get("level").and_then(Value::as_str).map_or(Level::Debug, Level::of);
            let limit = params.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
            let shows = Shows::Console(level, limit.unwrap_or(usize::MAX));
            Plan { shows, ..looks(Some(Verb::new("browser_get_console_logs", [])), Vec::new()) }
        }
        "browser_browsers" => {
            let name = given("name")?.as_str().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
            Plan { shows: Shows::Name(name.ok_or_else(|| missing(tool, "name"))?), ..looks(None, Vec::new()) }
        }
        _ => Plan { shows: Shows::Picture, ..looks(Some(Verb::new("browser_screenshot", [])), Vec::new()) },
    })
}

/// Refuses what the extension cannot do, so that nobody believes that it was done.
fn refuse_foreign(known: &Known, params: &Map<String, Value>) -> Result<(), HubError> {
    let is_taken = |name: &str| known.heeded.contains(&name) || known.ignored.contains(&name);
    // `after` is how the set `browsermcp` asks for what this extension shows anyway.
    let is_asked =
        |(name, value): &(&String, &Value)| name.as_str() != "after" && !is_taken(name) && !is_neutral(name, value);
    let Some((name, _)) = params.iter().find(is_asked) else { return Ok(()) };
    let tool = known.tool;
    Err(match name.as_str() {
        "tabId" => unsupported("It has one tab, which all clients share and which has no number.", "Leave tabId out."),
        "newTab" => unsupported(
            "It has one tab, which all clients share, and cannot open another.",
            "Leave newTab out: the page opens in that tab, for everyone.",
        ),
        "text" | "textGone" | "url" | "networkIdle" | "ref" if tool == "browser_wait_for" => unsupported(
            format!("It can only wait for a time, not for {name}."),
            "Call browser_wait_for with time, then look with browser_snapshot.",
        ),
        name => unsupported(
            format!("It does not know {name} of {tool}."),
            format!("Leave {name} out, if you can do without it."),
        ),
    })
}

/// Whether an argument asks for nothing beyond what the extension does anyway.
fn is_neutral(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("clear", value) => *value == true,
        (_, Value::Null | Value::Bool(false)) => true,
        (_, Value::Array(items)) => items.is_empty(),
        ("button", value) => value == "left",
        ("type", value) => value == "png",
        ("mode", value) => value == "full",
        ("repeat", value) => *value == 1,
        _ => false,
    }
}

fn no_verb(tool: &str) -> HubError {
    let next = match tool {
        "browser_reload" => "Call browser_navigate with the page's own address.",
        "browser_find" | "browser_get_text" | "browser_extract" => "browser_snapshot shows the whole page.",
        "browser_fill_form" => "Fill it field by field: browser_type, browser_select_option, browser_click.",
        "browser_batch" => "Make the steps' calls one after another.",
        "browser_tabs" => "It has one tab, which all clients share; browser_navigate opens a page in it.",
        "browser_scroll" => "Press PageDown, PageUp, Home or End with browser_press_key.",
        "browser_ask_user" => "Ask the person yourself.",
        _ => "Use another tool, or have the person load tabhub's own extension: `tabhub extension`.",
    };
    unsupported(format!("It cannot do {tool}."), next)
}

fn unsupported(what: impl std::fmt::Display, next: impl Into<String>) -> HubError {
    HubError::new(ErrorCode::Unsupported, format!("This browser has the Browser MCP extension. {what}")).with_next(next)
}

fn missing(tool: &str, name: &str) -> HubError {
    HubError::new(ErrorCode::InvalidParams, format!("{tool} needs the argument {name}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(tool: &str, params: &Value) -> Result<Plan, HubError> {
        plan(tool, params.as_object().expect("an object"))
    }

    fn payload(tool: &str, params: &Value) -> String {
        let verb = of(tool, params).expect("a plan").act.expect("a verb");
        format!("{} {}", verb.kind, Value::from(verb.payload.expect("a payload")))
    }

    #[test]
    fn elements_are_named_by_their_ref_where_nobody_has_words_for_them() {
        assert_eq!(
            payload("browser_type", &json!({ "ref": "s1e7", "text": "a" })),
            r#"browser_type {"element":"s1e7","ref":"s1e7","text":"a","submit":false}"#
        );
        assert_eq!(
            payload("browser_drag", &json!({ "startRef": "s1e1", "endRef": "s1e2", "endElement": "Bin" })),
            r#"browser_drag {"startElement":"s1e1","startRef":"s1e1","endElement":"Bin","endRef":"s1e2"}"#
        );
    }

    #[test]
    fn what_the_extension_cannot_do_is_refused_and_what_asks_for_nothing_more_is_not() {
        for (tool, params, word) in [
            ("browser_click", json!({ "ref": "s1e1", "doubleClick": true }), "doubleClick"),
            ("browser_click", json!({ "ref": "s1e1", "button": "right" }), "button"),
            ("browser_click", json!({ "ref": "s1e1", "modifiers": ["Shift"] }), "modifiers"),
            ("browser_click", json!({ "ref": "s1e1", "tabId": 7 }), "one tab"),
            ("browser_navigate", json!({ "url": "https://a.test/", "newTab": true }), "cannot open another"),
            ("browser_type", json!({ "ref": "s1e1", "text": "a", "clear": false }), "clear"),
            ("browser_press_key", json!({ "key": "a", "repeat": 3 }), "repeat"),
            ("browser_wait_for", json!({ "text": "Done" }), "for text"),
            ("browser_screenshot", json!({ "fullPage": true }), "fullPage"),
            ("browser_snapshot", json!({ "cursor": "c1" }), "cursor"),
            ("browser_get_console_logs", json!({ "clear": true, "pattern": "x" }), "pattern"),
            ("browser_reload", json!({}), "browser_reload"),
            ("browser_evaluate", json!({ "function": "() => 1" }), "browser_evaluate"),
        ] {
            let error = of(tool, &params).expect_err(tool);
            assert_eq!(error.code, ErrorCode::Unsupported, "{tool}");
            assert!(error.message.contains(word) && !error.next.is_empty(), "{tool}: {error}");
        }
        for (tool, params) in [
            ("browser_click", json!({ "ref": "s1e1", "doubleClick": false, "button": "left", "modifiers": [] })),
            ("browser_navigate", json!({ "url": "https://a.test/", "newTab": false, "waitUntil": "load" })),
            ("browser_type", json!({ "ref": "s1e1", "text": "a", "clear": true, "after": "page" })),
            ("browser_press_key", json!({ "key": "a", "repeat": 1, "after": "nothing" })),
            ("browser_screenshot", json!({ "type": "png" })),
        ] {
            assert!(of(tool, &params).is_ok(), "{tool}");
        }
    }

    #[test]
    fn who_asks_for_a_part_of_the_page_is_told_that_it_is_all_of_it() {
        let notes = |params| of("browser_snapshot", &params).expect("a plan").notes;
        assert!(notes(json!({})).is_empty() && notes(json!({ "mode": "full" })).is_empty());
        assert_eq!(notes(json!({ "depth": 2 })).len(), 1);
        assert_eq!(notes(json!({ "mode": "diff" })).len(), 1);
    }
}
