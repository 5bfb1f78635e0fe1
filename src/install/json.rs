//! The entry in a JSON file, with comments or without: all else stays as it is, comments and order included.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::{Map, Value};

use super::entry::{self, SHARED};

/// Why a text was not changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not what it should be.
    Unreadable(String),
    /// Its entry of that name is somebody else's.
    Foreign,
}

/// What hosts read as JSON, comments and trailing commas included, and no more.
fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Windows' editors begin a file so.
const BOM: char = '\u{feff}';

fn parse(text: &str) -> Result<(CstRootNode, CstObject), Trouble> {
    let root = CstRootNode::parse(text, &options()).map_err(|error| Trouble::Unreadable(error.to_string()))?;
    let object = match root.value() {
        None => root.object_value_or_set(),
        Some(_) => root.object_value().ok_or_else(|| Trouble::Unreadable("it is no JSON object".to_owned()))?,
    };
    Ok((root, object))
}

/// The object of that name, if there is one.
fn inner(object: &CstObject, name: &str) -> Result<Option<CstObject>, Trouble> {
    match object.get(name) {
        None => Ok(None),
        Some(prop) => prop
            .object_value()
            .map(Some)
            .ok_or_else(|| Trouble::Unreadable(format!("its \"{name}\" is no JSON object"))),
    }
}

fn check_ours(entry: &Value) -> Result<(), Trouble> {
    let command = match &entry["command"] {
        Value::Array(words) => words.first().and_then(Value::as_str),
        other => other.as_str(),
    };
    let url = ["url", "serverUrl", "httpUrl"].iter().find_map(|key| entry[*key].as_str());
    if entry::is_ours(command, url) { Ok(()) } else { Err(Trouble::Foreign) }
}

fn entry_of(servers: &CstObject, name: &str) -> Result<Option<Value>, Trouble> {
    let Some(prop) = servers.get(name) else { return Ok(None) };
    let value = prop.value().and_then(|node| node.to_serde_value()).unwrap_or_default();
    check_ours(&value)?;
    Ok(Some(value))
}

/// Whether the entry is there.
pub fn has(text: &str, container: &str, name: &str) -> Result<bool, Trouble> {
    let (_, object) = parse(text.trim_start_matches(BOM))?;
    match inner(&object, container)? {
        Some(servers) => Ok(entry_of(&servers, name)?.is_some()),
        None => Ok(false),
    }
}

/// Puts the entry into a text.
pub fn put(text: &str, container: &str, name: &str, entry: &Map<String, Value>) -> Result<String, Trouble> {
    let (bom, body) = split_bom(text);
    let (root, object) = parse(body)?;
    let servers = match inner(&object, container)? {
        Some(servers) => servers,
        None => object.object_value_or_set(container),
    };
    match (entry_of(&servers, name)?, servers.object_value(name)) {
        (Some(_), Some(there)) => merge(&there, entry),
        _ => drop(servers.append(name, input(&Value::Object(entry.clone())))),
    }
    let text = root.to_string();
    let end = if body.trim().is_empty() && !text.ends_with('\n') { "\n" } else { "" };
    Ok(format!("{bom}{text}{end}"))
}

/// Sets what is tabhub's in an entry, and leaves what the person has added.
fn merge(there: &CstObject, entry: &Map<String, Value>) {
    for (key, value) in entry {
        let shared = SHARED.iter().find(|(table, _)| table == key);
        match (shared, there.object_value(key)) {
            (Some((_, own)), Some(table)) => set(&table, own, &value[*own]),
            _ => set(there, key, value),
        }
    }
    for prop in there.properties() {
        let Some(key) = prop.decoded_name() else { continue };
        if entry::is_of_the_other_way(&key, entry) {
            prop.remove();
        } else if let (Some((_, own)), Some(table), false) =
            (SHARED.iter().find(|(table, _)| *table == key), prop.object_value(), entry.contains_key(&key))
        {
            if let Some(own) = table.get(own) {
                own.remove();
            }
            if table.properties().is_empty() {
                prop.remove();
            }
        }
    }
}

fn set(object: &CstObject, key: &str, value: &Value) {
    match object.get(key) {
        Some(prop) if prop.value().and_then(|node| node.to_serde_value()).as_ref() == Some(value) => {}
        Some(prop) => prop.set_value(input(value)),
        None => drop(object.append(key, input(value))),
    }
}

/// Takes the entry out of a text.
pub fn take(text: &str, container: &str, name: &str) -> Result<String, Trouble> {
    let (bom, body) = split_bom(text);
    let (root, object) = parse(body)?;
    let Some(servers) = inner(&object, container)? else { return Ok(text.to_owned()) };
    if entry_of(&servers, name)?.is_none() {
        return Ok(text.to_owned());
    }
    if let Some(prop) = servers.get(name) {
        prop.remove();
    }
    Ok(format!("{bom}{root}"))
}

