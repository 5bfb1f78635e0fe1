//! A small MCP client: what `tabhub up` checks its own instances with, exactly as a host would.

use rmcp::model::{CallToolRequestParams, ClientConfig, Implementation};
use rmcp::service::{ClientInitializeError, RunningService, ServiceError};
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncWrite};

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It does not speak MCP.
    #[error("the MCP server does not answer initialize: {0}")]
    Initialize(#[from] Box<ClientInitializeError>),
    /// It broke off.
    #[error("the MCP server broke off: {0}")]
    Service(#[from] ServiceError),
    /// The tool failed; the text says why.
    #[error("{0}")]
    Tool(String),
}

/// A client of one MCP server.
#[derive(Debug)]
pub struct Client {
    service: RunningService<RoleClient, ClientConfig>,
}

impl Client {
    /// Introduces itself to the server behind these streams.
    ///
    /// # Errors
    /// When it does not speak MCP.
    pub async fn connect<R, W>(name: &str, reader: R, writer: W) -> Result<Self, ClientError>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let mut info = ClientConfig::default();
        info.client_info = Implementation::new(name, env!("CARGO_PKG_VERSION"));
        let service = info.serve((reader, writer)).await.map_err(Box::new)?;
        Ok(Self { service })
    }

    /// Calls a tool and gives its text.
    ///
    /// # Errors
    /// When the tool failed, or the server broke off.
    pub async fn call(&self, tool: &'static str, arguments: Map<String, Value>) -> Result<String, ClientError> {
        let result = self.service.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await?;
        let texts = result.content.iter().filter_map(|block| block.as_text().map(|text| text.text.as_str()));
        let text = texts.collect::<Vec<_>>().join("\n");
        if result.is_error.unwrap_or(false) { Err(ClientError::Tool(text)) } else { Ok(text) }
    }

    /// Takes leave of the server.
    pub async fn close(self) {
        // A server that is gone needs no leave.
        let _ = self.service.cancel().await;
    }
}
