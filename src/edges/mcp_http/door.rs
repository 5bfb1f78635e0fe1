//! The door of MCP over HTTP: who may come in, and how often. Everything is decided before a body is read.

use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use super::super::guard::{self, Refusal};
use crate::mcp::http::SESSION_HEADER;
use crate::mcp::http::request::refusal;

/// The token of HTTP, which may be replaced while the hub runs. Without one, everybody on this machine may come in.
#[derive(Debug, Clone, Default)]
pub struct HttpToken(Arc<RwLock<Option<String>>>);

impl HttpToken {
    /// This token is asked for.
    #[must_use]
    pub fn new(token: Option<String>) -> Self {
        Self(Arc::new(RwLock::new(token)))
    }

    /// From now on another token is asked for.
    pub fn replace(&self, token: String) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.is_some() {
            *known = Some(token);
        }
    }

    /// Whether these headers show it, compared in a time that tells nothing of it.
    fn is_shown(&self, headers: &HeaderMap) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(token) = known.as_deref() else { return true };
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.split_once(' '));
        let shown = shown.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, shown)| shown.trim());
        shown.is_some_and(|shown| is_same(token, shown))
    }
}

/// Compares two texts by their digests: how far they agree does not show in the time that it takes.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (Sha256::digest(one), Sha256::digest(other));
    one.iter().zip(other.iter()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The answer to a request that is not let in.
pub(super) type Refused = Box<HttpResponse>;

/// The door.
pub(super) struct Door {
    token: HttpToken,
    rate: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Door {
    /// A door through which each client may come `rate` times a second, and a second's worth of it at one moment.
    pub fn new(token: HttpToken, rate: NonZeroU32) -> Self {
        Self { token, rate: RateLimiter::hashmap(Quota::per_second(rate)), clock: DefaultClock::default() }
    }

    /// Lets a request in, or answers it. A session that is none has no pace of its own: anybody could make one up for each
    /// request.
    pub fn enter(&self, request: &HttpRequest, port: u16, is_session: impl Fn(&str) -> bool) -> Result<(), Refused> {
        let path = request.path();
        if let Err(refusal) = guard::check(path, request.headers(), port) {
            return Err(guard::forbidden(path, &refusal).into());
        }
        if !self.token.is_shown(request.headers()) {
            self.pace("stranger")?;
            log::warn!("refused {path}: {}", Refusal::Token);
            let challenge = r#"Bearer realm="tabhub", error="invalid_token""#;
            let mut response = HttpResponse::Unauthorized();
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
            let message =
                "Unauthorized: send the header `Authorization: Bearer <token>`; `tabhub token` prints the token";
            return Err(told(response, -32001, message));
        }
        let session = request.headers().get(SESSION_HEADER).and_then(|value| value.to_str().ok());
        self.pace(session.filter(|session| is_session(session)).unwrap_or(path))
    }

    fn pace(&self, whose: &str) -> Result<(), Refused> {
        let Err(not_yet) = self.rate.check_key(&whose.to_owned()) else { return Ok(()) };
        let wait = not_yet.wait_time_from(self.clock.now());
        Err(too_many(wait, "Too many requests: slow down"))
    }

    /// Forgets those who have not come for a while.
    pub fn tidy(&self) {
        self.rate.retain_recent();
        self.rate.shrink_to_fit();
    }
}

/// 429, with when to come again.
pub(super) fn too_many(wait: Duration, message: &str) -> Refused {
    let mut response = HttpResponse::TooManyRequests();
    response.insert_header((header::RETRY_AFTER, wait.as_secs_f64().ceil().max(1.0).to_string()));
    told(response, -32003, message)
}

/// An answer of the door, in the form of the protocol behind it.
pub(super) fn told(mut response: HttpResponseBuilder, code: i32, message: &str) -> Refused {
    response.json(refusal(code, message)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn is_let_in(token: &HttpToken, authorization: Option<&str>) -> bool {
        let request = authorization
            .into_iter()
            .fold(TestRequest::default(), |request, value| request.insert_header((header::AUTHORIZATION, value)));
        token.is_shown(request.to_http_request().headers())
    }

    #[test]
    fn only_the_whole_token_in_its_header_opens() {
        let token = HttpToken::new(Some("secret".to_owned()));
        for right in ["Bearer secret", "bearer secret", "BEARER  secret "] {
            assert!(is_let_in(&token, Some(right)), "{right}");
        }
        for wrong in ["secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret", "Bearer Secret"]
        {
            assert!(!is_let_in(&token, Some(wrong)), "{wrong}");
        }
        assert!(!is_let_in(&token, None));
        assert!(is_let_in(&HttpToken::default(), None), "where none is asked for");
    }

    #[test]
    fn a_token_that_was_replaced_opens_no_more() {
        let token = HttpToken::new(Some("old".to_owned()));
        token.replace("new".to_owned());
        assert!(!is_let_in(&token, Some("Bearer old")) && is_let_in(&token, Some("Bearer new")));
        let none = HttpToken::default();
        none.replace("new".to_owned());
        assert!(is_let_in(&none, None), "where none is asked for, none is");
    }
}
