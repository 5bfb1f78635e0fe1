//! The MCP side: what a host sees of tabhub. The only folder that knows rmcp.

pub mod backend;

pub use backend::{Backend, CallRequest, Progress};
