//! Native messaging: the real host between a stand-in browser and a real hub.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tabhub::config::limits;
use tabhub::daemon::hub_json;
use tabhub::instance::{HubPlace, Phase};
use tabhub::native::envelope::News;
use tabhub::protocol::{Event, Frame};

use crate::home::{Home, is_alive, signal};
use crate::links::{call, connected_link, link_to, request, request_with, result, start_call, until};
use crate::native_browser::{NativeBrowser, Said};
use crate::support::browser::tab;
use crate::support::{eventually, within};

#[tokio::test]
async fn a_browser_over_native_messaging_needs_no_code_pushes_its_state_and_gives_each_action_its_real_result() {
    let home = Home::new();
    let link = connected_link(&home).await;
    let mut browser = NativeBrowser::start(&home);
    assert_eq!(browser.connect().await, home.hub().pid);
    browser.tell_tabs(vec![tab(7, None, false), tab(8, None, false)]).await;
    eventually("the hub knows the browser and its tabs", async || {
        let browser = &home.status()["browsers"][0];
        browser["connected"] == true && browser["tabs"] == 2
    })
    .await;
    let on = |tool, tab: i64| request_with(tool, json!({ "tabId": tab, "ref": "e1" }), Duration::from_secs(60));
    let (first, second) = (start_call(&link, on("browser_click", 7)), start_call(&link, on("browser_hover", 8)));
    let (one, other) = (browser.call().await, browser.call().await);
    assert_ne!(one.id, other.id, "each action has its id");
    // The later one first: each gets its own result.
    for call in [&other, &one] {
        browser.answer(call, json!({ "tool": call.body.tool })).await;
    }
    assert_eq!(result(within("an answer", first).await.unwrap())["tool"], "browser_click");
    assert_eq!(result(within("an answer", second).await.unwrap())["tool"], "browser_hover");
}

#[tokio::test]
async fn a_hub_that_is_killed_under_native_messaging_is_followed_by_the_next_and_the_call_goes_on() {
    let home = Home::new();
    let link = connected_link(&home).await;
    let mut browser = NativeBrowser::start(&home);
    let first = browser.connect().await;
    let running = start_call(&link, request("browser_click"));
    let asked = browser.call().await;
    signal(first, Signal::KILL);
    browser.until("the end of the link", |said| matches!(said, Said::About(News::Closed { .. })).then_some(())).await;
    // The instance starts the next one; the host finds it by itself.
    let second = browser.connect().await;
    assert_ne!(second, first);
    let again = browser.call().await;
    assert_eq!((again.id, again.body.attempt), (asked.id, 2));
    browser.answer(&again, json!({ "tool": "browser_click" })).await;
    assert_eq!(result(within("the answer", running).await.unwrap())["tool"], "browser_click");
}

#[tokio::test]
async fn without_a_hub_it_says_so_starts_none_and_finds_the_one_that_somebody_else_starts() {
    let home = Home::new();
    let mut browser = NativeBrowser::start(&home);
    let Said::About(News::NoHub { reason, secret }) = browser.hear().await else { panic!("no hub") };
    assert!(reason.contains("No hub runs") && secret == home.secret(), "{reason}");
    let error = browser.open().await.unwrap_err();
    assert!(error.contains("No hub runs"), "{error}");
    assert!(!home.is_hub_alive() && home.hubs().is_empty());
    home.ok(["start"]);
    browser.connect().await;
    home.ok(["stop"]);
    browser.until("no hub", |said| matches!(said, Said::About(News::NoHub { .. })).then_some(())).await;
}

