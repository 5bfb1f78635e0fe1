//! The fixture's server: each name of the suite does what its scenario asks for, and nothing more.
#![allow(deprecated, reason = "the suite still asks for logging, sampling and the old subscriptions")]

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::*;
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::content::{self, PNG, WAV};
use crate::rounds::{Round, round};

/// What has changed, for all who listen.
pub struct Changes(broadcast::Sender<Change>);

#[derive(Debug, Clone, Copy)]
enum Change {
    Tools,
    Prompts,
}

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(16).0)
    }
}

/// The fixture's server.
pub struct Fixture {
    changes: Arc<Changes>,
}

/// A result of the protocol, from its JSON; since 2026-07-28 it says that it is whole.
fn whole<T: DeserializeOwned>(mut result: Value) -> T {
    result["resultType"] = json!("complete");
    from(result)
}

/// A type of the protocol, from its JSON.
fn from<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_else(|error| panic!("the fixture's own JSON: {error}"))
}

/// The fields that a list which may be cached must have since 2026-07-28.
fn list<T: DeserializeOwned>(name: &str, items: Value) -> Result<T, ErrorData> {
    Ok(whole(json!({ name: items, "ttlMs": 0, "cacheScope": "private" })))
}

fn said(text: impl Into<String>) -> Value {
    json!({ "content": [{ "type": "text", "text": text.into() }] })
}

impl Fixture {
    pub fn new(changes: Arc<Changes>) -> Self {
        Self { changes }
    }

    /// Asks the client, on the stream of the request that is being handled.
    async fn ask(request: Value, context: &RequestContext<RoleServer>) -> Result<Value, ErrorData> {
        let answer = context.peer.send_request(from(request)).await;
        let answer = answer.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    async fn elicit(
        message: &str,
        schema: Value,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let params = json!({ "mode": "form", "message": message, "requestedSchema": schema });
        let answer = Self::ask(json!({ "method": "elicitation/create", "params": params }), context).await?;
        Ok(whole(said(format!("User response: action={}, content={}", answer["action"], answer["content"]))))
    }

    async fn log(text: &str, context: &RequestContext<RoleServer>) {
        let params = json!({ "level": "info", "logger": "fixture", "data": text });
        let _ =
            context.peer.send_notification(from(json!({ "method": "notifications/message", "params": params }))).await;
    }

    async fn run(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let pause = || tokio::time::sleep(Duration::from_millis(20));
        let capabilities = context.meta.client_capabilities();
        Ok(match request.name.as_ref() {
            "test_simple_text" => whole(said("This is a simple text response for testing.")),
            "test_image_content" => {
                whole(json!({ "content": [{ "type": "image", "data": PNG, "mimeType": "image/png" }] }))
            }
            "test_audio_content" => {
                whole(json!({ "content": [{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }] }))
            }
            "test_embedded_resource" => whole(json!({ "content": [{ "type": "resource", "resource": {
                "uri": "test://embedded-resource", "mimeType": "text/plain", "text": "This is an embedded resource content.",
            } }] })),
            "test_multiple_content_types" => whole(json!({ "content": [
                { "type": "text", "text": "Multiple content types test:" },
                { "type": "image", "data": PNG, "mimeType": "image/png" },
                { "type": "resource", "resource": {
                    "uri": "test://mixed-content-resource", "mimeType": "application/json", "text": "{\"test\":\"data\"}",
                } },
            ] })),
            "test_tool_with_logging" => {
                for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                    Self::log(text, context).await;
                    pause().await;
                }
                whole(said("Logged."))
            }
            "test_logging_tool" => {
                // Since 2026-07-28 only for who asks for it, in each request.
                if context.meta.log_level().is_some() {
                    Self::log("as it was asked for", context).await;
                }
                whole(said("Done."))
            }
            "test_error_handling" => {
                let mut result = said("This tool intentionally returns an error for testing");
                result["isError"] = json!(true);
                whole(result)
            }
            "test_tool_with_progress" => {
                for progress in [0.0, 50.0, 100.0] {
                    if let Some(token) = context.meta.get_progress_token() {
                        let news = ProgressNotificationParam::new(token, progress).with_total(100.0);
                        let _ = context.peer.notify_progress(news).await;
                    }
                    pause().await;
                }
                whole(said("Done."))
            }
            "test_sampling" => {
                let prompt = arguments["prompt"].as_str().unwrap_or("Say something.");
                let messages = json!([{ "role": "user", "content": { "type": "text", "text": prompt } }]);
                let params = json!({ "messages": messages, "maxTokens": 100 });
                let answer =
                    Self::ask(json!({ "method": "sampling/createMessage", "params": params }), context).await?;
                whole(said(format!("LLM response: {}", answer["content"])))
            }
            "test_elicitation" => {
                let schema = json!({ "type": "object", "properties": {
                    "username": { "type": "string", "description": "User's response" },
                    "email": { "type": "string", "description": "User's email address" },
                }, "required": ["username", "email"] });
                Self::elicit(arguments["message"].as_str().unwrap_or("Who are you?"), schema, context).await?
            }
            "test_elicitation_sep1034_defaults" => Self::elicit("Any changes?", content::defaults(), context).await?,
            "test_elicitation_sep1330_enums" => Self::elicit("Which ones?", content::choices(), context).await?,
            "test_missing_capability" => {
                if capabilities.is_none_or(|capabilities| capabilities.sampling.is_none()) {
                    let needed = json!({ "requiredCapabilities": { "sampling": {} } });
                    let code = ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY;
                    return Err(ErrorData::new(code, "This tool needs the capability sampling", Some(needed)));
                }
                whole(said("The capability is there."))
            }
            "test_trigger_tool_change" => self.changed(Change::Tools),
            "test_trigger_prompt_change" => self.changed(Change::Prompts),
            "test_reconnection" | "json_schema_2020_12_tool" | "test_custom_header" => whole(said("Done.")),
            other => return Err(ErrorData::invalid_params(format!("There is no tool {other:?}"), None)),
        })
    }

