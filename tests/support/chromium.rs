//! Real Chromium with the real extension, headless, with a profile of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use super::client::Socket;
use super::hub::{SECRET, TestHub};

/// A running Chromium.
pub struct Chromium {
    process: Child,
    /// Holds profile and extension until the process is over.
    home: TempDir,
}

/// The browser's binary, as `scripts/test` installs it.
pub fn binary() -> &'static str {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/snap/bin/chromium"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("end-to-end tests need Chromium: ./scripts/test installs it")
}

/// The flags of a headless Chromium that talks to nobody but us.
pub fn flags(profile: &Path) -> Vec<String> {
    let mut flags: Vec<String> = [
        "--headless=new",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-default-apps",
        "--silent-debugger-extension-api",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .into();
    flags.push(format!("--user-data-dir={}", profile.display()));
    if rustix::process::geteuid().is_root() {
        flags.push("--no-sandbox".to_owned());
    }
    flags
}

impl Chromium {
    /// Starts Chromium with the extension paired to `hub`, and waits until it is connected.
    pub async fn start(hub: &TestHub) -> Self {
        let before = hub.status().await.browsers.iter().filter(|b| b.connected).count();
        let browser = Self::launch(hub.port, SECRET);
        super::eventually("the extension is connected", || async {
            hub.status().await.browsers.iter().filter(|b| b.connected).count() > before
        })
        .await;
        browser
    }

    /// Starts Chromium with the extension paired to the hub on this port.
    pub fn launch(port: u16, secret: &str) -> Self {
        Self::launch_prepared(port, secret, |_| {})
    }

    /// The same with the last word on its folder, which holds `extension` and `profile`.
    pub fn launch_prepared(port: u16, secret: &str, prepare: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let extension = home.path().join("extension");
        unpack_extension(&extension, port, secret);
        keep_downloads_in(&home.path().join("downloads"), &home.path().join("profile"));
        prepare(home.path());
        let process = spawn(home.path(), &extension, &["--remote-debugging-port=0", "about:blank"]);
        Self { process, home }
    }

    /// Ends the browser as a crash does, and starts it anew over the same profile.
    pub fn restart(&mut self) {
        end(&mut self.process);
        // What the last run wrote must not be taken for this one's.
        let _ = std::fs::remove_file(self.home.path().join("profile/DevToolsActivePort"));
        let extension = self.home.path().join("extension");
        self.process = spawn(self.home.path(), &extension, &["--remote-debugging-port=0", "about:blank"]);
    }

    /// The folder that holds `extension` and `profile`.
    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Opens a page in a tab of its own.
    pub async fn show(&self, url: &str) {
        let mut socket = self.debugger().await;
        devtools(&mut socket, 1, "Target.createTarget", json!({ "url": url })).await;
    }

    async fn debugger(&self) -> Socket {
        let file = self.home.path().join("profile/DevToolsActivePort");
        let text = std::fs::read_to_string(file).expect("Chromium writes its debugging port");
        let (port, path) = text.trim().split_once('\n').unwrap();
        tokio_tungstenite::connect_async(format!("ws://127.0.0.1:{port}{path}")).await.unwrap().0
    }

    /// Stops the extension's worker, as Chrome does when it wants the memory.
    pub async fn stop_workers(&self) {
        let mut socket = self.debugger().await;
        let targets = devtools(&mut socket, 1, "Target.getTargets", json!({})).await;
        let workers: Vec<_> = targets["targetInfos"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|t| t["type"] == "service_worker")
            .map(|t| t["targetId"].clone())
            .collect();
        assert!(!workers.is_empty(), "a worker runs: {targets}");
        for (n, target) in workers.into_iter().enumerate() {
            devtools(&mut socket, 2 + n, "Target.closeTarget", json!({ "targetId": target })).await;
        }
    }
}

impl Chromium {
    /// The value of an expression in the page whose address contains `part`; null where there is none such.
    pub async fn in_page(&self, part: &str, expression: &str) -> Value {
        let file = self.home.path().join("profile/DevToolsActivePort");
        let text = std::fs::read_to_string(file).expect("Chromium writes its debugging port");
        let (port, path) = text.trim().split_once('\n').unwrap();
        let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://127.0.0.1:{port}{path}")).await.unwrap();
        let targets = devtools(&mut socket, 1, "Target.getTargets", json!({})).await;
        let pages = targets["targetInfos"].as_array().unwrap();
        let Some(page) = pages.iter().find(|t| t["url"].as_str().unwrap_or_default().contains(part)) else {
            return Value::Null;
        };
        let id = page["targetId"].as_str().unwrap();
        // A page may close while it is asked, by what it is asked to do: then it has no value.
        let Ok((mut page, _)) =
            tokio_tungstenite::connect_async(format!("ws://127.0.0.1:{port}/devtools/page/{id}")).await
        else {
            return Value::Null;
        };
        let asked = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true,
        });
        let command = json!({ "id": 1, "method": "Runtime.evaluate", "params": asked });
        if page.send(Message::text(command.to_string())).await.is_err() {
            return Value::Null;
        }
        while let Some(Ok(message)) = super::within("an answer of the page", page.next()).await {
            if let Ok(answer) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default())
                && answer["id"] == 1
            {
                return answer["result"]["result"]["value"].clone();
            }
        }
        Value::Null
    }
}

/// One DevTools command to the browser.
async fn devtools(socket: &mut Socket, id: usize, method: &str, params: Value) -> Value {
    let command = json!({ "id": id, "method": method, "params": params });
    socket.send(Message::text(command.to_string())).await.unwrap();
    loop {
        let message = super::within("an answer of DevTools", socket.next()).await.unwrap().unwrap();
        if let Ok(answer) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default())
            && answer["id"] == id
        {
            return answer["result"].clone();
        }
    }
}

/// The extension as the binary embeds it, paired with the test's hub.
pub fn unpack_extension(dir: &Path, port: u16, secret: &str) {
    let built = Command::new("node")
        .arg("build.mjs")
        .arg("--outdir")
        .arg(dir)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/extension"))
        .status()
        .unwrap();
    assert!(built.success());
    std::fs::write(dir.join("hub.json"), format!(r#"{{"port":{port},"secret":"{secret}"}}"#)).unwrap();
}

/// Chromium saves into the person's own folder unless its profile names another.
fn keep_downloads_in(folder: &Path, profile: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::create_dir_all(profile.join("Default")).unwrap();
    let preferences = json!({ "download": { "default_directory": folder, "prompt_for_download": false } });
    std::fs::write(profile.join("Default/Preferences"), preferences.to_string()).unwrap();
}

/// Spawns Chromium in a process group of its own.
pub fn spawn(home: &Path, extension: &Path, more: &[&str]) -> Child {
    use std::os::unix::process::CommandExt;
    let log = std::fs::File::create(home.join("chromium.log")).unwrap();
    Command::new(binary())
        .args(flags(&home.join("profile")))
        .arg(format!("--load-extension={}", extension.display()))
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()
        .expect("Chromium starts")
}

impl Drop for Chromium {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends a Chromium and everything that it started.
pub fn end(process: &mut Child) {
    if let Some(group) = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = process.wait();
}
