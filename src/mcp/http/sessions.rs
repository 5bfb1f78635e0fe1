//! The sessions of protocols up to 2025-11-25. rmcp's own manager carries their messages; this one knows when a session
//! is idle, keeps what was said on a broken stream, and cancels a call whose client does not come back for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use rmcp::model::{
    CancelledNotification, CancelledNotificationParam, ClientJsonRpcMessage, ClientNotification, JsonRpcMessage,
    RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::streamable_http_server::session::local::{LocalSessionManager, LocalSessionManagerError};
use rmcp::transport::streamable_http_server::session::{ServerSseMessage, SessionId, SessionManager};
use tokio::time::Instant;

use super::record::{Listener, Record};
use super::{Bounds, Leave, VISIT};

/// How long the answer of a request stays after it was sent, for a client whose connection broke with it under way.
const KEPT_ANSWERS: Duration = Duration::from_secs(60);

/// How many such answers a session keeps.
const KEPT_ANSWERS_MOST: usize = 2;

/// The sessions.
pub(super) struct Sessions {
    rmcp: Arc<LocalSessionManager>,
    open: Arc<Open>,
    most: usize,
    idle: Duration,
    patience: Duration,
}

/// What is known of each session beside what rmcp knows.
type Open = Mutex<HashMap<SessionId, Session>>;

struct Session {
    used: Instant,
    /// Streams that are open and belong to no request.
    standing: usize,
    records: Vec<Kept>,
    leave: Option<Arc<dyn Leave>>,
}

struct Kept {
    record: Arc<Record>,
    over_since: Option<Instant>,
}

fn lock(open: &Open) -> MutexGuard<'_, HashMap<SessionId, Session>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    fn is_in_use(&self) -> bool {
        self.standing > 0 || self.records.iter().any(|kept| !kept.record.is_over())
    }

    /// Forgets answers that nobody will ask for any more.
    fn tidy(&mut self) {
        for kept in &mut self.records {
            if kept.over_since.is_none() && kept.record.is_over() {
                kept.over_since = Some(Instant::now());
            }
        }
        self.records.retain(|kept| kept.over_since.is_none_or(|since| since.elapsed() < KEPT_ANSWERS));
        let over = self.records.iter().filter(|kept| kept.over_since.is_some()).count();
        let mut too_many = over.saturating_sub(KEPT_ANSWERS_MOST);
        self.records.retain(|kept| {
            let goes = too_many > 0 && kept.over_since.is_some() && !kept.record.is_heard();
            too_many -= usize::from(goes);
            !goes
        });
    }
}

impl Sessions {
    pub fn new(bounds: &Bounds) -> Self {
        let mut rmcp = LocalSessionManager::default();
        // It would end a session whose one call is silent; sessions are ended here, when they are idle.
        rmcp.session_config.keep_alive = None;
        Self {
            rmcp: Arc::new(rmcp),
            open: Arc::default(),
            most: bounds.sessions,
            idle: bounds.idle,
            patience: bounds.resume_patience,
        }
    }

    pub fn has(&self, id: &str) -> bool {
        lock(&self.open).contains_key(id)
    }

    pub fn len(&self) -> usize {
        lock(&self.open).len()
    }

    pub fn is_full(&self) -> bool {
        self.len() >= self.most
    }

    pub async fn end_idle(&self) {
        let idle: Vec<SessionId> = {
            let mut open = lock(&self.open);
            open.values_mut().for_each(Session::tidy);
            let is_idle = |session: &Session| !session.is_in_use() && session.used.elapsed() >= self.idle;
            open.iter().filter(|(_, session)| is_idle(session)).map(|(id, _)| id.clone()).collect()
        };
        for id in idle {
            log::info!("a session over HTTP was not used for {:?}; it ends", self.idle);
            if let Err(error) = self.close_session(&id).await {
                log::warn!("a session over HTTP does not end: {error}");
            }
        }
    }

    fn touch(&self, id: &SessionId) {
        if let Some(session) = lock(&self.open).get_mut(id) {
            session.used = Instant::now();
        }
    }

    fn listen(&self, id: &SessionId, record: &Arc<Record>, next: usize) -> Attended {
        Attended {
            listener: Some(record.listen(next)),
            record: Arc::clone(record),
            id: id.clone(),
            open: Arc::clone(&self.open),
            rmcp: Arc::clone(&self.rmcp),
            patience: self.patience,
        }
    }

