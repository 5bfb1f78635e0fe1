//! MCP over Streamable HTTP: its own port, for hosts that need no process of their own.
//!
//! It runs on a thread of its own, so that what a host sends is read and written beside the actors, not before them.

mod bridge;
mod clients;
mod door;
mod messages;
mod peer;

use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;
use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::http::{KeepAlive, Method};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use self::bridge::BodyError;
use self::clients::Clients;
pub use self::door::HttpToken;
use self::door::{Door, Refused};
use crate::actors::House;
use crate::config::{Settings, limits};
use crate::mcp::http::request::{Glance, glance, refusal};
use crate::mcp::http::{Bounds, Caller, Reception, SESSION_HEADER, Service};

/// The longest name of a workspace.
const WORKSPACE_MOST: usize = 64;

/// What every request needs.
struct State<R: Reception> {
    service: Service<R>,
    /// Whether one client more would be too many.
    is_one_too_many: Arc<dyn Fn(&Caller) -> bool + Send + Sync>,
    is_ending: Arc<dyn Fn() -> bool + Send + Sync>,
    door: Arc<Door>,
    port: u16,
}

impl<R: Reception> Clone for State<R> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            is_one_too_many: Arc::clone(&self.is_one_too_many),
            is_ending: Arc::clone(&self.is_ending),
            door: Arc::clone(&self.door),
            port: self.port,
        }
    }
}

impl<R: Reception> State<R> {
    fn enter(&self, request: &HttpRequest) -> Result<(), Refused> {
        self.door.enter(request, self.port, |session| self.service.has(session))
    }
}

/// MCP over HTTP that listens.
#[derive(Debug)]
pub struct McpHttp {
    server: ServerHandle,
    stop: Stop,
}

/// Ends the service behind the listeners.
struct Stop(Box<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stop")
    }
}

impl McpHttp {
    /// Ends every open stream, and then the server.
    pub async fn stop(&self) {
        (self.stop.0)();
        self.server.stop(false).await;
    }
}

/// What MCP over HTTP keeps to.
#[derive(Debug, Clone)]
pub struct HttpRules {
    /// The token that is asked for.
    pub token: HttpToken,
    /// How often one client may ask within a second.
    pub rate: NonZeroU32,
    /// How long a session may be without a request and without an open stream.
    pub idle: Duration,
    /// How long a call of a session goes on after its stream broke.
    pub resume_patience: Duration,
    /// The longest body of a request, in bytes.
    pub body_bytes: usize,
}

impl HttpRules {
    fn bounds(&self) -> Bounds {
        Bounds {
            body_bytes: self.body_bytes,
            sessions: limits::HTTP_CLIENTS,
            idle: self.idle,
            resume_patience: self.resume_patience,
        }
    }
}

/// Serves the house's tools on these listeners. `thread` is where the actors are.
///
/// # Errors
/// When the listeners cannot be used.
pub fn start(
    listeners: Vec<TcpListener>,
    port: u16,
    rules: &HttpRules,
    (house, thread): (House, ArbiterHandle),
    settings: &Settings,
) -> std::io::Result<McpHttp> {
    let clients = Clients::new(house.clone(), thread, settings);
    let service = Service::new(clients.clone(), &rules.bounds());
    let (crowd, idle) = (clients.clone(), rules.idle);
    let state = State {
        service,
        is_one_too_many: Arc::new(move |caller| crowd.is_one_too_many(caller)),
        is_ending: Arc::new(move || house.is_ending()),
        door: Arc::new(Door::new(rules.token.clone(), rules.rate)),
        port,
    };
    serve(listeners, state, rules, move || clients.end_idle(idle))
}

/// Serves whatever this reception has behind the same door, for the tests of the transport.
///
/// # Errors
/// When the listeners cannot be used.
pub fn start_with(
    listeners: Vec<TcpListener>,
    port: u16,
    rules: &HttpRules,
    reception: impl Reception,
) -> std::io::Result<McpHttp> {
    let state = State {
        service: Service::new(reception, &rules.bounds()),
        is_one_too_many: Arc::new(|_| false),
        is_ending: Arc::new(|| false),
        door: Arc::new(Door::new(rules.token.clone(), rules.rate)),
        port,
    };
    serve(listeners, state, rules, || {})
}

fn serve<R: Reception>(
    listeners: Vec<TcpListener>,
    state: State<R>,
    rules: &HttpRules,
    end_idle: impl Fn() + Send + 'static,
) -> std::io::Result<McpHttp> {
    let body_bytes = rules.body_bytes;
    let shared = state.clone();
    let mut server = HttpServer::new(move || {
        let route = move |method: Method| web::method(method).to(mcp::<R>);
        let at = |path: &str| {
            web::resource(path.to_owned())
                .route(route(Method::POST))
                .route(route(Method::GET))
                .route(route(Method::DELETE))
                .default_service(web::to(wrong_method::<R>))
        };
        App::new()
            .app_data(web::Data::new(shared.clone()))
            .app_data(web::Data::new(BodyCap(body_bytes)))
            .service(at("/mcp"))
            .service(at("/mcp/{workspace}"))
            .default_service(web::to(nothing_here::<R>))
    })
    .workers(1)
    // The events of a stream are small writes, one soon after the other: none may wait until the one before is acknowledged.
    .tcp_nodelay(true)
    .disable_signals()
    .shutdown_timeout(1)
    .keep_alive(KeepAlive::Timeout(limits::HTTP_KEEP_ALIVE))
    .client_request_timeout(limits::HTTP_HEAD)
    // A client that goes away must be noticed at once: its call is to be cancelled.
    .h1_allow_half_closed(false);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let pause = limits::HTTP_TIDY.min(rules.idle / 4).max(Duration::from_millis(10));
    let stopped = state.service.stopped();
    let (service, door) = (state.service.clone(), state.door);
    actix_web::rt::spawn(async move {
        let tidy = async {
            loop {
                tokio::time::sleep(pause).await;
                service.end_idle().await;
                end_idle();
                door.tidy();
            }
        };
        tokio::select! {
            () = tidy => {}
            () = stopped => {}
        }
    });
    let service = state.service;
    Ok(McpHttp { server: handle, stop: Stop(Box::new(move || service.stop())) })
}

