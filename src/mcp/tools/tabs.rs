//! Tabs: list, open, select, close; and whose they are: claim, release, share, hand off.

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, Word, optional, required, unlisted, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

const ACTION: &[Word] = &[
    word("list"),
    word_or("new", &["create", "open"]),
    word("close"),
    word_or("select", &["switch", "activate"]),
    word_or("claim", &["take"]),
    word_or("release", &["free"]),
    word("share"),
    word_or("handoff", &["hand_off", "handover", "transfer"]),
];

static PARAMS: [Param; 7] = [
    required("action", Kind::Choice(ACTION), ""),
    optional("tabId", Kind::Integer { min: 0, max: i64::MAX }, ""),
    // What older prompts say: a tab's place in the client's own list.
    unlisted("index", Kind::Integer { min: 0, max: i64::MAX }),
    optional("url", Kind::Filled, "For new"),
    optional("background", Kind::Flag, ""),
    optional("to", Kind::Filled, "Client; share: or all, none").or(&["client"]),
    optional("all", Kind::Flag, "list: free ones too"),
];

/// Names of Playwright MCP, and what each of them asks for: there the tools of tabs were several.
const NAMED_ACTIONS: [(&str, &str); 5] = [
    ("browser_close", "close"),
    ("browser_tab_list", "list"),
    ("browser_tab_new", "new"),
    ("browser_tab_select", "select"),
    ("browser_tab_close", "close"),
];

/// The action that a call under this name asks for, where the name itself says it.
#[must_use]
pub fn named_action(name: &str) -> Option<&'static str> {
    NAMED_ACTIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
}

/// Lists and manages tabs.
pub static TABS: ToolSpec = ToolSpec {
    name: "browser_tabs",
    aliases: &["browser_close", "browser_tab_list", "browser_tab_new", "browser_tab_select", "browser_tab_close"],
    title: "Manage tabs",
    about: "Manage your tabs; claim the person's; let another client read one (share) or have it (handoff).",
    own_params: &PARAMS,
    scope: Scope::House,
    effect: Effect::Acts,
    answer: AnswerForm::Tabs,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: which_tab,
};

fn which_tab(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let has = |name: &str| arguments.contains_key(name);
    match arguments.get("action").and_then(|action| action.as_str()) {
        Some("select") if !has("tabId") && !has("index") => {
            Err(invalid("browser_tabs needs tabId or index to select a tab, but both are missing."))
        }
        Some("claim") if !has("tabId") => Err(invalid("browser_tabs needs tabId to claim a tab, but it is missing.")
            .with_next("The person can tell you which, or list with all: true shows the tabs if they allow it.")),
        Some("handoff") if !has("to") => {
            Err(invalid("browser_tabs needs to, the name of the client that is to have the tab, but it is missing.")
                .with_next("browser_status shows the clients' names."))
        }
        _ => Ok(()),
    }
}
