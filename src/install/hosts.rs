//! The AI hosts, each with its own file and form.
//!
//! Where the forms come from: Claude Code, "Connect Claude Code to tools via MCP" (user scope, `~/.claude.json`); Cursor, "Model
//! Context Protocol" (`~/.cursor/mcp.json`); VS Code, "MCP configuration reference" (the profile's `mcp.json`, `servers`); Codex,
//! "Model Context Protocol" and `codex-rs/config/src/mcp_types.rs` (`http_headers`: `headers` is ignored, an inline bearer token
//! refused); Claude Desktop, "Connect to local MCP servers" (programs only; remote servers are added in its settings); Windsurf,
//! "Cascade MCP integration" (`serverUrl`); Zed, "Model Context Protocol" (`context_servers`; `source` was asked for by older
//! ones); Gemini CLI, `docs/tools/mcp-server.md` (`httpUrl`: `url` is server-sent events), which Qwen Code has taken over;
//! opencode, "MCP servers" (`mcp`, no `args`); Copilot CLI, "Adding MCP servers for GitHub Copilot CLI" (`mcp-config.json` in
//! `~/.copilot` or `$COPILOT_HOME`; `type` is `local`, `stdio`, `http` or `sse`); Kiro, "MCP configuration"
//! (`~/.kiro/settings/mcp.json`, `url` and `headers` for remote servers); LM Studio, "Use MCP servers" (`mcp.json` in its home, in
//! Cursor's notation), whose home is found as `lmstudio-js` does (`findLMStudioHome`).

use std::path::{Path, PathBuf};

use super::change::{self, Change, Outcome};
use super::entry::{Form, Server};
use super::json::Trouble;
use super::places::Places;
use super::{ENTRY, InstallError, json, record, toml};
use crate::config::Paths;

/// An AI host whose file tabhub can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Host {
    /// Claude Code, for all projects of this user.
    ClaudeCode,
    /// Cursor.
    Cursor,
    /// Visual Studio Code, in its default profile.
    #[value(name = "vscode")]
    VsCode,
    /// Codex: its command line, editor extension and app.
    Codex,
    /// Claude Desktop.
    ClaudeDesktop,
    /// Windsurf.
    Windsurf,
    /// Zed.
    Zed,
    /// Gemini CLI.
    GeminiCli,
    /// Qwen Code.
    QwenCode,
    /// opencode.
    #[value(name = "opencode")]
    OpenCode,
    /// GitHub Copilot CLI.
    CopilotCli,
    /// Kiro.
    Kiro,
    /// LM Studio.
    LmStudio,
}

/// How a host keeps its servers.
struct Way {
    name: &'static str,
    /// By which one sees whether the host is here: the first that exists.
    signs: Vec<PathBuf>,
    file: PathBuf,
    /// The table of servers in the file.
    container: &'static str,
    form: Form,
    is_toml: bool,
}

