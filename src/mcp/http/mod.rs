//! MCP over Streamable HTTP, without the HTTP server: takes a request, gives a response. rmcp speaks the protocol, in
//! both of its eras; what it leaves open is decided here: who is served by whom, and how long a session lives.

mod record;
pub mod request;
mod sessions;

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use self::sessions::Sessions;

/// The header that names a session.
pub const SESSION_HEADER: &str = "mcp-session-id";

/// Whom a request is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A session of its own (protocols up to 2025-11-25), in this workspace if it named one.
    Session {
        /// The workspace in the path.
        workspace: Option<String>,
    },
    /// A request that stands alone (2026-07-28): whoever sends the same workspace, or the same name at the plain path,
    /// is the same client.
    Alone {
        /// The workspace in the path.
        workspace: Option<String>,
        /// What the host calls itself.
        host: String,
    },
}

/// Makes the server of each caller.
pub trait Reception: Send + Sync + 'static {
    /// What serves one session, or one request that stands alone.
    type Server: ServerHandler + Send + 'static;

    /// A server for this caller. It may be thrown away unused.
    fn receive(&self, caller: &Caller) -> (Self::Server, Arc<dyn Leave>);
}

/// Who is to be told that a session has ended, before its last requests have.
pub trait Leave: Send + Sync {
    /// The session is over: what it had is free, what it had under way is cancelled.
    fn leave(&self);
}

/// The bounds of the service.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// The longest body of a request, in bytes.
    pub body_bytes: usize,
    /// How many sessions there may be.
    pub sessions: usize,
    /// How long a session may be without a request and without an open stream.
    pub idle: Duration,
    /// How long a call of a session goes on after its stream broke, for the client to come back for it.
    pub resume_patience: Duration,
}

/// What is known of the request that is being handled.
struct Visit {
    caller: Caller,
    leave: RefCell<Option<Arc<dyn Leave>>>,
}

tokio::task_local! {
    /// rmcp makes servers and sessions without a look at the request; this is how both hear of it.
    static VISIT: Visit;
}

/// The service behind one or more listeners.
pub struct Service<R: Reception> {
    rmcp: StreamableHttpService<R::Server, Sessions>,
    sessions: Arc<Sessions>,
}

impl<R: Reception> Clone for Service<R> {
    fn clone(&self) -> Self {
        Self { rmcp: self.rmcp.clone(), sessions: Arc::clone(&self.sessions) }
    }
}

impl<R: Reception> Service<R> {
    /// A service whose callers this reception receives.
    #[must_use]
    pub fn new(reception: R, bounds: &Bounds) -> Self {
        let sessions = Arc::new(Sessions::new(bounds));
        let receive = move || {
            VISIT
                .try_with(|visit| {
                    let (server, leave) = reception.receive(&visit.caller);
                    visit.leave.replace(Some(leave));
                    server
                })
                .map_err(|_| io::Error::other("a server is made for a request only"))
        };
        // Host and Origin are checked by the guard at the door as well; this keeps rmcp's own check of the host.
        let config = StreamableHttpServerConfig::default().with_max_request_body_bytes(bounds.body_bytes);
        Self { rmcp: StreamableHttpService::new(receive, Arc::clone(&sessions), config), sessions }
    }

    /// Answers one request. Dropping the future, or the body of a response to a request that stands alone, cancels it
    /// down to the page; a session's call goes on for a while, since its client may come back for the answer.
    pub async fn handle(&self, caller: Caller, request: Request<Full<Bytes>>) -> Response<BoxBody<Bytes, Infallible>> {
        let visit = Visit { caller, leave: RefCell::default() };
        VISIT.scope(visit, self.rmcp.handle(request)).await
    }

    /// Whether there is a session of this id.
    #[must_use]
    pub fn has(&self, session: &str) -> bool {
        self.sessions.has(session)
    }

    /// Whether one session more would be too many.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.sessions.is_full()
    }

    /// How many sessions there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Ends the sessions that nobody has used for so long.
    pub async fn end_idle(&self) {
        self.sessions.end_idle().await;
    }

    /// Resolves when the service was stopped.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<R> {
        self.rmcp.config.cancellation_token.clone().cancelled_owned()
    }

    /// Ends every session and every open stream.
    pub fn stop(&self) {
        self.rmcp.config.cancellation_token.cancel();
    }
}
