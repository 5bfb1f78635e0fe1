//! Whose program is at the other end of a connection on this machine. Any user could send the extension's Origin, and
//! would then hear what clients type: the system knows whose a socket is.

use std::net::{IpAddr, SocketAddr};

/// Whose the peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// This user's, or root's, who can do everything anyway.
    Ourselves,
    /// Another user's, with that number.
    Other(u32),
    /// The system does not list it.
    Unlisted,
    /// The system has no such list.
    Untold,
}

/// Whose the socket at `peer` is, which is connected to our `local`.
#[must_use]
pub fn owner(peer: SocketAddr, local: SocketAddr) -> Owner {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).ok());
    if tables.iter().all(Option::is_none) {
        return Owner::Untold;
    }
    let uid = tables.iter().flatten().find_map(|table| uid_in(table, peer, local));
    match uid {
        Some(uid) if uid == 0 || uid == rustix::process::geteuid().as_raw() => Owner::Ourselves,
        Some(uid) => Owner::Other(uid),
        None => Owner::Unlisted,
    }
}

/// One row: `sl local_address rem_address st tx:rx tr:when retrnsmt uid …`. The peer's own row has its address first.
fn uid_in(table: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let (from, to) = (spellings(peer), spellings(local));
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let (here, there) = (fields.nth(1)?, fields.next()?);
        let is_it = from.iter().any(|from| from == here) && to.iter().any(|to| to == there);
        if is_it { fields.nth(4)?.parse().ok() } else { None }
    })
}

/// How the kernel writes an address: in words of the machine's own order. IPv4 may stand in the table of IPv6, too.
fn spellings(address: SocketAddr) -> Vec<String> {
    let word = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).map_or(0, u32::from_ne_bytes);
    let port = address.port();
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            let word = word(&ip.octets());
            let mapped = u32::from_ne_bytes([0, 0, 0xff, 0xff]);
            vec![format!("{word:08X}:{port:04X}"), format!("{:016X}{mapped:08X}{word:08X}:{port:04X}", 0)]
        }
        IpAddr::V6(ip) => {
            let words: String = ip.octets().chunks(4).map(|part| format!("{:08X}", word(part))).collect();
            vec![format!("{words}:{port:04X}")]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::path::Path;

    use super::*;

    #[test]
    fn the_owner_of_a_connection_is_found_on_both_loopback_addresses() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let local = listener.local_addr().expect("an address");
            let stream = TcpStream::connect(local).expect("a connection");
            let peer = stream.local_addr().expect("an address");
            let expected = if Path::new("/proc/net/tcp").exists() { Owner::Ourselves } else { Owner::Untold };
            assert_eq!(owner(peer, local), expected, "{address}");
        }
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn only_the_peers_own_row_counts() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:2331 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 11 1\n\
            1: 0100007F:2331 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 12 1\n\
            2: 0500007F:9C40 0100007F:2331 01 00000000:00000000 00:00000000 00000000  1002        0 13 1\n\
            3: 0100007F:9C40 0100007F:2331 01 00000000:00000000 00:00000000 00000000  1001        0 14 1\n";
        let (peer, local) = (SocketAddr::from(([127, 0, 0, 1], 0x9C40)), SocketAddr::from(([127, 0, 0, 1], 0x2331)));
        assert_eq!(uid_in(table, peer, local), Some(1001));
        assert_eq!(uid_in(table, SocketAddr::from(([127, 0, 0, 1], 5)), local), None);
        let mapped = "header\n 0: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:2331 01 0:0 0:0 0 1003 0 1\n";
        assert_eq!(uid_in(mapped, peer, local), Some(1003));
    }
}