impl Host {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Host::ClaudeCode => "claude-code",
            Host::Cursor => "cursor",
            Host::VsCode => "vscode",
            Host::Codex => "codex",
            Host::ClaudeDesktop => "claude-desktop",
            Host::Windsurf => "windsurf",
            Host::Zed => "zed",
            Host::GeminiCli => "gemini-cli",
            Host::QwenCode => "qwen-code",
            Host::OpenCode => "opencode",
            Host::CopilotCli => "copilot-cli",
            Host::Kiro => "kiro",
            Host::LmStudio => "lm-studio",
        }
    }

    fn way(self, places: &Places) -> Way {
        let Places { home, config, dot_config, .. } = places;
        // Most have a folder of their own, a file in it, and JSON.
        let in_folder = |folder: PathBuf, file: &str, container, form| Way {
            name: self.name(),
            file: folder.join(file),
            signs: vec![folder],
            container,
            form,
            is_toml: false,
        };
        match self {
            Host::ClaudeCode => {
                let folder = places.claude.as_ref().unwrap_or(home);
                let file = folder.join(".claude.json");
                let signs = vec![file.clone(), places.claude.clone().unwrap_or_else(|| home.join(".claude"))];
                Way { file, signs, ..in_folder(home.clone(), "", "mcpServers", Form::Typed) }
            }
            Host::Cursor => in_folder(home.join(".cursor"), "mcp.json", "mcpServers", Form::Plain),
            Host::VsCode => in_folder(config.join("Code/User"), "mcp.json", "servers", Form::Typed),
            Host::Codex => {
                let folder = places.codex.clone().unwrap_or_else(|| home.join(".codex"));
                Way { is_toml: true, ..in_folder(folder, "config.toml", "mcp_servers", Form::Codex) }
            }
            Host::ClaudeDesktop => {
                in_folder(config.join("Claude"), "claude_desktop_config.json", "mcpServers", Form::StdioOnly)
            }
            Host::Windsurf => {
                in_folder(home.join(".codeium/windsurf"), "mcp_config.json", "mcpServers", Form::Windsurf)
            }
            Host::Zed => in_folder(dot_config.join("zed"), "settings.json", "context_servers", Form::Zed),
            Host::GeminiCli => in_folder(home.join(".gemini"), "settings.json", "mcpServers", Form::Gemini),
            Host::QwenCode => in_folder(home.join(".qwen"), "settings.json", "mcpServers", Form::Gemini),
            Host::OpenCode => {
                let folder = dot_config.join("opencode");
                let with_comments = folder.join("opencode.jsonc").exists();
                let file = if with_comments { "opencode.jsonc" } else { "opencode.json" };
                in_folder(folder, file, "mcp", Form::OpenCode)
            }
            Host::CopilotCli => {
                let folder = places.copilot.clone().unwrap_or_else(|| home.join(".copilot"));
                in_folder(folder, "mcp-config.json", "mcpServers", Form::Copilot)
            }
            Host::Kiro => {
                let folder = home.join(".kiro");
                in_folder(folder, "settings/mcp.json", "mcpServers", Form::Plain)
            }
            Host::LmStudio => in_folder(lm_studio(home), "mcp.json", "mcpServers", Form::Plain),
        }
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_found(self, places: &Places) -> bool {
        self.way(places).signs.iter().any(|sign| sign.exists())
    }

    /// Its file.
    #[must_use]
    pub fn file(self, places: &Places) -> PathBuf {
        self.way(places).file
    }

    /// Whether tabhub's entry is in its file.
    ///
    /// # Errors
    /// When the file cannot be read, or the entry is somebody else's.
    pub fn has_entry(self, places: &Places) -> Result<bool, InstallError> {
        let way = self.way(places);
        let text = change::read(&way.file)?.unwrap_or_default();
        way.has(&text)
    }

    /// The change that puts the entry into its file.
    ///
    /// # Errors
    /// When the file cannot be read, has somebody else's entry of that name, or the host knows no HTTP.
    pub fn install(self, places: &Places, server: &Server) -> Result<Change, InstallError> {
        let way = self.way(places);
        let entry = way.form.entry(server).ok_or(InstallError::NoHttp { host: way.name })?;
        let before = change::read(&way.file)?;
        let text = before.as_deref().unwrap_or_default();
        let put = if way.is_toml { toml::put } else { json::put };
        let after = put(text, way.container, ENTRY, &entry).map_err(|trouble| told(&way.file, trouble))?;
        Ok(Change::of(way.file, before, Some(after)))
    }

    /// The change that takes the entry out of its file again.
    ///
    /// # Errors
    /// When the file cannot be read, or its entry of that name is somebody else's.
    pub fn uninstall(self, places: &Places, paths: &Paths) -> Result<Change, InstallError> {
        let way = self.way(places);
        let Some(now) = change::read(&way.file)? else { return Ok(Change::of(way.file, None, None)) };
        if let Some(before) = record::untouched(paths, way.name, &way.file, &now) {
            return Ok(Change::of(way.file, Some(now), before));
        }
        let take = if way.is_toml { toml::take } else { json::take };
        let after = take(&now, way.container, ENTRY).map_err(|trouble| told(&way.file, trouble))?;
        Ok(Change::of(way.file, Some(now), Some(after)))
    }

    /// Makes a change of [`Host::install`], and keeps in mind what stood there before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn apply_install(self, change: &Change, places: &Places, paths: &Paths) -> Result<Outcome, InstallError> {
        let way = self.way(places);
        let now = change.before.clone().unwrap_or_default();
        // Of a file that has the entry already, what stood there before it is known only from the last time.
        let before = match (way.has(&now)?, record::untouched(paths, way.name, &way.file, &now)) {
            (_, Some(before)) => Some(before),
            (false, None) => Some(change.before.clone()),
            (true, None) => None,
        };
        let outcome = change.apply()?;
        if outcome != Outcome::Same {
            match (before, &change.after) {
                (Some(before), Some(after)) => record::keep(paths, way.name, &way.file, before, after)?,
                _ => record::forget(paths, way.name),
            }
        }
        Ok(outcome)
    }

    /// Makes a change of [`Host::uninstall`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn apply_uninstall(self, change: &Change, paths: &Paths) -> Result<Outcome, InstallError> {
        let outcome = change.apply()?;
        record::forget(paths, self.name());
        Ok(outcome)
    }
}

