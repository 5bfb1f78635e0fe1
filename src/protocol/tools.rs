//! What the hub must know of a tool to route it: does it change anything, and what does it need in order.
//!
//! Parameters, descriptions and rendering live with the MCP handler; the hub never reads a tool's arguments.

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
    route("browser_wait_for", Lane::Tab, true),
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
    route(BROWSER_STATUS, Lane::Hub, true),
];

/// The routing facts of a tool, or `None` if there is no such tool.
#[must_use]
pub fn find(name: &str) -> Option<&'static ToolRoute> {
    TOOLS.iter().find(|tool| tool.name == name)
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
}
