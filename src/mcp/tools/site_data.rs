//! Cookies and storage of the site that a tab shows. The extension refuses them unless the person allowed it in the popup.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, Word, optional, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

const ACTION: &[Word] = &[
    word_or("get", &["list", "read"]),
    word_or("set", &["add", "write"]),
    word_or("delete", &["remove"]),
    word("clear"),
];
const SAME_SITE: &[Word] = &[word("Strict"), word("Lax"), word("None")];
const AREA: &[Word] = &[word_or("local", &["localStorage"]), word_or("session", &["sessionStorage"])];

static COOKIES_PARAMS: [Param; 10] = [
    optional("action", Kind::Choice(ACTION), "Default: get"),
    optional("name", Kind::Filled, ""),
    optional("value", Kind::Text, ""),
    optional("values", Kind::Flag, "Show values, not masks").or(&["showValues"]),
    optional("domain", Kind::Filled, "").or(&["host"]),
    optional("path", Kind::Filled, ""),
    optional("expires", Kind::Filled, "ISO date or seconds since 1970"),
    optional("httpOnly", Kind::Flag, ""),
    optional("secure", Kind::Flag, ""),
    optional("sameSite", Kind::Choice(SAME_SITE), ""),
];

/// Reads and changes cookies.
pub static COOKIES: ToolSpec = ToolSpec {
    name: "browser_cookies",
    aliases: &[],
    title: "Cookies",
    about: "Read or change the cookies of the tab's site, if the person has allowed it in the tabhub popup.",
    own_params: &COOKIES_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Cookies,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: whole_cookie,
};

static STORAGE_PARAMS: [Param; 5] = [
    optional("action", Kind::Choice(ACTION), "Default: get"),
    optional("area", Kind::Choice(AREA), "Default: local").or(&["type"]),
    optional("key", Kind::Filled, "").or(&["name"]),
    optional("value", Kind::Text, ""),
    optional("values", Kind::Flag, "Show values, not masks").or(&["showValues"]),
];

/// Reads and changes local and session storage.
pub static STORAGE: ToolSpec = ToolSpec {
    name: "browser_storage",
    aliases: &[],
    title: "Local and session storage",
    about: "Read or change local or session storage of the tab's site, if the person has allowed it in the tabhub popup.",
    own_params: &STORAGE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Storage,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: whole_entry,
};

fn whole_cookie(tool: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    whole(tool, arguments, "name")
}

fn whole_entry(tool: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    whole(tool, arguments, "key")
}

/// What each action must know. `clear` with a name is refused: whoever names one thing does not mean all.
fn whole(tool: &ToolSpec, arguments: &Arguments, name: &str) -> Result<(), HubError> {
    let action = arguments.get("action").and_then(|action| action.as_str()).unwrap_or("get");
    let needed: &[&str] = match action {
        "set" => &[name, "value"],
        "delete" => &[name],
        _ => &[],
    };
    if let Some(missing) = needed.iter().find(|needed| !arguments.contains_key(**needed)) {
        return Err(invalid(format!("{} needs {missing} to {action}, but it is missing.", tool.name)));
    }
    if action == "clear" && arguments.contains_key(name) {
        return Err(invalid(format!("{} with action clear deletes all, but {name} names one.", tool.name))
            .with_next("Use action delete for one, or leave it out to delete all."));
    }
    Ok(())
}
