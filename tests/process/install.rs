//! `tabhub install` and `uninstall`, with the real binary over a person's home folder: what is written, what stays, what goes.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tabhub::install::places::{Places, System};
use tabhub::protocol::{EXTENSION_ID, NATIVE_HOST};

use crate::home::{Home, Ran, TABHUB};

/// A person's home folder, with a state folder of tabhub's in it.
struct Person {
    home: Home,
    folder: tempfile::TempDir,
}

/// What a host's file may look like before; the ones without a text have none.
const FILES: &[(&str, &str, Option<&str>)] = &[
    (
        "claude-code",
        ".claude.json",
        Some("{\n  \"numStartups\": 12,\n  \"projects\": {\n    \"/x\": { \"allowedTools\": [] }\n  }\n}\n"),
    ),
    (
        "cursor",
        ".cursor/mcp.json",
        Some(
            "{\n  \"mcpServers\": {\n    \"other\": { \"command\": \"npx\", \"args\": [\"-y\", \"other\"] }\n  }\n}\n",
        ),
    ),
    (
        "vscode",
        ".config/Code/User/mcp.json",
        Some(
            "{\n\t// my servers\n\t\"servers\": {\n\t\t\"other\": { \"type\": \"stdio\", \"command\": \"other\" }, // the other one\n\t},\n\t\"inputs\": [],\n}\n",
        ),
    ),
    (
        "codex",
        ".codex/config.toml",
        Some(
            "# my settings\nmodel = \"some-model\"\n\n[mcp_servers.other]\ncommand = \"npx\" # not mine\nargs = [ \"-y\", \"other\" ]\n\n[profiles.work]\nmodel = \"another\"\n",
        ),
    ),
    ("claude-desktop", ".config/Claude/claude_desktop_config.json", None),
    ("windsurf", ".codeium/windsurf/mcp_config.json", Some("{\"mcpServers\":{}}")),
    (
        "zed",
        ".config/zed/settings.json",
        Some("// Zed settings\n{\n  \"theme\": \"One Dark\",\n  /* no servers yet */\n  \"vim_mode\": false,\n}\n"),
    ),
    ("gemini-cli", ".gemini/settings.json", Some("{\n    \"ui\": {\n        \"theme\": \"Default\"\n    }\n}\n")),
    ("qwen-code", ".qwen/settings.json", None),
    (
        "opencode",
        ".config/opencode/opencode.json",
        Some("{\n  \"$schema\": \"https://opencode.ai/config.json\",\n  \"mcp\": {}\n}\n"),
    ),
    ("copilot-cli", ".copilot/mcp-config.json", Some("{\n  \"mcpServers\": {}\n}\n")),
    ("kiro", ".kiro/settings/mcp.json", None),
    ("lm-studio", ".lmstudio/mcp.json", Some("")),
];

impl Person {
    fn new() -> Self {
        Self { home: Home::new().with("TABHUB_MCP_PORT", "8765"), folder: tempfile::tempdir().unwrap() }
    }

