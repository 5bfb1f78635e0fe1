//! The addresses of resources: `browser://tab/7/console?cursor=40&format=json`, read and written.

use std::fmt;

/// What an address stands for, whatever part and form of it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The tab in front, the client's current one, and all tabs that the client may see.
    State,
    /// The tabs that the client may see.
    Tabs,
    /// The downloads of the client's tabs.
    Downloads,
    /// Who is connected, and how every hop does.
    Status,
    /// The page of the client's current tab.
    CurrentPage,
    /// One view of one tab.
    Tab(i64, View),
}

/// What of a tab is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The page as a tree with refs. `dom` is another word for it.
    Page,
    /// What it wrote to its console.
    Console,
    /// What it asked its servers.
    Network,
    /// A picture of it.
    Screenshot,
}

/// The form that is wanted where only one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `text/markdown`.
    Markdown,
}

/// An address of a resource, with the part and the form that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What it stands for.
    pub target: Target,
    /// Where a part that is not the first begins, as the part before it told.
    pub cursor: Option<String>,
    /// The one form that is wanted; both if absent.
    pub format: Option<Format>,
    /// The address without its query.
    path: String,
}

/// What all of them begin with.
const SCHEME: &str = "browser://";

impl Address {
    /// Reads an address; `None` where it is no resource of tabhub.
    #[must_use]
    pub fn parse(uri: &str) -> Option<Self> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let target = match path.strip_prefix(SCHEME)?.trim_end_matches('/') {
            "current/state" => Target::State,
            "current/dom" | "dom/state" => Target::CurrentPage,
            "tabs" => Target::Tabs,
            "downloads" => Target::Downloads,
            "hub/status" => Target::Status,
            tab => tab_of(tab)?,
        };
        let (mut cursor, mut format) = (None, None);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match (name, value) {
                ("cursor", value) => cursor = Some(decoded(value)),
                ("format", "json") => format = Some(Format::Json),
                ("format", "markdown" | "md") => format = Some(Format::Markdown),
                ("format", _) => return None,
                // What a later build may know.
                _ => {}
            }
        }
        Some(Self { target, cursor, format, path: path.to_owned() })
    }

    /// The address of the part that begins at `cursor`, in the same form.
    #[must_use]
    pub fn next(&self, cursor: &str) -> String {
        let format = match self.format {
            Some(Format::Json) => "&format=json",
            Some(Format::Markdown) => "&format=markdown",
            None => "",
        };
        format!("{}?cursor={}{format}", self.path, encoded(cursor))
    }

    /// Whether this form is wanted.
    #[must_use]
    pub fn wants(&self, format: Format) -> bool {
        self.format.is_none_or(|only| only == format)
    }
}

fn tab_of(path: &str) -> Option<Target> {
    let (id, view) = path.strip_prefix("tab/")?.split_once('/')?;
    let view = match view {
        "snapshot" | "dom" => View::Page,
        "console" => View::Console,
        "network" => View::Network,
        "screenshot" => View::Screenshot,
        _ => return None,
    };
    let id = id.parse().ok().filter(|id| *id >= 0)?;
    Some(Target::Tab(id, view))
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            View::Page => "snapshot",
            View::Console => "console",
            View::Network => "network",
            View::Screenshot => "screenshot",
        })
    }
}

/// The address of a view of a tab.
#[must_use]
pub fn of_tab(id: i64, view: View) -> String {
    format!("{SCHEME}tab/{id}/{view}")
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What is no valid escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escaped {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(uri: &str) -> Option<Target> {
        Address::parse(uri).map(|address| address.target)
    }

    #[test]
    fn every_address_is_read_and_others_are_none() {
        assert_eq!(target("browser://current/state"), Some(Target::State));
        assert_eq!(target("browser://current/dom"), Some(Target::CurrentPage));
        assert_eq!(target("browser://dom/state"), Some(Target::CurrentPage));
        assert_eq!(target("browser://tabs"), Some(Target::Tabs));
        assert_eq!(target("browser://downloads"), Some(Target::Downloads));
        assert_eq!(target("browser://hub/status"), Some(Target::Status));
        assert_eq!(target("browser://tab/7/dom"), Some(Target::Tab(7, View::Page)));
        for view in [View::Page, View::Console, View::Network, View::Screenshot] {
            assert_eq!(target(&of_tab(7, view)), Some(Target::Tab(7, view)));
        }
        for stranger in [
            "browser://tab/7",
            "browser://tab/-7/dom",
            "browser://tab/x/dom",
            "browser://tab/7/dom/more",
            "browser://tab/{tabId}/dom",
            "browser://",
            "browser://tabs?format=xml",
            "test://watched-resource",
            "",
        ] {
            assert_eq!(target(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn the_next_part_keeps_the_form_and_any_cursor() {
        let first = Address::parse("browser://tab/7/dom?format=json&later=1").expect("an address");
        let next = first.next("a.b/ü%&=");
        assert!(next.starts_with("browser://tab/7/dom?cursor=a.b%2F%C3%BC%25%26%3D"), "{next}");
        let second = Address::parse(&next).expect("an address");
        assert_eq!(second.cursor.as_deref(), Some("a.b/ü%&="));
        assert_eq!(second.format, Some(Format::Json));
        assert!(second.wants(Format::Json) && !second.wants(Format::Markdown));
        assert_eq!(decoded("100%"), "100%");
    }
}
