//! The guard at the door: Host and Origin on every route, the token where it is asked for.
//!
//! Any web page can make a browser send requests to a loopback port. A page cannot forge `Origin`, and a name that
//! was rebound to 127.0.0.1 still stands in `Host`; so both are checked, and anything else gets 403 and a log line.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use super::state::HubState;
use crate::protocol::EXTENSION_ID;
use crate::protocol::proof::{self, Challenge, Prover};

/// The route of the extension's socket.
pub const BROWSER_ROUTE: &str = "/ws/browser";
/// The route of the instances' socket.
pub const INSTANCE_ROUTE: &str = "/ws/instance";

/// Why a request is turned away. The text is for the log; the peer learns only that it is forbidden.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `Host` is not a loopback name with the hub's port.
    #[error("wrong Host {0:?}")]
    Host(String),
    /// `Origin` is not one that the route takes.
    #[error("wrong Origin {0:?}")]
    Origin(String),
    /// The proof of the token is missing or wrong.
    #[error("missing or wrong token")]
    Token,
    /// The port serves no such route.
    #[error("this port has no such route")]
    Route,
    /// The program at the other end belongs to somebody else.
    #[error("a program of {0}, not of this user")]
    Stranger(String),
}

/// Checks a request's headers against what its route takes.
///
/// # Errors
/// Which header is wrong.
pub fn check(path: &str, headers: &HeaderMap, port: u16) -> Result<(), Refusal> {
    let host = check_host(headers, port)?;
    let extension = format!("chrome-extension://{EXTENSION_ID}");
    check_origin(headers, |origin| match (path, origin) {
        // Without an Origin it may be the native messaging host: its proof is checked by the route.
        (BROWSER_ROUTE, origin) => origin.is_none_or(|origin| origin == extension),
        (INSTANCE_ROUTE, origin) => origin.is_none(),
        (_, None) => true,
        (_, Some(origin)) => origin == extension || origin == format!("http://{host}"),
    })
}

/// Checks that `Host` is a loopback name with this port, and returns it.
///
/// # Errors
/// [`Refusal::Host`].
pub(super) fn check_host(headers: &HeaderMap, port: u16) -> Result<&str, Refusal> {
    let host = header(headers, HOST.as_str()).unwrap_or_default();
    let is_loopback = host
        .rsplit_once(':')
        .is_some_and(|(name, p)| matches!(name, "127.0.0.1" | "localhost" | "[::1]") && p == port.to_string());
    if !is_loopback || headers.get_all(HOST).count() != 1 {
        return Err(Refusal::Host(shorten(host)));
    }
    Ok(host)
}

/// Checks that there is at most one `Origin`, and one that is taken.
///
/// # Errors
/// [`Refusal::Origin`].
pub(super) fn check_origin(headers: &HeaderMap, is_taken: impl Fn(Option<&str>) -> bool) -> Result<(), Refusal> {
    let origin = header(headers, ORIGIN.as_str());
    if !is_taken(origin) || headers.get_all(ORIGIN).count() > 1 {
        return Err(Refusal::Origin(shorten(origin.unwrap_or("none"))));
    }
    Ok(())
}

/// Checks an instance's `Authorization: Tabhub <nonce>.<proof>` and returns its nonce for the hub's own proof.
///
/// # Errors
/// [`Refusal::Token`].
pub fn check_token(headers: &HeaderMap, token: &str, port: u16) -> Result<String, Refusal> {
    check_proof(headers, Prover::Instance, token, port)
}

/// Checks who comes to the extension's route: the extension itself by its Origin, which [`check`] has seen to, or the
/// native messaging host by its proof of the token.
///
/// # Errors
/// [`Refusal::Token`].
pub fn check_browser(headers: &HeaderMap, token: &str, port: u16) -> Result<(), Refusal> {
    match header(headers, ORIGIN.as_str()) {
        Some(_) => Ok(()),
        None => check_proof(headers, Prover::NativeHost, token, port).map(drop),
    }
}

fn check_proof(headers: &HeaderMap, prover: Prover, token: &str, port: u16) -> Result<String, Refusal> {
    let (nonce, proof) = header(headers, AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("Tabhub "))
        .and_then(|value| value.split_once('.'))
        .filter(|(nonce, _)| nonce.len() == 64)
        .ok_or(Refusal::Token)?;
    let challenge = Challenge { port, hub_nonce: "", peer_nonce: nonce };
    if proof::verify(token, prover, challenge, proof) { Ok(nonce.to_owned()) } else { Err(Refusal::Token) }
}

/// The guard as a middleware over all routes.
pub async fn guard(
    state: web::Data<HubState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // The path as the routes will see it: in the request's own spelling `/ws/browse%72` is another one.
    let local = request.app_config().local_addr().port();
    let checked = match state.legacy.as_ref().filter(|legacy| legacy.port == local) {
        Some(legacy) => legacy.check(&request),
        None => check(request.match_info().as_str(), request.headers(), state.port),
    };
    match checked {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_left_body),
        Err(refusal) => {
            let path = shorten(request.path());
            let response = forbidden(&path, &refusal);
            Ok(request.into_response(response).map_into_right_body())
        }
    }
}

