//! How an error of the house reaches a host: as a tool result that the model reads, or as a JSON-RPC error.

use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode as RpcCode};
use serde_json::{Map, Value, json};

use crate::protocol::error::Surface;
use crate::protocol::{ErrorCode, HubError};

/// The answer for an error, as the table says (`ErrorCode::surface`).
///
/// # Errors
/// The JSON-RPC error, where the table wants one.
pub fn answer(error: &HubError) -> Result<CallToolResponse, ErrorData> {
    match error.code.surface() {
        Surface::ToolError => {
            let mut result = CallToolResult::error(vec![ContentBlock::text(error.text())]);
            result.structured_content = Some(structured(error));
            Ok(result.into())
        }
        Surface::JsonRpc(code) => Err(rpc(error, code)),
    }
}

/// A call of a tool that does not exist: a protocol error, as the MCP specification wants it (Tools, Error Handling:
/// unknown tools are protocol errors with -32602, arguments that do not fit are tool results that a model can correct).
#[must_use]
pub fn unknown_tool(error: &HubError) -> ErrorData {
    rpc(error, RpcCode::INVALID_PARAMS.0)
}

/// A resource that does not exist. Peers of 2026-07-28 and later are told -32602 by rmcp, as their specification has it.
#[must_use]
pub fn unknown_resource(uri: &str) -> ErrorData {
    let message =
        format!("There is no resource {uri:?}. resources/list and resources/templates/list tell which there are.");
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}

/// A resource that exists, and cannot be read now: the error that the tool gives, in the protocol's form for resources.
#[must_use]
pub fn unread(uri: &str, error: &HubError) -> ErrorData {
    let code = match error.code {
        // A tab that is gone, or a current page where there is none.
        ErrorCode::TabGone => RpcCode::RESOURCE_NOT_FOUND,
        ErrorCode::InvalidParams => RpcCode::INVALID_PARAMS,
        _ => RpcCode::INTERNAL_ERROR,
    };
    let mut data = fields(error);
    data["uri"] = uri.into();
    ErrorData::new(code, error.text(), Some(data))
}

/// A list was to go on where none of its parts ended.
#[must_use]
pub fn bad_cursor() -> ErrorData {
    ErrorData::invalid_params("invalid_params: This cursor is none of this list's. Ask for the list without one.", None)
}

fn rpc(error: &HubError, code: i32) -> ErrorData {
    ErrorData::new(RpcCode(code), error.text(), Some(fields(error)))
}

/// The error for programs. It says all that the text says, since some hosts show a model only this.
#[must_use]
pub fn structured(error: &HubError) -> Value {
    let mut whole = Map::new();
    whole.insert("error".to_owned(), fields(error));
    whole.into()
}

fn fields(error: &HubError) -> Value {
    let next = if error.next.is_empty() { error.code.next_step() } else { &error.next };
    let mut fields = Map::new();
    fields.insert("code".to_owned(), error.code.word().into());
    fields.insert("message".to_owned(), error.message.as_str().into());
    fields.insert("next".to_owned(), next.into());
    fields.insert("mayRetry".to_owned(), error.code.may_retry().into());
    if let Some(data) = &error.data {
        fields.insert("data".to_owned(), Value::clone(data));
    }
    fields.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_starts_with_its_word_and_says_whether_a_retry_may_help() {
        for code in ErrorCode::ALL {
            let error = HubError::new(*code, "It happened.");
            let (text, data) = match answer(&error) {
                Ok(CallToolResponse::Complete(result)) => {
                    assert_eq!(result.is_error, Some(true));
                    let text = result.content[0].as_text().expect("a text").text.clone();
                    (text, result.structured_content.expect("structured")["error"].clone())
                }
                Ok(_) => panic!("another kind of answer"),
                Err(error) => (error.message.to_string(), error.data.expect("data")),
            };
            assert!(text.starts_with(&format!("{}: It happened.", code.word())), "{text}");
            assert_eq!(data["code"], code.word());
            assert_eq!(data["mayRetry"], code.may_retry());
            assert_eq!(data["next"], code.next_step());
        }
    }

    #[test]
    fn an_error_keeps_its_own_next_step_and_data() {
        let error = HubError::busy("16 calls are under way.", std::time::Duration::from_millis(200));
        let structured = structured(&error);
        assert_eq!(structured["error"]["next"], "Wait 200 ms and call again.");
        assert_eq!(structured["error"]["data"]["retryAfterMs"], 200);
    }
}
