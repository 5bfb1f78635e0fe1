//! Which extensions may come to the port for the Browser MCP extension.

use super::settings::SettingsError;
use super::values::bad;

/// The Browser MCP extension of the Chrome Web Store.
pub const BROWSER_MCP: &str = "chrome-extension://bjfgambnhccakkhmkepdoekmckoijdlc";

/// The Origins of the environment (separated by commas), else of the file, else that of the store's extension. An
/// extension may be named by its id alone.
pub(super) fn origins(env: Option<String>, file: Option<Vec<String>>) -> Result<Vec<String>, SettingsError> {
    let (place, words) = match (env, file) {
        (Some(words), _) => {
            ("TABHUB_LEGACY_ORIGINS", words.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>())
        }
        (None, Some(words)) => ("config.toml: legacy_origins", words),
        (None, None) => return Ok(vec![BROWSER_MCP.to_owned()]),
    };
    let origin = |word: &String| {
        let id = word.strip_prefix("chrome-extension://").unwrap_or(word);
        let is_id = id.len() == 32 && id.bytes().all(|b| (b'a'..=b'p').contains(&b));
        let expected = "an extension's id (32 letters from a to p) or chrome-extension:// with it";
        is_id.then(|| format!("chrome-extension://{id}")).ok_or_else(|| bad(place, word, expected))
    };
    words.iter().map(origin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_named_by_id_or_origin_and_nothing_else_may_come() {
        let own = "abcdefghijklmnopabcdefghijklmnop";
        let told = |env: &str| origins(Some(env.to_owned()), None).ok();
        assert_eq!(origins(None, None).ok(), Some(vec![BROWSER_MCP.to_owned()]));
        assert_eq!(
            told(&format!("{own}, {BROWSER_MCP}")),
            Some(vec![format!("chrome-extension://{own}"), BROWSER_MCP.to_owned()])
        );
        assert_eq!(origins(None, Some(vec![own.to_owned()])).ok().map(|origins| origins.len()), Some(1));
        for wrong in ["https://evil.example", "*", "null", "chrome-extension://x", "abc,"] {
            let error = origins(Some(wrong.to_owned()), None).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains("TABHUB_LEGACY_ORIGINS")), "{wrong}");
        }
    }
}
