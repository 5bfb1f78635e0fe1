//! Who listens on a loopback port, so that a taken port is reported with a name. Nobody is ever ended for it.

use std::fmt;
use std::path::Path;

/// Who listens on a port, as far as this user may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortOwner {
    /// A process that this user may look at.
    Process {
        /// Its id.
        pid: u32,
        /// Its name.
        name: String,
    },
    /// A process of another user.
    User {
        /// That user's number.
        uid: u32,
    },
    /// Somebody.
    Unknown,
}

impl fmt::Display for PortOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortOwner::Process { pid, name } => write!(f, "{name} (process {pid})"),
            PortOwner::User { uid } => write!(f, "a program of user {uid}"),
            PortOwner::Unknown => f.write_str("another program"),
        }
    }
}

/// Finds who listens on `port` of this machine.
#[must_use]
pub fn find(port: u16) -> PortOwner {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let Some(listener) = tables.iter().find_map(|table| listener_in(table, port)) else { return PortOwner::Unknown };
    match process_with_socket(listener.inode) {
        Some((pid, name)) => PortOwner::Process { pid, name },
        None if listener.uid != rustix::process::geteuid().as_raw() => PortOwner::User { uid: listener.uid },
        None => PortOwner::Unknown,
    }
}

struct Listener {
    uid: u32,
    inode: u64,
}

/// The state LISTEN in the kernel's tables.
const LISTEN: &str = "0A";

/// One row: `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`.
fn listener_in(table: &str, port: u16) -> Option<Listener> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, hex) = fields.get(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(hex, 16).ok()? == port && *fields.get(3)? == LISTEN;
        is_it.then_some(Listener { uid: fields.get(7)?.parse().ok()?, inode: fields.get(9)?.parse().ok()? })
    })
}

fn process_with_socket(inode: u64) -> Option<(u32, String)> {
    let wanted = format!("socket:[{inode}]");
    std::fs::read_dir("/proc").ok()?.filter_map(Result::ok).find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let mut handles = std::fs::read_dir(entry.path().join("fd")).ok()?.filter_map(Result::ok);
        handles.any(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to == Path::new(&wanted))).then(|| {
            let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            (pid, name.trim().to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_this_process_is_found_by_name() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if !Path::new("/proc/net/tcp").exists() {
            println!("skipped: this system has no /proc/net/tcp");
            return;
        }
        let PortOwner::Process { pid, name } = find(port) else { panic!("nobody found") };
        assert_eq!(pid, std::process::id());
        assert!(!name.is_empty());
        drop(listener);
        assert_eq!(find(port), PortOwner::Unknown);
    }

    #[test]
    fn only_a_listening_row_of_that_port_counts() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:2330 0100007F:1234 01 00000000:00000000 00:00000000 00000000  1000        0 11 1\n\
            1: 0100007F:2330 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 22 1\n";
        assert!(listener_in(table, 0x2330).is_some_and(|l| l.inode == 22 && l.uid == 1001));
        assert!(listener_in(table, 0x2331).is_none());
    }
}