/// The home of LM Studio: a file may point to it, and who had it early has it among the caches.
fn lm_studio(home: &Path) -> PathBuf {
    let pointer = std::fs::read_to_string(home.join(".lmstudio-home-pointer")).unwrap_or_default();
    let told = Path::new(pointer.trim());
    let early = home.join(".cache/lm-studio");
    if told.is_absolute() {
        told.to_owned()
    } else if early.is_dir() {
        early
    } else {
        home.join(".lmstudio")
    }
}

impl Way {
    fn has(&self, text: &str) -> Result<bool, InstallError> {
        let has = if self.is_toml { toml::has } else { json::has };
        has(text, self.container, ENTRY).map_err(|trouble| told(&self.file, trouble))
    }
}

fn told(path: &Path, trouble: Trouble) -> InstallError {
    match trouble {
        Trouble::Unreadable(why) => InstallError::Unreadable { path: path.to_owned(), why },
        Trouble::Foreign => InstallError::Foreign { path: path.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::install::places::System;

    #[test]
    fn names_on_the_command_line_are_the_names_that_are_shown() {
        for host in Host::value_variants() {
            assert_eq!(host.to_possible_value().unwrap().get_name(), host.name());
        }
    }

    #[test]
    fn programs_with_windows_have_folders_of_their_own_on_macos_and_those_of_the_terminal_have_not() {
        let places = Places::under("/Users/ada".into(), System::MacOs);
        for (host, file) in [
            (Host::VsCode, "/Users/ada/Library/Application Support/Code/User/mcp.json"),
            (Host::ClaudeDesktop, "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json"),
            (Host::Zed, "/Users/ada/.config/zed/settings.json"),
            (Host::OpenCode, "/Users/ada/.config/opencode/opencode.json"),
            (Host::ClaudeCode, "/Users/ada/.claude.json"),
            (Host::Cursor, "/Users/ada/.cursor/mcp.json"),
        ] {
            assert_eq!(host.file(&places), PathBuf::from(file));
        }
    }

    #[test]
    fn lm_studio_is_where_it_says_that_it_is() {
        let home = tempfile::tempdir().unwrap();
        let file = || Host::LmStudio.file(&Places::under(home.path().to_owned(), System::Linux));
        assert_eq!(file(), home.path().join(".lmstudio/mcp.json"));
        std::fs::create_dir_all(home.path().join(".cache/lm-studio")).unwrap();
        assert_eq!(file(), home.path().join(".cache/lm-studio/mcp.json"));
        for (pointer, folder) in
            [("/big disk/lm\n", "/big disk/lm"), ("somewhere", ".cache/lm-studio"), ("", ".cache/lm-studio")]
        {
            std::fs::write(home.path().join(".lmstudio-home-pointer"), pointer).unwrap();
            assert_eq!(file(), home.path().join(folder).join("mcp.json"), "{pointer:?}");
        }
    }

    #[test]
    fn folders_that_variables_name_are_taken() {
        let mut places = Places::under("/home/ada".into(), System::Linux);
        (places.codex, places.claude) = (Some("/x/codex".into()), Some("/x/claude".into()));
        places.copilot = Some("/x/copilot".into());
        assert_eq!(Host::CopilotCli.file(&places), PathBuf::from("/x/copilot/mcp-config.json"));
        assert_eq!(Host::Codex.file(&places), PathBuf::from("/x/codex/config.toml"));
        assert_eq!(Host::ClaudeCode.file(&places), PathBuf::from("/x/claude/.claude.json"));
    }
}
