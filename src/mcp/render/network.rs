//! Requests: a line each in a list, and one with its headers or bodies.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{fenced, left_out, one_line};

#[derive(Deserialize)]
struct Requests {
    #[serde(default)]
    requests: Vec<Request>,
    /// Those that are kept beside these.
    #[serde(default)]
    more: u64,
    /// Those that are not kept.
    #[serde(default)]
    dropped: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    id: u64,
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    status_text: Option<String>,
    #[serde(default)]
    mime_type: Option<String>,
    #[serde(default)]
    size: Option<f64>,
    #[serde(default)]
    ms: Option<f64>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    from_cache: bool,
    #[serde(default)]
    request_headers: Option<Map<String, Value>>,
    #[serde(default)]
    response_headers: Option<Map<String, Value>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    remaining_chars: Option<u64>,
}

/// A line each.
pub fn requests(value: &RawValue, out: &mut String) {
    let Ok(Requests { requests, more, dropped }) = serde_json::from_str::<Requests>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    left_out("earlier requests", more, dropped, out);
    if requests.is_empty() {
        out.push_str(
            "No requests. Without static: true, images, scripts, styles and fonts that came well are left out.\n",
        );
    }
    for request in &requests {
        line(request, out);
    }
}

/// One request with the part that was asked for.
pub fn request(value: &RawValue, out: &mut String) {
    let Ok(request) = serde_json::from_str::<Request>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    line(&request, out);
    for (title, headers) in [("Request", &request.request_headers), ("Response", &request.response_headers)] {
        let Some(headers) = headers.as_ref().filter(|headers| !headers.is_empty()) else { continue };
        let _ = writeln!(out, "- {title} headers");
        for (name, value) in headers {
            let _ = writeln!(out, "  {}: {}", one_line(name), one_line(value.as_str().unwrap_or_default()));
        }
    }
    if let Some(body) = request.body.as_deref().filter(|body| !body.is_empty()) {
        out.push_str("- Body\n");
        fenced("", body, out);
    }
    if let Some(left) = request.remaining_chars {
        let _ = writeln!(out, "{left} more characters; call again with a larger maxChars");
    }
}

fn line(request: &Request, out: &mut String) {
    let Request { id, method, url, kind, status, status_text, mime_type, size, ms, error, from_cache, .. } = request;
    let outcome = match (error, status) {
        (Some(error), _) => Cow::Owned(format!("FAILED {}", one_line(error))),
        (None, Some(status)) => {
            Cow::Owned(format!("{status} {}", one_line(status_text.as_deref().unwrap_or_default())))
        }
        (None, None) => Cow::Borrowed("pending"),
    };
    let _ = write!(out, "[{id}] {} {} {}", one_line(method), one_line(url), outcome.trim_end());
    let mut facts = vec![one_line(kind)];
    facts.extend(mime_type.as_deref().filter(|mime| !mime.is_empty()).map(one_line));
    facts.extend(size.map(|size| format!("{size} bytes").into()));
    facts.extend(ms.map(|ms| format!("{ms} ms").into()));
    facts.extend(from_cache.then_some("from cache".into()));
    let _ = writeln!(out, " ({})", facts.join(", "));
}
