//! Why a hub cannot start. In a file of its own, since both its listeners and the hub as a whole fail with it.

use std::io;

/// Why a hub cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program holds the port.
    #[error("port {port} is taken by another program")]
    PortTaken {
        /// Which port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The port cannot be opened.
    #[error("port {port} cannot be opened: {source}")]
    Bind {
        /// Which port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The thread that carries sockets and actors did not come up.
    #[error("the hub's worker thread did not start; the system may be out of threads or memory")]
    NoWorker,
}
