//! `tabhub up` and `tabhub down` with real Chromium: from nothing to two clients in one browser, and back.

use serde_json::Value;

use crate::home::{Home, is_alive};
use crate::support::chromium;

fn opened(home: &Home) -> Option<u32> {
    let json = std::fs::read(home.path().join("browser/browser.json")).ok()?;
    let json: Value = serde_json::from_slice(&json).unwrap();
    json["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok())
}

#[test]
fn up_opens_a_browser_checks_it_with_two_clients_and_down_closes_it_all() {
    let home = Home::new();
    let said = home.ok(["up", "--headless", "--browser", chromium::binary()]);
    for part in [
        "alpha was greeted 1 time",
        "beta was greeted 1 time",
        "Neither saw the other's tab",
        "claude mcp add tabhub",
        "mcpServers",
        "[mcp_servers.tabhub]",
        "tabhub extension",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let status = home.status();
    assert_eq!(status["browsers"][0]["connected"], true);
    assert_eq!(status["clients"], serde_json::json!([]), "the check leaves nobody behind");
    let browser = opened(&home).unwrap();
    assert!(is_alive(browser));

    let again = home.ok(["up", "--headless", "--no-check", "--browser", chromium::binary()]);
    assert!(again.contains("The browser is connected") && !again.contains("Opening"), "{again}");
    assert_eq!(opened(&home), Some(browser));

    let url = format!("http://127.0.0.1:{}/demo/shell", home.hub().port);
    assert!(home.ok(["call", "browser_navigate", "--url", &url]).contains("tabhub demo: shell"));
    let snapshot = home.ok(["call", "browser_snapshot"]);
    assert!(snapshot.contains("Greet shell"), "the next call of the shell has the same tab: {snapshot}");

    assert!(home.ok(["down"]).contains(&browser.to_string()));
    assert!(!is_alive(browser) && !home.is_hub_alive() && opened(&home).is_none());
    home.ok(["down"]);
}

#[test]
fn a_restarted_hub_gets_its_browser_back() {
    let home = Home::new();
    home.ok(["up", "--headless", "--no-check", "--browser", chromium::binary()]);
    home.kill_hub();
    let before = opened(&home);
    let said = home.ok(["up", "--headless", "--no-check", "--browser", chromium::binary()]);
    assert!(said.contains("is connected") && !said.contains("Opening"), "the browser that is there comes back: {said}");
    assert_eq!(opened(&home), before);
    home.ok(["down"]);
}
