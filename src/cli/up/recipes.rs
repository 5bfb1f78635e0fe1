//! What to paste where, so that a host uses tabhub.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::Paths;

/// The text for every host that is known.
pub fn text(exe: &Path, paths: &Paths) -> String {
    let exe = exe.display().to_string();
    let home = paths.home().map(|home| home.display().to_string());
    let server = server(&exe, home.as_deref());
    let mut vs_code = json!({ "type": "stdio" });
    if let (Value::Object(all), Value::Object(own)) = (&mut vs_code, &server) {
        all.extend(own.clone());
    }
    let flag = home.as_deref().map_or_else(String::new, |home| format!("-e TABHUB_HOME={} ", quoted(home)));
    let env = home.as_deref().map_or_else(String::new, |home| format!("\nenv = {{ TABHUB_HOME = {home:?} }}"));
    format!(
        "Claude Code:\n  claude mcp add tabhub {flag}-- {command}\n\n\
         Cursor (~/.cursor/mcp.json):\n{cursor}\n\n\
         VS Code (.vscode/mcp.json):\n{code}\n\n\
         Codex (~/.codex/config.toml):\n{codex}\n",
        command = quoted(&exe),
        cursor = indented(&pretty(&json!({ "mcpServers": { "tabhub": server } }))),
        code = indented(&pretty(&json!({ "servers": { "tabhub": vs_code } }))),
        codex = indented(&format!("[mcp_servers.tabhub]\ncommand = {exe:?}{env}")),
    )
}

fn server(exe: &str, home: Option<&str>) -> Value {
    match home {
        Some(home) => json!({ "command": exe, "env": { "TABHUB_HOME": home } }),
        None => json!({ "command": exe }),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | ':' | '@' | '~');
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_gets_the_path_and_the_home_in_its_own_form() {
        let text = text(Path::new("/opt/my tools/tabhub"), &Paths::under("/tmp/h"));
        assert!(text.contains("claude mcp add tabhub -e TABHUB_HOME=/tmp/h -- '/opt/my tools/tabhub'"), "{text}");
        assert!(text.contains(
            "[mcp_servers.tabhub]\n  command = \"/opt/my tools/tabhub\"\n  env = { TABHUB_HOME = \"/tmp/h\" }"
        ));
        assert!(text.contains("\"mcpServers\"") && text.contains("\"servers\""));
    }
}