fn split_bom(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with(BOM) { BOM.len_utf8() } else { 0 })
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(value) => CstInputValue::Number(value.to_string()),
        Value::String(value) => CstInputValue::String(value.clone()),
        Value::Array(values) => CstInputValue::Array(values.iter().map(input).collect()),
        Value::Object(map) => {
            CstInputValue::Object(map.iter().map(|(key, value)| (key.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn ours() -> Map<String, Value> {
        map(json!({ "command": "/opt/tabhub", "env": { "TABHUB_HOME": "/h" } }))
    }

    #[test]
    fn comments_order_and_odd_spacing_stay_and_the_entry_goes_again_without_a_trace() {
        let text = "// mine\n{\n\t\"b\":1,   // one\n\t\"mcpServers\": {\n\t\t\"other\": { \"command\": \"x\" }, /* keep */\n\t},\n\t\"a\": [ 1,2 ],\n}\n";
        let with = put(text, "mcpServers", "tabhub", &ours()).unwrap();
        for line in
            ["// mine", "\t\"b\":1,   // one", "\t\t\"other\": { \"command\": \"x\" }, /* keep */", "\t\"a\": [ 1,2 ],"]
        {
            assert!(with.contains(line), "{line:?} in\n{with}");
        }
        assert_eq!(put(&with, "mcpServers", "tabhub", &ours()).unwrap(), with, "twice is once");
        assert_eq!(take(&with, "mcpServers", "tabhub").unwrap(), text);
        assert_eq!(take(text, "mcpServers", "tabhub").unwrap(), text);
    }

    #[test]
    fn the_persons_additions_to_the_entry_stay_and_what_belongs_to_the_other_way_goes() {
        let text =
            r#"{ "mcpServers": { "tabhub": { "command": "tabhub", "disabled": true, "env": { "MINE": "1" } } } }"#;
        let with = put(text, "mcpServers", "tabhub", &ours()).unwrap();
        let entry = |text: &str| serde_json::from_str::<Value>(text).unwrap()["mcpServers"]["tabhub"].clone();
        assert_eq!(
            entry(&with),
            json!({ "command": "/opt/tabhub", "disabled": true, "env": { "MINE": "1", "TABHUB_HOME": "/h" } })
        );
        let http = map(json!({ "url": "http://127.0.0.1:1/mcp", "headers": { "Authorization": "Bearer t" } }));
        let http = put(&with, "mcpServers", "tabhub", &http).unwrap();
        assert_eq!(
            entry(&http),
            json!({ "disabled": true, "url": "http://127.0.0.1:1/mcp", "headers": { "Authorization": "Bearer t" } })
        );
        let bare = put(&with, "mcpServers", "tabhub", &map(json!({ "command": "tabhub" }))).unwrap();
        assert_eq!(entry(&bare), json!({ "command": "tabhub", "disabled": true, "env": { "MINE": "1" } }));
    }

    #[test]
    fn what_cannot_be_read_or_is_somebody_elses_is_left_alone() {
        for bad in ["[]", "{", "{ \"a\" 1 }", "7", "{'a': 1}", "{ \"mcpServers\": [] }", "{} {}"] {
            assert!(matches!(put(bad, "mcpServers", "tabhub", &ours()), Err(Trouble::Unreadable(_))), "{bad}");
        }
        let foreign = r#"{ "mcpServers": { "tabhub": { "command": "npx", "args": ["other"] } } }"#;
        assert_eq!(put(foreign, "mcpServers", "tabhub", &ours()), Err(Trouble::Foreign));
        assert_eq!(take(foreign, "mcpServers", "tabhub"), Err(Trouble::Foreign));
        assert_eq!(put(r#"{"mcpServers":{"tabhub":null}}"#, "mcpServers", "tabhub", &ours()), Err(Trouble::Foreign));
    }

    #[test]
    fn an_empty_file_becomes_a_whole_one_and_marks_and_line_ends_of_windows_stay() {
        for empty in ["", "\n", "  \n"] {
            let text = put(empty, "servers", "tabhub", &ours()).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["servers"]["tabhub"], Value::Object(ours()));
            assert!(text.ends_with('\n'));
        }
        let windows = "\u{feff}{\r\n  \"a\": 1\r\n}\r\n";
        let with = put(windows, "servers", "tabhub", &ours()).unwrap();
        assert!(
            with.starts_with("\u{feff}{\r\n  \"a\": 1,\r\n") && !with.replace("\r\n", "").contains('\n'),
            "{with:?}"
        );
    }

    fn json_text() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn everything_else_in_any_file_stays(
            others in prop::collection::btree_map("[a-z]{1,8}", json_text(), 0..5),
            servers in prop::collection::btree_map("[a-z]{1,5}", json_text(), 0..4),
            is_pretty in any::<bool>(),
        ) {
            let mut all: Map<String, Value> = others.into_iter().collect();
            all.insert("mcpServers".to_owned(), Value::Object(servers.into_iter().collect()));
            let before = Value::Object(all);
            let text = if is_pretty { format!("{before:#}\n") } else { before.to_string() };
            let with = put(&text, "mcpServers", "tabhub", &ours()).unwrap();
            let mut expected = before.clone();
            expected["mcpServers"]["tabhub"] = Value::Object(ours());
            prop_assert_eq!(serde_json::from_str::<Value>(&with).unwrap(), expected);
            prop_assert_eq!(&put(&with, "mcpServers", "tabhub", &ours()).unwrap(), &with);
            let without = take(&with, "mcpServers", "tabhub").unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&without).unwrap(), before);
        }

        #[test]
        fn no_text_whatever_makes_it_panic(text in "\\PC{0,60}|[{}\\[\\]\":,a-z0-9/* \\n]{0,60}") {
            let _ = (put(&text, "mcpServers", "tabhub", &ours()), take(&text, "mcpServers", "tabhub"));
        }
    }
}
