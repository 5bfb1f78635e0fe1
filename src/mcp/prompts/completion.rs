//! Completion: the tabs that are open, for the arguments of prompts and of the resources' templates.

use rmcp::RoleServer;
use rmcp::model::{CompleteRequestParams, CompletionInfo, Reference};
use rmcp::service::RequestContext;

use super::{Kind, find};
use crate::mcp::backend::Backend;
use crate::mcp::handler::Handler;
use crate::mcp::resources::{self, SeenTab};

/// How much of a title is shown.
const TITLE_CHARS: usize = 60;

impl<B: Backend> Handler<B> {
    /// What may be given for an argument. Of what there is not, there is nothing to choose: an empty list.
    pub(in crate::mcp) async fn completion(
        &self,
        request: &CompleteRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> CompletionInfo {
        let (typed, name) = (request.argument.value.trim().to_lowercase(), request.argument.name.as_str());
        let values = match &request.r#ref {
            Reference::Resource(template) if name == "tabId" && resources::is_template(&template.uri) => {
                // It becomes a part of the address, so that there is no room for a title; it may be looked for by it.
                let tabs = self.seen_tabs(context).await;
                tabs.iter().filter(|tab| is_meant(tab, &typed)).map(|tab| tab.id.to_string()).collect()
            }
            Reference::Prompt(prompt) => {
                let argument =
                    find(&prompt.name).and_then(|prompt| prompt.arguments.iter().find(|one| one.name == name));
                match argument.map(|argument| argument.kind) {
                    Some(Kind::Tab) => {
                        let chosen = |id: &str| {
                            let others = request.context.as_ref().and_then(|context| context.arguments.as_ref());
                            others.is_some_and(|others| {
                                others
                                    .iter()
                                    .any(|(of, value)| of != name && value.split_whitespace().next() == Some(id))
                            })
                        };
                        let tabs = self.seen_tabs(context).await;
                        let meant = tabs.iter().filter(|tab| is_meant(tab, &typed) && !chosen(&tab.id.to_string()));
                        meant.map(shown).collect()
                    }
                    Some(Kind::Word(words)) => {
                        words.iter().filter(|word| word.starts_with(&typed)).map(|word| (*word).to_owned()).collect()
                    }
                    Some(Kind::Text) | None => Vec::new(),
                }
            }
            _ => Vec::new(),
        };
        first(values)
    }
}

/// As many as the protocol takes.
fn first(mut values: Vec<String>) -> CompletionInfo {
    let total = u32::try_from(values.len()).ok();
    let has_more = values.len() > CompletionInfo::MAX_VALUES;
    values.truncate(CompletionInfo::MAX_VALUES);
    CompletionInfo::with_pagination(values, total, has_more).unwrap_or_default()
}

/// Whether what was typed so far begins the tab's number, or stands in its title or address.
fn is_meant(tab: &SeenTab, typed: &str) -> bool {
    let shown = shown(tab).to_lowercase();
    shown.starts_with(typed) || tab.title.to_lowercase().contains(typed) || tab.url.to_lowercase().contains(typed)
}

/// A tab for people to choose: its number, and its title or address.
fn shown(tab: &SeenTab) -> String {
    let name = if tab.title.is_empty() { &tab.url } else { &tab.title };
    let short: String = name.chars().take(TITLE_CHARS).collect();
    let dots = if short.len() < name.len() { "…" } else { "" };
    if short.is_empty() { tab.id.to_string() } else { format!("{} · {short}{dots}", tab.id) }
}
