//! Resources: the browser to be read at addresses, each as JSON and as Markdown.
//!
//! An address answers with both forms; with `?format=json` or `?format=markdown` with one of them. What is long comes in
//! parts: the address of the next one stands at the end of each form, and in `_meta`.

mod offer;
pub mod pace;
pub mod parts;
mod read;
mod subscriptions;
pub mod uri;

pub use offer::{SeenTab, is_template, templates};
pub use subscriptions::Subscriptions;
