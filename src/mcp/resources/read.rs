//! Reads a resource, by the calls that tools make: what a client may not see with a tool it does not see here either.
//!
//! A read leaves everything as it is: it names its tab, so that none is opened for it, and looks `aside`, so that what
//! the model saw last stays what its next answer is compared with.

use std::fmt::Write as _;

use rmcp::model::{MetaObject, ResourceContents};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use super::parts::{PART_CHARS, newest_of, part_of};
use super::uri::{Address, Format, Target, View};
use crate::mcp::backend::Backend;
use crate::mcp::handler::Handler;
use crate::mcp::prepare::Prepared;
use crate::mcp::registry::find;
use crate::mcp::render::{Block, Detail, render};
use crate::mcp::{errors, panics};
use crate::protocol::{ErrorCode, HubError};

/// Under this name the address of the next part is in `_meta`.
const NEXT_KEY: &str = "tabhub/next";
/// As many messages, requests or downloads as the extension keeps at most.
const RECORD_MOST: u64 = 1_000;

/// A resource, or one part of it.
struct Part {
    json: Value,
    markdown: String,
    /// Type and base64.
    picture: Option<(String, String)>,
    /// Where the next part begins.
    next: Option<String>,
}

impl<B: Backend> Handler<B> {
    /// What a resource holds now, in each of its forms.
    ///
    /// # Errors
    /// As the protocol has them: there is no such resource, or it cannot be read now.
    pub(in crate::mcp) async fn read(
        &self,
        uri: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<ResourceContents>, ErrorData> {
        let Some(address) = Address::parse(uri) else { return Err(errors::unknown_resource(uri)) };
        let part = panics::contained(uri, self.part(&address, context)).await;
        Ok(contents(uri, &address, part.map_err(|error| errors::unread(uri, &error))?))
    }

    async fn part(&self, address: &Address, context: &RequestContext<RoleServer>) -> Result<Part, HubError> {
        match address.target {
            Target::State => self.state(address, context).await,
            Target::Tabs => {
                let answer = self.look("browser_tabs", json!({ "action": "list" }), context).await?;
                listed("browser_tabs", answer, "tabs", address, part_of)
            }
            Target::Downloads => {
                let answer = self.look("browser_downloads", json!({ "action": "list" }), context).await?;
                listed("browser_downloads", answer, "downloads", address, |items, cursor| newest_of(items, 0, cursor))
            }
            Target::Status => self.status(address, context).await,
            Target::CurrentPage => {
                let tab = self.current_tab(context).await?;
                self.tab(tab, View::Page, address, context).await
            }
            Target::Tab(tab, view) => self.tab(tab, view, address, context).await,
        }
    }

    async fn tab(
        &self,
        tab: i64,
        view: View,
        address: &Address,
        context: &RequestContext<RoleServer>,
    ) -> Result<Part, HubError> {
        let (tool, key, mut params) = match view {
            View::Page => ("browser_snapshot", "", json!({ "maxChars": PART_CHARS, "cursor": address.cursor })),
            View::Screenshot => ("browser_screenshot", "", json!({ "type": "jpeg" })),
            View::Console => ("browser_get_console_logs", "entries", json!({ "limit": RECORD_MOST })),
            View::Network => ("browser_network_requests", "requests", json!({ "limit": RECORD_MOST, "static": true })),
        };
        params["tabId"] = tab.into();
        let answer = self.look(tool, params, context).await?;
        match view {
            View::Page => page(tool, answer),
            View::Screenshot => picture(tool, answer),
            View::Console | View::Network => {
                let gone = answer["value"]["dropped"].as_u64().and_then(|gone| usize::try_from(gone).ok());
                listed(tool, answer, key, address, |items, cursor| newest_of(items, gone.unwrap_or(0), cursor))
            }
        }
    }

    /// The tab in front stands for a client that has none of its own, if it may see that tab.
    async fn current_tab(&self, context: &RequestContext<RoleServer>) -> Result<i64, HubError> {
        let answer = self.look("browser_tabs", json!({ "action": "list" }), context).await?;
        let tabs = answer["value"]["tabs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = marked(tabs, "current").or_else(|| marked(tabs, "active"));
        found.and_then(|tab| tab["tabId"].as_i64()).ok_or_else(|| {
            let message =
                "There is no page to show: you have no current tab, and the tab in front is not yours to see.";
            HubError::new(ErrorCode::TabGone, message)
                .with_next("Open a page with browser_navigate, or see which tabs there are at browser://tabs.")
        })
    }

    async fn state(&self, address: &Address, context: &RequestContext<RoleServer>) -> Result<Part, HubError> {
        let answer = self.look("browser_tabs", json!({ "action": "list" }), context).await?;
        let tabs = answer["value"]["tabs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (active, current) = (marked(tabs, "active").cloned(), marked(tabs, "current").cloned());
        let mut part = listed("browser_tabs", answer, "tabs", address, part_of)?;
        let mut markdown = match active.as_ref().map(|tab| &tab["tabId"]) {
            Some(id) => format!("- In front of the person: tab {id}\n"),
            None => "- In front of the person: a tab that is not yours to see, or none\n".to_owned(),
        };
        match current.as_ref().map(|tab| &tab["tabId"]) {
            Some(id) => _ = writeln!(markdown, "- Your current tab: {id}"),
            None => markdown.push_str("- Your current tab: none\n"),
        }
        part.markdown.insert_str(0, &markdown);
        let mut json = Map::new();
        json.insert("active".to_owned(), active.unwrap_or_default());
        json.insert("current".to_owned(), current.unwrap_or_default());
        if let Value::Object(fields) = part.json {
            json.extend(fields);
        }
        Ok(Part { json: json.into(), ..part })
    }

    async fn status(&self, address: &Address, context: &RequestContext<RoleServer>) -> Result<Part, HubError> {
        let mut answer = self.look("browser_status", json!({}), context).await?;
        let me = answer["client"].clone();
        if let Some(clients) = answer["value"]["clients"].as_array_mut() {
            clients.sort_by_key(|client| client["id"] != me);
            for client in clients {
                // Only people who debug tabhub read it, and it is long.
                client["history"] = json!([]);
            }
        }
        listed("browser_status", answer, "clients", address, part_of)
    }

    /// One call of a tool that leaves everything as it is.
    pub(in crate::mcp) async fn look(
        &self,
        tool: &'static str,
        mut params: Value,
        context: &RequestContext<RoleServer>,
    ) -> Result<Value, HubError> {
        params["aside"] = true.into();
        if let Some(fields) = params.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        let prepared = Prepared::aside(tool, &params, self.settings().call_timeout)?;
        let raw = self.call(prepared, context).await?;
        serde_json::from_str(raw.get()).map_err(|error| HubError::new(ErrorCode::Internal, error.to_string()))
    }
}

fn marked<'a>(tabs: &'a [Value], mark: &str) -> Option<&'a Value> {
    tabs.iter().find(|tab| tab[mark] == true)
}

/// A part of the list that an answer's value has under `key`.
fn listed(
    tool: &'static str,
    mut answer: Value,
    key: &str,
    address: &Address,
    cut: impl Fn(&mut Vec<Value>, Option<&str>) -> Result<Option<String>, HubError>,
) -> Result<Part, HubError> {
    let next = match answer.pointer_mut(&format!("/value/{key}")).and_then(Value::as_array_mut) {
        Some(items) => cut(items, address.cursor.as_deref())?,
        None => None,
    };
    let (mut json, markdown) = shown(tool, &answer)?;
    // What is the list's alone need not stand a level deeper, nor be told in words.
    if let Some(fields) = json.as_object_mut() {
        fields.shift_remove("text");
        if let Some(Value::Object(value)) = fields.shift_remove("value") {
            fields.extend(value);
        }
    }
    Ok(Part { json, markdown, picture: None, next })
}

fn page(tool: &'static str, mut answer: Value) -> Result<Part, HubError> {
    let snapshot = answer.get_mut("snapshot").and_then(Value::as_object_mut);
    let next = snapshot.and_then(|snapshot| {
        snapshot.shift_remove("remainingChars");
        snapshot.shift_remove("cursor")?.as_str().map(ToOwned::to_owned)
    });
    let (json, markdown) = shown(tool, &answer)?;
    Ok(Part { json, markdown, picture: None, next })
}

fn picture(tool: &'static str, mut answer: Value) -> Result<Part, HubError> {
    let data = answer.pointer_mut("/image/data").map(std::mem::take);
    if data.is_some() {
        answer["image"]["data"] = "".into();
    }
    let (json, markdown) = shown(tool, &answer)?;
    let mime_type = answer["image"]["mimeType"].as_str().unwrap_or("image/jpeg").to_owned();
    let picture = data.and_then(|data| data.as_str().map(|data| (mime_type, data.to_owned())));
    Ok(Part { json, markdown, picture, next: None })
}

/// An answer as the tool itself shows it.
fn shown(tool: &'static str, answer: &Value) -> Result<(Value, String), HubError> {
    let internal = |error: serde_json::Error| HubError::new(ErrorCode::Internal, error.to_string());
    let raw = to_raw_value(answer).map_err(internal)?;
    let spec = find(tool).ok_or_else(|| HubError::new(ErrorCode::Internal, format!("There is no tool {tool}.")))?;
    let rendered = render(spec, &raw, Detail::Complete)?;
    let text = rendered.content.into_iter().find_map(|block| match block {
        Block::Text(text) => Some(text),
        Block::Image { .. } => None,
    });
    Ok((rendered.structured, text.unwrap_or_default()))
}

fn contents(uri: &str, address: &Address, part: Part) -> Vec<ResourceContents> {
    let Part { mut json, mut markdown, picture, next } = part;
    let next = next.map(|cursor| address.next(&cursor));
    if let Some(next) = &next {
        json["next"] = next.as_str().into();
        let _ = write!(markdown, "\n\nThere is more: read the resource {next}");
    }
    let mut contents = Vec::new();
    let mut add = |content: ResourceContents| {
        let Some(next) = &next else { return contents.push(content) };
        let mut meta = MetaObject::new();
        meta.insert(NEXT_KEY.to_owned(), next.as_str().into());
        contents.push(content.with_meta(meta));
    };
    if address.wants(Format::Json) {
        add(ResourceContents::text(json.to_string(), uri).with_mime_type("application/json"));
    }
    if address.wants(Format::Markdown) {
        add(ResourceContents::text(markdown, uri).with_mime_type("text/markdown"));
    }
    if let Some((mime_type, data)) = picture {
        add(ResourceContents::blob(data, uri).with_mime_type(mime_type));
    }
    contents
}
