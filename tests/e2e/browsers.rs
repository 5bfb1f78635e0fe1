//! Two real browsers with two profiles at one hub: nobody's calls land in the other one, whatever is restarted.

use serde_json::{Value, json};

use crate::home::Home;
use crate::hosts::hub_of;
use crate::support::chromium::Chromium;
use crate::support::eventually;
use crate::support::mcp::{McpProcess, text_of};
use crate::support::site::{Page, Site};

/// A page that says whose profile it is in.
const WHO: &str = "<title>Who</title><h1></h1><script>document.querySelector('h1').textContent = \
                   'Profile ' + (localStorage.who || 'nobody')</script>";

async fn browsers(host: &McpProcess) -> Vec<Value> {
    let listed = host.call("browser_browsers", json!({ "action": "list" })).await;
    listed["structuredContent"]["value"]["browsers"].as_array().cloned().unwrap_or_default()
}

/// The one browser that is new to the hub.
async fn another(home: &Home, host: &McpProcess) -> (Chromium, String) {
    let before: Vec<Value> = browsers(host).await.iter().map(|row| row["browserId"].clone()).collect();
    let chromium = Chromium::launch(home.port(), &home.secret());
    let new = async || {
        let all = browsers(host).await;
        all.into_iter().find(|row| row["connected"] == true && !before.contains(&row["browserId"]))
    };
    eventually("the browser is connected", async || new().await.is_some()).await;
    (chromium, new().await.unwrap()["browserId"].as_str().unwrap().to_owned())
}

async fn choose(host: &McpProcess, browser: &str) {
    let said = host.text("browser_browsers", json!({ "action": "use", "browserId": browser })).await;
    assert!(said.contains("yours by your choice"), "{said}");
}

/// Whose profile the host's page is in, and its tab.
async fn who(host: &McpProcess, site: &Site) -> (String, i64) {
    let page = host.call("browser_navigate", json!({ "url": site.url("/who") })).await;
    let text = text_of(&page);
    let name = text.split("Profile ").nth(1).unwrap_or_else(|| panic!("{text}"));
    let name = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    (name, page["_meta"]["tabhub/answer"]["page"]["tabId"].as_i64().unwrap())
}

#[tokio::test]
async fn two_profiles_are_never_mixed_up_and_a_choice_and_a_name_outlive_hub_and_browser() {
    let home = Home::new();
    let (ada, bob) = (home.host("ada").await, home.host("bob").await);
    for host in [&ada, &bob] {
        hub_of(host).await;
    }
    let site = Site::serve(|_| Page::html(WHO)).await;
    let (mut work, work_id) = another(&home, &ada).await;
    let (play, play_id) = another(&home, &ada).await;
    for (host, id, name) in [(&ada, &work_id, "work"), (&bob, &play_id, "play")] {
        host.text("browser_browsers", json!({ "action": "name", "browserId": id, "name": name })).await;
        choose(host, name).await;
        who(host, &site).await;
        host.text("browser_evaluate", json!({ "function": format!("() => localStorage.who = '{name}'") })).await;
    }
    let rounds = async |host: &McpProcess, name: &str| {
        for _ in 0..5 {
            assert_eq!(who(host, &site).await.0, name);
        }
    };
    tokio::join!(rounds(&ada, "work"), rounds(&bob, "play"));

    // A tab keeps its browser, whatever its client uses now.
    let (_, in_work) = who(&ada, &site).await;
    choose(&ada, &play_id).await;
    let (name, in_play) = who(&ada, &site).await;
    assert_eq!(name, "play");
    for (tab, name) in [(in_work, "work"), (in_play, "play"), (in_work, "work")] {
        let seen = ada.text("browser_snapshot", json!({ "tabId": tab })).await;
        assert!(seen.contains(&format!("Profile {name}")), "{seen}");
    }
    choose(&ada, "work").await;

    home.kill_hub();
    tokio::join!(rounds(&ada, "work"), rounds(&bob, "play"));
    work.restart();
    // It waits for its own browser, with another one there. A killed browser may have lost what a page stored last.
    // And the hub may have sent the first call to the run that was just killed: nobody can say what became of it.
    ada.call("browser_navigate", json!({ "url": site.url("/who") })).await;
    let (name, _) = who(&ada, &site).await;
    assert_ne!(name, "play");
    ada.text("browser_evaluate", json!({ "function": "() => localStorage.who = 'work'" })).await;
    rounds(&ada, "work").await;
    rounds(&bob, "play").await;
    let names = async || {
        let mut names: Vec<_> =
            browsers(&bob).await.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names().await, ["play", "work"], "each keeps its name in its profile");
    let taken = bob.error("browser_browsers", json!({ "action": "name", "name": "Work" })).await;
    assert!(taken.starts_with("invalid_params: ") && taken.contains("already"), "{taken}");
    drop(play);
}

#[tokio::test]
async fn a_new_client_begins_in_the_browser_that_the_person_used_last_also_at_the_next_hub() {
    let home = Home::new();
    let looker = home.host("looker").await;
    hub_of(&looker).await;
    let site = Site::serve(|_| Page::html(WHO)).await;
    let (first, first_id) = another(&home, &looker).await;
    let (_second, second_id) = another(&home, &looker).await;
    let focused = async || {
        let rows = browsers(&looker).await;
        rows.iter().filter(|row| row["focused"] == true).map(|row| row["browserId"].clone()).collect::<Vec<_>>()
    };
    eventually("the one that was opened last is used", async || focused().await == [json!(second_id)]).await;
    // The person turns to the first one.
    let turn = "chrome.windows.create({ url: 'about:blank', focused: true }).then(({ id }) => chrome.windows.update(id, { focused: true })).then(() => 1)";
    first.in_page("worker.js", turn).await;
    eventually("it is noticed", async || focused().await == [json!(first_id)]).await;
    // What clients do in the other one is no use of it by the person.
    choose(&looker, &second_id).await;
    who(&looker, &site).await;
    for hub in ["this", "the next"] {
        if hub == "the next" {
            home.kill_hub();
            eventually("both are back", async || browsers(&looker).await.len() == 2).await;
        }
        let newcomer = home.host("newcomer").await;
        hub_of(&newcomer).await;
        eventually("the default is known", async || focused().await == [json!(first_id)]).await;
        who(&newcomer, &site).await;
        let rows = browsers(&newcomer).await;
        let own: Vec<_> = rows.iter().filter(|row| row["yours"] == true).map(|row| row["browserId"].clone()).collect();
        assert_eq!(own, [json!(first_id)], "at {hub} hub");
    }
}
