//! What `tools/list` answers. Built when it is asked for, from const tables: an instance that is never asked keeps no
//! list, and one that is asked spends microseconds.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};

use super::params::input_schema;
use super::registry::{Effect, Scope, ToolSpec, tools};
use super::schemas::output_schema;
use crate::config::ToolSet;

/// The tools of a set as a host reads them.
#[must_use]
pub fn list(set: ToolSet) -> Vec<Tool> {
    tools(set).map(|tool| entry(tool, set)).collect()
}

fn entry(spec: &'static ToolSpec, set: ToolSet) -> Tool {
    let older = spec.browsermcp.as_ref().filter(|_| set == ToolSet::Browsermcp);
    let (name, schema) = match older {
        Some(older) => (older.name, older.input_schema()),
        None => (spec.name, input_schema(spec.params())),
    };
    let mut tool = Tool::new(name, spec.about, Arc::new(schema));
    tool.title = Some(spec.title.to_owned());
    tool.annotations = Some(annotations(spec));
    if set == ToolSet::Full {
        tool.output_schema = output_schema(spec.answer).map(Arc::new);
    }
    tool
}

/// The protocol's hints. To save tokens, what its defaults say anyway is left out where hosts rely on the default (not
/// idempotent, open world); whether a tool only looks, and whether it may destroy, is always said.
fn annotations(spec: &ToolSpec) -> ToolAnnotations {
    let mut hints = ToolAnnotations::new().read_only(spec.effect == Effect::Reads);
    hints.destructive_hint = match spec.effect {
        Effect::Reads => None,
        Effect::Moves | Effect::Sets => Some(false),
        Effect::Acts => Some(true),
    };
    hints.idempotent_hint = (spec.effect == Effect::Sets).then_some(true);
    hints.open_world_hint = (spec.scope == Scope::House).then_some(false);
    hints
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    fn json_of(set: ToolSet) -> String {
        serde_json::to_string(&json!({ "tools": list(set) })).expect("a list is JSON")
    }

    fn names(set: ToolSet) -> Vec<String> {
        list(set).into_iter().map(|tool| tool.name.into_owned()).collect()
    }

    #[test]
    fn the_list_of_core_stays_small() {
        let core = json_of(ToolSet::Core);
        assert!(core.len() < 14 * 1024, "{} bytes", core.len());
        // As many tools again are to come into the same 14 KB.
        assert!(core.len() / list(ToolSet::Core).len() < 480, "{} bytes", core.len());
        for noise in ["$schema", "$ref", "$defs", "additionalProperties", "outputSchema", "\"format\":\"", "null"] {
            assert!(!core.contains(noise), "{noise}");
        }
    }

    #[test]
    fn the_list_is_the_same_each_time_and_begins_as_people_do() {
        assert_eq!(json_of(ToolSet::Core), json_of(ToolSet::Core));
        let expected = [
            "browser_navigate",
            "browser_go_back",
            "browser_go_forward",
            "browser_reload",
            "browser_snapshot",
            "browser_find",
            "browser_get_text",
            "browser_extract",
            "browser_click",
            "browser_hover",
            "browser_type",
            "browser_fill_form",
            "browser_select_option",
            "browser_press_key",
            "browser_handle_dialog",
            "browser_drag",
            "browser_scroll",
            "browser_file_upload",
            "browser_wait_for",
            "browser_screenshot",
            "browser_tabs",
            "browser_batch",
            "browser_ask_user",
            "browser_evaluate",
            "browser_get_console_logs",
            "browser_network_requests",
            "browser_network_request",
            "browser_downloads",
            "browser_browsers",
            "browser_status",
        ];
        assert_eq!(names(ToolSet::Core), expected);
    }

    #[test]
    fn every_tool_says_what_it_does_to_the_world() {
        for tool in list(ToolSet::Full) {
            let hints = tool.annotations.expect("annotations");
            let reads = hints.read_only_hint.expect("said");
            assert_eq!(reads, hints.destructive_hint.is_none(), "{}", tool.name);
            assert!(tool.title.is_some() && tool.description.is_some_and(|about| about.len() < 120), "{}", tool.name);
        }
    }

    #[test]
    fn what_looks_moves_sets_and_acts_is_told_apart() {
        let hints = |name: &str| {
            let tool = list(ToolSet::Full).into_iter().find(|tool| tool.name == name).expect("listed");
            serde_json::to_value(tool.annotations).expect("JSON")
        };
        assert_eq!(hints("browser_snapshot"), json!({ "readOnlyHint": true }));
        assert_eq!(hints("browser_navigate"), json!({ "readOnlyHint": false, "destructiveHint": false }));
        assert_eq!(hints("browser_click"), json!({ "readOnlyHint": false, "destructiveHint": true }));
        let hover = json!({ "readOnlyHint": false, "destructiveHint": false, "idempotentHint": true });
        assert_eq!(hints("browser_hover"), hover);
        assert_eq!(hints("browser_emulate"), hover);
        assert_eq!(hints("browser_cookies"), json!({ "readOnlyHint": false, "destructiveHint": true }));
        assert_eq!(hints("browser_status"), json!({ "readOnlyHint": true, "openWorldHint": false }));
    }

    #[test]
    fn only_the_full_set_spends_tokens_on_output_schemas() {
        assert!(list(ToolSet::Core).iter().all(|tool| tool.output_schema.is_none()));
        for tool in list(ToolSet::Full) {
            assert_eq!(tool.output_schema.is_none(), tool.name == "browser_screenshot", "{}", tool.name);
        }
    }

    /// Recorded from Browser MCP 0.1.3: names in order, and each tool's arguments.
    const BROWSER_MCP: &str = r#"[
        ["browser_navigate", {"url": "string"}], ["browser_go_back", {}], ["browser_go_forward", {}],
        ["browser_snapshot", {}], ["browser_click", {"element": "string", "ref": "string"}],
        ["browser_hover", {"element": "string", "ref": "string"}],
        ["browser_type", {"element": "string", "ref": "string", "text": "string", "submit": "boolean"}],
        ["browser_select_option", {"element": "string", "ref": "string", "values": "array"}],
        ["browser_press_key", {"key": "string"}], ["browser_wait", {"time": "number"}],
        ["browser_get_console_logs", {}], ["browser_screenshot", {}]
    ]"#;

    #[test]
    fn the_set_browsermcp_is_the_one_that_its_hosts_know() {
        let golden: Vec<(String, Map<String, Value>)> = serde_json::from_str(BROWSER_MCP).expect("golden");
        let mut known = names(ToolSet::Browsermcp);
        let mut expected: Vec<_> = golden.iter().map(|(name, _)| name.clone()).collect();
        known.sort();
        expected.sort();
        assert_eq!(known, expected);
        for tool in list(ToolSet::Browsermcp) {
            let (_, arguments) = golden.iter().find(|(name, _)| *name == tool.name).expect("listed there");
            let properties = tool.input_schema["properties"].as_object().expect("properties");
            let forms: Map<_, _> = properties.iter().map(|(name, p)| (name.clone(), p["type"].clone())).collect();
            assert_eq!(&forms, arguments, "{}", tool.name);
            let required = tool.input_schema.get("required").and_then(Value::as_array).map_or(0, Vec::len);
            assert_eq!(required, arguments.len(), "{}", tool.name);
            assert_eq!(tool.input_schema["additionalProperties"], false);
        }
    }
}
