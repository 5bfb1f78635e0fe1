//! What a page asked its servers.

use crate::mcp::params::{Kind, Param, Word, optional, required, unlisted, word};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};

static LIST_PARAMS: [Param; 3] = [
    optional("filter", Kind::Filled, "Part of the URL, method, status (404, 5xx) or regex"),
    optional("static", Kind::Flag, "Images, scripts, styles too").or(&["includeStatic"]),
    optional("limit", Kind::Integer { min: 1, max: 1000 }, "Default 100"),
];

/// Lists requests.
pub static NETWORK_REQUESTS: ToolSpec = ToolSpec {
    name: "browser_network_requests",
    aliases: &["browser_list_network_requests"],
    title: "List network requests",
    about: "List the tab's network requests with their ids.",
    own_params: &LIST_PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Requests,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};

const PART: &[Word] = &[word("headers"), word("body"), word("request")];

static ONE_PARAMS: [Param; 3] = [
    required("id", Kind::Integer { min: 1, max: i64::MAX }, "").or(&["index", "reqid", "requestId"]),
    optional("part", Kind::Choice(PART), "request: what was sent"),
    unlisted("maxChars", Kind::Integer { min: 1, max: i64::MAX }),
];

/// Shows one request.
pub static NETWORK_REQUEST: ToolSpec = ToolSpec {
    name: "browser_network_request",
    aliases: &["browser_get_network_request"],
    title: "Show a network request",
    about: "Show one request's headers or bodies. Secrets in headers are masked.",
    own_params: &ONE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Reads,
    answer: AnswerForm::Request,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