    /// A person who has all hosts.
    fn with_hosts() -> Self {
        let person = Self::new();
        for (_, file, text) in FILES {
            let path = person.path(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if let Some(text) = text {
                std::fs::write(path, text).unwrap();
            }
        }
        // Its file lies one folder deeper than what it is known by.
        std::fs::remove_dir(person.path(".kiro/settings")).unwrap();
        let token = person.token_file();
        std::fs::create_dir_all(token.parent().unwrap()).unwrap();
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
        person
    }

    fn token_file(&self) -> PathBuf {
        self.home.settings().paths.http_token()
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn text(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.path(file)).ok()
    }

    fn run(&self, words: &[&str]) -> Ran {
        let mut command = self.home.command(words);
        command.env("HOME", self.folder.path());
        for name in ["XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME"] {
            command.env_remove(name);
        }
        Ran::of(&mut command)
    }

    fn ok(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!(ran.code(), 0, "{words:?}: {}{}", ran.stdout(), ran.stderr());
        ran.stdout()
    }

    /// The same text on every machine.
    fn plain(&self, text: &str) -> String {
        let home = self.home.path().display().to_string();
        text.replace(&home, "/HOME/.tabhub")
            .replace(&self.folder.path().display().to_string(), "/HOME")
            .replace(TABHUB, "/BIN/tabhub")
    }

    fn all(&self) -> Vec<(PathBuf, Option<String>)> {
        FILES.iter().map(|(_, file, _)| (self.path(file), self.text(file))).collect()
    }
}

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn names(but: &[&str]) -> String {
    let names: Vec<&str> = FILES.iter().map(|(name, ..)| *name).filter(|name| !but.contains(name)).collect();
    names.join(",")
}

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/install").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_hosts_file_gets_its_own_form_and_keeps_all_else_and_is_the_same_again_afterwards() {
    if cfg!(target_os = "macos") {
        return; // The goldens have the places of Linux.
    }
    for (words, hosts, name) in
        [(vec![], names(&[]), "stdio.diff"), (vec!["--http"], names(&["claude-desktop"]), "http.diff")]
    {
        let person = Person::with_hosts();
        let before = person.all();
        let install = [&["install", "--host", &hosts][..], &words].concat();
        let shown = person.ok(&[&install[..], &["--dry-run"]].concat());
        assert_eq!(person.plain(&shown), golden(name), "{name}");
        assert_eq!(person.all(), before, "a dry run writes nothing");

        person.ok(&install);
        let written = person.all();
        for (name, file, _) in FILES.iter().filter(|(name, ..)| hosts.split(',').any(|host| host == *name)) {
            let text = person.text(file).unwrap();
            let way = if words.is_empty() { TABHUB } else { "http://127.0.0.1:8765/mcp" };
            assert!(text.contains(way) && (words.is_empty() || text.contains(TOKEN)), "{name}: {text}");
        }
        let again = person.ok(&install);
        assert_eq!(again.matches("nothing to do").count(), hosts.split(',').count(), "{again}");
        assert_eq!(person.all(), written, "twice is once");

        person.ok(&["uninstall", "--host", &hosts]);
        assert_eq!(person.all(), before, "byte for byte");
        assert!(!person.home.path().join("installed").exists(), "nothing is kept of it");
    }
}

#[test]
fn the_entry_starts_this_program_over_this_state_folder() {
    let person = Person::with_hosts();
    person.ok(&["install", "--host", "cursor"]);
    let file: Value = serde_json::from_str(&person.text(".cursor/mcp.json").unwrap()).unwrap();
    let entry = &file["mcpServers"]["tabhub"];
    let mut command = std::process::Command::new(entry["command"].as_str().unwrap());
    let home = entry["env"]["TABHUB_HOME"].as_str().unwrap();
    let ran = Ran::of(command.args(["status", "--json"]).env_clear().env("TABHUB_HOME", home));
    assert_eq!((ran.code(), home), (3, person.home.path().to_str().unwrap()), "{}", ran.stderr());
}

#[test]
fn a_file_that_the_host_has_written_meanwhile_loses_the_entry_only() {
    let person = Person::with_hosts();
    person.ok(&["install", "--host", "claude-code,codex"]);
    for (file, old, new) in [
        (".claude.json", "\"numStartups\": 12", "\"numStartups\": 13"),
        (".codex/config.toml", "model = \"some-model\"", "model = \"newer\""),
    ] {
        let text = person.text(file).unwrap().replace(old, new);
        std::fs::write(person.path(file), text).unwrap();
    }
    person.ok(&["uninstall", "--host", "claude-code,codex"]);
    let claude: Value = serde_json::from_str(&person.text(".claude.json").unwrap()).unwrap();
    assert_eq!(claude, json!({ "numStartups": 13, "projects": { "/x": { "allowedTools": [] } }, "mcpServers": {} }));
    let codex = FILES[3].2.unwrap().replace("some-model", "newer");
    assert_eq!(person.text(".codex/config.toml").unwrap(), codex);
}

