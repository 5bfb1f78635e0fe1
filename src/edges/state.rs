//! What every route knows: the house, the secrets, the port.

use super::door::Door;
use super::legacy::LegacyPort;
use crate::actors::House;
use crate::config::Settings;

/// What every route knows.
#[derive(Debug)]
pub struct HubState {
    /// Where the actors are found.
    pub house: House,
    /// The instances' token.
    pub token: String,
    /// The pairing secret, normalized.
    pub pairing_secret: String,
    /// The port that the routes are served on.
    pub port: u16,
    /// The port for the Browser MCP extension, while the hub listens there.
    pub legacy: Option<LegacyPort>,
    /// The settings.
    pub settings: Settings,
    /// Browsers that have not said hello.
    pub browsers_door: Door,
    /// Instances that have not said hello.
    pub instances_door: Door,
}
