//! The Inspector's command line, which is a client anew with each command.

use serde_json::{Value, json};

use crate::stage::{Stage, place};

/// One command of the Inspector and its result.
async fn inspect(stage: &Stage, era: &str, way: &[String], words: &[&str]) -> Value {
    let program = place().join("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
    let mut args = vec![program.display().to_string(), "--cli".to_owned()];
    args.extend(["--format", "json", "--quiet", "--protocol-era", era].map(str::to_owned));
    args.extend(words.iter().map(|word| (*word).to_owned()));
    match way {
        [kind, command] if kind == "stdio" => {
            // It hands a server nothing of its own environment but what it is told to.
            args.extend(
                stage.home.env().into_iter().flat_map(|(name, value)| ["-e".to_owned(), format!("{name}={value}")]),
            );
            args.push(command.clone());
        }
        [_, url, token] => {
            let header = format!("Authorization: Bearer {token}");
            args.extend(["--transport", "http", "--server-url", url, "--header", &header].map(str::to_owned));
        }
        _ => panic!("no such way: {way:?}"),
    }
    let printed = stage.run(&place().join("node22"), &args).await;
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

#[tokio::test]
async fn the_inspector() {
    let stage = Stage::new().await;
    let [stdio, http, _] = stage.ways("");
    let look = async |era: &str, way: &[String]| {
        let name = format!("{era}-{}", way[0]);
        let listed = inspect(&stage, era, way, &["--method", "tools/list"]).await;
        let tools = listed["result"]["tools"].as_array().unwrap_or_else(|| panic!("{name}: {listed}"));
        assert!(tools.iter().any(|tool| tool["name"] == "browser_snapshot"), "{name}: {listed}");

        let arguments = json!({ "url": stage.site.url(&format!("/first/{name}")) }).to_string();
        let call = ["--method", "tools/call", "--tool-name", "browser_navigate", "--tool-args-json", &arguments];
        let called = inspect(&stage, era, way, &call).await;
        let text = called["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{name}: {called}"));
        assert!(text.contains(&format!("heading \"This is {name}\"")), "{name}: {text}");

        let uri = ["--method", "resources/read", "--uri", "browser://tabs?format=json"];
        let read = inspect(&stage, era, way, &uri).await;
        let text = read["result"]["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{name}: {read}"));
        let tabs: Value = serde_json::from_str(text).unwrap();
        // Only over HTTP without sessions is the next command the same client again, with its tab.
        let titles: Vec<&Value> = tabs["tabs"].as_array().unwrap().iter().map(|tab| &tab["title"]).collect();
        if name == "modern-http" {
            assert_eq!(titles, [&json!(format!("The first page of {name}"))], "{name}");
        } else {
            assert!(titles.is_empty(), "{name} sees what another client has: {tabs}");
        }
    };
    tokio::join!(look("legacy", &stdio), look("legacy", &http), look("modern", &stdio), look("modern", &http));
}
