//! Opens the hub's port on both loopback addresses, and on nothing else.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use super::error::StartError;

/// How often a port that the system chose for 127.0.0.1, but that is taken on ::1, is chosen anew.
const TRIES: usize = 8;

/// Listens on 127.0.0.1 and, where the machine has it, on ::1, at the same port.
///
/// # Errors
/// [`StartError::PortTaken`] when another program holds the port on either address.
pub fn bind(port: u16) -> Result<(u16, Vec<TcpListener>), StartError> {
    let mut tries = TRIES;
    loop {
        let v4 = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let chosen = v4.local_addr().map_err(|source| StartError::Bind { port, source })?.port();
        match listen(SocketAddr::from((Ipv6Addr::LOCALHOST, chosen))) {
            Ok(v6) => return Ok((chosen, vec![v4, v6])),
            Err(StartError::PortTaken { .. }) if port == 0 && tries > 0 => tries -= 1,
            Err(taken @ StartError::PortTaken { .. }) => return Err(taken),
            // A machine without IPv6: nobody else can hold the port there either.
            Err(_) => return Ok((chosen, vec![v4])),
        }
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { port: address.port(), source },
        _ => StartError::Bind { port: address.port(), source },
    })?;
    listener.set_nonblocking(true).map_err(|source| StartError::Bind { port: address.port(), source })?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_zero_gets_a_free_port_on_both_addresses_and_a_taken_port_is_named() {
        let (port, listeners) = bind(0).unwrap_or_else(|e| panic!("{e}"));
        for listener in &listeners {
            let address = listener.local_addr().unwrap_or_else(|e| panic!("{e}"));
            assert!(address.ip().is_loopback());
            assert_eq!(address.port(), port);
        }
        assert!(matches!(bind(port), Err(StartError::PortTaken { port: taken, .. }) if taken == port));
    }
}
