//! Newtypes for the ids that cross a wire, so that one kind can never be passed for another.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Mints a new random id (UUID version 4, RFC 9562).
            #[must_use]
            pub fn mint() -> Self {
                Self(Uuid::new_v4())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_newtype! {
    /// One call of one tool. Minted where the call enters; with the client's id it is the idempotency key end to end.
    CallId
}
uuid_newtype! {
    /// One client: one instance spawned by a host, or one HTTP session. It keeps its id across reconnects.
    ClientId
}
uuid_newtype! {
    /// One browser profile with the extension in it. The extension keeps it across restarts of the browser.
    BrowserId
}
uuid_newtype! {
    /// One run of one browser: new whenever the browser starts, so that a journal of another run is never trusted.
    BrowserEpoch
}

/// One tab, by the browser's own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub i64);

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
