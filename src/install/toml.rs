//! The entry in a TOML file: all else stays as it is, comments and order included.

use serde_json::{Map, Value};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

use super::entry::{self, SHARED};
use super::json::Trouble;

fn parse(text: &str) -> Result<DocumentMut, Trouble> {
    text.parse::<DocumentMut>().map_err(|error| Trouble::Unreadable(error.message().to_owned()))
}

/// The entry, if it is there and ours.
fn entry_of(document: &DocumentMut, container: &str, name: &str) -> Result<bool, Trouble> {
    let Some(servers) = document.get(container) else { return Ok(false) };
    let servers = servers.as_table_like().ok_or_else(|| Trouble::Unreadable(format!("its {container} is no table")))?;
    let Some(there) = servers.get(name) else { return Ok(false) };
    let text = |key: &str| there.get(key).and_then(Item::as_str);
    if entry::is_ours(text("command"), text("url")) { Ok(true) } else { Err(Trouble::Foreign) }
}

/// Whether the entry is there.
pub fn has(text: &str, container: &str, name: &str) -> Result<bool, Trouble> {
    entry_of(&parse(text)?, container, name)
}

/// Puts the entry into a text.
pub fn put(text: &str, container: &str, name: &str, entry: &Map<String, Value>) -> Result<String, Trouble> {
    let mut document = parse(text)?;
    let is_there = entry_of(&document, container, name)?;
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    let is_inline = document.get(container).is_some_and(Item::is_inline_table);
    let Some(servers) = document.entry(container).or_insert(Item::Table(implicit)).as_table_like_mut() else {
        return Err(Trouble::Unreadable(format!("its {container} is no table")));
    };
    if !is_there {
        servers
            .insert(name, if is_inline { Item::Value(InlineTable::new().into()) } else { Item::Table(Table::new()) });
    }
    if let Some(there) = servers.get_mut(name).and_then(Item::as_table_like_mut) {
        merge(there, entry);
    }
    Ok(document.to_string())
}

/// Sets what is tabhub's in an entry, and leaves what the person has added.
fn merge(there: &mut dyn TableLike, entry: &Map<String, Value>) {
    for (key, value) in entry {
        let shared = SHARED.iter().find(|(table, _)| table == key);
        match (shared, there.get_mut(key).and_then(Item::as_table_like_mut)) {
            (Some((_, own)), Some(table)) => set(table, own, &value[*own]),
            _ => set(there, key, value),
        }
    }
    let keys: Vec<String> = there.iter().map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        if entry::is_of_the_other_way(&key, entry) {
            there.remove(&key);
        } else if let (Some((_, own)), false) =
            (SHARED.iter().find(|(table, _)| *table == key), entry.contains_key(&key))
        {
            let table = there.get_mut(&key).and_then(Item::as_table_like_mut);
            if table.is_some_and(|table| table.remove(own).is_some() && table.is_empty()) {
                there.remove(&key);
            }
        }
    }
}

fn set(table: &mut dyn TableLike, key: &str, value: &Value) {
    let new = input(value);
    match (table.get_mut(key), new) {
        (Some(Item::Value(there)), Some(mut new)) => {
            if there.clone().decorated("", "").to_string() != new.clone().decorated("", "").to_string() {
                // What stands beside it, a comment for example, stays.
                *new.decor_mut() = there.decor().clone();
                *there = new;
            }
        }
        (_, Some(new)) => drop(table.insert(key, Item::Value(new))),
        (_, None) => {}
    }
}

/// A value of an entry; entries have no others than these.
fn input(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Bool(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Array(values) => values.iter().filter_map(input).collect::<Array>().into(),
        Value::Object(map) => {
            map.iter().filter_map(|(key, value)| Some((key.as_str(), input(value)?))).collect::<InlineTable>().into()
        }
        Value::Null | Value::Number(_) => return None,
    })
}