#[tokio::test]
async fn it_ends_with_its_input_also_in_the_middle_of_a_message() {
    let home = Home::new();
    home.ok(["start"]);
    let mut browser = NativeBrowser::start(&home);
    browser.connect().await;
    assert_eq!(browser.hang_up().await, Some(0));
    eventually("the hub knows that the browser has left", async || home.status()["browsers"][0]["connected"] == false)
        .await;
    let mut amid = NativeBrowser::start(&home);
    amid.hub().await;
    amid.write(&[9, 0, 0, 0, b'"']).await;
    assert_eq!(amid.hang_up().await, Some(0));
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_the_right_one_is_taken_afterwards() {
    let home = Home::new();
    home.ok(["start"]);
    let (path, right) = (home.settings().paths.hub_json(), home.hub());
    let mut browser = NativeBrowser::start(&home);
    browser.hub().await;
    // The hub puts its own back within a second: until one of the forged ones was read, it is forged again.
    let refused = async {
        loop {
            hub_json::write(&path, &hub_json::HubFile { token: hub_json::new_token(), ..right.clone() }).unwrap();
            if let Err(error) = browser.open().await {
                return error;
            }
        }
    };
    let error = within("a refusal", refused).await;
    assert!(error.contains("403"), "{error}");
    assert_eq!(home.status()["browsers"].as_array().map(Vec::len), Some(0), "nobody came in");
    eventually("the hub's own file is back", async || home.hub().token == right.token).await;
    browser.open().await.unwrap();
}

#[tokio::test]
async fn bad_messages_are_passed_over_and_one_that_is_too_long_ends_it() {
    let home = Home::new();
    home.ok(["start"]);
    let mut browser = NativeBrowser::start(&home);
    browser.connect().await;
    for bad in [&b""[..], b"\xff\xfe", b"{", b"null", br#"{"kind":"dance"}"#, br#""no frame""#] {
        browser.write(&u32::try_from(bad.len()).unwrap().to_ne_bytes()).await;
        browser.write(bad).await;
    }
    browser.send(&Frame::Ping("still here".to_owned())).await;
    let pong = browser
        .until("a pong", |said| match said {
            Said::Frame(Frame::Pong(id)) => Some(id),
            _ => None,
        })
        .await;
    assert_eq!(pong, "still here");
    browser.write(&u32::try_from(limits::NATIVE_IN_BYTES + 1).unwrap().to_ne_bytes()).await;
    assert_eq!(within("the host's end", browser.host.wait()).await.unwrap().code(), Some(1));
}

#[tokio::test]
async fn frames_that_are_too_large_for_one_message_pass_both_ways_in_parts() {
    let home = Home::new();
    let link = connected_link(&home).await;
    let mut browser = NativeBrowser::start(&home);
    browser.connect().await;
    // Every letter of it takes more room within JSON, and some are cut if a part is cut by bytes.
    let text = "\"\\ü\n".repeat(500_000);
    let large = request_with("browser_type", json!({ "ref": "e1", "text": text }), Duration::from_secs(60));
    let running = start_call(&link, large);
    let asked = browser.call().await;
    let params: serde_json::Value = serde_json::from_str(asked.body.params.get()).unwrap();
    assert_eq!(params["text"], text.as_str());
    assert!(browser.largest <= limits::NATIVE_OUT_BYTES, "{}", browser.largest);
    assert!(browser.largest > limits::NATIVE_OUT_BYTES / 2, "it came in large parts: {}", browser.largest);
    let answer = crate::support::browser::answer(asked.id, asked.client, Ok(json!({ "text": text }))).encode().unwrap();
    let middle = answer.char_indices().nth(answer.chars().count() / 2).unwrap().0;
    browser.say(&json!({ "kind": "part", "text": &answer[..middle], "last": false })).await;
    browser.say(&json!({ "kind": "part", "text": &answer[middle..], "last": true })).await;
    assert_eq!(result(within("the answer", running).await.unwrap())["text"], text.as_str());
}

#[tokio::test]
async fn what_was_meant_for_an_older_link_does_not_reach_the_next_one() {
    let home = Home::new();
    home.ok(["start"]);
    let mut browser = NativeBrowser::start(&home);
    browser.connect().await;
    browser.say(&json!({ "kind": "close" })).await;
    // A part and a frame of a link that is over: on a new link they would be taken for a hello.
    browser.say(&json!({ "kind": "part", "text": "{\"type\":", "last": false })).await;
    browser.send(&Frame::Event(Event::Focus { at: None })).await;
    assert!(browser.connect().await > 0);
    assert_eq!(home.status()["browsers"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_host_that_is_killed_leaves_its_calls_to_the_next_one() {
    let home = Home::new();
    let link = link_to(&home, HubPlace::Daemon);
    until(&link, Phase::is_connected).await;
    let mut first = NativeBrowser::start(&home);
    first.connect().await;
    let running = start_call(&link, request("browser_click"));
    let asked = first.call().await;
    let pid = first.host.id().unwrap();
    signal(pid, Signal::KILL);
    let mut second = NativeBrowser::start(&home);
    (second.id, second.epoch) = (first.id, first.epoch);
    second.connect().await;
    let again = second.call().await;
    assert_eq!(again.id, asked.id);
    second.answer(&again, json!({ "tool": "browser_click" })).await;
    assert_eq!(result(within("the answer", running).await.unwrap())["tool"], "browser_click");
    drop(first);
    eventually("the first host is gone", async || !is_alive(pid)).await;
    assert!(call(&link, request("browser_status")).await.is_ok());
}

#[tokio::test]
async fn another_extension_is_turned_away_before_anything_is_said() {
    let home = Home::new();
    let ran = home.run(["native-host", "chrome-extension://bjfgambnhccakkhmkepdoekmckoijdlc/"]);
    assert_eq!((ran.code(), ran.stdout().as_str()), (1, ""));
    assert!(ran.stderr().contains("not the tabhub extension"), "{}", ran.stderr());
}
