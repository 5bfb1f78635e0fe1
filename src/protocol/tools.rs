//! What the hub must know of a tool to route it: does it change anything, and what does it need in order.
//!
//! Parameters, descriptions and rendering live with the MCP handler; of a tool's arguments only `tabId` is read here.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::ids::TabId;

/// What a call must be in order with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// It acts on one tab: whole calls on that tab run one after another.
    Tab,
    /// It changes which tabs the client has: in order with the client's own calls.
    ClientTabs,
    /// The hub answers it itself.
    Hub,
}

/// The routing facts of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolRoute {
    /// The tool's one name.
    pub name: &'static str,
    /// What its calls must be in order with.
    pub lane: Lane,
    /// Whether it leaves the page and the browser as they are, so that it may simply run again.
    pub read_only: bool,
}

/// Answered by the hub: who is connected, and how every hop does.
pub const BROWSER_STATUS: &str = "browser_status";
/// Waits for something on a page. With a tab of another client it waits for what that client does there, so it must not
/// keep that client from doing it.
pub const WAIT_FOR: &str = "browser_wait_for";
/// Which browsers there are and which is the caller's: answered by the hub, except that a browser itself keeps its name.
pub const BROWSER_BROWSERS: &str = "browser_browsers";

const fn route(name: &'static str, lane: Lane, read_only: bool) -> ToolRoute {
    ToolRoute { name, lane, read_only }
}

/// Every tool that a call may name, by name.
pub const TOOLS: &[ToolRoute] = &[
    route("browser_navigate", Lane::Tab, false),
    route("browser_go_back", Lane::Tab, false),
    route("browser_go_forward", Lane::Tab, false),
    route("browser_reload", Lane::Tab, false),
    route("browser_snapshot", Lane::Tab, true),
    route("browser_find", Lane::Tab, true),
    route("browser_get_text", Lane::Tab, true),
    route("browser_extract", Lane::Tab, true),
    route("browser_click", Lane::Tab, false),
    route("browser_hover", Lane::Tab, false),
    route("browser_type", Lane::Tab, false),
    route("browser_fill_form", Lane::Tab, false),
    route("browser_select_option", Lane::Tab, false),
    route("browser_press_key", Lane::Tab, false),
    route("browser_drag", Lane::Tab, false),
    route("browser_scroll", Lane::Tab, false),
    route("browser_file_upload", Lane::Tab, false),
    route(WAIT_FOR, Lane::Tab, true),
    route("browser_screenshot", Lane::Tab, true),
    route("browser_ask_user", Lane::ClientTabs, false),
    route("browser_batch", Lane::Tab, false),
    route("browser_tabs", Lane::ClientTabs, false),
    route("browser_get_console_logs", Lane::Tab, false),
    route("browser_network_requests", Lane::Tab, true),
    route("browser_network_request", Lane::Tab, true),
    route("browser_downloads", Lane::Tab, false),
    route("browser_evaluate", Lane::Tab, false),
    route("browser_handle_dialog", Lane::Tab, false),
    route("browser_drop", Lane::Tab, false),
    route("browser_pdf_save", Lane::Tab, true),
    route("browser_resize", Lane::Tab, false),
    route("browser_emulate", Lane::Tab, false),
    route("browser_mouse_click_xy", Lane::Tab, false),
    route("browser_mouse_move_xy", Lane::Tab, false),
    route("browser_mouse_drag_xy", Lane::Tab, false),
    route("browser_mouse_wheel", Lane::Tab, false),
    route("browser_cookies", Lane::Tab, false),
    route("browser_storage", Lane::Tab, false),
    route(BROWSER_BROWSERS, Lane::Hub, false),
    route(BROWSER_STATUS, Lane::Hub, true),
];

/// The routing facts of a tool, or `None` if there is no such tool.
#[must_use]
pub fn find(name: &str) -> Option<&'static ToolRoute> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The tab that a call's arguments name. Anything but a number is left to the tool's own check.
#[must_use]
pub fn named_tab(params: &RawValue) -> Option<TabId> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Target {
        #[serde(default)]
        tab_id: Option<i64>,
    }
    serde_json::from_str::<Target>(params.get()).ok()?.tab_id.map(TabId)
}

/// The browser that the arguments of [`BROWSER_BROWSERS`] name, by its id or its name.
#[must_use]
pub fn named_browser(params: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Target {
        #[serde(default)]
        browser_id: Option<String>,
    }
    serde_json::from_str::<Target>(params.get()).ok()?.browser_id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for tool in TOOLS {
            assert_eq!(find(tool.name), Some(tool));
            assert_eq!(TOOLS.iter().filter(|t| t.name == tool.name).count(), 1);
        }
        assert_eq!(find("browser_fly"), None);
    }

    #[test]
    fn the_named_tab_is_read_and_anything_else_is_left_alone() {
        let tab = |json: &str| serde_json::from_str::<Box<RawValue>>(json).ok().and_then(|raw| named_tab(&raw));
        assert_eq!(tab(r#"{"ref":"e1","tabId":7}"#), Some(TabId(7)));
        assert_eq!(tab(r#"{"ref":"e1"}"#), None);
        assert_eq!(tab(r#"{"tabId":null}"#), None);
        assert_eq!(tab(r#"{"tabId":"seven"}"#), None);
    }
}
