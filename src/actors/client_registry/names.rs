//! Names of clients: what the host calls itself, made unique, since one person may run two of a kind.

/// The name for a client: what it had if that is still free, else its host's name, numbered from the second on.
#[must_use]
pub fn unique_name(wanted: &str, had: Option<&str>, is_taken: impl Fn(&str) -> bool) -> String {
    let base = clean(wanted);
    if let Some(had) = had {
        let is_of_base =
            had == base || had.strip_prefix(&base).is_some_and(|rest| rest.trim_start().parse::<u32>().is_ok());
        if is_of_base && !is_taken(had) {
            return had.to_owned();
        }
    }
    (1u32..)
        .map(|n| if n == 1 { base.clone() } else { format!("{base} {n}") })
        .find(|name| !is_taken(name))
        .unwrap_or(base)
}

/// A host's name as it may be shown: one line, not long, never empty.
fn clean(name: &str) -> String {
    let line: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let line = line.trim();
    if line.is_empty() { "client".to_owned() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_a_kind_gets_a_number_and_keeps_it() {
        let taken = |name: &str| name == "claude-code";
        assert_eq!(unique_name("claude-code", None, |_| false), "claude-code");
        assert_eq!(unique_name("claude-code", None, taken), "claude-code 2");
        assert_eq!(unique_name("claude-code", Some("claude-code 3"), taken), "claude-code 3");
        assert_eq!(unique_name("cursor", Some("client"), |_| false), "cursor");
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(unique_name("a\nb", None, |_| false), "ab");
        assert_eq!(unique_name("  ", None, |_| false), "client");
        assert_eq!(unique_name(&"x".repeat(500), None, |_| false).len(), 60);
    }
}
