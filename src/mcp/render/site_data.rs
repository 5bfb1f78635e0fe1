//! Cookies and entries of storage as lines. What stands in them is the site's word: each stays on its line.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::one_line;

#[derive(Deserialize)]
struct Cookies {
    #[serde(default)]
    cookies: Vec<Cookie>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cookie {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    domain: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    expires: Option<String>,
    #[serde(default)]
    http_only: bool,
    #[serde(default)]
    secure: bool,
    #[serde(default)]
    same_site: Option<String>,
}

#[derive(Deserialize)]
struct Storage {
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    chars: u64,
}

/// A line each, as a `Set-Cookie` header has them.
pub fn cookies(value: &RawValue, out: &mut String) {
    let Ok(Cookies { cookies }) = serde_json::from_str::<Cookies>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    for Cookie { name, value, domain, path, expires, http_only, secure, same_site } in &cookies {
        let _ = write!(out, "- {}={}; Domain={}", one_line(name), one_line(value), one_line(domain));
        let _ = write!(out, "; Path={}", one_line(path));
        if let Some(expires) = expires {
            let _ = write!(out, "; Expires={}", one_line(expires));
        }
        if let Some(same_site) = same_site {
            let _ = write!(out, "; SameSite={}", one_line(same_site));
        }
        out.push_str(if *http_only { "; HttpOnly" } else { "" });
        out.push_str(if *secure { "; Secure\n" } else { "\n" });
    }
}

/// A line each.
pub fn storage(value: &RawValue, out: &mut String) {
    let Ok(Storage { entries }) = serde_json::from_str::<Storage>(value.get()) else {
        let _ = writeln!(out, "{value}");
        return;
    };
    for Entry { key, value, chars } in &entries {
        let _ = writeln!(out, "- {}: {} ({chars} characters)", one_line(key), one_line(value));
    }
}
