//! Prompts: what people want of a browser again and again, to be picked in the host, with their arguments.

pub mod completion;
mod get;
mod words;

use rmcp::model::{Prompt, PromptArgument};

/// One prompt.
#[derive(Debug)]
pub struct PromptSpec {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it makes the model do.
    pub about: &'static str,
    /// Its arguments.
    pub arguments: &'static [Argument],
    /// What the model is told.
    words: fn(&words::Given) -> String,
}

/// One argument of a prompt. All of them are texts, as the protocol has it.
#[derive(Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What may be given.
    pub kind: Kind,
}

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tab: its number, or what completion shows for it, which begins with its number.
    Tab,
    /// Free text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
}

const fn argument(name: &'static str, kind: Kind, required: bool, about: &'static str) -> Argument {
    Argument { name, about, required, kind }
}

/// The argument of every prompt that is about one page.
const TAB: Argument = argument("tabId", Kind::Tab, false, "Which tab; your current one if left out");

/// Every prompt, in the order in which it is listed.
static PROMPTS: [PromptSpec; 5] = [
    PromptSpec {
        name: "fill_form",
        title: "Fill in this form",
        about: "Fill in the form on a page with what you give, and show it before it is sent.",
        arguments: &[
            argument("data", Kind::Text, true, "What to fill in: names and values, or a description"),
            TAB,
            argument("submit", Kind::Word(&["ask", "yes", "no"]), false, "Whether to send it: ask (default), yes, no"),
        ],
        words: words::fill_form,
    },
    PromptSpec {
        name: "summarize_page",
        title: "Summarise this page",
        about: "Read a page and say what it says.",
        arguments: &[
            TAB,
            argument("focus", Kind::Text, false, "What matters to you"),
            argument("length", Kind::Word(&["short", "medium", "long"]), false, "short, medium (default), long"),
        ],
        words: words::summarize_page,
    },
    PromptSpec {
        name: "compare_tabs",
        title: "Compare these tabs",
        about: "Read two or three tabs and tell how they differ.",
        arguments: &[
            argument("first", Kind::Tab, true, "One tab"),
            argument("second", Kind::Tab, true, "Another tab"),
            argument("third", Kind::Tab, false, "One more"),
            argument("question", Kind::Text, false, "What to compare: prices, terms, ..."),
        ],
        words: words::compare_tabs,
    },
    PromptSpec {
        name: "test_page",
        title: "Test this page",
        about: "Use a page as a person would, and report what does not work.",
        arguments: &[TAB, argument("goal", Kind::Text, false, "What to try: a feature, a way through the site")],
        words: words::test_page,
    },
    PromptSpec {
        name: "extract_table",
        title: "Extract a table",
        about: "Get rows of data out of a page.",
        arguments: &[
            TAB,
            argument("fields", Kind::Text, false, "Which columns you want"),
            argument("format", Kind::Word(&["markdown", "csv", "json"]), false, "markdown (default), csv, json"),
        ],
        words: words::extract_table,
    },
];

/// The prompts as a host lists them.
#[must_use]
pub fn list() -> Vec<Prompt> {
    let argument = |argument: &Argument| {
        PromptArgument::new(argument.name).with_description(argument.about).with_required(argument.required)
    };
    let prompt = |prompt: &PromptSpec| {
        let arguments = prompt.arguments.iter().map(argument).collect();
        Prompt::new(prompt.name, Some(prompt.about), Some(arguments)).with_title(prompt.title)
    };
    PROMPTS.iter().map(prompt).collect()
}

/// A prompt by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static PromptSpec> {
    PROMPTS.iter().find(|prompt| prompt.name == name)
}
