//! The command line: tools from the shell, the extension's folder, help that teaches.

use serde_json::{Value, json};

use crate::home::Home;
use crate::support::browser::{FakeBrowser, Reaction};
use tabhub::protocol::{BrowserEpoch, BrowserId};

#[tokio::test]
async fn calls_from_the_shell_are_one_client_a_name_and_leave_without_losing_it() {
    let home = Home::new();
    home.ok(["start"]);
    let browser = FakeBrowser::connect(home.hub().port).await;
    for client in ["a", "b", "a"] {
        home.ok_meanwhile(["call", "browser_snapshot", "--json", "--client", client]).await;
    }
    let clients: Vec<_> = browser.calls().into_iter().map(|call| (call.client, call.body.client_name)).collect();
    assert_eq!(clients.len(), 3);
    assert_eq!(clients[0], clients[2]);
    assert_ne!(clients[0].0, clients[1].0);
    assert_eq!((clients[0].1.as_str(), clients[1].1.as_str()), ("a", "b"));
    let status = home.status();
    assert_eq!(status["clients"].as_array().unwrap().len(), 2, "both keep their tabs: {status}");
}

#[tokio::test]
async fn an_answer_is_printed_as_text_as_json_or_as_the_path_of_a_picture() {
    let home = Home::new();
    home.ok(["start"]);
    let answer = json!({
        "page": { "tabId": 1, "url": "http://x/", "title": "X" },
        "image": { "mimeType": "image/png", "data": "aGVsbG8=", "width": 1, "height": 1 },
    });
    let react = move |_: &tabhub::protocol::Call| Reaction::Answer(answer.clone());
    let _browser = FakeBrowser::connect_with(home.hub().port, BrowserId::mint(), BrowserEpoch::mint(), react).await;
    let text = home.ok_meanwhile(["call", "browser_screenshot"]).await;
    let path = text.lines().find(|line| line.ends_with(".png")).expect("a path");
    assert_eq!(std::fs::read(path).unwrap(), b"hello");
    let json: Value = serde_json::from_str(&home.ok_meanwhile(["call", "--json", "browser_snapshot"]).await).unwrap();
    assert_eq!((json["ok"].as_bool(), json["result"]["page"]["title"].as_str()), (Some(true), Some("X")));
}

#[test]
fn a_wrong_call_says_what_would_fit_and_starts_nothing() {
    let home = Home::new();
    let unknown = home.run(["call", "browser_nav"]);
    assert_eq!(unknown.code(), 1);
    assert!(unknown.stderr().contains("browser_navigate"), "{}", unknown.stderr());
    let wrong = home.run(["call", "browser_navigate", "--ulr", "x", "--json"]);
    assert_eq!(wrong.code(), 1);
    let json: Value = serde_json::from_str(&wrong.stdout()).unwrap();
    assert_eq!(json["error"]["code"], "invalid_params");
    assert!(home.ok(["call"]).contains("browser_click"));
    assert!(home.ok(["call", "browser_click", "--help"]).contains("--ref"));
    assert!(!home.is_hub_alive());
}

#[test]
fn the_extension_is_unpacked_paired_and_the_steps_are_shown() {
    let home = Home::new();
    let dir = home.path().join("mine");
    let said = home.ok(["extension", "--dir", dir.to_str().unwrap()]);
    assert!(said.contains(dir.to_str().unwrap()) && said.contains("chrome://extensions"), "{said}");
    assert!(said.contains(crate::support::hub::SECRET), "the pairing code is shown");
    assert!(dir.join("manifest.json").is_file() && dir.join("worker.js").is_file());
    home.ok(["start"]);
    let address: Value = serde_json::from_slice(&std::fs::read(dir.join("hub.json")).unwrap()).unwrap();
    assert_eq!(address, json!({ "port": home.hub().port, "secret": crate::support::hub::SECRET }));
}

#[test]
fn help_teaches_settings_and_exit_codes_and_every_subcommand_has_its_own() {
    let home = Home::new();
    let help = home.ok(["--help"]);
    for word in ["TABHUB_HOME", "TABHUB_IDLE_EXIT", "Exit codes", "claude mcp add tabhub"] {
        assert!(help.contains(word), "{word}");
    }
    for command in ["stdio", "hub", "start", "stop", "restart", "status", "up", "down", "extension"] {
        assert!(home.ok([command, "--help"]).len() > 100, "{command}");
    }
    assert!(home.ok(["--version"]).starts_with("tabhub "));
    assert_eq!(home.run(["dance"]).code(), 2);
}

#[test]
fn a_browser_that_does_not_start_is_reported_with_the_end_of_its_log() {
    let home = Home::new();
    let browser = home.path().join("a-browser");
    std::fs::write(&browser, "#!/bin/sh\necho 'no display, says the browser' >&2\nexit 7\n").unwrap();
    std::fs::set_permissions(&browser, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let up = home.run(["up", "--browser", browser.to_str().unwrap()]);
    assert_eq!(up.code(), 1);
    assert!(
        up.stderr().contains("no display, says the browser") && up.stderr().contains("--browser"),
        "{}",
        up.stderr()
    );
    home.ok(["down"]);
    assert!(!home.is_hub_alive());
}