/// 403, with one line in the log.
pub fn forbidden(path: &str, refusal: &Refusal) -> HttpResponse {
    log::warn!("refused {path}: {refusal}");
    HttpResponse::Forbidden().content_type("text/plain; charset=utf-8").body("forbidden\n")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("(not text)"))
}

fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::try_from(*name).unwrap_or_else(|e| panic!("{e}"));
            map.append(name, HeaderValue::try_from(*value).unwrap_or_else(|e| panic!("{e}")));
        }
        map
    }

    #[test]
    fn only_loopback_names_with_the_hubs_own_port_are_hosts() {
        for host in ["127.0.0.1:9008", "localhost:9008", "[::1]:9008"] {
            assert_eq!(check("/health", &headers(&[("host", host)]), 9008), Ok(()), "{host}");
        }
        for host in
            ["evil.example:9008", "127.0.0.1", "127.0.0.1:9009", "localhost.evil.example:9008", "10.0.0.1:9008", ""]
        {
            assert!(matches!(check("/health", &headers(&[("host", host)]), 9008), Err(Refusal::Host(_))), "{host}");
        }
        assert!(check("/health", &headers(&[]), 9008).is_err());
        let two = headers(&[("host", "127.0.0.1:9008"), ("host", "evil.example:9008")]);
        assert!(check("/health", &two, 9008).is_err());
    }

    #[test]
    fn the_extensions_socket_takes_only_the_extensions_own_origin() {
        let own = format!("chrome-extension://{EXTENSION_ID}");
        let with = |origin: &str| headers(&[("host", "127.0.0.1:9008"), ("origin", origin)]);
        assert_eq!(check(BROWSER_ROUTE, &with(&own), 9008), Ok(()));
        for origin in [
            "https://evil.example",
            "chrome-extension://bjfgambnhccakkhmkepdoekmckoijdlc",
            "null",
            "http://127.0.0.1:9008",
        ] {
            assert!(check(BROWSER_ROUTE, &with(origin), 9008).is_err(), "{origin}");
        }
    }

    #[test]
    fn without_an_origin_the_extensions_socket_takes_only_the_native_hosts_proof_of_the_token() {
        let nonce = proof::nonce();
        let challenge = Challenge { port: 9008, hub_nonce: "", peer_nonce: &nonce };
        let with = |prover| {
            let value = format!("Tabhub {nonce}.{}", proof::prove("token", prover, challenge));
            headers(&[("host", "127.0.0.1:9008"), ("authorization", &value)])
        };
        let native = with(Prover::NativeHost);
        assert_eq!(check(BROWSER_ROUTE, &native, 9008), Ok(()));
        assert_eq!(check_browser(&native, "token", 9008), Ok(()));
        assert_eq!(check_browser(&native, "other", 9008), Err(Refusal::Token));
        assert_eq!(check_browser(&native, "token", 9010), Err(Refusal::Token));
        assert_eq!(check_browser(&with(Prover::Instance), "token", 9008), Err(Refusal::Token), "another's proof");
        assert_eq!(check_browser(&headers(&[("host", "127.0.0.1:9008")]), "token", 9008), Err(Refusal::Token));
        assert_eq!(check_token(&native, "token", 9008), Err(Refusal::Token), "it is no instance");
    }

    #[test]
    fn no_page_reaches_the_instances_socket_and_no_foreign_page_any_route() {
        let with = |origin: &str| headers(&[("host", "127.0.0.1:9008"), ("origin", origin)]);
        assert!(check(INSTANCE_ROUTE, &with("http://127.0.0.1:9008"), 9008).is_err());
        assert!(check(INSTANCE_ROUTE, &headers(&[("host", "127.0.0.1:9008")]), 9008).is_ok());
        assert!(check("/health", &with("https://evil.example"), 9008).is_err());
        assert!(check("/demo/alpha", &with("http://127.0.0.1:9008"), 9008).is_ok());
    }

    #[test]
    fn the_token_is_proven_not_shown_and_bound_to_the_port() {
        let nonce = proof::nonce();
        let challenge = Challenge { port: 9008, hub_nonce: "", peer_nonce: &nonce };
        let value = format!("Tabhub {nonce}.{}", proof::prove("token", Prover::Instance, challenge));
        let map = headers(&[("authorization", &value)]);
        assert_eq!(check_token(&map, "token", 9008), Ok(nonce));
        assert_eq!(check_token(&map, "other", 9008), Err(Refusal::Token));
        assert_eq!(check_token(&map, "token", 9010), Err(Refusal::Token));
        for wrong in ["Tabhub x.y", "Bearer token", "Tabhub"] {
            assert_eq!(check_token(&headers(&[("authorization", wrong)]), "token", 9008), Err(Refusal::Token));
        }
        assert_eq!(check_token(&headers(&[]), "token", 9008), Err(Refusal::Token));
    }
}
