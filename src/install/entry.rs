//! What stands in a host's file: the entry of a server in each host's own form.

use serde_json::{Map, Value, json};

/// How a host reaches tabhub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// It starts the program and speaks by its pipes.
    Stdio {
        /// The program.
        command: String,
        /// `TABHUB_HOME`, where it is set.
        home: Option<String>,
    },
    /// It speaks HTTP with the hub that runs.
    Http {
        /// The address.
        url: String,
        /// What opens it; nothing does where no token is asked for.
        token: Option<String>,
    },
}

/// The form of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `command`, or `url` and `headers`.
    Plain,
    /// The same with a `type`: `stdio` or `http`.
    Typed,
    /// `command` only.
    StdioOnly,
    /// `command`, or `serverUrl` and `headers`.
    Windsurf,
    /// `command`, or `httpUrl` and `headers`: `url` would be server-sent events.
    Gemini,
    /// `source`, `command`, `args` and `env`, or `url` and `headers`.
    Zed,
    /// `type` `local` with one list for the command, or `remote`.
    OpenCode,
    /// `type` `local` or `http`, with the list of the tools that it may use.
    Copilot,
    /// `command`, or `url` and `http_headers`.
    Codex,
}

/// Keys that one way of reaching a server has and the other has not: they go when the way changes.
const OF_A_WAY: &[&str] =
    &["command", "args", "env", "environment", "url", "serverUrl", "httpUrl", "headers", "http_headers"];
/// Tables in an entry in which only one key each is tabhub's; the others are the person's.
pub const SHARED: &[(&str, &str)] = &[
    ("env", "TABHUB_HOME"),
    ("environment", "TABHUB_HOME"),
    ("headers", "Authorization"),
    ("http_headers", "Authorization"),
];

impl Form {
    /// The entry; `None` where the host has no such form.
    #[must_use]
    pub fn entry(self, server: &Server) -> Option<Map<String, Value>> {
        let value = match server {
            Server::Stdio { command, home } => {
                let mut value = match self {
                    Form::Plain | Form::StdioOnly | Form::Windsurf | Form::Gemini | Form::Codex => {
                        json!({ "command": command })
                    }
                    Form::Typed => json!({ "type": "stdio", "command": command }),
                    Form::Zed => json!({ "source": "custom", "command": command, "args": [] }),
                    Form::OpenCode => json!({ "type": "local", "command": [command], "enabled": true }),
                    Form::Copilot => json!({ "type": "local", "command": command, "args": [], "tools": ["*"] }),
                };
                let env = if self == Form::OpenCode { "environment" } else { "env" };
                if let Some(home) = home {
                    value[env] = json!({ "TABHUB_HOME": home });
                }
                value
            }
            Server::Http { url, token } => {
                let mut value = match self {
                    Form::StdioOnly => return None,
                    Form::Plain | Form::Codex => json!({ "url": url }),
                    Form::Typed | Form::Copilot => json!({ "type": "http", "url": url }),
                    Form::Windsurf => json!({ "serverUrl": url }),
                    Form::Gemini => json!({ "httpUrl": url }),
                    Form::Zed => json!({ "source": "custom", "url": url }),
                    Form::OpenCode => json!({ "type": "remote", "url": url }),
                };
                let headers = if self == Form::Codex { "http_headers" } else { "headers" };
                if let Some(token) = token {
                    value[headers] = json!({ "Authorization": format!("Bearer {token}") });
                }
                match self {
                    Form::OpenCode => value["enabled"] = json!(true),
                    Form::Copilot => value["tools"] = json!(["*"]),
                    _ => {}
                }
                value
            }
        };
        match value {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
}

/// Whether a key of an older entry has to go, since the way of the new one has no such key.
#[must_use]
pub fn is_of_the_other_way(key: &str, entry: &Map<String, Value>) -> bool {
    let is_shared = SHARED.iter().any(|(table, _)| *table == key);
    // The environment of a person's own is kept as long as a program is started.
    let is_kept = is_shared && (key.starts_with("env") == (entry.contains_key("command")));
    OF_A_WAY.contains(&key) && !entry.contains_key(key) && !is_kept
}

/// Whether an entry that is there is tabhub's: what it starts is called so, or it leads to this machine.
#[must_use]
pub fn is_ours(command: Option<&str>, url: Option<&str>) -> bool {
    let starts_us = |command: &str| command.rsplit('/').next().is_some_and(|name| name == "tabhub");
    let leads_here = |url: &str| {
        ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|here| url.starts_with(here))
    };
    match (command, url) {
        (Some(command), _) => starts_us(command),
        (None, Some(url)) => leads_here(url),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_ours_by_what_it_starts_or_where_it_leads() {
        for (command, url, ours) in [
            (Some("tabhub"), None, true),
            (Some("/opt/x/tabhub"), None, true),
            (Some("npx"), None, false),
            (Some("/opt/tabhub/other"), None, false),
            (None, Some("http://127.0.0.1:8765/mcp"), true),
            (None, Some("https://tabhub.example/mcp"), false),
            (None, None, false),
        ] {
            assert_eq!(is_ours(command, url), ours, "{command:?} {url:?}");
        }
    }
}
