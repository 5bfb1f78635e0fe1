//! The port for the unmodified Browser MCP extension: it appears as one more browser, and its socket turns calls into the
//! extension's few verbs.
//!
//! The extension proves nothing and cannot be changed. So this port takes its Origin only, from programs of this user
//! only, and a browser behind it is chosen only where no other is there.

mod desk;
mod ledger;
mod looks;
mod peer;
mod replies;
mod seats;
mod socket;
mod verbs;
mod work;

use actix_web::dev::ServiceRequest;

pub use self::seats::Seats;
pub use self::socket::legacy_socket;
use super::guard::{self, Refusal};

/// The port for the Browser MCP extension.
#[derive(Debug, Clone)]
pub struct LegacyPort {
    /// Its number.
    pub port: u16,
    /// The Origins that it takes.
    pub origins: Vec<String>,
    /// The browsers behind it.
    pub seats: Seats,
}

impl LegacyPort {
    /// Checks who comes to this port.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, request: &ServiceRequest) -> Result<(), Refusal> {
        if request.match_info().as_str() != "/" {
            return Err(Refusal::Route);
        }
        guard::check_host(request.headers(), self.port)?;
        guard::check_origin(request.headers(), |origin| {
            self.origins.iter().any(|known| Some(known.as_str()) == origin)
        })?;
        let Some(from) = request.peer_addr() else { return Err(Refusal::Stranger("unknown".to_owned())) };
        match peer::owner(from, request.app_config().local_addr()) {
            peer::Owner::Ourselves | peer::Owner::Untold => Ok(()),
            peer::Owner::Other(uid) => Err(Refusal::Stranger(format!("user {uid}"))),
            peer::Owner::Unlisted => Err(Refusal::Stranger("a user that the system does not tell".to_owned())),
        }
    }
}
