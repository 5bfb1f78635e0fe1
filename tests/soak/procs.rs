//! The hub's process as the system sees it: who is a hub of this folder, who listens, and what it holds.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// A hub's process of this folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubProcess {
    /// Its process id.
    pub pid: u32,
    /// Whether it listens, and so serves whoever comes.
    pub serves: bool,
}

/// What a hub's process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holdings {
    /// Its memory in KiB.
    pub rss: u64,
    /// Its file descriptors.
    pub fds: usize,
    /// Those of them that are no connection of a peer's.
    pub own_fds: usize,
    /// Its peers' connections.
    pub connections: usize,
    /// Connections whose peer has gone, and which it still holds.
    pub forgotten: usize,
}

/// The processes whose environment has this variable, as their command lines.
pub fn processes_with(variable: &str) -> Vec<(u32, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        if !is_tabhub(&line) {
            continue;
        }
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|var| var == variable.as_bytes()) {
            found.push((pid, line));
        }
    }
    found
}

fn is_tabhub(line: &[u8]) -> bool {
    let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
    Path::new(std::str::from_utf8(program).unwrap_or_default()) == Path::new(crate::home::TABHUB)
}

/// The hubs whose environment has this variable.
pub fn hubs_with(variable: &str) -> Vec<HubProcess> {
    let hubs = processes_with(variable).into_iter().filter(|(_, line)| line.ends_with(b"hub\0--daemon\0"));
    let hubs: Vec<u32> = hubs.map(|(pid, _)| pid).collect();
    if hubs.is_empty() {
        return Vec::new();
    }
    let listening: HashSet<u64> = sockets().into_iter().filter(|s| s.state == LISTEN).map(|s| s.inode).collect();
    let serves = |pid: u32| inodes_of(pid).iter().any(|inode| listening.contains(inode));
    hubs.into_iter().map(|pid| HubProcess { pid, serves: serves(pid) }).collect()
}

/// What the hub on this port holds; `None` once it is gone.
pub fn holdings(pid: u32, port: u16) -> Option<Holdings> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let rss = line.split_whitespace().nth(1)?.parse().ok()?;
    let fds = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    let peers: Vec<Socket> = sockets().into_iter().filter(|s| s.port == port && s.state != LISTEN).collect();
    let held = inodes_of(pid);
    let of_peers = held.iter().filter(|inode| peers.iter().any(|peer| peer.inode == **inode)).count();
    let in_state = |state: u8| {
        let here: HashSet<u64> = held.iter().copied().collect();
        peers.iter().filter(|peer| peer.state == state && here.contains(&peer.inode)).count()
    };
    Some(Holdings {
        rss,
        fds,
        own_fds: fds.saturating_sub(of_peers),
        connections: in_state(ESTABLISHED),
        forgotten: in_state(CLOSE_WAIT),
    })
}

const ESTABLISHED: u8 = 0x01;
const CLOSE_WAIT: u8 = 0x08;
const LISTEN: u8 = 0x0a;

struct Socket {
    port: u16,
    state: u8,
    inode: u64,
}

/// The TCP sockets of this machine (proc(5), `/proc/net/tcp`).
fn sockets() -> Vec<Socket> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        Some(Socket {
            port: u16::from_str_radix(fields.get(1)?.rsplit(':').next()?, 16).ok()?,
            state: u8::from_str_radix(fields.get(3)?, 16).ok()?,
            inode: fields.get(9)?.parse().ok()?,
        })
    };
    tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(parse).collect()
}

/// The sockets that a process holds, as often as it holds them.
fn inodes_of(pid: u32) -> Vec<u64> {
    let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let inode = |link: &Path| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok();
    fds.flatten().filter_map(|fd| inode(&fs::read_link(fd.path()).ok()?)).collect()
}
