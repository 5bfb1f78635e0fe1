//! What a setting's value may be: each form that the environment and `config.toml` share.

use std::num::NonZeroU32;
use std::time::Duration;

use super::settings::{SettingsError, ToolSet};

/// Longer than anybody waits, and short enough to be added to any time.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

pub(super) fn secs(value: Option<f64>, default: f64) -> Duration {
    Duration::try_from_secs_f64(value.unwrap_or(default)).map_or(LONGEST, |time| time.min(LONGEST))
}

pub(super) fn bad(place: &str, value: &str, expected: &'static str) -> SettingsError {
    SettingsError::BadValue { place: place.to_owned(), value: value.to_owned(), expected }
}

pub(super) fn parse_port(place: &str, value: &str) -> Result<u16, SettingsError> {
    value.parse().map_err(|_| bad(place, value, "a port (0 to 65535)"))
}

pub(super) fn port_or_off(place: &str, value: &str) -> Result<Option<u16>, SettingsError> {
    if value.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    value.parse().map(Some).map_err(|_| bad(place, value, "a port (0 to 65535) or off"))
}

pub(super) fn on_or_off(value: &str) -> Result<bool, SettingsError> {
    match value.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(bad("TABHUB_HTTP_AUTH", value, "on or off")),
    }
}

pub(super) fn parse_rate(value: &str) -> Result<NonZeroU32, SettingsError> {
    value.parse().map_err(|_| bad("TABHUB_HTTP_RATE", value, "a number of requests a second, 1 or more"))
}

pub(super) fn parse_number(place: &str, value: &str) -> Result<f64, SettingsError> {
    let number: Option<f64> = value.parse().ok();
    number.filter(|n| n.is_finite() && *n >= 0.0).ok_or_else(|| bad(place, value, "a number of 0 or more"))
}

pub(super) fn number_or_off(place: &str, value: &str) -> Result<Option<f64>, SettingsError> {
    if value.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    parse_number(place, value).map(Some).map_err(|_| bad(place, value, "a number of seconds or off"))
}

pub(super) fn parse_tools(value: &str) -> Result<ToolSet, SettingsError> {
    match value.to_ascii_lowercase().as_str() {
        "core" => Ok(ToolSet::Core),
        "browsermcp" => Ok(ToolSet::Browsermcp),
        "full" => Ok(ToolSet::Full),
        _ => Err(bad("TABHUB_TOOLS", value, "core, browsermcp or full")),
    }
}
