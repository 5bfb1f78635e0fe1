//! A question to the person in their host, beside the one in the browser: for hosts that can ask (MCP, elicitation). Whoever
//! is answered first, the host or the browser, withdraws the other's question.

use rmcp::RoleServer;
use rmcp::model::{
    CancelledNotificationParam, ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, RequestId, ServerRequest,
};
use rmcp::service::{Peer, PeerRequestOptions};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::registry::ToolSpec;
use super::tools::ask::ASK_USER;

/// What the person is asked.
#[derive(Debug, Deserialize)]
pub struct Question {
    message: String,
    #[serde(default)]
    options: Vec<String>,
}

impl Question {
    /// The question of a call, if it is one and its host can put it to the person.
    #[must_use]
    pub fn of(tool: &ToolSpec, params: &RawValue, peer: &Peer<RoleServer>) -> Option<Self> {
        let can_ask = || peer.peer_info().is_some_and(|host| host.capabilities.elicitation.is_some());
        if tool.name != ASK_USER.name || !can_ask() {
            return None;
        }
        serde_json::from_str(params.get()).ok()
    }

    fn schema(&self) -> Option<ElicitationSchema> {
        let mut answer = json!({ "type": "string", "title": "Answer" });
        if !self.options.is_empty() {
            answer["enum"] = json!(self.options);
        }
        serde_json::from_value(json!({ "type": "object", "properties": { "answer": answer }, "required": ["answer"] }))
            .ok()
    }

    /// Asks in the host. The answer as the browser would have given it; `None` where the host has none: it cannot ask after
    /// all, or its person put the question aside. A wait that is given up withdraws the question.
    pub async fn ask(self, peer: &Peer<RoleServer>) -> Option<Box<RawValue>> {
        let requested_schema = self.schema()?;
        let params = ElicitRequestParams::FormElicitationParams { meta: None, message: self.message, requested_schema };
        let request = ServerRequest::ElicitRequest(ElicitRequest::new(params));
        let asked = peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await.ok()?;
        let mut open = Open { peer: peer.clone(), id: Some(asked.id.clone()) };
        let response = asked.rx.await;
        open.id = None;
        match response.ok()?.ok()? {
            ClientResult::ElicitResult(ElicitResult { action: ElicitationAction::Accept, content, .. }) => {
                answer(content?.get("answer")?)
            }
            ClientResult::ElicitResult(ElicitResult { action: ElicitationAction::Decline, .. }) => answer(&Value::Null),
            _ => None,
        }
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
