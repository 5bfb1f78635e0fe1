//! The first frames of a connection: who is there, which protocol it speaks, and the proof of the shared secret.

use serde::{Deserialize, Serialize};

use super::error::{ErrorCode, HubError};
use super::event::{BrowserSummary, ClientSummary, is_false};
use super::ids::{BrowserEpoch, BrowserId};
use super::{MIN_PROTOCOL, PROTOCOL, VERSION};

/// Who says hello.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "camelCase")]
pub enum Hello {
    /// The hub, at once when a browser's socket opens.
    Hub(HubHello),
    /// The extension, in answer to the hub's hello.
    Browser(BrowserHello),
    /// An MCP instance, first on its socket; its proof came with the upgrade request.
    Instance(InstanceHello),
    /// The command line, asking about the hub; it registers nothing.
    Control(ControlHello),
}

/// The hub's opening challenge to a browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubHello {
    /// The protocol version that the hub speaks.
    pub protocol: u32,
    /// The oldest version that it accepts.
    pub min_protocol: u32,
    /// The hub's build.
    pub version: String,
    /// The hub's nonce, 32 bytes in hexadecimal.
    pub nonce: String,
}

impl HubHello {
    /// This build's hello with the given nonce.
    #[must_use]
    pub fn new(nonce: String) -> Self {
        Self { protocol: PROTOCOL, min_protocol: MIN_PROTOCOL, version: VERSION.to_owned(), nonce }
    }
}

/// What the extension tells of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserHello {
    /// The protocol version that the extension speaks.
    pub protocol: u32,
    /// The extension's own version.
    pub version: String,
    /// What it can do beyond the protocol's minimum; `journal` = keeps the journal of calls.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The extension's nonce, 32 bytes in hexadecimal.
    pub nonce: String,
    /// The port that it dialled, as signed in the proof.
    pub port: u16,
    /// The proof of the pairing secret ([`super::proof`]).
    pub proof: String,
    /// Which browser it is.
    pub browser: BrowserInfo,
}

/// Which browser an extension runs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserInfo {
    /// The profile's id, kept across restarts.
    pub id: BrowserId,
    /// The product's name, `Chromium`.
    pub name: String,
    /// The product's version.
    pub version: String,
    /// This run of the browser.
    pub epoch: BrowserEpoch,
    /// The name that the person or an agent gave it, kept with the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// How clients share it. Not of the wire: the hub knows it by the port that the browser came to.
    #[serde(skip)]
    pub sharing: Sharing,
}

/// How clients share a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Each has tabs of its own.
    #[default]
    OwnTabs,
    /// It has one tab, which all share, one whole call at a time.
    OneTab,
}

/// What an instance tells of itself. Its client id is the frame's `clientId`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceHello {
    /// The protocol version that the instance speaks.
    pub protocol: u32,
    /// The instance's build.
    pub version: String,
    /// What it can do beyond the protocol's minimum.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The host's name as it was told in `initialize`, if it has come already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The host's version, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_version: Option<String>,
    /// The name by which the last hub knew it: of two hosts of one kind each keeps its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<String>,
    /// The browser that its calls went to at the last hub, so that they go there again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<BrowserId>,
    /// Whether the client has chosen that browser: then its calls go to no other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub home_chosen: bool,
    /// The instance's process id, for `status`.
    #[serde(default)]
    pub pid: u32,
    /// How long its tabs stay its own after it left without a word, in seconds; the hub's setting if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_secs: Option<u64>,
    /// The states that its link went through, newest last, for `status`.
    #[serde(default)]
    pub history: Vec<StateChange>,
}

/// The command line's hello.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlHello {
    /// The protocol version that it speaks.
    pub protocol: u32,
    /// Its build.
    pub version: String,
}

/// One step of an instance's state machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateChange {
    /// The state it came into.
    pub state: String,
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// Why, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// The hub's answer to a hello that it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// The protocol version that both will speak.
    pub protocol: u32,
    /// The hub's build.
    pub version: String,
    /// What the hub can do beyond the protocol's minimum.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The hub's proof of the shared secret.
    pub proof: String,
    /// To a browser: who is there, for the popup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientSummary>,
    /// To an instance: which browsers are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub browsers: Vec<BrowserSummary>,
}

impl Welcome {
    /// A welcome in this build's protocol.
    #[must_use]
    pub fn new(proof: String) -> Self {
        Self {
            protocol: PROTOCOL,
            version: VERSION.to_owned(),
            capabilities: Vec::new(),
            proof,
            clients: Vec::new(),
            browsers: Vec::new(),
        }
    }
}

/// The last word on a connection, with its reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bye {
    /// Why: an error's word, or `done`, `superseded`.
    pub code: String,
    /// The same in a sentence.
    #[serde(default)]
    pub message: String,
}

impl Bye {
    /// The peer is done and does not come back.
    pub const DONE: &'static str = "done";
    /// A newer connection of the same peer took over.
    pub const SUPERSEDED: &'static str = "superseded";

    /// A bye with a code and a sentence.
    #[must_use]
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

impl From<&HubError> for Bye {
    fn from(error: &HubError) -> Self {
        Self::new(error.code.word(), error.message.clone())
    }
}

/// Accepts a peer's protocol version, or says who must be updated.
///
/// # Errors
/// `version_mismatch` outside [`MIN_PROTOCOL`]`..=`[`PROTOCOL`].
pub fn check_protocol(who: &str, protocol: u32) -> Result<(), HubError> {
    if (MIN_PROTOCOL..=PROTOCOL).contains(&protocol) {
        return Ok(());
    }
    let older = if protocol < MIN_PROTOCOL { who } else { "hub" };
    Err(HubError::new(
        ErrorCode::VersionMismatch,
        format!(
            "The {who} speaks protocol {protocol}, this hub (tabhub {VERSION}) speaks {MIN_PROTOCOL} to {PROTOCOL}; the {older} is the older side."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_and_the_previous_protocol_are_taken_and_no_other() {
        assert!(check_protocol("extension", PROTOCOL).is_ok());
        assert!(check_protocol("extension", MIN_PROTOCOL).is_ok());
        for wrong in [MIN_PROTOCOL - 1, PROTOCOL + 1, 99] {
            let error = check_protocol("extension", wrong).err();
            assert_eq!(error.map(|e| e.code), Some(ErrorCode::VersionMismatch));
        }
    }
}
