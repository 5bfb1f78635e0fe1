//! The mouse at a point of the last screenshot, for what no ref names.

use crate::mcp::params::{Kind, Param, optional, required};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::ELEMENT;
use crate::mcp::tools::pointer::{BUTTON, MODIFIERS};

const AT: Kind = Kind::Number { min: 0.0, max: 100_000.0 };
const BY: Kind = Kind::Number { min: -1_000_000.0, max: 1_000_000.0 };
const FROM_LEFT: &str = "In your last screenshot's pixels";

static CLICK_PARAMS: [Param; 6] = [
    required("x", AT, FROM_LEFT),
    required("y", AT, ""),
    ELEMENT,
    optional("doubleClick", Kind::Flag, ""),
    optional("button", Kind::Choice(BUTTON), ""),
    optional("modifiers", Kind::Choices(MODIFIERS), ""),
];

/// Clicks at a point.
pub static CLICK_XY: ToolSpec = ToolSpec {
    name: "browser_mouse_click_xy",
    aliases: &["browser_screen_click"],
    title: "Click at a point",
    about: "Click at a point of your last screenshot. Prefer browser_click where there is a ref.",
    own_params: &CLICK_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: as_given,
};

static MOVE_PARAMS: [Param; 3] = [required("x", AT, FROM_LEFT), required("y", AT, ""), ELEMENT];

/// Moves the mouse to a point.
pub static MOVE_XY: ToolSpec = ToolSpec {
    name: "browser_mouse_move_xy",
    aliases: &["browser_screen_move_mouse"],
    title: "Move the mouse",
    about: "Move the mouse to a point of your last screenshot.",
    own_params: &MOVE_PARAMS,
    scope: Scope::Page,
    effect: Effect::Sets,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: as_given,
};

static DRAG_PARAMS: [Param; 5] = [
    required("startX", AT, FROM_LEFT),
    required("startY", AT, ""),
    required("endX", AT, ""),
    required("endY", AT, ""),
    ELEMENT,
];

/// Drags from a point to another.
pub static DRAG_XY: ToolSpec = ToolSpec {
    name: "browser_mouse_drag_xy",
    aliases: &["browser_screen_drag"],
    title: "Drag between points",
    about: "Press the mouse at a point of your last screenshot, and release it at another.",
    own_params: &DRAG_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: as_given,
};

static WHEEL_PARAMS: [Param; 4] = [
    optional("x", AT, "In your last screenshot's pixels; default the middle"),
    optional("y", AT, ""),
    optional("deltaX", BY, "Pixels to the right"),
    optional("deltaY", BY, "Pixels down"),
];

/// Turns the wheel at a point.
pub static WHEEL: ToolSpec = ToolSpec {
    name: "browser_mouse_wheel",
    aliases: &[],
    title: "Turn the mouse wheel",
    about: "Turn the mouse wheel at a point, for maps and what browser_scroll does not move.",
    own_params: &WHEEL_PARAMS,
    scope: Scope::Page,
    effect: Effect::Moves,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Full,
    browsermcp: None,
    refine: as_given,
};
