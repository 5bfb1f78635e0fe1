//! The pointer: click, hover, drag.

use crate::mcp::browsermcp::{BrowserMcp, Form};
use crate::mcp::params::{Kind, Param, Word, optional, required, unlisted, word, word_or};
use crate::mcp::registry::{AnswerForm, Effect, Listed, Scope, TimeoutRule, ToolSpec, as_given};
use crate::mcp::tools::{ELEMENT, REF};

pub(super) const BUTTON: &[Word] = &[word("left"), word("right"), word("middle")];
pub(super) const MODIFIERS: &[Word] = &[
    word_or("Alt", &["Option"]),
    word_or("Control", &["Ctrl"]),
    word_or("ControlOrMeta", &["CmdOrCtrl", "CtrlOrCmd"]),
    word_or("Meta", &["Cmd", "Command", "Win", "Super"]),
    word("Shift"),
];

static CLICK_PARAMS: [Param; 5] = [
    REF,
    ELEMENT,
    optional("doubleClick", Kind::Flag, ""),
    optional("button", Kind::Choice(BUTTON), ""),
    optional("modifiers", Kind::Choices(MODIFIERS), ""),
];

/// Clicks an element.
pub static CLICK: ToolSpec = ToolSpec {
    name: "browser_click",
    aliases: &[],
    title: "Click",
    about: "Click an element, wait for what it sets off, and return what changed.",
    own_params: &CLICK_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_click", params: &[("element", Form::Text), ("ref", Form::Text)] }),
    refine: as_given,
};

static HOVER_PARAMS: [Param; 2] = [REF, ELEMENT];

/// Moves the pointer onto an element.
pub static HOVER: ToolSpec = ToolSpec {
    name: "browser_hover",
    aliases: &[],
    title: "Hover",
    about: "Move the pointer onto an element.",
    own_params: &HOVER_PARAMS,
    scope: Scope::Page,
    effect: Effect::Sets,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: Some(BrowserMcp { name: "browser_hover", params: &[("element", Form::Text), ("ref", Form::Text)] }),
    refine: as_given,
};

static DRAG_PARAMS: [Param; 4] = [
    required("startRef", Kind::Target, "").or(&["startTarget", "startSelector"]),
    required("endRef", Kind::Target, "").or(&["endTarget", "endSelector"]),
    unlisted("startElement", Kind::Text),
    unlisted("endElement", Kind::Text),
];

/// Takes an element to another.
pub static DRAG: ToolSpec = ToolSpec {
    name: "browser_drag",
    aliases: &["browser_drag_and_drop"],
    title: "Drag and drop",
    about: "Drag one element onto another with the mouse.",
    own_params: &DRAG_PARAMS,
    scope: Scope::Page,
    effect: Effect::Acts,
    answer: AnswerForm::Page,
    timeout: TimeoutRule::Settings,
    listed: Listed::Core,
    browsermcp: None,
    refine: as_given,
};
