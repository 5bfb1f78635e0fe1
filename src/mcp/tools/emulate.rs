//! What a tab pretends to be: another size, colour scheme, medium, user agent, place, network.

use serde_json::{Value, json};

use crate::mcp::arguments::{Arguments, invalid};
use crate::mcp::params::{Kind, Param, Word, optional, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec};
use crate::protocol::HubError;

/// The extension's bounds of a viewport's side.
const SIDE: Kind = Kind::Integer { min: 50, max: 10_000 };

static RESIZE_PARAMS: [Param; 2] =
    [optional("width", SIDE, "CSS pixels; without a size, back to the window's own"), optional("height", SIDE, "")];

/// Gives the tab's page another size.
pub static RESIZE: ToolSpec = ToolSpec {
    name: "browser_resize",
    aliases: &["browser_resize_page"],
    title: "Resize the page",
    about: "Give the tab's page another size; the person's window stays as it is.",
    own_params: &RESIZE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Sets,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: both_sides,
};

fn both_sides(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    match (arguments.contains_key("width"), arguments.contains_key("height")) {
        (true, false) => Err(invalid("browser_resize needs height with width, but it is missing.")),
        (false, true) => Err(invalid("browser_resize needs width with height, but it is missing.")),
        _ => Ok(()),
    }
}

const SCHEME: &[Word] = &[word("light"), word("dark"), word_or("no-preference", &["auto", "none"])];
const MEDIA: &[Word] = &[word("screen"), word("print")];
const NETWORK: &[Word] = &[
    word("offline"),
    word_or("slow-3g", &["Slow 3G", "slow3g"]),
    word_or("fast-3g", &["Fast 3G", "fast3g", "3g"]),
    word_or("slow-4g", &["Slow 4G", "slow4g"]),
    word_or("fast-4g", &["Fast 4G", "fast4g", "4g"]),
    word_or("online", &["none", "No emulation", "default"]),
];

static EMULATE_PARAMS: [Param; 5] = [
    optional("colorScheme", Kind::Choice(SCHEME), ""),
    optional("userAgent", Kind::Filled, ""),
    optional("geolocation", Kind::Object, "{ latitude, longitude, accuracy? }"),
    optional("network", Kind::Choice(NETWORK), "").or(&["networkConditions"]),
    optional("media", Kind::Choice(MEDIA), ""),
];

/// Makes the tab pretend.
pub static EMULATE: ToolSpec = ToolSpec {
    name: "browser_emulate",
    aliases: &[],
    title: "Emulate",
    about: "Let the tab emulate what you name; what you do not name stays, and a call without arguments ends all of it.",
    own_params: &EMULATE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Sets,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: whole_place,
};

fn whole_place(_: &ToolSpec, arguments: &mut Arguments) -> Result<(), HubError> {
    let Some(given) = arguments.get_mut("geolocation") else { return Ok(()) };
    let side = |name: &str, most: f64| {
        let number = match &given[name] {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        };
        number.filter(|number: &f64| number.abs() <= most)
    };
    let (Some(latitude), Some(longitude)) = (side("latitude", 90.0), side("longitude", 180.0)) else {
        return Err(invalid(format!(
            "The argument geolocation of browser_emulate must be {}, but it is {given}.",
            "{ latitude: -90 to 90, longitude: -180 to 180, accuracy?: metres }"
        )));
    };
    let accuracy = side("accuracy", 1e7).filter(|metres| *metres >= 0.0).unwrap_or(1.0);
    *given = json!({ "latitude": latitude, "longitude": longitude, "accuracy": accuracy });
    Ok(())
}
