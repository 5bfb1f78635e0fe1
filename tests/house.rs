//! The rules of the house, held by a test: imports go one way, files are short and say what they are for, and the
//! map of the actors is complete.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file this long does more than one thing.
const MOST_LINES: usize = 420;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let is_foreign = matches!(entry.file_name().to_str(), Some("node_modules" | "dist" | "target"));
            if path.is_dir() && !is_foreign {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} files under {}", dir.display());
    found
}

/// What each folder may import from the crate; each list is complete.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("config", &["protocol"]),
    ("supervise", &["config", "protocol"]),
    ("actors", &["supervise", "config", "protocol"]),
    ("mcp", &["config", "protocol"]),
    ("edges", &["actors", "mcp", "supervise", "config", "protocol"]),
    ("daemon", &["config", "protocol"]),
    ("install", &["daemon", "config", "protocol"]),
    ("native", &["daemon", "config", "protocol"]),
    ("instance", &["daemon", "mcp", "edges", "supervise", "config", "protocol"]),
    ("cli", &["instance", "native", "install", "daemon", "mcp", "edges", "actors", "config", "protocol"]),
];

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for (folder, allowed) in MAY_IMPORT {
        for file in files(&root().join("src").join(folder), "rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            for part in text.split("crate::").skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let is_folder = MAY_IMPORT.iter().any(|(other, _)| *other == name);
                if is_folder && name != *folder && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{} imports {name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_the_source_has_its_rule() {
    for entry in std::fs::read_dir(root().join("src")).unwrap().flatten().filter(|e| e.path().is_dir()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(MAY_IMPORT.iter().any(|(folder, _)| *folder == name), "src/{name} has no rule in this test");
    }
}

#[test]
fn files_are_short_and_open_with_what_they_are_for() {
    let mut wrong = Vec::new();
    let rust = ["src", "tests"].map(|dir| files(&root().join(dir), "rs")).concat();
    for file in rust.iter().chain(&files(&root().join("extension/src"), "ts")) {
        let text = std::fs::read_to_string(file).unwrap();
        let opening = if file.extension().is_some_and(|e| e == "rs") { "//! " } else { "/" };
        if !text.starts_with(opening) {
            wrong.push(format!("{} does not open with what it is for", file.display()));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{} has {lines} lines", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_busy_says_when_to_come_again() {
    for file in files(&root().join("src"), "rs").into_iter().filter(|file| !file.ends_with("protocol/error.rs")) {
        let text: String = std::fs::read_to_string(&file).unwrap().split_whitespace().collect();
        assert!(!text.contains("HubError::new(ErrorCode::Busy"), "{} has not used HubError::busy", file.display());
    }
}

#[test]
fn every_actor_and_message_is_on_a_card() {
    let map = std::fs::read_to_string(root().join("actors.md")).unwrap();
    let words: BTreeSet<&str> = map.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let mut missing = Vec::new();
    for file in files(&root().join("src/actors"), "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("#[rtype(result") {
            let rest = &text[at..];
            let name = rest
                .split_once("pub struct ")
                .into_iter()
                .chain(rest.split_once("pub enum "))
                .map(|(before, after)| (before.len(), after))
                .min_by_key(|(distance, _)| *distance)
                .map(|(_, after)| after.chars().take_while(char::is_ascii_alphanumeric).collect::<String>())
                .unwrap();
            if !words.contains(name.as_str()) {
                missing.push(format!("message {name} ({})", file.display()));
            }
        }
        for part in text.split("impl Actor for ").skip(1) {
            let name: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
            if !words.contains(name.as_str()) {
                missing.push(format!("actor {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "not in actors.md:\n{}", missing.join("\n"));
}

#[test]
fn every_test_that_the_failure_table_names_exists() {
    let map = std::fs::read_to_string(root().join("actors.md")).unwrap();
    let tests: String =
        files(&root().join("tests"), "rs").into_iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let table = map.split("## Failures").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a failure table");
    let named: Vec<_> =
        table.split('`').skip(1).step_by(2).filter(|name| name.len() > 20 && name.contains('_')).collect();
    assert!(named.len() >= 10, "the table names its tests");
    for name in named {
        assert!(tests.contains(&format!("fn {name}(")), "actors.md names a test that does not exist: {name}");
    }
}

#[test]
fn every_file_of_tests_is_part_of_its_binary() {
    for main in files(&root().join("tests"), "rs").into_iter().filter(|file| file.ends_with("main.rs")) {
        let text = std::fs::read_to_string(&main).unwrap();
        for file in files(main.parent().unwrap(), "rs").iter().filter(|file| file.parent() == main.parent()) {
            let name = file.file_stem().unwrap().to_str().unwrap();
            let is_part = name == "main" || text.lines().any(|line| line == format!("mod {name};"));
            assert!(is_part, "{} is never compiled, so its tests never run", file.display());
        }
    }
}

#[test]
fn the_extensions_id_is_the_one_of_its_manifests_key() {
    use sha2::{Digest, Sha256};
    let manifest = std::fs::read_to_string(root().join("extension/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let key = decode_base64(manifest["key"].as_str().unwrap());
    let hash = Sha256::digest(&key);
    let id: String =
        hash.iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).map(|n| char::from(b'a' + n)).collect();
    assert_eq!(id, tabhub::protocol::EXTENSION_ID);
}

/// Base64 of RFC 4648, enough for one key.
fn decode_base64(text: &str) -> Vec<u8> {
    let value =
        |c: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|a| *a == c);
    let bits: Vec<usize> = text.bytes().filter_map(value).collect();
    bits.chunks(4)
        .flat_map(|group| {
            let n = group.iter().fold(0, |n, v| n << 6 | v) << (6 * (4 - group.len()));
            n.to_be_bytes()[5..].iter().copied().take(group.len() - 1).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_golden_frame_is_read_and_written_back_the_same() {
    let mut kinds = BTreeSet::new();
    for file in files(&root().join("tests/goldens/wire"), "json") {
        let text = std::fs::read_to_string(&file).unwrap();
        let frame = tabhub::protocol::Frame::decode(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        kinds.insert(frame.kind());
        let (written, golden): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&frame.encode().unwrap()).unwrap(), serde_json::from_str(&text).unwrap());
        assert_eq!(written, golden, "{}", file.display());
    }
    assert_eq!(kinds.len(), 9, "every type of frame has a golden: {kinds:?}");
}
