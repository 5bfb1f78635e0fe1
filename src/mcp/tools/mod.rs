//! The tools, one file a group. What they share is here: the parameters that many have.

use super::params::{Kind, Param, optional, required, unlisted};

pub mod ask;
pub mod batch;
pub mod browsers;
pub mod console;
pub mod dialog;
pub mod downloads;
pub mod emulate;
pub mod evaluate;
pub mod extract;
pub mod find;
pub mod form;
pub mod keyboard;
pub mod mouse_xy;
pub mod navigate;
pub mod network;
pub mod pdf;
pub mod pointer;
pub mod screenshot;
pub mod scroll;
pub mod select;
pub mod site_data;
pub mod snapshot;
pub mod status;
pub mod tabs;
pub mod text;
pub mod upload;
pub mod wait;

/// The element that a tool acts on. `target` is what newer prompts call it.
const REF: Param = required("ref", Kind::Target, "Snapshot ref or CSS selector").or(&["target", "selector"]);
/// The element that a tool may be narrowed to.
const REF_OPTIONAL: Param = optional("ref", Kind::Target, "Only this element").or(&["target", "selector"]);
/// A person's words for the element; hosts show it, the extension repeats it.
const ELEMENT: Param = unlisted("element", Kind::Text);

/// The longest time in milliseconds that an argument may ask for: the bound of all calls, less the way there and back.
const MOST_MS: i64 = 14 * 60 * 1000;
/// The same in seconds.
const MOST_SECS: f64 = 14.0 * 60.0;
