//! The clients that people have, against tabhub with a real browser: over stdio and over HTTP, in each era of the protocol
//! that they speak. What each of them does stands in `walk.mjs` and `walk.py`; what must come of it stands here.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

mod stage;

use std::path::Path;

use serde_json::Value;
use stage::{Stage, place, steps};
use support::http::{LEGACY, MODERN};

/// Runs a program's walk over stdio and over HTTP at once, in one browser, and looks at each step.
async fn walks(runtime: &Path, words: &[&str], program: &str, era: &str) {
    let stage = Stage::new().await;
    let line = if program.ends_with("_1.py") { "python-1" } else { "python-2" };
    let libraries = place().join(line);
    let program = place().join("programs").join(program);
    let walk = async |name: &str, way: &[String]| {
        let mut args: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        args.extend([program.display().to_string(), era.to_owned(), stage.site.url(""), name.to_owned()]);
        args.extend_from_slice(way);
        check(&steps(&stage.run(runtime, args, &libraries).await), name, if era == "modern" { MODERN } else { LEGACY });
    };
    let [stdio, http] = stage.ways();
    tokio::join!(walk("stdio", &stdio), walk("http", &http));
}

fn text<'a>(step: &'a Value, fact: &str) -> &'a str {
    step[fact].as_str().unwrap_or_else(|| panic!("no {fact} in {step}"))
}

/// What each step of a walk must show.
fn check(steps: &[Value], name: &str, protocol: &str) {
    let names: Vec<&str> = steps.iter().map(|step| text(step, "step")).collect();
    let [connect, list, navigate, snapshot, read, subscribe, progress, cancel] = steps else {
        panic!("{name} went another way: {names:?}");
    };
    assert_eq!(names, ["connect", "list", "navigate", "snapshot", "read", "subscribe", "progress", "cancel"]);
    assert_eq!(connect["protocol"], protocol, "{name}");
    let tools = list["tools"].as_array().unwrap();
    for tool in ["browser_navigate", "browser_snapshot", "browser_wait_for"] {
        assert!(tools.iter().any(|known| known == tool), "{name}: {list}");
    }
    assert!(text(navigate, "text").contains(&format!("Page Title: The first page of {name}")), "{navigate}");
    assert!(text(snapshot, "text").contains(&format!("heading \"This is {name}\"")), "{snapshot}");
    let tabs: Value = serde_json::from_str(text(read, "text")).unwrap();
    assert_eq!(tabs["tabs"].as_array().unwrap().len(), 1, "{name} sees its own tab alone: {tabs}");
    assert_eq!(tabs["tabs"][0]["title"], format!("The first page of {name}"));
    assert!(subscribe["updates"].as_u64().unwrap() > 0, "{subscribe}");
    let told: Vec<f64> = progress["told"].as_array().unwrap().iter().map(|news| news.as_f64().unwrap()).collect();
    assert!(!told.is_empty() && told.is_sorted_by(|one, next| one < next), "progress only grows: {progress}");
    assert!(text(progress, "text").contains("The gate is open"), "{progress}");
    assert!(cancel["ended"]["error"].is_string(), "the call ends without an answer: {cancel}");
    assert!(text(cancel, "later").contains(&format!("This is {name} again")), "{cancel}");
}

/// Node finds what is installed beside the link to the programs, and not beside the programs.
const NODE: &[&str] = &["--preserve-symlinks", "--preserve-symlinks-main"];

#[tokio::test]
async fn the_typescript_sdk_1() {
    walks(&place().join("node22"), NODE, "sdk-1.mjs", "legacy").await;
}

#[tokio::test]
async fn the_typescript_sdk_2_with_sessions() {
    walks(&place().join("node22"), NODE, "client-2.mjs", "legacy").await;
}

#[tokio::test]
async fn the_typescript_sdk_2_without_sessions() {
    walks(&place().join("node22"), NODE, "client-2.mjs", "modern").await;
}

#[tokio::test]
async fn the_python_sdk_1() {
    walks(Path::new("python3"), &[], "sdk_1.py", "legacy").await;
}

#[tokio::test]
async fn the_python_sdk_2_with_sessions() {
    walks(Path::new("python3"), &[], "sdk_2.py", "legacy").await;
}

#[tokio::test]
async fn the_python_sdk_2_without_sessions() {
    walks(Path::new("python3"), &[], "sdk_2.py", "modern").await;
}
