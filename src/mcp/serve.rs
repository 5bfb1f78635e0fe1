//! Serves one host over a pair of byte streams until its end of input.

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tokio::io::{AsyncRead, AsyncWrite};

use super::backend::Backend;
use super::handler::Handler;
use super::stdio;

/// Why a host could not be served to the end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The first messages were not MCP.
    #[error("the host's first messages are not MCP: {0}")]
    Handshake(#[from] Box<ServerInitializeError>),
    /// The serving task died.
    #[error("the MCP server broke off: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Serves the host that spawned this process, over its standard streams. Returns at the end of input.
///
/// # Errors
/// When what comes is not MCP.
pub async fn serve_stdio<B: Backend>(handler: Handler<B>) -> Result<(), ServeError> {
    #[cfg(unix)]
    if let Some((reader, writer)) = stdio::sockets() {
        return serve(handler, reader, writer).await;
    }
    let (reader, writer) = stdio::pipes();
    serve(handler, reader, writer).await
}

/// Serves a host over any pair of streams. Returns at the end of input; calls that are under way have 5 s to finish.
///
/// # Errors
/// When what comes is not MCP.
pub async fn serve<B, R, W>(handler: Handler<B>, reader: R, writer: W) -> Result<(), ServeError>
where
    B: Backend,
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let running = match handler.serve((reader, writer)).await {
        Ok(running) => running,
        // A host that leaves before it says anything is no error.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(Box::new(error).into()),
    };
    running.waiting().await?;
    Ok(())
}
