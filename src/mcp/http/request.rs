//! What must be known of a request before it is served: whether it is JSON-RPC at all, and who sends it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

/// What a first look at a message shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Whether it opens a session.
    pub is_initialize: bool,
    /// What the host calls itself, where each request says so.
    pub host: Option<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize, Default)]
struct Params {
    #[serde(default, rename = "_meta")]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default, rename = "io.modelcontextprotocol/clientInfo")]
    host: Option<Host>,
}

#[derive(Deserialize)]
struct Host {
    name: String,
}

/// Looks at the body of a POST.
///
/// # Errors
/// The JSON-RPC error to answer with, where it is no message.
pub fn glance(body: &[u8]) -> Result<Glance, Value> {
    let Ok(message) = serde_json::from_slice::<Message<'_>>(body) else {
        // What is wrong first is not always what is wrong at all: of something else than a message the end may be missing, too.
        return Err(match serde_json::from_slice::<Value>(body) {
            Ok(_) => refusal(-32600, "Invalid Request: the body must be one JSON-RPC 2.0 message"),
            Err(_) => refusal(-32700, "Parse error: the body is not JSON"),
        });
    };
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(refusal(-32600, "Invalid Request: the body must be one JSON-RPC 2.0 message, not several"));
    }
    let params = message.params.and_then(|params| serde_json::from_str::<Params>(params.get()).ok());
    let host = params.unwrap_or_default().meta.and_then(|meta| meta.host).map(|host| host.name);
    Ok(Glance { is_initialize: message.method.as_deref() == Some("initialize"), host })
}

/// A JSON-RPC error that belongs to no request.
#[must_use]
pub fn refusal(code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i64 {
        glance(body.as_bytes()).expect_err(body)["error"]["code"].as_i64().expect("a code")
    }

    #[test]
    fn what_is_no_json_and_what_is_no_message_are_told_apart() {
        for broken in ["", "{", "{\"jsonrpc\":", "not json", "{\"a\":1}}", "{\"method\":7", "[{\"method\":7}"] {
            assert_eq!(code(broken), -32700, "{broken}");
        }
        for strange in ["7", "\"text\"", "null", "{\"method\":7}", "[]", "[{\"method\":\"ping\"}]", "[null,null,null]"]
        {
            assert_eq!(code(strange), -32600, "{strange}");
        }
    }

    #[test]
    fn a_host_is_known_by_what_each_request_says_of_it() {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":{
            "io.modelcontextprotocol/clientInfo":{"name":"ho\"st","version":"1"}}}}"#;
        let known = glance(body.as_bytes()).expect("a message");
        assert_eq!(known, Glance { is_initialize: false, host: Some("ho\"st".to_owned()) });
        for unknown in [r#"{"method":"initialize"}"#, r#"{"method":"initialize","params":{"_meta":7}}"#] {
            assert_eq!(glance(unknown.as_bytes()), Ok(Glance { is_initialize: true, host: None }), "{unknown}");
        }
    }
}
