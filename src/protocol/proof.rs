//! How both sides prove the shared secret without sending it: HMAC-SHA256 (RFC 2104) over both nonces and the port.
//!
//! Any user of the machine could hold the hub's port. A proof is bound to the port that was dialled, so that a
//! stranger on that port cannot pass the challenge on to the real hub on another one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Who proves itself; the word is part of what is signed, so that a proof can never be sent back to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prover {
    /// The extension, with the pairing secret.
    Browser,
    /// An instance or the command line, with the token of `hub.json`.
    Instance,
    /// The native messaging host, which speaks for the extension, likewise.
    NativeHost,
    /// The hub, to either of them.
    Hub,
}

impl Prover {
    fn word(self) -> &'static str {
        match self {
            Prover::Browser => "tabhub browser",
            Prover::Instance => "tabhub instance",
            Prover::NativeHost => "tabhub native host",
            Prover::Hub => "tabhub hub",
        }
    }
}

/// What both sides know of the connection that is being proven.
#[derive(Debug, Clone, Copy)]
pub struct Challenge<'a> {
    /// The port that the client dialled.
    pub port: u16,
    /// The hub's nonce; empty where the client speaks first (instances).
    pub hub_nonce: &'a str,
    /// The client's nonce.
    pub peer_nonce: &'a str,
}

/// A random nonce of 32 bytes in hexadecimal.
#[must_use]
pub fn nonce() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// Computes a proof, in hexadecimal.
#[must_use]
pub fn prove(secret: &str, prover: Prover, challenge: Challenge<'_>) -> String {
    hex(&mac(secret, prover, challenge).finalize().into_bytes())
}

/// Checks a proof in constant time.
#[must_use]
pub fn verify(secret: &str, prover: Prover, challenge: Challenge<'_>, proof: &str) -> bool {
    unhex(proof).is_some_and(|bytes| mac(secret, prover, challenge).verify_slice(&bytes).is_ok())
}

/// The secret as both sides key it: upper case, and only the letters of the base32 alphabet (RFC 4648), so that a
/// pairing code may be typed with or without its dashes.
#[must_use]
pub fn normalize_secret(typed: &str) -> String {
    typed.chars().map(|c| c.to_ascii_uppercase()).filter(|c| matches!(c, 'A'..='Z' | '2'..='7')).collect()
}

/// A new pairing secret of 100 bits, written as five groups of four letters.
#[must_use]
pub fn new_secret() -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bytes = rand::random::<[u8; 20]>();
    let letters: Vec<char> = bytes.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn mac(secret: &str, prover: Prover, challenge: Challenge<'_>) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104, section 3)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key length fits");
    let Challenge { port, hub_nonce, peer_nonce } = challenge;
    mac.update(format!("{}\n{port}\n{hub_nonce}\n{peer_nonce}", prover.word()).as_bytes());
    mac
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: Challenge<'_> = Challenge { port: 9008, hub_nonce: "aa", peer_nonce: "bb" };

    #[test]
    fn a_proof_holds_only_for_its_secret_prover_port_and_nonces() {
        let proof = prove("SECRET", Prover::Browser, CHALLENGE);
        assert!(verify("SECRET", Prover::Browser, CHALLENGE, &proof));
        assert!(!verify("SECRETS", Prover::Browser, CHALLENGE, &proof));
        assert!(!verify("SECRET", Prover::Hub, CHALLENGE, &proof));
        assert!(!verify("SECRET", Prover::Browser, Challenge { port: 9010, ..CHALLENGE }, &proof));
        assert!(!verify("SECRET", Prover::Browser, Challenge { peer_nonce: "bc", ..CHALLENGE }, &proof));
        assert!(!verify("SECRET", Prover::Browser, CHALLENGE, "zz"));
        assert!(!verify("SECRET", Prover::Browser, CHALLENGE, ""));
    }

    #[test]
    fn a_pairing_code_may_be_typed_with_or_without_dashes() {
        let code = new_secret();
        assert_eq!(code.len(), 24);
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(normalize_secret(&typed), normalize_secret(&code));
        assert_eq!(normalize_secret(&code).len(), 20);
    }
}
