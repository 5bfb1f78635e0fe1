//! What crosses a wire: frames, ids, errors, the tools' routing facts. Pure data, no IO.
//!
//! Everything here is shared by the hub, the instances and (through golden files) the extension, so that the
//! three cannot drift apart unseen.

pub mod clock;
pub mod error;
pub mod event;
pub mod frame;
pub mod hello;
pub mod ids;
pub mod proof;
pub mod status;
pub mod tools;
pub mod topics;

pub use clock::{Deadline, now_ms};
pub use error::{ErrorCode, HubError};
pub use event::Event;
pub use frame::{Answer, Call, Frame, FrameError};
pub use hello::{Bye, Hello, Welcome};
pub use ids::{BrowserEpoch, BrowserId, CallId, ClientId, TabId};
pub use topics::Topics;

/// The version of the wire protocol that this build speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest version that this build still accepts from its peers (the current and the previous one).
pub const MIN_PROTOCOL: u32 = 1;
/// The version of this build, as told in `hello` and `welcome`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The extension's id, fixed by the public key in its manifest: the first 16 bytes of the key's SHA-256, 0–f written a–p.
pub const EXTENSION_ID: &str = "bjpogejgifbgelpbgkecdflkgogkbkjg";

/// The name under which browsers know the native messaging host.
pub const NATIVE_HOST: &str = "dev.tabhub.native";