/// The longest body.
struct BodyCap(usize);

/// Answers `/mcp` and `/mcp/{workspace}`.
async fn mcp<R: Reception>(
    state: web::Data<State<R>>,
    cap: web::Data<BodyCap>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match admit(&state, &cap, &request, payload).await {
        Ok((caller, request, is_json)) => {
            let response = bridge::response(state.service.handle(caller, request).await);
            // rmcp says 415 of JSON that is no message of the protocol; the media type is right.
            if is_json && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
                let error = refusal(-32600, "Invalid Request: this is not a message of the protocol");
                return HttpResponse::BadRequest().json(error);
            }
            response
        }
        Err(refused) => *refused,
    }
}

type Admitted = (Caller, http::Request<http_body_util::Full<web::Bytes>>, bool);

/// Everything that is decided before rmcp gets the request.
async fn admit<R: Reception>(
    state: &State<R>,
    BodyCap(cap): &BodyCap,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Admitted, Refused> {
    state.enter(request)?;
    let workspace = workspace(request)?;
    let session = request.headers().get(SESSION_HEADER).and_then(|value| value.to_str().ok());
    if session.is_some_and(|session| !state.service.has(session)) {
        // Also after a restart of the hub: clients begin a new session by themselves.
        return Err(door::told(
            HttpResponse::NotFound(),
            -32001,
            "Not Found: there is no such session; begin a new one",
        ));
    }
    let too_large = || door::told(HttpResponse::PayloadTooLarge(), -32600, "Payload Too Large: send less at once");
    let length = request.headers().get("content-length").and_then(|value| value.to_str().ok());
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > *cap as u64) {
        return Err(too_large());
    }
    let body = bridge::whole(payload, *cap).await.map_err(|error| match error {
        BodyError::TooLong => too_large(),
        BodyError::Broken => HttpResponse::BadRequest().finish().into(),
    })?;
    let is_json = request.method() == Method::POST && is_json(request.headers());
    let seen = if is_json {
        glance(&body).map_err(|error| Refused::from(HttpResponse::BadRequest().json(error)))?
    } else {
        NOTHING
    };
    if seen.is_initialize && (state.is_ending)() {
        let mut response = HttpResponse::ServiceUnavailable();
        response.insert_header(("retry-after", "1"));
        return Err(door::told(response, -32000, "Service Unavailable: the hub is shutting down"));
    }
    let caller = if session.is_some() || seen.is_initialize {
        Caller::Session { workspace }
    } else {
        Caller::Alone { workspace, host: seen.host.unwrap_or_default() }
    };
    if (seen.is_initialize && session.is_none() && state.service.is_full()) || (state.is_one_too_many)(&caller) {
        let message = "Too many clients over HTTP: end some of them, or wait until idle ones end";
        return Err(door::too_many(limits::HTTP_TIDY, message));
    }
    let request = bridge::request(request, body).ok_or_else(|| Refused::from(HttpResponse::BadRequest().finish()))?;
    Ok((caller, request, is_json))
}

const NOTHING: Glance = Glance { is_initialize: false, host: None };

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The workspace in the path; a name that could not be shown is none.
fn workspace(request: &HttpRequest) -> Result<Option<String>, Refused> {
    let Some(raw) = request.match_info().get("workspace") else { return Ok(None) };
    let name = percent_decoded(raw).filter(|name| {
        !name.trim().is_empty() && name.chars().count() <= WORKSPACE_MOST && !name.chars().any(char::is_control)
    });
    name.map(|name| Some(name.trim().to_owned())).ok_or_else(|| {
        let message = "Bad Request: a workspace's name is 1 to 64 characters that can be shown";
        door::told(HttpResponse::BadRequest(), -32600, message)
    })
}

fn percent_decoded(raw: &str) -> Option<String> {
    let bytes = raw.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let digits = std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok()?;
            decoded.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok()
}

async fn wrong_method<R: Reception>(state: web::Data<State<R>>, request: HttpRequest) -> HttpResponse {
    if let Err(response) = state.enter(&request) {
        return *response;
    }
    let mut response = HttpResponse::MethodNotAllowed();
    response.insert_header(("allow", "GET, POST, DELETE"));
    *door::told(response, -32600, "Method Not Allowed: use POST, GET or DELETE")
}

async fn nothing_here<R: Reception>(state: web::Data<State<R>>, request: HttpRequest) -> HttpResponse {
    if let Err(response) = state.enter(&request) {
        return *response;
    }
    *door::told(HttpResponse::NotFound(), -32600, "Not Found: MCP is at /mcp and /mcp/{workspace}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_workspace_is_a_name_that_can_be_shown() {
        let named = |raw: &'static str| {
            workspace(&TestRequest::default().param("workspace", raw).to_http_request()).map_err(|r| r.status())
        };
        assert_eq!(named("shop%20tests"), Ok(Some("shop tests".to_owned())));
        assert_eq!(named("%C3%BCber"), Ok(Some("über".to_owned())));
        for wrong in ["%20", "%00", "%ff", "%2", "a%0Ab"] {
            assert_eq!(named(wrong), Err(StatusCode::BAD_REQUEST), "{wrong}");
        }
    }
}
