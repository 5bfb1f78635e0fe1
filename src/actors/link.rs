//! How a session ends a connection whose peer does not read: its frames can no longer be written, so not even a
//! goodbye reaches it.

use std::fmt;
use std::sync::Arc;

/// Ends one connection at once, without a word.
#[derive(Clone)]
pub struct Hangup(Arc<dyn Fn() + Send + Sync>);

impl Hangup {
    /// A way to end one connection.
    #[must_use]
    pub fn new(end: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(end))
    }

    /// Ends the connection.
    pub fn now(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hangup")
    }
}
