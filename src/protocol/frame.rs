//! One frame = one JSON text message: `{ "type", "id"?, "clientId"?, "payload"? }`.
//!
//! What the hub only passes on (a call's arguments, an answer's body) stays raw text, so that a large snapshot is
//! never parsed on its way.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::HubError;
use super::event::Event;
use super::hello::{Bye, Hello, Welcome};
use super::ids::{BrowserEpoch, CallId, ClientId};

/// A frame of the wire.
#[derive(Debug, Clone)]
pub enum Frame {
    /// Who is there.
    Hello(Option<ClientId>, Hello),
    /// The hub takes the peer.
    Welcome(Welcome),
    /// A tool is to run.
    Call(Call),
    /// A call's end.
    Answer(Answer),
    /// A call is to be stopped.
    Cancel(CallId, Option<ClientId>),
    /// News.
    Event(Event),
    /// Are you there?
    Ping(String),
    /// I am.
    Pong(String),
    /// The last word.
    Bye(Bye),
}

/// A tool is to run. (`client`, `id`) is its idempotency key.
#[derive(Debug, Clone)]
pub struct Call {
    /// The call's id.
    pub id: CallId,
    /// Whose call it is; instances may leave it out, the hub never does.
    pub client: Option<ClientId>,
    /// What is to run.
    pub body: CallBody,
}

/// What is to run, and within which limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallBody {
    /// The tool's one name.
    pub tool: String,
    /// Its arguments, untouched.
    pub params: Box<RawValue>,
    /// The client's name, for the tab group (hub → extension).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_name: String,
    /// 1 for the first time this id is sent, more for a repeat.
    #[serde(default = "one")]
    pub attempt: u32,
    /// The run of the browser in which it was first sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_epoch: Option<BrowserEpoch>,
    /// When it is too late, in milliseconds since the Unix epoch.
    pub expires_at: u64,
    /// Whether it leaves everything as it is (hub → extension).
    #[serde(default)]
    pub read_only: bool,
}

fn one() -> u32 {
    1
}

/// A call's end: the payload is passed on untouched.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The call's id.
    pub id: CallId,
    /// Whose call it was.
    pub client: Option<ClientId>,
    /// `{"ok":true,"result":…}` or `{"ok":false,"error":…}`.
    pub payload: Box<RawValue>,
}

#[derive(Serialize)]
struct OkPayload<'a> {
    ok: bool,
    result: &'a RawValue,
}

#[derive(Serialize)]
struct ErrorPayload<'a> {
    ok: bool,
    error: &'a HubError,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    ok: bool,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<HubError>,
}

impl Answer {
    /// An answer from a call's outcome.
    ///
    /// # Errors
    /// When the outcome cannot be written as JSON.
    pub fn new(
        id: CallId,
        client: Option<ClientId>,
        outcome: Result<&RawValue, &HubError>,
    ) -> Result<Self, FrameError> {
        let json = match outcome {
            Ok(result) => serde_json::to_string(&OkPayload { ok: true, result }),
            Err(error) => serde_json::to_string(&ErrorPayload { ok: false, error }),
        };
        let payload = json.and_then(RawValue::from_string).map_err(FrameError::Payload)?;
        Ok(Self { id, client, payload })
    }

    /// The error, if the call failed. A result as peers write it is not even looked through: it may be long.
    ///
    /// # Errors
    /// When the payload is neither a result nor an error.
    pub fn error(&self) -> Result<Option<HubError>, FrameError> {
        match self.payload.get().strip_prefix(r#"{"ok":true,"result":"#) {
            Some(result) if !result.starts_with("null") => Ok(None),
            _ => self.outcome().map(Result::err),
        }
    }

