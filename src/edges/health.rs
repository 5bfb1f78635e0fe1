//! `/health`: counts, for extensions that look for their hub and for people who wonder. It registers nothing.

use actix_web::{HttpResponse, web};

use super::state::HubState;
use crate::actors::status;
use crate::protocol::status::Health;
use crate::protocol::{PROTOCOL, VERSION};

/// Answers `/health`.
pub async fn health(state: web::Data<HubState>) -> HttpResponse {
    let status = status::collect(&state.house).await;
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(Health {
        name: "tabhub".to_owned(),
        pid: std::process::id(),
        version: VERSION.to_owned(),
        protocol: PROTOCOL,
        uptime_secs: state.house.uptime().as_secs(),
        browsers: status.browsers.iter().filter(|b| b.connected).count(),
        clients: status.clients.len(),
        calls_in_flight: status.clients.iter().map(|c| c.in_flight).sum(),
        actors: state.house.actors.get(),
        restarts: state.house.restarts(),
    })
}