    fn changed(&self, change: Change) -> CallToolResult {
        let _ = self.changes.0.send(change);
        whole(said("Changed."))
    }
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        let changing = json!({ "listChanged": true });
        let capabilities = json!({
            "tools": changing, "prompts": changing, "resources": { "subscribe": true, "listChanged": true },
            "logging": {}, "completions": {},
        });
        ServerConfig::new(from(capabilities)).with_server_info(Implementation::new("fixture", "1.0.0"))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        list("tools", json!(content::tools()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        content::tools().into_iter().find(|tool| tool["name"] == name).map(from)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let answers = request.input_responses.clone().unwrap_or_default();
        let capabilities = context.meta.client_capabilities().unwrap_or_default();
        match round(&request.name, &answers, request.request_state.as_deref(), &capabilities)? {
            Some(Round::Ask(asked)) => Ok(asked.into()),
            Some(Round::Done(text)) => Ok(whole::<CallToolResult>(said(text)).into()),
            None => self.run(request, &context).await.map(Into::into),
        }
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        list("resources", content::resources())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template =
            json!({ "uriTemplate": "test://template/{id}/data", "name": "Data", "mimeType": "application/json" });
        list("resourceTemplates", json!([template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match content::resource(&request.uri) {
            Some(content) => list::<ReadResourceResult>("contents", json!([content])).map(Into::into),
            None => {
                let uri = json!({ "uri": request.uri });
                Err(ErrorData::resource_not_found("There is no such resource", Some(uri)))
            }
        }
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.0.subscribe();
        loop {
            let change = tokio::select! {
                () = context.cancelled() => return Ok(()),
                change = changes.recv() => change,
            };
            // What was not asked for is held back by the sink.
            let _ = match change {
                Ok(Change::Tools) => context.sink().notify_tool_list_changed().await,
                Ok(Change::Prompts) => context.sink().notify_prompt_list_changed().await,
                Err(_) => return Ok(()),
            };
        }
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        list("prompts", content::prompts())
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let answers = request.input_responses.clone().unwrap_or_default();
        let capabilities = context.meta.client_capabilities().unwrap_or_default();
        let prompt = |messages: Value| whole::<GetPromptResult>(json!({ "messages": messages })).into();
        match round(&request.name, &answers, request.request_state.as_deref(), &capabilities)? {
            Some(Round::Ask(asked)) => return Ok(asked.into()),
            Some(Round::Done(text)) => {
                return Ok(prompt(json!([{ "role": "user", "content": { "type": "text", "text": text } }])));
            }
            None => {}
        }
        let arguments = request.arguments.map_or(Value::Null, |arguments| json!(arguments));
        let messages = content::prompt(&request.name, &arguments);
        messages.map(prompt).ok_or_else(|| ErrorData::invalid_params("There is no such prompt", None))
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(whole(json!({ "completion": { "values": ["paris", "park"], "total": 2, "hasMore": false } })))
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }
}
