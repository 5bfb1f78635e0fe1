//! What a host hears of failed calls beside their answers: messages of the protocol's log, and only where the host asked
//! for them: once for a session (`logging/setLevel`), or with each request (2026-07-28).
#![allow(deprecated, reason = "the log is going away in later protocols; hosts of those before it ask for it")]

use std::sync::{Mutex, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ServerCapabilities};
use rmcp::service::RequestContext;

use super::errors;
use crate::protocol::{ErrorCode, HubError};

/// Tells hosts that there is a log.
#[must_use]
pub fn declared(mut capabilities: ServerCapabilities) -> ServerCapabilities {
    capabilities.logging = Some(serde_json::Map::new());
    capabilities
}

/// How much a host asks to hear.
pub type SetLevel = rmcp::model::SetLevelRequestParams;

/// How much a host wants to hear.
#[derive(Debug, Default)]
pub struct HostLog(Mutex<Option<LoggingLevel>>);

impl HostLog {
    /// The host wants to hear what is at least this grave.
    pub fn set(&self, asked: &SetLevel) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked.level);
    }

    fn is_wanted(&self, level: LoggingLevel, context: &RequestContext<RoleServer>) -> bool {
        let session = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        context.meta.log_level().or(session).is_some_and(|least| least as u8 <= level as u8)
    }

    /// A call failed.
    pub async fn tell(&self, tool: &str, error: &HubError, context: &RequestContext<RoleServer>) {
        let level = if error.code == ErrorCode::Internal { LoggingLevel::Error } else { LoggingLevel::Warning };
        if !self.is_wanted(level, context) {
            return;
        }
        let mut data = errors::structured(error);
        data["tool"] = tool.into();
        let message = LoggingMessageNotificationParam::new(level, data).with_logger("tabhub");
        if let Err(error) = context.peer.notify_logging_message(message).await {
            log::debug!("a message of the log did not reach the host: {error}");
        }
    }
}
