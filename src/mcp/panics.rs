//! A panic in a tool becomes an error answer: rmcp leaves the request of a handler that panicked unanswered.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use crate::protocol::{ErrorCode, HubError};

/// Runs a future; if it panics, that is an `internal` error. The future is never polled again after that.
///
/// # Errors
/// The future's own error, or `internal`.
pub async fn contained<T>(what: &str, future: impl Future<Output = Result<T, HubError>>) -> Result<T, HubError> {
    let mut future = pin!(future);
    let poll = poll_fn(|cx| {
        // Unwind safety: whatever the future had in hand is dropped with it and seen by nobody.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => std::task::Poll::Ready(Err(defect(what, panic.as_ref()))),
        }
    });
    poll.await
}

fn defect(what: &str, panic: &(dyn Any + Send)) -> HubError {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    HubError::new(ErrorCode::Internal, format!("A defect in tabhub broke off {what} ({words}); the server lives on."))
}
