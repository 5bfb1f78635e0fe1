//! The connection under a request: small frames leave at once, and a peer that does not read can be hung up on.

use std::any::Any;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;

use crate::actors::link::Hangup;

/// The connection's own file descriptor, so that a peer that does not read can still be hung up on.
struct Connection(OwnedFd);

/// Keeps a new connection where [`hangup_of`] finds it.
pub(super) fn remember_connection(io: &dyn Any, extensions: &mut Extensions) {
    if let Some(stream) = io.downcast_ref::<TcpStream>() {
        // Frames are small and each is waited for.
        let _ = stream.set_nodelay(true);
        if let Ok(fd) = stream.as_fd().try_clone_to_owned() {
            extensions.insert(Arc::new(Connection(fd)));
        }
    }
}

/// How to hang up on the peer of this request.
pub(super) fn hangup_of(request: &HttpRequest) -> Hangup {
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    Hangup::new(move || {
        if let Some(connection) = &connection {
            let _ = rustix::net::shutdown(&connection.0, rustix::net::Shutdown::Both);
        }
    })
}
