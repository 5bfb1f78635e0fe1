//! A hub with a real browser for clients that are programs of others, and how they are run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, OnceLock};

use serde_json::Value;
use tokio::process::Command;

use crate::home::{Home, TABHUB};
use crate::support::chromium::Chromium;
use crate::support::eventually;
use crate::support::site::{Page, Site};

/// Where the clients are installed. The first who asks installs them, once for this folder of builds.
pub fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let target = Path::new(TABHUB).ancestors().nth(2).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/lib/clients.sh");
        let ran = std::process::Command::new("bash").arg(script).env("CARGO_TARGET_DIR", target).output().unwrap();
        assert!(ran.status.success(), "the clients are not installed: {}", String::from_utf8_lossy(&ran.stderr));
        target.join("clients")
    })
}

/// A hub, a browser that is connected to it, and a site whose pages bear the name of the client that opens them.
pub struct Stage {
    pub home: Home,
    pub site: Site,
    _chromium: Chromium,
}

impl Stage {
    pub async fn new() -> Self {
        let home = Home::new();
        home.ok(["start"]);
        let chromium = Chromium::launch(home.port(), &home.secret());
        eventually("the browser is connected", async || {
            home.status()["browsers"].as_array().is_some_and(|all| all.iter().any(|b| b["connected"] == true))
        })
        .await;
        let open = Mutex::new(HashSet::new());
        let site = Site::serve(move |path| page(path, &open)).await;
        Self { home, site, _chromium: chromium }
    }

    /// The words by which a program reaches tabhub over stdio, over HTTP, and over HTTP in this workspace.
    pub fn ways(&self, workspace: &str) -> [Vec<String>; 3] {
        let token = self.home.ok(["token"]).trim().to_owned();
        let port = self.home.hub().mcp_port.expect("HTTP is served");
        let http = |path: &str| vec!["http".to_owned(), format!("http://127.0.0.1:{port}/mcp{path}"), token.clone()];
        [vec!["stdio".to_owned(), TABHUB.to_owned()], http(""), http(&format!("/{workspace}"))]
    }

    /// Runs a program to its end; it must succeed. Returns what it printed.
    pub async fn run(&self, program: &Path, args: &[String]) -> String {
        let mut command = Command::new(program);
        // The Inspector keeps notes in the user's home.
        command.args(args).envs(self.home.env()).env("HOME", self.home.path()).current_dir(self.home.path());
        let child = command.stdin(Stdio::null()).kill_on_drop(true).output();
        // Longer than a program's own patience with a step, so that it is the one to say what it waited for.
        let output = tokio::time::timeout(crate::support::PATIENCE * 3, child).await;
        let output = output.unwrap_or_else(|_| panic!("{args:?} does not end")).unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{args:?}: {}\n{out}\n{err}", output.status);
        out.into_owned()
    }
}

/// The site: pages with a gate that one can open from outside of the browser.
fn page(path: &str, open: &Mutex<HashSet<String>>) -> Page {
    let (kind, name) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
    match kind {
        "first" => Page::html(format!("<title>The first page of {name}</title><h1>This is {name}</h1>")),
        "second" => Page::html(format!(
            "<title>The second page of {name}</title><h1>This is {name} again</h1><p id=gate></p><script>
             const look = async () => {{
               if (await (await fetch('/gate/{name}')).text() === 'open') gate.textContent = 'The gate is open';
               else setTimeout(look, 50);
             }};
             look();
             </script>"
        )),
        "open" => {
            open.lock().unwrap().insert(name.to_owned());
            Page::text("open")
        }
        "gate" => Page::text(if open.lock().unwrap().contains(name) { "open" } else { "shut" }),
        _ => Page::missing(),
    }
}

/// The lines of a walk, each of them a step's facts.
pub fn steps(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}