    fn standing<S>(&self, id: &SessionId, stream: S) -> Standing<S> {
        if let Some(session) = lock(&self.open).get_mut(id) {
            session.standing += 1;
        }
        Standing { stream: Box::pin(stream), id: id.clone(), open: Arc::clone(&self.open) }
    }
}

impl SessionManager for Sessions {
    type Error = LocalSessionManagerError;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        let (id, transport) = self.rmcp.create_session().await?;
        let leave = VISIT.try_with(|visit| visit.leave.take()).ok().flatten();
        let session = Session { used: Instant::now(), standing: 0, records: Vec::new(), leave };
        lock(&self.open).insert(id.clone(), session);
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        self.rmcp.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        self.rmcp.has_session(id).await
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        let session = lock(&self.open).remove(id);
        // First its calls: rmcp would wait for them.
        if let Some(leave) = session.and_then(|session| session.leave) {
            leave.leave();
        }
        self.rmcp.close_session(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let request = match &message {
            JsonRpcMessage::Request(request) => request.id.clone(),
            _ => RequestId::Number(0),
        };
        let stream = self.rmcp.create_stream(id, message).await?;
        let record = Record::new(request);
        if let Some(session) = lock(&self.open).get_mut(id) {
            session.used = Instant::now();
            session.tidy();
            session.records.push(Kept { record: Arc::clone(&record), over_since: None });
        }
        let told = Arc::clone(&record);
        tokio::spawn(async move {
            let mut stream = std::pin::pin!(stream);
            while let Some(event) = stream.next().await {
                told.tell(event);
            }
            told.end();
        });
        Ok(self.listen(id, &record, 0))
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        self.touch(id);
        self.rmcp.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let stream = self.rmcp.create_standalone_stream(id).await?;
        Ok(self.standing(id, stream))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.touch(id);
        let kept = lock(&self.open).get(id).and_then(|session| {
            let find = |kept: &Kept| Some((Arc::clone(&kept.record), kept.record.place_of(&last_event_id)?));
            session.records.iter().find_map(find)
        });
        match kept {
            Some((record, place)) => Ok(self.listen(id, &record, place + 1).left_stream()),
            None => {
                let stream = self.rmcp.resume(id, last_event_id).await?;
                Ok(self.standing(id, stream).right_stream())
            }
        }
    }
}

/// A stream that belongs to no request.
struct Standing<S> {
    stream: std::pin::Pin<Box<S>>,
    id: SessionId,
    open: Arc<Open>,
}

impl<S: Stream<Item = ServerSseMessage>> Stream for Standing<S> {
    type Item = ServerSseMessage;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<ServerSseMessage>> {
        self.stream.as_mut().poll_next(context)
    }
}

impl<S> Drop for Standing<S> {
    fn drop(&mut self) {
        if let Some(session) = lock(&self.open).get_mut(&self.id) {
            session.standing = session.standing.saturating_sub(1);
            session.used = Instant::now();
        }
    }
}

/// A connection that listens to the stream of a request. When the last one breaks before the answer came, the client has
/// a while to come back; then its call is cancelled as if it had said so.
struct Attended {
    listener: Option<Listener>,
    record: Arc<Record>,
    id: SessionId,
    open: Arc<Open>,
    rmcp: Arc<LocalSessionManager>,
    patience: Duration,
}

impl Stream for Attended {
    type Item = ServerSseMessage;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<ServerSseMessage>> {
        match &mut self.listener {
            Some(listener) => std::pin::Pin::new(listener).poll_next(context),
            None => std::task::Poll::Ready(None),
        }
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        drop(self.listener.take());
        if let Some(session) = lock(&self.open).get_mut(&self.id) {
            session.used = Instant::now();
            session.tidy();
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.record.is_over() || self.record.is_heard() {
            return;
        }
        let (record, id, patience) = (Arc::clone(&self.record), self.id.clone(), self.patience);
        let rmcp = Arc::clone(&self.rmcp);
        runtime.spawn(async move {
            tokio::time::sleep(patience).await;
            if record.is_over() || record.is_heard() {
                return;
            }
            let why = "Its client went away, and did not come back for the answer.".to_owned();
            let params = CancelledNotificationParam::new(Some(record.request.clone()), Some(why));
            let cancelled = ClientNotification::CancelledNotification(CancelledNotification::new(params));
            // A session that has ended meanwhile has cancelled everything.
            let _ = rmcp.accept_message(&id, ClientJsonRpcMessage::notification(cancelled)).await;
        });
    }
}
