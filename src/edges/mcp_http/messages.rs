//! What the servers of HTTP say to the peer of their client.

use actix::prelude::*;

use crate::actors::client_registry::messages::Identity;
use crate::mcp::pending::Waiting;
use crate::protocol::CallId;

/// A call.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Ask(pub CallId, pub Waiting);

/// Whoever made this call went away.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct GiveUp(pub CallId);

/// The host said who it is.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Introduce(pub Identity);

/// The client does not come back.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct End;
