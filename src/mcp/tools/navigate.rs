//! Opening pages: navigate, back, forward, reload.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::browsermcp::{BrowserMcp, Form};
use crate::mcp::params::{Kind, Param, Word, optional, required, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::MOST_MS;
use crate::protocol::HubError;

const WAIT_UNTIL: &[Word] = &[
    word_or("load", &["networkidle", "networkidle0", "networkidle2"]),
    word_or("domcontentloaded", &["interactive"]),
    word("commit"),
];

static NAVIGATE_PARAMS: [Param; 5] = [
    required("url", Kind::Filled, ""),
    optional("newTab", Kind::Flag, "Open a new tab of yours"),
    optional("background", Kind::Flag, "false: bring the tab to the front"),
    optional("waitUntil", Kind::Choice(WAIT_UNTIL), "Default: load"),
    optional("timeout", Kind::Integer { min: 0, max: MOST_MS }, "ms, default 30000"),
];

/// Opens an address.
pub static NAVIGATE: ToolSpec = ToolSpec {
    name: "browser_navigate",
    aliases: &[],
    title: "Open a page",
    about: "Open a URL in your current tab (the first call opens one) and return the page's snapshot.",
    own_params: &NAVIGATE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Asked,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_navigate", params: &[("url", Form::Text)] }),
    refine: complete_address,
};

/// Goes back in the tab's history.
pub static GO_BACK: ToolSpec = ToolSpec {
    name: "browser_go_back",
    aliases: &["browser_navigate_back"],
    title: "Go back",
    about: "Go back to the previous page of the tab.",
    own_params: &[],
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_go_back", params: &[] }),
    refine: as_given,
};

/// Goes forward in the tab's history.
pub static GO_FORWARD: ToolSpec = ToolSpec {
    name: "browser_go_forward",
    aliases: &["browser_navigate_forward"],
    title: "Go forward",
    about: "Go forward to the next page of the tab.",
    own_params: &[],
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_go_forward", params: &[] }),
    refine: as_given,
};

static RELOAD_PARAMS: [Param; 1] = [optional("ignoreCache", Kind::Flag, "")];

/// Loads the page anew.
pub static RELOAD: ToolSpec = ToolSpec {
    name: "browser_reload",
    aliases: &[],
    title: "Reload the page",
    about: "Reload the tab's page.",
    own_params: &RELOAD_PARAMS,
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};

/// An address without a scheme, as people write it: `example.com`, `localhost:3000/path`.
fn complete_address(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let url = arguments.get("url").and_then(|url| url.as_str()).unwrap_or_default().trim();
    let complete = absolute(url).ok_or_else(|| {
        invalid(format!("The argument url of browser_navigate must be an absolute address, but it is {url:?}."))
    })?;
    arguments.insert("url".to_owned(), complete.into());
    Ok(())
}

fn absolute(url: &str) -> Option<String> {
    const WITHOUT_SLASHES: [&str; 6] = ["about:", "blob:", "data:", "javascript:", "view-source:", "mailto:"];
    if url.contains("://") && !url.starts_with("://") || WITHOUT_SLASHES.iter().any(|scheme| has_prefix(url, scheme)) {
        return Some(url.to_owned());
    }
    let rest = url.strip_prefix("//").unwrap_or(url);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_host = |host: &str| host.contains('.') || host.starts_with('[') || host == "localhost";
    if host.contains(char::is_whitespace) || !is_host(host) {
        return None;
    }
    let is_local = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    Some(format!("{}://{rest}", if is_local { "http" } else { "https" }))
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_come_without_its_scheme() {
        for (given, complete) in [
            ("https://example.com/a?b=c://d", "https://example.com/a?b=c://d"),
            ("example.com/path", "https://example.com/path"),
            ("//example.com", "https://example.com"),
            ("localhost:3000", "http://localhost:3000"),
            ("127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("about:blank", "about:blank"),
            ("data:text/html,hi", "data:text/html,hi"),
        ] {
            assert_eq!(absolute(given).as_deref(), Some(complete));
        }
        for wrong in ["/path", "example", "two words.com", "", "://x"] {
            assert_eq!(absolute(wrong), None, "{wrong}");
        }
    }
}
