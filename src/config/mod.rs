//! Settings, paths and limits. The only place that reads the environment.

mod handover;
pub mod legacy;
pub mod limits;
pub mod paths;
pub mod settings;
pub mod surroundings;
mod values;

pub use paths::Paths;
pub use settings::{Overrides, Settings, SettingsError, ToolSet};
