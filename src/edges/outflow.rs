//! The bytes that leave a socket. What was written counts as waiting until the connection has taken it: its buffer is
//! out of the actor's sight, and a peer that does not read would fill it as well.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use crate::actors::link::Charge;

/// The charges of frames that were written and have not left.
#[derive(Debug, Clone, Default)]
pub struct Leaving(Rc<RefCell<Vec<Charge>>>);

impl Leaving {
    /// A frame was written.
    pub fn add(&self, charge: Charge) {
        self.0.borrow_mut().push(charge);
    }

    /// Watches what leaves through a socket's response.
    pub fn watch(&self, response: HttpResponse) -> HttpResponse {
        let leaving = self.clone();
        response.map_body(|_, body| BoxBody::new(Outflow { body, leaving }))
    }
}

/// A socket's bytes on their way out.
struct Outflow {
    body: BoxBody,
    leaving: Leaving,
}

impl MessageBody for Outflow {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        // More is asked for only when what came before has gone to the system, but for a buffer's worth (32 KiB).
        self.leaving.0.borrow_mut().clear();
        Pin::new(&mut self.body).poll_next(cx)
    }
}