/// Takes the entry out of a text.
pub fn take(text: &str, container: &str, name: &str) -> Result<String, Trouble> {
    let mut document = parse(text)?;
    if !entry_of(&document, container, name)? {
        return Ok(text.to_owned());
    }
    if let Some(servers) = document.get_mut(container).and_then(Item::as_table_like_mut) {
        servers.remove(name);
    }
    Ok(document.to_string())
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
    fn comments_and_order_stay_and_the_entry_goes_again_without_a_trace() {
        let text = "# mine\nmodel = \"x\"   # odd\n\n[mcp_servers.other]\ncommand = 'y'\n\n[profiles.b]\nz = 1\n";
        let with = put(text, "mcp_servers", "tabhub", &ours()).unwrap();
        assert!(with.contains("# mine\nmodel = \"x\"   # odd\n\n[mcp_servers.other]\ncommand = 'y'\n"), "{with}");
        assert!(
            with.contains("[mcp_servers.tabhub]\ncommand = \"/opt/tabhub\"\nenv = { TABHUB_HOME = \"/h\" }\n"),
            "{with}"
        );
        assert_eq!(put(&with, "mcp_servers", "tabhub", &ours()).unwrap(), with, "twice is once");
        assert_eq!(take(&with, "mcp_servers", "tabhub").unwrap(), text);
        let fresh = put("", "mcp_servers", "tabhub", &ours()).unwrap();
        assert_eq!(fresh, "[mcp_servers.tabhub]\ncommand = \"/opt/tabhub\"\nenv = { TABHUB_HOME = \"/h\" }\n");
    }

    #[test]
    fn the_persons_additions_stay_and_the_other_way_goes() {
        let text = "[mcp_servers.tabhub]\ncommand = \"tabhub\" # this one\nstartup_timeout_sec = 20\n\n[mcp_servers.tabhub.env]\nMINE = \"1\"\n";
        let with = put(text, "mcp_servers", "tabhub", &ours()).unwrap();
        assert!(with.contains("command = \"/opt/tabhub\" # this one\nstartup_timeout_sec = 20\n"), "{with}");
        assert!(with.contains("MINE = \"1\"\nTABHUB_HOME = \"/h\"\n"), "{with}");
        let http = map(json!({ "url": "http://127.0.0.1:1/mcp", "http_headers": { "Authorization": "Bearer t" } }));
        let http = put(&with, "mcp_servers", "tabhub", &http).unwrap();
        assert!(!http.contains("command") && !http.contains("MINE") && http.contains("startup_timeout_sec"), "{http}");
        assert!(http.contains("http_headers = { Authorization = \"Bearer t\" }"), "{http}");
    }

    #[test]
    fn what_cannot_be_read_or_is_somebody_elses_is_left_alone() {
        for bad in ["= 1", "[a", "mcp_servers = 7"] {
            assert!(matches!(put(bad, "mcp_servers", "tabhub", &ours()), Err(Trouble::Unreadable(_))), "{bad}");
        }
        let foreign = "[mcp_servers.tabhub]\ncommand = \"npx\"\n";
        assert_eq!(put(foreign, "mcp_servers", "tabhub", &ours()), Err(Trouble::Foreign));
        assert_eq!(take(foreign, "mcp_servers", "tabhub"), Err(Trouble::Foreign));
        let inline = put("mcp_servers = { other = { command = \"y\" } }\n", "mcp_servers", "tabhub", &ours()).unwrap();
        assert!(inline.parse::<DocumentMut>().unwrap()["mcp_servers"]["tabhub"]["command"].is_str(), "{inline}");
    }

    proptest! {
        #[test]
        fn no_text_whatever_makes_it_panic(text in "\\PC{0,60}|[\\[\\]\"=.,a-z0-9#{} \\n]{0,60}") {
            let _ = (put(&text, "mcp_servers", "tabhub", &ours()), take(&text, "mcp_servers", "tabhub"));
        }
    }
}
