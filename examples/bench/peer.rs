//! MCP servers with a browser of their own, to measure beside: how each is started, and how it is asked in its own words.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Home;
use crate::support::chromium;
use crate::support::mcp::{McpProcess, text_of};

/// Another MCP server.
pub struct Peer {
    pub name: &'static str,
    pub program: PathBuf,
    args: Vec<String>,
    words: Words,
}

/// Whose names for tools and parameters.
#[derive(Clone, Copy)]
enum Words {
    Tabhub,
    Playwright,
    DevTools,
}

impl Peer {
    /// Playwright MCP by its cli.js; the files that it writes go beside its packages.
    pub fn playwright(cli: &Path) -> Self {
        let output = cli.ancestors().nth(4).unwrap_or(cli).join("output").display().to_string();
        let flags = ["--headless", "--isolated", "--no-sandbox", "--output-dir", &output, "--executable-path"];
        Self::node("Playwright MCP", Words::Playwright, cli, &flags)
    }

    /// chrome-devtools-mcp by its main script; it tells nobody that it was used.
    pub fn devtools(script: &Path) -> Self {
        let flags = [
            "--headless",
            "--isolated",
            "--no-usage-statistics",
            "--no-performance-crux",
            "--no-page-id-routing",
            "--chrome-arg=--no-sandbox",
            "--executablePath",
        ];
        Self::node("chrome-devtools-mcp", Words::DevTools, script, &flags)
    }

    /// The last flag takes the browser's binary.
    fn node(name: &'static str, words: Words, script: &Path, flags: &[&str]) -> Self {
        let script = script.display().to_string();
        let args = [&script].into_iter().map(String::as_str).chain(flags.iter().copied()).chain([chromium::binary()]);
        Self { name, program: "node".into(), args: args.map(str::to_owned).collect(), words }
    }

    pub fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }

    /// Nothing is asked of the network: not whether there is a newer one either.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![("CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS", "1".to_owned())]
    }
}

/// A running server with a browser.
pub struct Server {
    pub name: &'static str,
    pub process: McpProcess,
    words: Words,
}

impl Server {
    /// tabhub itself, on the browser of this home.
    pub async fn tabhub(program: &Path, home: &Home, client: &str) -> Self {
        let process = McpProcess::start(program, &[], &home.env(), client).await;
        Self { name: "tabhub", process, words: Words::Tabhub }
    }

    pub async fn of(peer: &Peer) -> Self {
        let process = McpProcess::start(&peer.program, &peer.args(), &peer.env(), "bench").await;
        Self { name: peer.name, process, words: peer.words }
    }

    async fn ask(&self, tool: &str, arguments: Value) -> String {
        let result = self.process.call(tool, arguments).await;
        let text = text_of(&result);
        assert!(result["isError"] != true, "{} {tool}: {text}", self.name);
        text
    }

    pub async fn open(&self, url: &str) -> String {
        match self.words {
            Words::Tabhub | Words::Playwright => self.ask("browser_navigate", json!({ "url": url })).await,
            Words::DevTools => self.ask("navigate_page", json!({ "url": url })).await,
        }
    }

    /// The whole page.
    pub async fn whole(&self) -> String {
        match self.words {
            Words::Tabhub => self.ask("browser_snapshot", json!({ "maxChars": 10_000_000 })).await,
            Words::Playwright | Words::DevTools => self.snapshot().await,
        }
    }

    /// What comes if nothing is said about how much.
    pub async fn snapshot(&self) -> String {
        match self.words {
            Words::Tabhub | Words::Playwright => self.ask("browser_snapshot", json!({})).await,
            Words::DevTools => self.ask("take_snapshot", json!({})).await,
        }
    }

    pub async fn click(&self, reference: &str) -> String {
        match self.words {
            Words::Tabhub => self.ask("browser_click", json!({ "ref": reference, "element": "it" })).await,
            Words::Playwright => self.ask("browser_click", json!({ "target": reference, "element": "it" })).await,
            Words::DevTools => self.ask("click", json!({ "uid": reference })).await,
        }
    }

    pub async fn type_text(&self, reference: &str, text: &str) -> String {
        let words = json!({ "ref": reference, "target": reference, "element": "it", "text": text });
        match self.words {
            Words::Tabhub | Words::Playwright => self.ask("browser_type", words).await,
            Words::DevTools => self.ask("fill", json!({ "uid": reference, "value": text })).await,
        }
    }

    /// The reference of an element in a text that this server gave: of the first line with these words.
    pub fn reference(&self, page: &str, words: &str) -> String {
        let line = page.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words} in {page}"));
        let (before, after) = match self.words {
            Words::Tabhub | Words::Playwright => ("[ref=", ']'),
            Words::DevTools => ("uid=", ' '),
        };
        line.split(before).nth(1).unwrap().split(after).next().unwrap().to_owned()
    }
}
