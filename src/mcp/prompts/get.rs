//! A prompt with its arguments: the messages that the model gets, and a link to the state of each tab that is named.

use rmcp::model::{GetPromptResult, JsonObject, PromptMessage, ProtocolVersion, Resource, Role};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::Value;

use super::words::{Given, NamedTab};
use super::{Argument, Kind, PROMPTS, PromptSpec, find};
use crate::mcp::backend::Backend;
use crate::mcp::handler::Handler;
use crate::mcp::resources::uri::{View, of_tab};

/// A longer argument would be the prompt itself.
const MOST_CHARS: usize = 20_000;

impl<B: Backend> Handler<B> {
    /// What the model gets for a prompt that a person picked.
    ///
    /// # Errors
    /// When there is no such prompt, or an argument does not fit.
    pub(in crate::mcp) async fn prompt(
        &self,
        name: &str,
        arguments: JsonObject,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetPromptResult, ErrorData> {
        let Some(prompt) = find(name) else {
            let names: Vec<_> = PROMPTS.iter().map(|prompt| prompt.name).collect();
            return Err(invalid(format!("There is no prompt {name:?}. There are {}.", names.join(", "))));
        };
        let mut given = taken(prompt, &arguments)?;
        if !given.tabs.is_empty() {
            let seen = self.seen_tabs(context).await;
            for tab in given.tabs.values_mut() {
                tab.seen = seen.iter().find(|seen| seen.id == tab.id).cloned();
            }
        }
        let mut messages = vec![PromptMessage::new_text(Role::User, (prompt.words)(&given))];
        // Hosts of an earlier protocol know no such link; the text names the tab for them.
        if context.protocol_version().is_none_or(|version| version >= ProtocolVersion::V_2025_06_18) {
            messages.extend(given.tabs.values().map(link));
        }
        let mut result = GetPromptResult::new(messages);
        result.description = Some(prompt.about.to_owned());
        Ok(result)
    }
}

fn link(tab: &NamedTab) -> PromptMessage {
    let title = tab.seen.as_ref().map(|seen| seen.title.as_str()).filter(|title| !title.is_empty());
    let resource = Resource::new(of_tab(tab.id, View::Page), format!("tab-{}", tab.id))
        .with_title(title.map_or_else(|| format!("Tab {}", tab.id), ToOwned::to_owned))
        .with_description("The page as a tree with refs for the tools.");
    PromptMessage::new_resource_link(Role::User, resource)
}

fn taken(prompt: &PromptSpec, arguments: &JsonObject) -> Result<Given, ErrorData> {
    let mut given = Given::default();
    for Argument { name, kind, required, .. } in prompt.arguments {
        let text = match arguments.get(*name) {
            None | Some(Value::Null) => "",
            Some(Value::String(text)) => text.trim(),
            // What the protocol wants as a text, and some hosts give as it is.
            Some(Value::Number(number)) if *kind == Kind::Tab => &number.to_string(),
            Some(_) => return Err(invalid(format!("The argument {name} of {} must be a text.", prompt.name))),
        };
        if text.is_empty() {
            if *required {
                return Err(invalid(format!("The prompt {} needs the argument {name}.", prompt.name)));
            }
            continue;
        }
        if text.chars().count() > MOST_CHARS {
            return Err(invalid(format!("The argument {name} is longer than {MOST_CHARS} characters.")));
        }
        match kind {
            Kind::Tab => {
                let id = number(text).ok_or_else(|| invalid(format!("{name} must be the number of a tab.")))?;
                given.tabs.insert(name, NamedTab { id, seen: None });
            }
            Kind::Text => _ = given.texts.insert(name, text.to_owned()),
            Kind::Word(words) => {
                let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) else {
                    return Err(invalid(format!("{name} must be one of {}.", words.join(", "))));
                };
                given.texts.insert(name, (*word).to_owned());
            }
        }
    }
    Ok(given)
}

/// The number that a text begins with: `7`, or `7 · Title` as completion shows it.
fn number(text: &str) -> Option<i64> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let rest = &text[digits.len()..];
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| digits.parse().ok()).flatten()
}

fn invalid(message: String) -> ErrorData {
    ErrorData::invalid_params(format!("invalid_params: {message}"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_named_by_its_number_or_by_what_completion_shows() {
        assert_eq!(number("7"), Some(7));
        assert_eq!(number("17 · Prices 2026"), Some(17));
        for none in ["", "x", "7x", "-7", "7.5", "99999999999999999999"] {
            assert_eq!(number(none), None, "{none}");
        }
    }
}
