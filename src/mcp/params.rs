//! What a tool's arguments look like: one const row each. Why a table and not structs: nothing on this side acts on
//! the arguments, but four things read their form (the schema for hosts, the check, the tolerance for what models
//! write instead, and `--key value` of the command line), and a table costs no memory and no start-up time.

use serde_json::{Map, Value, json};

/// One parameter of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its one name, as the extension reads it.
    pub name: &'static str,
    /// Names that are taken for it as well.
    pub aliases: &'static [&'static str],
    /// What its values are.
    pub kind: Kind,
    /// Whether a call can do without.
    pub need: Need,
    /// What it is for, in a few words; empty where its name says it.
    pub about: &'static str,
}

/// Whether a call can do without a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It cannot.
    Required,
    /// It can.
    Optional,
    /// It can, and the schema does not list it, to save tokens: it is taken from callers that send it anyway.
    Unlisted,
}

/// What a parameter's values are.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text that says something.
    Filled,
    /// A ref of a snapshot, or a CSS selector.
    Target,
    /// A whole number.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A number.
    Number {
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// True or false.
    Flag,
    /// One of a few words.
    Choice(&'static [Word]),
    /// Some of a few words.
    Choices(&'static [Word]),
    /// A list of texts.
    Texts,
    /// A list of files of this machine, which must be allowed to be uploaded (`uploads`).
    Paths,
    /// Text, or what stands for a field's content otherwise: a number, true or false, a list of texts.
    Content,
    /// Any JSON object.
    Object,
    /// A list of objects, each with these parameters.
    Records(&'static [Param]),
}

/// A word to choose, and what people and models write for it.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The word.
    pub word: &'static str,
    /// Other words for the same.
    pub also: &'static [&'static str],
}

/// A word with no others for it.
#[must_use]
pub const fn word(word: &'static str) -> Word {
    Word { word, also: &[] }
}

/// A word with others for the same.
#[must_use]
pub const fn word_or(word: &'static str, also: &'static [&'static str]) -> Word {
    Word { word, also }
}

/// A parameter that a call must have.
#[must_use]
pub const fn required(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, aliases: &[], kind, need: Need::Required, about }
}

/// A parameter that a call may have.
#[must_use]
pub const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, aliases: &[], kind, need: Need::Optional, about }
}

/// A parameter that is taken but not listed.
#[must_use]
pub const fn unlisted(name: &'static str, kind: Kind) -> Param {
    Param { name, aliases: &[], kind, need: Need::Unlisted, about: "" }
}

impl Param {
    /// The same parameter under more names.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same parameter with another description.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Whether an argument of this name is meant for it.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        if !self.about.is_empty() {
            schema.insert("description".to_owned(), self.about.into());
        }
        Value::Object(schema)
    }
}

impl Kind {
    fn schema(self) -> Map<String, Value> {
        let words = |words: &[Word]| -> Value { words.iter().map(|w| w.word).collect() };
        let schema = match self {
            Kind::Text | Kind::Filled | Kind::Target | Kind::Content => json!({ "type": "string" }),
            Kind::Integer { .. } => json!({ "type": "integer" }),
            Kind::Number { .. } => json!({ "type": "number" }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Choice(choice) => json!({ "type": "string", "enum": words(choice) }),
            Kind::Choices(choice) => json!({ "type": "array", "items": { "type": "string", "enum": words(choice) } }),
            Kind::Texts | Kind::Paths => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Object => json!({ "type": "object" }),
            Kind::Records(params) => json!({ "type": "array", "items": input_schema(params) }),
        };
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }

    /// What would fit, in words for an error.
    #[must_use]
    pub fn expected(self) -> String {
        let words = |words: &[Word]| words.iter().map(|w| w.word).collect::<Vec<_>>().join(", ");
        match self {
            Kind::Text => "text".to_owned(),
            Kind::Filled => "text that is not empty".to_owned(),
            Kind::Target => "a ref from a snapshot (e12) or a CSS selector".to_owned(),
            Kind::Integer { min, max: i64::MAX } => format!("a whole number of {min} or more"),
            Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Number { min, max } => format!("a number from {min} to {max}"),
            Kind::Flag => "true or false".to_owned(),
            Kind::Choice(choice) => format!("one of {}", words(choice)),
            Kind::Choices(choice) => format!("a list of {}", words(choice)),
            Kind::Texts => "a list of texts".to_owned(),
            Kind::Paths => "a list of paths of files".to_owned(),
            Kind::Content => "text, a number, true, false or a list of texts".to_owned(),
            Kind::Object => "a JSON object".to_owned(),
            Kind::Records(params) => {
                let listed = params.iter().filter(|param| param.need != Need::Unlisted);
                format!("a list of objects with {}", listed.map(|param| param.name).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The JSON Schema of a tool's arguments. `additionalProperties` stays open: what a tool does not know is ignored.
#[must_use]
pub fn input_schema<'a>(params: impl IntoIterator<Item = &'a Param>) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut needed = Vec::new();
    for param in params {
        match param.need {
            Need::Unlisted => continue,
            Need::Required => needed.push(Value::from(param.name)),
            Need::Optional => {}
        }
        properties.insert(param.name.to_owned(), param.schema());
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !needed.is_empty() {
        schema.insert("required".to_owned(), needed.into());
    }
    schema
}
