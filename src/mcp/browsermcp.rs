//! How the set `browsermcp` lists its tools: names and schemas exactly as Browser MCP 0.1.3 had them, so that prompts
//! and hosts made for it find what they know. At call time the same tools take everything that `core` knows.

use serde_json::{Map, Value, json};

/// A tool as Browser MCP listed it.
#[derive(Debug, Clone, Copy)]
pub struct BrowserMcp {
    /// Its name there.
    pub name: &'static str,
    /// Its arguments there, all required.
    pub params: &'static [(&'static str, Form)],
}

/// What an argument was there.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// A number.
    Number,
    /// An array of strings.
    Texts,
}

impl Form {
    fn schema(self) -> Value {
        match self {
            Form::Text => json!({ "type": "string" }),
            Form::Flag => json!({ "type": "boolean" }),
            Form::Number => json!({ "type": "number" }),
            Form::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        }
    }
}

impl BrowserMcp {
    /// The schema of its arguments, as it was there.
    #[must_use]
    pub fn input_schema(&self) -> Map<String, Value> {
        let properties: Map<_, _> =
            self.params.iter().map(|(name, form)| ((*name).to_owned(), form.schema())).collect();
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), properties.into());
        if !self.params.is_empty() {
            schema.insert("required".to_owned(), self.params.iter().map(|(name, _)| *name).collect());
        }
        schema.insert("additionalProperties".to_owned(), false.into());
        schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
        schema
    }
}
