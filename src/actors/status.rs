//! The whole house at one moment, asked of every actor at once. An actor that does not answer is left out.

use std::time::Duration;

use futures_util::future::join_all;

use super::browser_session::messages::GetBrowserStatus;
use super::client_registry::messages::{ClientRow, ListClients};
use super::client_session::messages::GetInFlight;
use super::house::House;
use super::router::messages::{BrowserRow, ListBrowsers};
use crate::protocol::status::{BrowserStatus, ClientStatus, Status};

/// How long an actor may take to say how it does.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks everyone.
pub async fn collect(house: &House) -> Status {
    let (browsers, clients) = tokio::join!(browsers(house), clients(house));
    let last_exit = house.facts.get().and_then(|facts| facts.last_exit.clone());
    Status { hub: Some(house.hub_status()), browsers, clients, last_exit }
}

async fn browsers(house: &House) -> Vec<BrowserStatus> {
    let Some(router) = house.router.current() else { return Vec::new() };
    let rows = patiently(router.send(ListBrowsers)).await.unwrap_or_default();
    let asked = rows.into_iter().map(|row: BrowserRow| async move {
        let mut status = patiently(row.session.current()?.send(GetBrowserStatus)).await?;
        status.name = row.name;
        Some(status)
    });
    join_all(asked).await.into_iter().flatten().collect()
}

async fn clients(house: &House) -> Vec<ClientStatus> {
    let Some(registry) = house.registry.current() else { return Vec::new() };
    let rows = patiently(registry.send(ListClients)).await.unwrap_or_default();
    let asked = rows.into_iter().map(|row: ClientRow| async move {
        let mut status = row.status;
        if let Some(session) = row.session {
            status.in_flight = patiently(session.send(GetInFlight)).await.unwrap_or(0);
        }
        status
    });
    join_all(asked).await
}

async fn patiently<T>(answer: impl Future<Output = Result<T, actix::MailboxError>>) -> Option<T> {
    tokio::time::timeout(PATIENCE, answer).await.ok()?.ok()
}
