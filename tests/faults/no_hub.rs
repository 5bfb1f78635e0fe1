//! No hub is to be had: how often an instance tries, what it says meanwhile, and that it is there at once when one is.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tabhub::instance::{Farewell, HubPlace, Link, LinkConfig, Phase};
use tabhub::protocol::ClientId;

use crate::home::{Home, TABHUB};
use crate::links::{call, connected_link, request, result, until};
use crate::support::eventually;

/// A program in front of the real one that writes down each time it is run.
fn counted(home: &Home, runs: &str) -> (PathBuf, PathBuf) {
    let (program, count) = (home.path().join("counted"), home.path().join("count"));
    std::fs::write(&program, format!("#!/bin/sh\necho >> '{}'\n{runs}\n", count.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (program, count)
}

fn times(count: &Path) -> usize {
    std::fs::read_to_string(count).unwrap_or_default().lines().count()
}

fn link_with(home: &Home, exe: PathBuf) -> Link {
    let finder = tabhub::daemon::Finder { exe, ..home.finder() };
    let (client_id, place) = (ClientId::mint(), HubPlace::Daemon);
    Link::start(LinkConfig { finder, client_id, grace_secs: None, farewell: Farewell::Done, place }).0
}

fn failures(link: &Link) -> Vec<u64> {
    link.history().iter().filter(|change| change.state == "failed").map(|change| change.at).collect()
}

#[tokio::test]
async fn an_instance_whose_hub_does_not_start_tries_more_and_more_rarely_and_a_call_tries_at_once() {
    let home = Home::set(&[("TABHUB_RECONNECT_MAX", "20")]);
    let (program, count) = counted(&home, "exit 1");
    let link = link_with(&home, program.clone());
    eventually("it has failed eight times", async || failures(&link).len() >= 8).await;
    let pauses: Vec<u64> = failures(&link).windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses[6] >= 300, "each pause is up to twice the one before, whatever reconnecting may take: {pauses:?}");
    let most = 2 * (failures(&link).len() + 1);
    assert!(times(&count) <= most, "one process an attempt, and one more when it died without a word");
    let error = call(&link, request("browser_click")).await.unwrap_err();
    assert!(error.message.contains("gave no reason"), "{error}");
    // What stood in the way is gone, and a call does not wait for the next attempt's time.
    std::fs::write(&program, format!("#!/bin/sh\nexec '{TABHUB}' \"$@\"\n")).unwrap();
    let _status = call(&link, request("browser_status")).await;
    until(&link, |phase| phase == Phase::Ready).await;
}

/// Whether a link that tries rarely by now found the hub of another while it rested, and not with an attempt of its own.
async fn notices_while_it_rests() -> bool {
    let home = Home::set(&[("TABHUB_RECONNECT_MAX", "20")]);
    let link = link_with(&home, counted(&home, "exit 1").0);
    eventually("it tries rarely by now", async || failures(&link).len() >= 8).await;
    home.ok_meanwhile(["start"]).await;
    until(&link, |phase| phase == Phase::Ready).await;
    let came = link.history().into_iter().rev().find(|change| change.state == "connecting").unwrap();
    came.reason.starts_with("found hub")
}

#[tokio::test]
async fn an_instance_that_has_given_up_for_a_while_notices_the_hub_of_another() {
    for _ in 0..5 {
        // On a slow machine an attempt of its own may be due just then.
        if notices_while_it_rests().await {
            return;
        }
    }
    panic!("each time it was an attempt of its own that found the hub");
}

#[tokio::test]
async fn a_link_that_rests_after_a_stop_sets_out_when_it_is_asked_for_the_status_and_says_so() {
    let home = Home::new();
    let link = connected_link(&home).await;
    home.ok_meanwhile(["stop"]).await;
    until(&link, |phase| phase == Phase::Reconnecting).await;
    let last = link.history().pop().unwrap();
    assert!(last.reason.contains("tabhub stop") && last.reason.contains("the next call starts a hub"), "{last:?}");
    let status = result(call(&link, request("browser_status")).await);
    if status["value"]["hub"].is_null() {
        let text = status["text"].as_str().unwrap();
        assert!(text.contains("it is on its way to one") && !text.contains("the next call starts"), "{text}");
        assert!(status["value"]["lastExit"]["reason"].as_str().unwrap().contains("tabhub stop"), "{status}");
    }
    // And that was true: nobody asks again.
    until(&link, |phase| phase == Phase::Ready).await;
    assert_eq!(home.hubs().len(), 1);
}
