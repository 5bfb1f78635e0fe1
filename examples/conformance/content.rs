//! What the fixture lists and shows, as the scenarios of the suite want it.

use serde_json::{Value, json};

/// A picture of one pixel.
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// A sound without a sample.
pub const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

/// The tools without a schema worth telling.
const PLAIN: [&str; 26] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_error_handling",
    "test_tool_with_progress",
    "test_sampling",
    "test_elicitation",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_logging_tool",
    "test_trigger_tool_change",
    "test_trigger_prompt_change",
    "test_reconnection",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
];

pub fn tools() -> Vec<Value> {
    let plain = |name: &&str| json!({ "name": name, "description": name, "inputSchema": { "type": "object" } });
    let mut tools: Vec<Value> = PLAIN.iter().map(plain).collect();
    tools.push(
        json!({ "name": "json_schema_2020_12_tool", "description": "Keeps every word of its schema", "inputSchema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": { "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
        } },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    } }),
    );
    tools.push(json!({ "name": "test_custom_header", "description": "Has an argument that is sent as a header", "inputSchema": {
        "type": "object",
        "properties": { "region": { "type": "string", "x-mcp-header": "Region" }, "query": { "type": "string" } },
        "required": ["region"],
    } }));
    tools
}

pub fn resources() -> Value {
    json!([
        { "uri": "test://static-text", "name": "Text", "mimeType": "text/plain" },
        { "uri": "test://static-binary", "name": "Picture", "mimeType": "image/png" },
        { "uri": "test://watched-resource", "name": "Watched", "mimeType": "text/plain" },
    ])
}

/// The content of a resource, if there is one of this address.
pub fn resource(uri: &str) -> Option<Value> {
    let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
    let content = match (uri, id) {
        (_, Some(id)) => {
            let text = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") }).to_string();
            json!({ "uri": uri, "mimeType": "application/json", "text": text })
        }
        ("test://static-text" | "test://watched-resource", _) => {
            json!({ "uri": uri, "mimeType": "text/plain", "text": "This is the content of a resource." })
        }
        ("test://static-binary", _) => json!({ "uri": uri, "mimeType": "image/png", "blob": PNG }),
        _ => return None,
    };
    Some(content)
}

pub fn prompts() -> Value {
    json!([
        { "name": "test_simple_prompt", "description": "test_simple_prompt" },
        { "name": "test_prompt_with_arguments", "description": "test_prompt_with_arguments", "arguments": [
            { "name": "arg1", "required": true }, { "name": "arg2", "required": true },
        ] },
        { "name": "test_prompt_with_embedded_resource", "description": "test_prompt_with_embedded_resource", "arguments": [{ "name": "resourceUri", "required": true }] },
        { "name": "test_prompt_with_image", "description": "test_prompt_with_image" },
        { "name": "test_input_required_result_prompt", "description": "test_input_required_result_prompt" },
    ])
}

/// The messages of a prompt, if there is one of this name.
pub fn prompt(name: &str, arguments: &Value) -> Option<Value> {
    let user = |content: Value| json!({ "role": "user", "content": content });
    let text = |text: String| user(json!({ "type": "text", "text": text }));
    let argument = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
    let messages = match name {
        "test_simple_prompt" => json!([text("This is a simple prompt for testing.".to_owned())]),
        "test_prompt_with_arguments" => {
            json!([text(format!("Prompt with arguments: arg1='{}', arg2='{}'", argument("arg1"), argument("arg2")))])
        }
        "test_prompt_with_embedded_resource" => {
            let resource =
                json!({ "uri": argument("resourceUri"), "mimeType": "text/plain", "text": "Embedded content." });
            json!([user(json!({ "type": "resource", "resource": resource })), text("Process it.".to_owned())])
        }
        "test_prompt_with_image" => json!([
            user(json!({ "type": "image", "data": PNG, "mimeType": "image/png" })),
            text("Look at it.".to_owned()),
        ]),
        _ => return None,
    };
    Some(messages)
}

/// The schema of the defaults that a question may have (SEP-1034).
pub fn defaults() -> Value {
    json!({ "type": "object", "properties": {
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
        "verified": { "type": "boolean", "default": true },
    }, "required": [] })
}

/// The schema of all kinds of choices (SEP-1330).
pub fn choices() -> Value {
    let options = json!(["option1", "option2", "option3"]);
    let titled = |first: &str| {
        json!([{ "const": "value1", "title": first }, { "const": "value2", "title": "Second" },
        { "const": "value3", "title": "Third" }])
    };
    json!({ "type": "object", "properties": {
        "untitledSingle": { "type": "string", "enum": options },
        "titledSingle": { "type": "string", "oneOf": titled("First Option") },
        "legacyEnum": {
            "type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": { "type": "array", "items": { "type": "string", "enum": options } },
        "titledMulti": { "type": "array", "items": { "anyOf": titled("First Choice") } },
    }, "required": [] })
}
