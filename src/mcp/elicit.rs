//! A question to the person in their host, for hosts that can ask (MCP, elicitation).
//!
//! Up to 2025-11-25 it is asked beside the one in the browser: whoever is answered first, the host or the browser, withdraws the
//! other's question. From 2026-07-28 on a server asks its host nothing while a call is under way: it answers the call with the
//! question, and the host makes the call again with what the person said. There the browser asks only if the person put the
//! host's question aside.

use rmcp::RoleServer;
use rmcp::model::{
    CancelledNotificationParam, ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, InputRequest, InputRequiredResult, InputResponses, ProtocolVersion, RequestId, ServerRequest,
};
use rmcp::service::{Peer, PeerRequestOptions, RequestContext};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::registry::ToolSpec;
use super::tools::ask::ASK_USER;

/// Under this name the host's answer comes with the call that is made again.
const KEY: &str = "answer";

/// Who asks the person what a call asks, if it asks anything.
pub enum Round {
    /// The host is to ask, and to make the call again.
    Ask(Box<InputRequiredResult>),
    /// The person has answered, as the browser would have given it.
    Answered(Box<RawValue>),
    /// The host is to ask this while the browser asks it as well.
    Beside(Question),
    /// The browser alone has the call: it asks nothing, the host cannot ask, or the person put its question aside.
    InBrowser,
}

/// Whether a server may ask its host nothing while a call is under way.
fn asks_between_calls(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// Who asks what this call asks. `answers`: what the host was told, where this is a call that it makes again.
pub fn round(
    tool: &ToolSpec,
    params: &RawValue,
    answers: Option<&InputResponses>,
    context: &RequestContext<RoleServer>,
) -> Round {
    if tool.name != ASK_USER.name {
        return Round::InBrowser;
    }
    let Ok(question) = serde_json::from_str::<Question>(params.get()) else { return Round::InBrowser };
    if !asks_between_calls(context) {
        let can_ask = context.peer.peer_info().is_some_and(|host| host.capabilities.elicitation.is_some());
        return if can_ask { Round::Beside(question) } else { Round::InBrowser };
    }
    if context.meta.client_capabilities().is_none_or(|host| host.elicitation.is_none()) {
        return Round::InBrowser;
    }
    match answers.and_then(|answers| answers.get(KEY)) {
        Some(said) => {
            let result = ElicitResult::deserialize(said).ok();
            result.and_then(|result| question.answered(result)).map_or(Round::InBrowser, Round::Answered)
        }
        None => question.request().map_or(Round::InBrowser, |request| {
            let requests = [(KEY.to_owned(), InputRequest::Elicitation(request))].into();
            Round::Ask(Box::new(InputRequiredResult::from_input_requests(requests)))
        }),
    }
}

/// What the person is asked.
#[derive(Debug, Deserialize)]
pub struct Question {
    message: String,
    #[serde(default)]
    options: Vec<String>,
}

impl Question {
    fn schema(&self) -> Option<ElicitationSchema> {
        let mut answer = json!({ "type": "string", "title": "Answer" });
        if !self.options.is_empty() {
            answer["enum"] = json!(self.options);
        }
        serde_json::from_value(json!({ "type": "object", "properties": { "answer": answer }, "required": ["answer"] }))
            .ok()
    }

    fn request(&self) -> Option<ElicitRequest> {
        let requested_schema = self.schema()?;
        let params =
            ElicitRequestParams::FormElicitationParams { meta: None, message: self.message.clone(), requested_schema };
        Some(ElicitRequest::new(params))
    }

    /// Asks in the host. The answer as the browser would have given it; `None` where the host has none: it cannot ask after
    /// all, or its person put the question aside. A wait that is given up withdraws the question.
    pub async fn ask(self, peer: &Peer<RoleServer>) -> Option<Box<RawValue>> {
        let request = ServerRequest::ElicitRequest(self.request()?);
        let asked = peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await.ok()?;
        let mut open = Open { peer: peer.clone(), id: Some(asked.id.clone()) };
        let response = asked.rx.await;
        open.id = None;
        match response.ok()?.ok()? {
            ClientResult::ElicitResult(result) => self.answered(result),
            _ => None,
        }
    }

    /// What the person said in the host; `None` where they put the question aside, or where the host answers with what
    /// nobody was offered: that is not the person's word.
    fn answered(&self, result: ElicitResult) -> Option<Box<RawValue>> {
        match result {
            ElicitResult { action: ElicitationAction::Accept, content, .. } => {
                let content = content?;
                let said = content.get("answer").filter(|said| self.offers(said));
                if said.is_none() {
                    log::warn!("a host answered a question to the person with none of the answers that it offered");
                }
                answer(said?)
            }
            ElicitResult { action: ElicitationAction::Decline, .. } => answer(&Value::Null),
            _ => None,
        }
    }

    /// Whether this is an answer to the question: one of its options, or any text where it has none.
    fn offers(&self, said: &Value) -> bool {
        said.as_str().is_some_and(|said| self.options.is_empty() || self.options.iter().any(|option| option == said))
    }
}

/// As `extension/src/tools/ask.ts` has it.
fn answer(answer: &Value) -> Option<Box<RawValue>> {
    let text = match answer {
        Value::Null => "The person closed the question without an answer.".to_owned(),
        answer => format!("The person answered: {answer}"),
    };
    to_raw_value(&json!({ "text": text, "value": { "answer": answer } })).ok()
}

/// A question that is open in the host.
struct Open {
    peer: Peer<RoleServer>,
    id: Option<RequestId>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) else { return };
        let peer = self.peer.clone();
        let why = Some("The question was answered elsewhere, or its call has ended.".to_owned());
        runtime.spawn(async move { peer.notify_cancelled(CancelledNotificationParam::new(Some(id), why)).await });
    }
}
