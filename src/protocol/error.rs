//! The one table of errors: wire word, whether a retry may help, what to do next.
//!
//! Every failure that a caller can see is one of these codes, so that a model learns them once.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How an error reaches an MCP host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A tool result with `isError: true`, which the model reads and can act on.
    ToolError,
    /// A JSON-RPC error with this code, which the host handles.
    JsonRpc(i32),
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident, $word:literal, $surface:expr, $retry:literal, $next:literal;)*) => {
        /// What went wrong, as one word of the wire.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", from = "String")]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The word that an error's text starts with.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $(ErrorCode::$variant => $word,)* } }

            /// How this error reaches an MCP host.
            #[must_use]
            pub fn surface(self) -> Surface { match self { $(ErrorCode::$variant => $surface,)* } }

            /// Whether the same call may succeed when it is made again.
            #[must_use]
            pub fn may_retry(self) -> bool { match self { $(ErrorCode::$variant => $retry,)* } }

            /// What to do next, where the error itself does not say better.
            #[must_use]
            pub fn next_step(self) -> &'static str { match self { $(ErrorCode::$variant => $next,)* } }
        }
    };
}

use Surface::{JsonRpc, ToolError};

codes! {
    /// No browser is connected to the hub.
    NoBrowser, "no_browser", ToolError, true, "Run `tabhub up` to open a browser, or `tabhub extension` to use your own.";
    /// The browser left while the call was with it.
    BrowserGone, "browser_gone", ToolError, true, "Call again once the browser is back; browser_status shows it.";
    /// The tab does not exist any more.
    TabGone, "tab_gone", ToolError, false, "List your tabs with browser_tabs, or open one with browser_navigate.";
    /// The tab belongs to another client.
    TabTaken, "tab_taken", ToolError, true, "Use a tab of your own: leave tabId out.";
    /// The ref names an element that is gone.
    StaleRef, "stale_ref", ToolError, false, "Take a new browser_snapshot and use a ref from it.";
    /// Too many calls at once.
    Busy, "busy", ToolError, true, "Wait a moment and call again.";
    /// The call's time ran out.
    DeadlineExceeded, "deadline_exceeded", ToolError, true, "Look at the page with browser_snapshot before you repeat the action: it may have happened.";
    /// The caller cancelled the call.
    Cancelled, "cancelled", ToolError, true, "Nothing: the call was cancelled on request.";
    /// The arguments do not fit the tool.
    InvalidParams, "invalid_params", ToolError, false, "Correct the arguments as the tool's schema says.";
    /// The tool ran and failed.
    ToolFailed, "tool_failed", ToolError, true, "Look at the page with browser_snapshot and try another way.";
    /// The element is there, but cannot be acted on as it is.
    NotActionable, "not_actionable", ToolError, true, "Look at the page with browser_snapshot; wait for the element, or close what covers it.";
    /// The page could not be opened.
    NavigationFailed, "navigation_failed", ToolError, true, "Check the address, and that its server is up.";
    /// A dialog of the page blocks the tab.
    DialogOpen, "dialog_open", ToolError, true, "Answer it with browser_handle_dialog.";
    /// The settings forbid it.
    NotAllowed, "not_allowed", ToolError, false, "Ask the person to allow it.";
    /// This browser or page cannot do it.
    Unsupported, "unsupported", ToolError, false, "Use another page or tool.";
    /// The person has paused tabhub in the browser.
    Paused, "paused", ToolError, true, "Ask the person to press Resume in the tabhub popup.";
    /// Too many calls in too short a time.
    RateLimited, "rate_limited", ToolError, true, "Wait as long as the answer says, then call again.";
    /// The call was sent, its answer was lost, and it is not known whether it ran.
    OutcomeUnknown, "outcome_unknown", ToolError, false, "Look at the page with browser_snapshot to see whether it happened; do not repeat it blindly.";
    /// The two sides speak different versions of the protocol.
    VersionMismatch, "version_mismatch", ToolError, false, "Update the older side; `tabhub restart` starts this build's hub.";
    /// The peer could not prove the shared secret.
    Unauthorized, "unauthorized", ToolError, false, "Run `tabhub extension` again to pair the browser, or restart the host's MCP server.";
    /// The hub is shutting down.
    HubStopping, "hub_stopping", ToolError, true, "Call again: the next hub takes over.";
    /// A defect of tabhub.
    Internal, "internal", JsonRpc(-32603), true, "Call again; if it stays, look into the log that `tabhub status` names.";
}

/// A word of a later build is a failure all the same, and its sentence says what it was.
impl From<String> for ErrorCode {
    fn from(word: String) -> Self {
        Self::ALL.iter().copied().find(|code| code.word() == word).unwrap_or(ErrorCode::ToolFailed)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An error as it crosses the wire and as the caller reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct HubError {
    /// Which row of the table.
    pub code: ErrorCode,
    /// What happened and on whose side, in a sentence.
    pub message: String,
    /// What to do next, in a sentence; empty stands for the table's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub next: String,
    /// More for programs: `retryAfterMs`, `ref`, `tabId` and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<Value>>,
}

impl HubError {
    /// An error with the table's own next step.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), next: String::new(), data: None }
    }

    /// Too much at once: the same call may be made again after this time.
    #[must_use]
    pub fn busy(message: impl Into<String>, retry_after: Duration) -> Self {
        let ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        Self::new(ErrorCode::Busy, message)
            .with_next(format!("Wait {ms} ms and call again."))
            .with_data(serde_json::json!({ "retryAfterMs": ms }))
    }

    /// The same error with its own next step.
    #[must_use]
    pub fn with_next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    /// The same error with data for programs.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(Box::new(data));
        self
    }

    /// The whole text for a model: the wire word first, then what happened, then what to do.
    #[must_use]
    pub fn text(&self) -> String {
        let next = if self.next.is_empty() { self.code.next_step() } else { &self.next };
        format!("{}: {} {}", self.code, self.message.trim_end(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_crosses_the_wire_as_its_own_word() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).unwrap_or_default();
            assert_eq!(json, format!("\"{}\"", code.word()));
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).ok(), Some(*code));
        }
    }

    #[test]
    fn who_is_told_busy_is_told_for_how_long() {
        let error = HubError::busy("16 calls are under way.", Duration::from_millis(200));
        assert_eq!(error.text(), "busy: 16 calls are under way. Wait 200 ms and call again.");
        assert_eq!(error.data.map(|data| data["retryAfterMs"].clone()), Some(200.into()));
    }

    #[test]
    fn a_word_of_a_later_build_is_a_failure_with_its_own_sentence() {
        let error: HubError = serde_json::from_str(r#"{"code":"eclipse","message":"The sun is gone."}"#).unwrap();
        assert_eq!(error.code, ErrorCode::ToolFailed);
        assert!(error.text().contains("The sun is gone."), "{}", error.text());
    }

    #[test]
    fn an_errors_text_starts_with_its_word_and_ends_with_what_to_do() {
        let error = HubError::new(ErrorCode::StaleRef, "The element e12 is gone from the page.");
        assert!(error.text().starts_with("stale_ref: The element e12"));
        assert!(error.text().ends_with(ErrorCode::StaleRef.next_step()));
        let own = error.with_next("Use e40, which has its name now.");
        assert!(own.text().ends_with("Use e40, which has its name now."));
    }
}
