//! Which resources there are: the fixed ones, one for each tab that the client may see, and the templates.

use rmcp::model::{Annotations, Resource, ResourceTemplate};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::uri::{View, of_tab};
use crate::mcp::backend::Backend;
use crate::mcp::errors;
use crate::mcp::handler::Handler;
use crate::mcp::registry::find;
use crate::mcp::render::{Detail, render};

/// How many resources one answer lists.
const PAGE: usize = 200;

/// Address, name, title, and what it holds.
type Row = (&'static str, &'static str, &'static str, &'static str);

const FIXED: &[Row] = &[
    // The first, since programs that try a server out read the first: this one needs no browser.
    (
        "browser://hub/status",
        "status",
        "Hub status",
        "Which browsers and clients are connected, and how each hop does.",
    ),
    (
        "browser://current/state",
        "state",
        "Browser state",
        "The tab in front, your current tab, and all tabs that you may see.",
    ),
    (
        "browser://current/dom",
        "page",
        "Current page",
        "The page of your current tab as a tree with refs for the tools.",
    ),
    ("browser://dom/state", "dom", "Current page (DOM)", "The same as browser://current/dom."),
    ("browser://tabs", "tabs", "Tabs", "Your tabs, and those that other clients share with you."),
    ("browser://downloads", "downloads", "Downloads", "What your tabs downloaded, and where it lies."),
];

const TEMPLATES: &[Row] = &[
    ("browser://tab/{tabId}/snapshot", "tab-snapshot", "Page of a tab", "The page as a tree with refs for the tools."),
    ("browser://tab/{tabId}/dom", "tab-dom", "Page of a tab (DOM)", "The same as the snapshot."),
    ("browser://tab/{tabId}/console", "tab-console", "Console of a tab", "What the tab's pages wrote to the console."),
    ("browser://tab/{tabId}/network", "tab-network", "Requests of a tab", "What the tab's pages asked their servers."),
    ("browser://tab/{tabId}/screenshot", "tab-screenshot", "Picture of a tab", "What the tab shows, as a JPEG."),
];

/// A tab that the client may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTab {
    /// Its number.
    pub id: i64,
    /// Its title, on one line.
    pub title: String,
    /// Its address.
    pub url: String,
    /// Whether it is the client's current one.
    pub current: bool,
}

/// The templates, in a fixed order.
#[must_use]
pub fn templates() -> Vec<ResourceTemplate> {
    let entry =
        |&(uri, name, title, about): &Row| ResourceTemplate::new(uri, name).with_title(title).with_description(about);
    TEMPLATES.iter().map(entry).collect()
}

/// Whether this is the address of a template, as it was listed.
#[must_use]
pub fn is_template(uri: &str) -> bool {
    TEMPLATES.iter().any(|(template, ..)| *template == uri)
}

fn fixed() -> impl Iterator<Item = Resource> {
    FIXED.iter().map(|&(uri, name, title, about)| Resource::new(uri, name).with_title(title).with_description(about))
}

fn of(tab: SeenTab) -> Resource {
    let SeenTab { id, title, url, current } = tab;
    let name = format!("tab-{id}");
    let title = if title.is_empty() { url.clone() } else { title };
    let resource = Resource::new(of_tab(id, View::Page), name).with_title(title).with_description(url);
    if current { resource.with_annotations(Annotations::default().with_priority(1.0)) } else { resource }
}

impl<B: Backend> Handler<B> {
    /// One page of the resources. It waits for no browser: what the hub knows of the tabs is enough.
    ///
    /// # Errors
    /// When the cursor is none of this list's.
    pub(in crate::mcp) async fn resources(
        &self,
        cursor: Option<&str>,
        context: &RequestContext<RoleServer>,
    ) -> Result<(Vec<Resource>, Option<String>), ErrorData> {
        let start: usize = match cursor.map(str::parse) {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => return Err(errors::bad_cursor()),
        };
        let tabs = self.seen_tabs(context).await;
        let mut all: Vec<_> = fixed().chain(tabs.into_iter().map(of)).skip(start).collect();
        let next = (all.len() > PAGE).then(|| (start + PAGE).to_string());
        all.truncate(PAGE);
        Ok((all, next))
    }

    /// The tabs that the client holds, and those that it may read, as far as the hub knows now.
    pub(in crate::mcp) async fn seen_tabs(&self, context: &RequestContext<RoleServer>) -> Vec<SeenTab> {
        match self.look("browser_status", json!({}), context).await {
            Ok(answer) => seen_in(&answer),
            Err(error) => {
                log::debug!("the tabs are not known now: {error}");
                Vec::new()
            }
        }
    }
}

/// What the status tells its asker of tabs: the same as `browser_status` shows.
fn seen_in(answer: &Value) -> Vec<SeenTab> {
    let status = find("browser_status").zip(serde_json::value::to_raw_value(answer).ok());
    let shown = status.and_then(|(tool, raw)| render(tool, &raw, Detail::Complete).ok());
    let Some(shown) = shown else { return Vec::new() };
    let clients = shown.structured["clients"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_client = |client: &Value| {
        let mine = client["me"] == true;
        let tabs = if mine { &client["tabs"] } else { &client["sharedWithMe"] };
        let tab = |tab: &Value| {
            let text =
                |name: &str| tab[name].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
            let id = tab["tabId"].as_i64()?;
            Some(SeenTab { id, title: text("title"), url: text("url"), current: mine && tab["current"] == true })
        };
        (!mine, tabs.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(tab).collect::<Vec<_>>())
    };
    let mut seen: Vec<_> = clients.iter().map(of_client).collect();
    // The client's own first.
    seen.sort_by_key(|(is_other, _)| *is_other);
    seen.into_iter().flat_map(|(_, tabs)| tabs).collect()
}
