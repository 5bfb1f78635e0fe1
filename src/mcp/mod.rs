//! The MCP side: what a host sees of tabhub. The only folder that knows rmcp. `http` is its way over Streamable HTTP, to
//! which `edges::mcp_http` brings requests.
//!
//! `registry` is the table of contents: one [`registry::ToolSpec`] a tool, each in its group's file under `tools/`.
//! `resources/` lets hosts read the browser at addresses, `prompts/` offers what people want of it again and again.
//! A call goes `handler` → `prepare` (name, arguments, deadline) → [`Backend`] → `render`.

pub mod arguments;
pub mod backend;
pub mod browsermcp;
pub mod client;
pub mod command_line;
mod elicit;
pub mod errors;
pub mod handler;
pub mod http;
pub mod listing;
mod logs;
mod methods;
mod panics;
pub mod params;
pub mod pending;
pub mod prepare;
mod progress;
pub mod prompts;
pub mod registry;
pub mod render;
pub mod resources;
pub mod saving;
mod schemas;
pub mod serve;
mod stdio;
#[cfg(test)]
mod table;
pub mod tools;
mod uploads;
pub mod watches;

pub use backend::{Backend, CallRequest, Progress};
pub use handler::Handler;
pub use prepare::{Prepared, prepare};
pub use render::{Block, Rendered, render};
pub use serve::serve_stdio;
