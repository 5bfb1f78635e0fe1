//! The clients that people have, against tabhub with a real browser: over stdio, over HTTP and in a workspace, in each era of
//! the protocol that they speak. What each of them does stands in `walk.mjs` and `walk.py`; what must come of it stands here.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/home.rs"]
mod home;

mod inspector;
mod stage;

use std::path::Path;

use serde_json::Value;
use stage::{Stage, place, steps};
use support::http::{LEGACY, MODERN};

/// Where one of the walks goes: its name is the client's, whatever the program says of itself.
const WORKSPACE: &str = "shop%20tests";

/// Runs a program's walk over stdio, over HTTP and in a workspace at once, in one browser, and looks at each step.
async fn walks(runtime: &Path, words: &[String], program: &str, era: &str) {
    let stage = Stage::new().await;
    let program = place().join("programs").join(program).display().to_string();
    let walk = async |name: &str, way: &[String]| {
        let own = [program.clone(), era.to_owned(), stage.site.url(""), name.to_owned()];
        let printed = stage.run(runtime, &[words, &own, way].concat()).await;
        check(&steps(&printed), name, if era == "modern" { MODERN } else { LEGACY });
    };
    let [stdio, http, workspace] = stage.ways(WORKSPACE);
    tokio::join!(walk("stdio", &stdio), walk("http", &http), walk("workspace", &workspace));
    let log = stage.home.log();
    assert!(log.contains("(shop tests): connected"), "the workspace is a client of its name: {log}");
    assert!(!log.contains("(workspace)"), "what a program calls itself there is nobody's name: {log}");
}

/// A walk of TypeScript. Node finds what is installed beside the link to the programs, and not beside the programs.
async fn node(program: &str, era: &str) {
    let words = ["--preserve-symlinks", "--preserve-symlinks-main"].map(str::to_owned);
    walks(&place().join("node22"), &words, program, era).await;
}

/// A walk of Python, with the libraries of this line of the SDK.
async fn python(line: u8, era: &str) {
    let libraries = format!("PYTHONPATH={}", place().join(format!("python-{line}")).display());
    let words = [libraries, "PYTHONDONTWRITEBYTECODE=1".to_owned(), "python3".to_owned()];
    walks(Path::new("env"), &words, &format!("sdk_{line}.py"), era).await;
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

#[tokio::test]
async fn the_typescript_sdk_1() {
    node("sdk-1.mjs", "legacy").await;
}

#[tokio::test]
async fn the_typescript_sdk_2_with_sessions() {
    node("client-2.mjs", "legacy").await;
}

#[tokio::test]
async fn the_typescript_sdk_2_without_sessions() {
    node("client-2.mjs", "modern").await;
}

#[tokio::test]
async fn the_python_sdk_1() {
    python(1, "legacy").await;
}

#[tokio::test]
async fn the_python_sdk_2_with_sessions() {
    python(2, "legacy").await;
}

#[tokio::test]
async fn the_python_sdk_2_without_sessions() {
    python(2, "modern").await;
}
