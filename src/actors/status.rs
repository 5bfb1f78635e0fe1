//! The whole house at one moment, asked of every actor at once. An actor that does not answer is left out, and named.

use std::time::Duration;

use futures_util::future::join_all;

use super::browser_session::messages::GetBrowserStatus;
use super::client_registry::messages::{ClientRow, ListClients};
use super::client_session::messages::GetInFlight;
use super::house::House;
use super::router::messages::{BrowserRow, ListBrowsers};
use crate::protocol::status::{BrowserStatus, ClientStatus, Status};
use crate::supervise::health::CheckHealth;

/// How long an actor may take to say how it does.
const PATIENCE: Duration = Duration::from_secs(1);

/// Those who did not answer, by name.
type Unwell = Vec<String>;

/// Asks everyone.
pub async fn collect(house: &House) -> Status {
    let (supervisor, (browsers, silent_browsers), (clients, silent_clients)) =
        tokio::join!(supervisor(house), browsers(house), clients(house));
    let last_exit = house.facts.get().and_then(|facts| facts.last_exit.clone());
    let mut hub = house.hub_status();
    hub.unwell = [supervisor, silent_browsers, silent_clients].concat();
    hub.unwell.sort();
    Status { hub: Some(hub), browsers, clients, last_exit }
}

async fn supervisor(house: &House) -> Unwell {
    let answer = async { patiently(house.supervisor.current()?.send(CheckHealth)).await };
    if answer.await.is_some() { Unwell::new() } else { vec!["Supervisor".to_owned()] }
}

/// The browsers alone.
pub async fn browsers(house: &House) -> (Vec<BrowserStatus>, Unwell) {
    let rows = async { patiently(house.router.current()?.send(ListBrowsers)).await };
    let Some(rows) = rows.await else { return (Vec::new(), vec!["Router".to_owned()]) };
    let asked = rows.into_iter().map(|row: BrowserRow| async move {
        let answer = async { patiently(row.session.current()?.send(GetBrowserStatus)).await };
        let Some(mut status) = answer.await else { return Err(format!("BrowserSession of {}", row.name)) };
        status.name = row.name;
        status.focused = row.is_focused;
        Ok(status)
    });
    part(join_all(asked).await)
}

async fn clients(house: &House) -> (Vec<ClientStatus>, Unwell) {
    let rows = async { patiently(house.registry.current()?.send(ListClients)).await };
    let Some(rows) = rows.await else { return (Vec::new(), vec!["ClientRegistry".to_owned()]) };
    let asked = rows.into_iter().map(|row: ClientRow| async move {
        let mut status = row.status;
        let Some(session) = row.session else { return (status, None) };
        let answer = patiently(session.send(GetInFlight)).await;
        // A session that has just ended is not unwell: its client has left.
        let is_silent = answer.is_none() && session.connected();
        let silent = is_silent.then(|| format!("ClientSession of {}", status.name));
        status.in_flight = answer.unwrap_or(0);
        (status, silent)
    });
    let (clients, silent): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().unzip();
    (clients, silent.into_iter().flatten().collect())
}

fn part<T>(answers: Vec<Result<T, String>>) -> (Vec<T>, Unwell) {
    let (mut there, mut silent) = (Vec::new(), Unwell::new());
    for answer in answers {
        match answer {
            Ok(status) => there.push(status),
            Err(name) => silent.push(name),
        }
    }
    (there, silent)
}

async fn patiently<T>(answer: impl Future<Output = Result<T, actix::MailboxError>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, answer).await.ok()?.ok()
}
