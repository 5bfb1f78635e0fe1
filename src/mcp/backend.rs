//! Where tool calls go. The one seam between the MCP handler and the house behind it.
//!
//! The same handler serves a host over stdio (the backend is the link to a remote hub) and over HTTP (the backend is
//! the hub's own actors), and tests (the backend is a fake).

use std::future::Future;
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::watches::Watches;
use crate::protocol::{CallId, Deadline, HubError};

/// Where a tool call goes: a remote hub (instances) or local actors (`edges::mcp_http`).
pub trait Backend: Send + Sync + 'static {
    /// Runs one tool; resolves with the raw result object of the wire contract. Dropping the future cancels the call
    /// end to end.
    fn call(&self, request: CallRequest) -> impl Future<Output = Result<Box<RawValue>, HubError>> + Send;

    /// The host introduced itself (`initialize`).
    fn identify(&self, name: &str, version: &str);

    /// Who of this backend's hosts wants to hear of what. The backend tells its `ClientSession` the sum
    /// ([`Watches::wanted`]) in a `watch` event, again on each new connection, and hands on what comes in `changed` events
    /// ([`Watches::tell`]). Without it, subscriptions are taken and never told of.
    fn watches(&self) -> Option<Arc<Watches>> {
        None
    }
}

/// One tool is to run.
#[derive(Debug)]
pub struct CallRequest {
    /// The call's id, minted where the call entered.
    pub id: CallId,
    /// The tool's one name, as `protocol::tools` has it.
    pub tool: &'static str,
    /// Its arguments, checked and normalised.
    pub params: Box<RawValue>,
    /// When it is too late.
    pub deadline: Deadline,
    /// Where news of a long call go; nobody asked for them if absent.
    pub progress: Option<mpsc::Sender<Progress>>,
}

/// How far a long call is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How far, in steps of the tool's own.
    pub progress: f64,
    /// Out of how many, where known.
    pub total: Option<f64>,
    /// What it is doing.
    pub message: String,
}
