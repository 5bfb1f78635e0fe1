//! What the structured form of each answer looks like, as the set `full` lists it. A test in a real browser holds every tool's
//! answers against these, with nothing in them that is not named here.

use serde_json::{Map, Value, json};

use super::registry::AnswerForm;

/// The schema of a form's answers; none for a picture, whose structured form stays in `_meta` (see `render`). Nothing is
/// required: an error has the same place.
#[must_use]
pub fn output_schema(answer: AnswerForm) -> Option<Map<String, Value>> {
    let mut fields = match answer {
        AnswerForm::Picture => return None,
        AnswerForm::Status => json!({
            "hub": maybe("object"), "browsers": list(any()), "clients": list(any()), "lastExit": maybe("object"),
        }),
        _ => json!({
            "page": object(json!({ "tabId": integer(), "url": text(), "title": text() })),
            "text": text(),
            "notes": list(text()),
            "dialog": object(json!({ "type": text(), "message": text(), "defaultPrompt": text() })),
        }),
    };
    if matches!(answer, AnswerForm::Page | AnswerForm::Tabs | AnswerForm::Batch | AnswerForm::Value) {
        fields["snapshot"] = object(json!({
            "mode": { "type": "string", "enum": ["full", "diff"] },
            "yaml": text(), "cursor": text(), "remainingChars": integer(),
        }));
    }
    if let Some(value) = value(answer) {
        fields["value"] = value;
    }
    fields["error"] = object(json!({
        "code": text(), "message": text(), "next": text(), "mayRetry": flag(), "data": any(),
    }));
    object(fields).as_object().cloned()
}

/// What is particular to a form.
fn value(answer: AnswerForm) -> Option<Value> {
    let fields = match answer {
        AnswerForm::Page | AnswerForm::Picture | AnswerForm::Status => return None,
        // Whatever a script returns, and rows in the caller's own shape.
        AnswerForm::Value => return Some(json!({})),
        AnswerForm::Tabs => json!({ "tabs": list(object(json!({
            "tabId": integer(), "index": integer(), "url": text(), "title": text(), "current": flag(),
            "sharedWith": {}, "holder": text(), "free": flag(),
        }))) }),
        AnswerForm::Browsers => json!({ "browsers": list(object(json!({
            "browserId": text(), "name": text(), "product": text(), "version": text(), "connected": flag(),
            "paused": flag(), "shared": flag(), "tabs": integer(), "held": integer(), "focused": flag(), "yours": flag(),
            "chosen": flag(),
        }))) }),
        AnswerForm::Console => json!({
            "entries": list(object(json!({
                "level": { "type": "string", "enum": ["error", "warning", "info", "debug"] },
                "text": text(), "source": text(), "line": integer(), "timestamp": number(),
            }))),
            "more": integer(), "dropped": integer(),
        }),
        AnswerForm::Found => {
            json!({ "found": list(object(json!({ "ref": text(), "lines": text() }))), "total": integer() })
        }
        AnswerForm::Text => {
            json!({ "format": text(), "content": text(), "cursor": text(), "remainingChars": integer() })
        }
        AnswerForm::Requests => {
            json!({ "requests": list(object(request())), "more": integer(), "dropped": integer() })
        }
        AnswerForm::Request => {
            let mut fields = request();
            for name in ["requestHeaders", "responseHeaders"] {
                fields[name] = any();
            }
            fields["part"] = text();
            fields["body"] = text();
            fields["remainingChars"] = integer();
            fields
        }
        AnswerForm::Batch => json!({ "steps": list(object(json!({
            "tool": text(), "ok": flag(), "text": text(), "value": {}, "yaml": text(), "notes": list(text()),
        }))) }),
        AnswerForm::Asked => json!({ "answer": maybe("string") }),
        AnswerForm::Downloads => json!({ "downloads": list(object(json!({
            "id": integer(), "state": text(), "url": text(), "path": text(), "bytes": integer(), "totalBytes": integer(),
            "mimeType": text(), "error": text(),
        }))) }),
        AnswerForm::File => json!({ "path": text(), "bytes": integer(), "pages": integer() }),
        AnswerForm::Cookies => json!({ "cookies": list(object(json!({
            "name": text(), "value": text(), "domain": text(), "path": text(), "expires": text(), "httpOnly": flag(),
            "secure": flag(), "sameSite": text(),
        }))) }),
        AnswerForm::Storage => json!({
            "area": text(), "entries": list(object(json!({ "key": text(), "value": text(), "chars": integer() }))),
        }),
    };
    Some(object(fields))
}

fn request() -> Value {
    json!({
        "id": integer(), "method": text(), "url": text(), "type": text(), "status": integer(), "statusText": text(),
        "startedAt": number(), "mimeType": text(), "size": number(), "ms": number(), "error": text(), "fromCache": flag(),
    })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn integer() -> Value {
    json!({ "type": "integer" })
}

fn number() -> Value {
    json!({ "type": "number" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn any() -> Value {
    json!({ "type": "object" })
}

fn maybe(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn object(fields: Value) -> Value {
    json!({ "type": "object", "properties": fields })
}
