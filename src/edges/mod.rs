//! Bytes ⇄ messages: listeners, the guard at the door, sockets, pages. Nothing here decides about calls.

mod browser_socket;
mod connection;
mod demo;
mod door;
mod error;
mod gate;
pub mod guard;
mod health;
pub mod hub;
mod instance_socket;
mod legacy;
mod listeners;
pub mod mcp_http;
mod mooring;
mod outflow;
mod state;
mod wire;
