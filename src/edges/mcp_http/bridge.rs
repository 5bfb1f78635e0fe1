//! From actix-web's requests and responses to those of the `http` crate, which rmcp speaks, and back.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use http_body_util::Full;
use http_body_util::combinators::BoxBody;

/// Why a body was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than the cap.
    TooLong,
    /// It broke off.
    Broken,
}

/// Takes in a whole body of at most `cap` bytes.
pub(super) async fn whole(mut payload: Payload, cap: usize) -> Result<Bytes, BodyError> {
    let mut body = Vec::new();
    while let Some(part) = payload.next().await {
        let part = part.map_err(|_| BodyError::Broken)?;
        if part.len() > cap - body.len() {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(body.into())
}

/// The request as rmcp reads it. The token is for the door, and goes no further.
pub(super) fn request(request: &HttpRequest, body: Bytes) -> Option<http::Request<Full<Bytes>>> {
    let mut builder = http::Request::builder().method(request.method().as_str()).uri(request.uri().to_string());
    for (name, value) in request.headers() {
        if name.as_str() != "authorization" {
            builder = builder.header(name.as_str(), value.as_bytes());
        }
    }
    builder.body(Full::new(body)).ok()
}

/// The response as actix-web writes it.
pub(super) fn response(response: http::Response<BoxBody<Bytes, Infallible>>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            builder.append_header((name, value));
        }
    }
    builder.body(Body(body))
}

/// A body that is written as it comes.
struct Body(BoxBody<Bytes, Infallible>);

impl MessageBody for Body {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        match http_body::Body::size_hint(&self.0).exact() {
            Some(bytes) => BodySize::Sized(bytes),
            None => BodySize::Stream,
        }
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        loop {
            return match http_body::Body::poll_frame(Pin::new(&mut self.0), context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(never))) => match never {},
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => Poll::Ready(Some(Ok(bytes))),
                    Err(_) => continue, // Trailers, which HTTP/1.1 hosts do not read.
                },
            };
        }
    }
}
