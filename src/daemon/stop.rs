//! Ends the hub and waits until it is gone. It succeeds when none runs.

use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::control::{self, ControlError, HUB_STOP};
use super::error::DaemonError;
use super::hub_json::{self, HubFile};
use super::locks;
use super::socket::Miss;
use crate::config::Paths;

/// What was to be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// None ran.
    NoneRan,
    /// This one ended.
    Ended {
        /// Its process id.
        pid: u32,
    },
}

/// How long one request may take; a hub that is busy gets another.
const REQUEST: Duration = Duration::from_secs(2);

/// Ends the hub that runs, if any, and waits until its lock is free, or another hub's: a call that waited for the end
/// of this one may have started the next within moments.
///
/// # Errors
/// When it is still there at the deadline. It is never killed: who does not answer is named instead.
pub async fn stop(paths: &Paths, reason: &str, deadline: Instant) -> Result<Stopped, DaemonError> {
    let began = Instant::now();
    let is_held = || locks::is_held(&paths.hub_lock());
    if !is_held() {
        return Ok(Stopped::NoneRan);
    }
    let file = || hub_json::read(&paths.hub_json()).ok();
    let mut hub = file();
    let pid_of = |hub: &Option<HubFile>| hub.as_ref().map_or(0, |hub| hub.pid);
    let mut trouble = String::from("it has not ended");
    let mut was_told = false;
    while is_held() {
        if Instant::now() >= deadline {
            return Err(DaemonError::Timeout {
                step: "stopping the hub",
                waited_ms: began.elapsed().as_millis(),
                detail: format!("process {} still holds {}: {trouble}", pid_of(&hub), paths.hub_lock().display()),
            });
        }
        if was_told {
            // Each hub has a token of its own.
            let is_next = |next: HubFile| hub.as_ref().is_some_and(|hub| hub.token != next.token);
            if file().is_some_and(is_next) {
                break;
            }
        } else {
            hub = file();
            match control::ask(paths, HUB_STOP, params(reason), REQUEST.min(deadline - Instant::now())).await {
                Ok(_) | Err(ControlError::Miss(Miss::Stopping)) => was_told = true,
                Err(error) => trouble = error.to_string(),
            }
        }
        tokio::time::sleep(locks::LOOK_AGAIN).await;
    }
    Ok(Stopped::Ended { pid: pid_of(&hub) })
}

fn params(reason: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(&serde_json::json!({ "reason": reason }))
        .unwrap_or_else(|_| RawValue::NULL.to_owned())
}
