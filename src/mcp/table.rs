//! The table of tools that hosts were promised: each name and alias is found, in the sets that list it, and each argument is
//! taken under each of its names.

use serde_json::{Map, Value, json};

use super::arguments::normalise;
use super::params::{Kind, Need, Param};
use super::registry::{Scope, ToolSpec, find, tools};
use crate::config::ToolSet;

/// A row: the name, other names, the arguments, and the sets that list it (B = browsermcp, C = core, F = full).
type Row = (&'static str, &'static [&'static str], &'static str, &'static str);

const TABLE: &[Row] = &[
    ("browser_navigate", &[], "url newTab background waitUntil timeout", "BCF"),
    ("browser_go_back", &["browser_navigate_back"], "", "BCF"),
    ("browser_go_forward", &["browser_navigate_forward"], "", "BCF"),
    ("browser_reload", &[], "ignoreCache", "CF"),
    ("browser_snapshot", &[], "ref depth interactiveOnly viewportOnly maxChars cursor mode", "BCF"),
    ("browser_find", &[], "text regex role name limit", "CF"),
    ("browser_get_text", &[], "ref format maxChars cursor", "CF"),
    ("browser_extract", &[], "schema fields ref", "CF"),
    ("browser_click", &[], "ref element doubleClick button modifiers", "BCF"),
    ("browser_hover", &[], "ref element", "BCF"),
    ("browser_type", &[], "ref element text submit slowly clear", "BCF"),
    ("browser_fill_form", &[], "fields submit", "CF"),
    ("browser_select_option", &[], "ref element values", "BCF"),
    ("browser_press_key", &[], "key ref repeat", "BCF"),
    ("browser_drag", &[], "startRef startTarget endRef endTarget", "CF"),
    ("browser_scroll", &[], "direction amount to ref", "CF"),
    ("browser_file_upload", &[], "paths ref", "CF"),
    ("browser_drop", &[], "ref paths data", "F"),
    ("browser_handle_dialog", &[], "accept promptText", "CF"),
    ("browser_wait_for", &["browser_wait"], "time text textGone ref url networkIdle timeout", "BCF"),
    (
        "browser_screenshot",
        &["browser_take_screenshot"],
        "ref fullPage type quality maxWidth maxHeight annotate",
        "BCF",
    ),
    (
        "browser_tabs",
        &["browser_close", "browser_tab_list", "browser_tab_new", "browser_tab_select", "browser_tab_close"],
        "action tabId index url background to",
        "CF",
    ),
    ("browser_evaluate", &[], "function ref", "CF"),
    ("browser_get_console_logs", &["browser_console_messages"], "level pattern limit clear", "BCF"),
    ("browser_network_requests", &[], "filter static limit", "CF"),
    ("browser_network_request", &[], "id part", "CF"),
    ("browser_downloads", &[], "action timeout", "CF"),
    ("browser_pdf_save", &[], "filename", "F"),
    ("browser_resize", &[], "width height", "F"),
    ("browser_emulate", &[], "colorScheme userAgent geolocation network media", "F"),
    ("browser_mouse_click_xy", &[], "x y", "F"),
    ("browser_mouse_move_xy", &[], "x y", "F"),
    ("browser_mouse_drag_xy", &[], "startX startY endX endY", "F"),
    ("browser_mouse_wheel", &[], "x y deltaX deltaY", "F"),
    ("browser_cookies", &[], "action name value", "F"),
    ("browser_storage", &[], "action key value", "F"),
    ("browser_batch", &[], "steps onError", "CF"),
    ("browser_ask_user", &[], "message options timeout", "CF"),
    ("browser_status", &[], "", "CF"),
    ("browser_browsers", &[], "action browserId", "CF"),
];

/// A value that fits a parameter.
fn sample(param: &Param) -> Value {
    match param.kind {
        Kind::Filled if param.name == "url" => json!("https://example.com/"),
        // A step of a batch names a tool.
        Kind::Filled if param.name == "tool" => json!("browser_reload"),
        Kind::Text | Kind::Filled | Kind::Content => json!("x"),
        Kind::Target => json!("e1"),
        Kind::Integer { min, .. } => json!(min.max(1)),
        Kind::Number { min, .. } => json!(min.max(1.0)),
        Kind::Flag => json!(true),
        Kind::Choice(words) => json!(words[0].word),
        Kind::Choices(words) => json!([words[0].word]),
        Kind::Texts | Kind::Paths => json!(["x"]),
        Kind::Object => json!({ "latitude": 1, "longitude": 2 }),
        Kind::Records(params) => {
            let fields = params.iter().filter(|param| param.need == Need::Required);
            json!([fields.map(|param| (param.name.to_owned(), sample(param))).collect::<Map<_, _>>()])
        }
    }
}

/// Arguments of a call that gives every parameter, one of them under another name.
fn arguments(tool: &ToolSpec, one: &Param, name: &str) -> Map<String, Value> {
    let named = |param: &Param| if param.name == one.name { name.to_owned() } else { param.name.to_owned() };
    tool.params().map(|param| (named(param), sample(param))).collect()
}

#[test]
fn every_tool_of_the_table_is_there_under_each_of_its_names_in_the_sets_that_list_it() {
    for (name, aliases, _, sets) in TABLE {
        for called in std::iter::once(name).chain(*aliases) {
            assert_eq!(find(called).map(|tool| tool.name), Some(*name), "{called}");
        }
        for (letter, set) in [('B', ToolSet::Browsermcp), ('C', ToolSet::Core), ('F', ToolSet::Full)] {
            let is_listed = tools(set).any(|tool| tool.name == *name);
            assert_eq!(is_listed, sets.contains(letter), "{name} in {letter}");
        }
    }
    for tool in tools(ToolSet::Full) {
        assert!(TABLE.iter().any(|(name, ..)| *name == tool.name), "{} is not in the table", tool.name);
    }
}

#[test]
fn every_argument_of_the_table_is_taken_under_each_of_its_names() {
    for (name, _, listed, _) in TABLE {
        let tool = find(name).expect("a tool");
        let tab = (tool.scope == Scope::Page).then_some("tabId");
        for wanted in listed.split_whitespace().chain(tab) {
            assert!(tool.params().any(|param| param.is_called(wanted)), "{name} does not take {wanted}");
        }
        for param in tool.params() {
            for called in std::iter::once(&param.name).chain(param.aliases) {
                let given = arguments(tool, param, called);
                let taken = normalise(tool, given).unwrap_or_else(|error| panic!("{name} with {called}: {error}"));
                // What older prompts say for a level is no argument of its own afterwards.
                let is_there = taken.contains_key(param.name) || param.name == "onlyErrors";
                assert!(is_there, "{name} drops {called}");
            }
            if matches!(param.kind, Kind::Target) {
                let target = param.name.replace("Ref", "Target").replace("ref", "target");
                assert!(param.is_called(&target), "{name} does not take {target} for {}", param.name);
            }
        }
    }
}
