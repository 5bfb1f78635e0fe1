//! What a `ClientSession` hears.

use std::sync::Arc;

use actix::prelude::Message;

use super::super::client_registry::messages::Departure;
use super::super::link::Charge;
use crate::protocol::event::BrowserSummary;
use crate::protocol::{Bye, Frame, Topics};

/// The instance said something, which takes room in its socket's inbox until it is heard.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FromInstance(pub Frame, pub Option<Charge>);

/// The edge's connection ended.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct PeerLeft(pub Departure);

/// A newer connection of this client took over.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Supersede;

/// The client's name, unique among the clients.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Named(pub Arc<str>);

/// Which browsers are there.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct BrowsersAre(pub Vec<BrowserSummary>);

/// Something has changed that the client wants to hear of.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct TopicsChanged(pub Topics);

/// The hub ends: no new calls; those under way may finish.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct HubStopping(pub Bye);

/// How many calls are under way?
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "usize")]
pub struct GetInFlight;
