//! The standard streams without a thread for each of them.
//!
//! Hosts written in Node give a child UNIX sockets, others give it pipes. Both can be driven by the runtime itself,
//! which saves two hand-overs between threads for each message; only what is neither (a file, a terminal) is read by
//! blocking threads.

pub use rmcp::transport::io::stdio_pipes as pipes;

/// Both standard streams, if both are UNIX sockets.
#[cfg(unix)]
pub fn sockets() -> Option<(tokio::net::UnixStream, tokio::net::UnixStream)> {
    use std::os::fd::AsFd;
    Some((socket(std::io::stdin().as_fd())?, socket(std::io::stdout().as_fd())?))
}

/// A stream on a copy of the descriptor. Its file stays shared, and becomes non-blocking for the whole process: nothing
/// else in it may touch these streams, which belong to the protocol.
#[cfg(unix)]
fn socket(stream: std::os::fd::BorrowedFd<'_>) -> Option<tokio::net::UnixStream> {
    let stream = std::os::unix::net::UnixStream::from(stream.try_clone_to_owned().ok()?);
    // Fails for whatever is not a UNIX socket.
    stream.local_addr().ok()?;
    stream.set_nonblocking(true).ok()?;
    tokio::net::UnixStream::from_std(stream).ok()
}
