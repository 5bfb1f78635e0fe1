//! Whether a process is suspended (SIGSTOP): it holds its locks and ports, and answers nobody until it goes on.

/// What a person should know of a process that does not answer; empty where there is nothing to know.
#[must_use]
pub fn hint(pid: u32) -> String {
    if is_suspended(pid) { format!("; it is suspended, and `kill -CONT {pid}` lets it go on") } else { String::new() }
}

fn is_suspended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may hold anything, also a parenthesis; the state is the first field after it.
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
    matches!(state, Some("T" | "t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_not_suspended() {
        assert_eq!(hint(std::process::id()), "");
    }
}
