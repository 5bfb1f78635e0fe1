//! Methods that are not served: those of the protocol whose parameters are malformed, those of sessions where there are
//! none, and those that nobody knows.

use rmcp::model::ErrorCode as RpcCode;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

/// Methods with parameters, which rmcp hands on as unknown where those have the wrong form.
const WITH_PARAMETERS: [&str; 9] = [
    "tools/call",
    "tools/list",
    "initialize",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "subscriptions/listen",
    "prompts/get",
    "completion/complete",
];

/// What belongs to a session.
const OF_SESSIONS: [&str; 3] = ["initialize", "resources/subscribe", "resources/unsubscribe"];

/// Refuses a method of sessions since 2026-07-28, where each request says its version and there are none.
///
/// # Errors
/// That there is no such method.
pub fn still_there(method: &str, context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    if OF_SESSIONS.contains(&method) && context.meta.protocol_version().is_some() {
        return Err(unknown(method));
    }
    Ok(())
}

/// Why a request that rmcp takes for one of our own is not served.
#[must_use]
pub fn refusal(method: &str, context: &RequestContext<RoleServer>) -> ErrorData {
    if let Err(gone) = still_there(method, context) {
        return gone;
    }
    if !WITH_PARAMETERS.contains(&method) {
        return unknown(method);
    }
    let form = match method {
        "tools/call" | "tools/list" | "initialize" => "name must be text and arguments an object, ",
        _ => "each of them must have its form, ",
    };
    let message = format!("invalid_params: The parameters of {method} are malformed: {form}as the protocol has it.");
    ErrorData::invalid_params(message, None)
}

fn unknown(method: &str) -> ErrorData {
    ErrorData::new(RpcCode::METHOD_NOT_FOUND, method.to_owned(), None)
}
