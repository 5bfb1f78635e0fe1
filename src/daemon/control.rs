//! The control connection: asks a running hub something and registers nothing with it.

use std::time::Duration;

use serde_json::value::RawValue;

use super::hub_json::{self, HubFile};
use super::socket::{self, HubSocket, Lost, Miss};
use crate::config::Paths;
use crate::protocol::frame::CallBody;
use crate::protocol::hello::ControlHello;
use crate::protocol::now_ms;
use crate::protocol::status::Status;
use crate::protocol::{Call, CallId, Frame, Hello, HubError, VERSION};

/// Asks for the status of the whole house.
pub const HUB_STATUS: &str = "hub_status";
/// Ends the hub.
pub const HUB_STOP: &str = "hub_stop";

/// Why a hub did not answer a question.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// There is no hub to be asked.
    #[error(transparent)]
    Miss(#[from] Miss),
    /// It broke off.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// It refused.
    #[error(transparent)]
    Refused(#[from] HubError),
    /// It answered something else.
    #[error("the hub's answer cannot be read: {0}")]
    Garbled(String),
}

/// Asks the hub that `hub.json` tells of.
///
/// # Errors
/// When there is none, or it does not answer.
pub async fn ask(
    paths: &Paths,
    tool: &str,
    params: Box<RawValue>,
    patience: Duration,
) -> Result<Box<RawValue>, ControlError> {
    let hub = hub_json::read(&paths.hub_json()).map_err(Miss::from)?;
    let silent = |_| Miss::Silent { port: hub.port, pid: hub.pid };
    tokio::time::timeout(patience, ask_hub(&hub, tool, params, patience)).await.map_err(silent)?
}

/// Asks this very hub.
///
/// # Errors
/// When it is gone, or does not answer.
pub async fn ask_hub(
    hub: &HubFile,
    tool: &str,
    params: Box<RawValue>,
    patience: Duration,
) -> Result<Box<RawValue>, ControlError> {
    let hello = Frame::Hello(
        None,
        Hello::Control(ControlHello { protocol: socket::common_protocol(hub), version: VERSION.to_owned() }),
    );
    let (mut socket, _) = socket::connect(hub, &hello, patience).await?;
    let answer = converse(&mut socket, tool, params, patience).await;
    socket.close().await;
    answer
}

async fn converse(
    socket: &mut HubSocket,
    tool: &str,
    params: Box<RawValue>,
    patience: Duration,
) -> Result<Box<RawValue>, ControlError> {
    let id = CallId::mint();
    let body = CallBody {
        tool: tool.to_owned(),
        params,
        client_name: String::new(),
        attempt: 1,
        browser_epoch: None,
        expires_at: now_ms() + u64::try_from(patience.as_millis()).unwrap_or(u64::MAX / 2),
        read_only: tool == HUB_STATUS,
    };
    socket.send(&Frame::Call(Call { id, client: None, body })).await?;
    loop {
        match socket.recv().await? {
            Frame::Answer(answer) if answer.id == id => {
                let outcome = answer.outcome().map_err(|error| ControlError::Garbled(error.to_string()))?;
                return Ok(outcome?.to_owned());
            }
            Frame::Ping(id) => socket.send(&Frame::Pong(id)).await?,
            Frame::Bye(bye) => return Err(Lost(bye.message).into()),
            _ => {}
        }
    }
}

/// The status of the house, from the hub that runs.
///
/// # Errors
/// When none runs, or it does not answer.
pub async fn status(paths: &Paths, patience: Duration) -> Result<Status, ControlError> {
    let raw = ask(paths, HUB_STATUS, RawValue::NULL.to_owned(), patience).await?;
    serde_json::from_str(raw.get()).map_err(|error| ControlError::Garbled(error.to_string()))
}