    /// What came of the call.
    ///
    /// # Errors
    /// When the payload is neither a result nor an error.
    pub fn outcome(&self) -> Result<Result<&RawValue, HubError>, FrameError> {
        let outcome: Outcome<'_> = serde_json::from_str(self.payload.get()).map_err(FrameError::Payload)?;
        match outcome {
            Outcome { ok: true, result: Some(result), .. } => Ok(Ok(result)),
            Outcome { ok: false, error: Some(error), .. } => Ok(Err(error)),
            _ => Err(FrameError::Missing { kind: "answer", what: "result or error" }),
        }
    }
}

/// Why a text is not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not JSON, or not an object with a `type`.
    #[error("not a frame: {0}")]
    Malformed(serde_json::Error),
    /// A `type` that this build does not know.
    #[error("unknown frame type {0:?}")]
    UnknownType(String),
    /// A part that this type needs is missing.
    #[error("a frame of type {kind} without {what}")]
    Missing {
        /// The frame's type.
        kind: &'static str,
        /// What it lacks.
        what: &'static str,
    },
    /// The payload has another form.
    #[error("bad payload: {0}")]
    Payload(serde_json::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(default)]
    client_id: Option<ClientId>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

/// A text that stays where it stands, unless it has escapes. A bare `Cow` within an `Option` would be copied.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Frame {
    /// The frame's `type`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Frame::Hello(..) => "hello",
            Frame::Welcome(_) => "welcome",
            Frame::Call(_) => "call",
            Frame::Answer(_) => "answer",
            Frame::Cancel(..) => "cancel",
            Frame::Event(_) => "event",
            Frame::Ping(_) => "ping",
            Frame::Pong(_) => "pong",
            Frame::Bye(_) => "bye",
        }
    }

    /// About how many bytes it has: what may be long is counted.
    #[must_use]
    pub fn weight(&self) -> usize {
        let long = match self {
            Frame::Call(call) => call.body.params.get().len(),
            Frame::Answer(answer) => answer.payload.get().len(),
            Frame::Event(Event::Clients { clients }) => clients.iter().map(|client| client.name.len() + 96).sum(),
            Frame::Event(Event::Progress { message, .. }) => message.len(),
            Frame::Event(Event::Watch { topics } | Event::Changed { topics, .. }) => topics.pages.len() * 40,
            _ => 0,
        };
        long + 256
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// When the text is not a frame of this protocol.
    pub fn decode(text: &str) -> Result<Frame, FrameError> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(FrameError::Malformed)?;
        let Envelope { kind, id, client_id, payload } = envelope;
        Ok(match &*kind {
            "hello" => Frame::Hello(client_id, parse("hello", payload)?),
            "welcome" => Frame::Welcome(parse("welcome", payload)?),
            "call" => Frame::Call(Call { id: call_id("call", id)?, client: client_id, body: parse("call", payload)? }),
            "answer" => Frame::Answer(Answer {
                id: call_id("answer", id)?,
                client: client_id,
                payload: payload.ok_or(FrameError::Missing { kind: "answer", what: "payload" })?.to_owned(),
            }),
            "cancel" => Frame::Cancel(call_id("cancel", id)?, client_id),
            "event" => Frame::Event(parse("event", payload)?),
            "ping" => Frame::Ping(id.map(|id| id.0.into_owned()).unwrap_or_default()),
            "pong" => Frame::Pong(id.map(|id| id.0.into_owned()).unwrap_or_default()),
            "bye" => Frame::Bye(parse("bye", payload)?),
            other => return Err(FrameError::UnknownType(other.chars().take(64).collect())),
        })
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// When a payload cannot be written as JSON, which the types rule out in practice.
    pub fn encode(&self) -> Result<String, FrameError> {
        match self {
            Frame::Hello(client, hello) => write("hello", None, *client, Some(hello)),
            Frame::Welcome(welcome) => write("welcome", None, None, Some(welcome)),
            Frame::Call(call) => write("call", Some(Id::Call(call.id)), call.client, Some(&call.body)),
            Frame::Answer(answer) => write("answer", Some(Id::Call(answer.id)), answer.client, Some(&answer.payload)),
            Frame::Cancel(id, client) => write("cancel", Some(Id::Call(*id)), *client, None::<&()>),
            Frame::Event(event) => write("event", None, None, Some(event)),
            Frame::Ping(id) => write("ping", Some(Id::Beat(id)), None, None::<&()>),
            Frame::Pong(id) => write("pong", Some(Id::Beat(id)), None, None::<&()>),
            Frame::Bye(bye) => write("bye", None, None, Some(bye)),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(kind: &'static str, payload: Option<&'a RawValue>) -> Result<T, FrameError> {
    let payload = payload.ok_or(FrameError::Missing { kind, what: "payload" })?;
    serde_json::from_str(payload.get()).map_err(FrameError::Payload)
}

fn call_id(kind: &'static str, id: Option<Text<'_>>) -> Result<CallId, FrameError> {
    id.and_then(|id| uuid::Uuid::parse_str(&id.0).ok())
        .map(CallId)
        .ok_or(FrameError::Missing { kind, what: "an id that is a UUID" })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outgoing<'a, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a P>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Id<'a> {
    Call(CallId),
    Beat(&'a str),
}

fn write<P: Serialize>(
    kind: &'static str,
    id: Option<Id<'_>>,
    client_id: Option<ClientId>,
    payload: Option<&P>,
) -> Result<String, FrameError> {
    serde_json::to_string(&Outgoing { kind, id, client_id, payload }).map_err(FrameError::Payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    #[test]
    fn texts_that_are_no_frames_are_told_apart() {
        assert!(matches!(Frame::decode("{"), Err(FrameError::Malformed(_))));
        assert!(matches!(Frame::decode("[]"), Err(FrameError::Malformed(_))));
        assert!(matches!(Frame::decode(r#"{"id":"1"}"#), Err(FrameError::Malformed(_))));
        assert!(matches!(Frame::decode(r#"{"type":"dance"}"#), Err(FrameError::UnknownType(t)) if t == "dance"));
        assert!(matches!(Frame::decode(r#"{"type":"call","payload":{}}"#), Err(FrameError::Missing { .. })));
        assert!(matches!(
            Frame::decode(r#"{"type":"cancel","id":"not a uuid"}"#),
            Err(FrameError::Missing { kind: "cancel", .. })
        ));
        assert!(matches!(Frame::decode(r#"{"type":"hello","payload":{"role":"ghost"}}"#), Err(FrameError::Payload(_))));
    }

    #[test]
    fn events_of_a_newer_peer_are_kept_as_unknown() {
        let frame = Frame::decode(r#"{"type":"event","payload":{"name":"from_the_future","x":1}}"#);
        assert!(matches!(frame, Ok(Frame::Event(Event::Unknown))));
    }

    #[test]
    fn an_answers_body_passes_through_untouched() {
        let id = CallId::mint();
        let text = format!(r#"{{"type":"answer","id":"{id}","payload":{{"ok":true,"result":{{"text":"a  b"}}}}}}"#);
        let Ok(Frame::Answer(answer)) = Frame::decode(&text) else { panic!("not an answer: {text}") };
        assert_eq!(answer.payload.get(), r#"{"ok":true,"result":{"text":"a  b"}}"#);
        assert_eq!(answer.error().ok(), Some(None));
        let again = Frame::Answer(answer).encode().unwrap_or_default();
        assert_eq!(again, text);
    }

    #[test]
    fn an_answer_that_is_neither_result_nor_error_is_refused() {
        let id = CallId::mint();
        let text = format!(r#"{{"type":"answer","id":"{id}","payload":{{"ok":true}}}}"#);
        let Ok(Frame::Answer(answer)) = Frame::decode(&text) else { panic!("not an answer") };
        assert!(answer.outcome().is_err());
        let error = HubError::new(ErrorCode::TabGone, "The tab was closed.");
        let Ok(answer) = Answer::new(id, None, Err(&error)) else { panic!("not written") };
        assert_eq!(answer.error().ok().flatten(), Some(error));
    }
}