#[test]
fn one_file_that_cannot_be_read_is_left_alone_and_the_others_are_written() {
    let person = Person::with_hosts();
    std::fs::write(person.path(".cursor/mcp.json"), "{ \"mcpServers\": ").unwrap();
    std::fs::write(person.path(".gemini/settings.json"), r#"{"mcpServers":{"tabhub":{"command":"npx"}}}"#).unwrap();
    let ran = person.run(&["install", "--host", "all"]);
    assert_eq!(ran.code(), 1);
    let said = ran.stdout();
    let line = |name: &str| said.lines().find(|line| line.starts_with(&format!("{name}: "))).unwrap().to_owned();
    assert!(line("cursor").contains("was left alone: it cannot be read"), "{said}");
    assert!(line("gemini-cli").contains("is not this program's"), "{said}");
    assert!(line("zed").contains("changed") && line("claude-desktop").contains("written"), "{said}");
    assert_eq!(person.text(".cursor/mcp.json").unwrap(), "{ \"mcpServers\": ");
    assert!(person.text(".config/zed/settings.json").unwrap().contains("tabhub"));
}

#[test]
fn without_a_name_it_shows_what_is_there_and_all_means_what_is_found() {
    let person = Person::new();
    assert!(person.ok(&["install"]).contains("none that tabhub knows"));
    assert!(person.ok(&["install", "--host"]).contains("Nothing was found"));
    std::fs::create_dir_all(person.path(".cursor")).unwrap();
    std::fs::create_dir_all(person.path(".config/chromium")).unwrap();
    let shown = person.ok(&["install"]);
    assert!(shown.contains("cursor          has no tabhub") && shown.contains("chromium        not set up"), "{shown}");
    assert!(!shown.contains("windsurf") && !shown.contains("brave"), "{shown}");
    person.ok(&["install", "--host", "--browser"]);
    let shown = person.ok(&["install"]);
    assert!(shown.contains("cursor          has tabhub") && shown.contains("chromium        set up"), "{shown}");
    assert!(!person.path(".codeium").exists() && !person.path(".config/google-chrome").exists());
    let ran = person.run(&["install", "--host", "emacs"]);
    assert!(ran.code() == 1 && ran.stderr().contains("\"emacs\" is none of claude-code, cursor"), "{}", ran.stderr());
    assert_eq!(person.run(&["uninstall"]).code(), 1);
}

#[test]
fn a_token_is_not_shown_and_its_file_is_for_its_person_only() {
    let person = Person::with_hosts();
    std::fs::set_permissions(person.path(".cursor/mcp.json"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let shown = person.ok(&["install", "--host", "cursor,kiro", "--http", "--dry-run"]);
    assert!(!shown.contains(TOKEN) && shown.contains("Bearer <token>"), "{shown}");
    let said = person.ok(&["install", "--host", "cursor,kiro", "--http"]);
    assert!(said.contains("chmod 600") && said.matches("others on this machine").count() == 1, "{said}");
    let mode = std::fs::metadata(person.path(".kiro/settings/mcp.json")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let ran = person.run(&["install", "--host", "claude-desktop", "--http"]);
    assert!(ran.code() == 1 && ran.stdout().contains("leave --http out"), "{}", ran.stdout());
}

#[test]
fn a_token_is_made_for_the_first_host_but_not_by_a_dry_run_and_none_is_written_where_none_is_asked_for() {
    let person = Person::with_hosts();
    std::fs::remove_file(person.token_file()).unwrap();
    let shown = person.ok(&["install", "--host", "cursor", "--http", "--dry-run"]);
    assert!(shown.contains("Bearer <token>") && !person.token_file().exists(), "{shown}");
    person.ok(&["install", "--host", "cursor", "--http"]);
    let token = std::fs::read_to_string(person.token_file()).unwrap();
    assert!(person.text(".cursor/mcp.json").unwrap().contains(&format!("Bearer {}", token.trim())));
    let open = Person { home: Home::new().with("TABHUB_MCP_PORT", "8765").with("TABHUB_HTTP_AUTH", "off"), ..person };
    open.ok(&["uninstall", "--host", "cursor"]);
    open.ok(&["install", "--host", "cursor", "--http"]);
    let written = open.text(".cursor/mcp.json").unwrap();
    assert!(written.contains("http://127.0.0.1:8765/mcp") && !written.contains("Bearer"), "{written}");
}

#[test]
fn every_browser_gets_its_manifest_in_its_own_folder_and_it_starts_the_host() {
    let person = Person::new();
    let paths = person.home.settings().paths;
    let system = if cfg!(target_os = "macos") { System::MacOs } else { System::Linux };
    let places = Places::under(person.folder.path().to_owned(), system);
    let own = person.path("a profile");
    let own = own.to_str().unwrap();
    let words = ["--browser", "chrome,chromium,edge,brave,firefox,up", "--user-data-dir", own];
    let install = [&["install"][..], &words].concat();
    assert!(person.ok(&[&install[..], &["--dry-run"]].concat()).contains("+  \"type\": \"stdio\""));
    assert!(!paths.native_starter().exists(), "a dry run writes nothing");
    person.ok(&install);

    use tabhub::install::browsers::{Browser, OF_THE_PERSON, manifest_in};
    let all = OF_THE_PERSON.into_iter().chain([Browser::Up]);
    let mut manifests: Vec<PathBuf> = all.map(|browser| browser.manifest(&places, &paths)).collect();
    manifests.push(manifest_in(Path::new(own)));
    for manifest in &manifests {
        let text = std::fs::read_to_string(manifest).unwrap();
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&told["name"], &told["type"]), (&json!(NATIVE_HOST), &json!("stdio")), "{text}");
        assert_eq!(told["path"], json!(paths.native_starter()));
        assert!(manifest.ends_with(format!("{NATIVE_HOST}.json")));
        if text.contains("allowed_extensions") {
            assert!(manifest.display().to_string().to_lowercase().contains("mozilla"), "Firefox's");
        } else {
            assert_eq!(told["allowed_origins"], json!([format!("chrome-extension://{EXTENSION_ID}/")]));
        }
    }
    // As a browser starts it: with the origin, and without anything that tells of tabhub.
    let origin = format!("chrome-extension://{EXTENSION_ID}/");
    let ran = Ran::of(std::process::Command::new(paths.native_starter()).arg(origin).env_clear());
    assert!(ran.code() == 0 && ran.stdout().contains("\"kind\":\"noHub\""), "{}{}", ran.stdout(), ran.stderr());

    let again = person.ok(&install);
    assert_eq!(again.matches("nothing to do").count(), manifests.len() + 1, "{again}");
    // One that leads to another tabhub is not this one's to remove.
    let foreign = std::fs::read_to_string(&manifests[0]).unwrap().replace("native-host", "another-host");
    std::fs::write(&manifests[0], &foreign).unwrap();
    let ran = person.run(&[&["uninstall"][..], &words].concat());
    assert!(ran.code() == 1 && ran.stdout().contains("chrome: "), "{}", ran.stdout());
    assert_eq!(std::fs::read_to_string(&manifests[0]).unwrap(), foreign);
    assert!(manifests[1..].iter().all(|manifest| !manifest.exists()) && !paths.native_starter().exists());
}

#[test]
fn a_program_and_a_state_folder_with_odd_names_are_started_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("it's $HOME \"here\"");
    std::fs::create_dir(&odd).unwrap();
    let home = Home::new();
    let mut install = home.command(["install", "--user-data-dir", odd.to_str().unwrap()]);
    let ran = Ran::of(install.env("TABHUB_HOME", odd.join("state")).env("HOME", folder.path()));
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let ran = Ran::of(std::process::Command::new(odd.join("state/native-host")).env_clear());
    assert!(ran.code() == 0 && ran.stdout().contains("noHub"), "{}{}", ran.stdout(), ran.stderr());
}
