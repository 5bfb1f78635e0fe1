//! The named fault points: where, in whose hands, and at which moment something can be made to go wrong.
//!
//! `actors.md` tells what a caller sees of each. The campaign in `tests/faults` walks through all of them.

use super::Point;

/// A new run of the supervisor takes over.
pub const SUPERVISOR_STARTED: Point = Point("supervisor.started");
/// A death stands in the child table, and is about to be dealt with.
pub const SUPERVISOR_DOWN: Point = Point("supervisor.down");
/// A child is about to be started, for the first time or anew.
pub const SUPERVISOR_START: Point = Point("supervisor.start");
/// A new run of the registry is there.
pub const REGISTRY_STARTED: Point = Point("registry.started");
/// A client registers.
pub const REGISTRY_REGISTER: Point = Point("registry.register");
/// A client left.
pub const REGISTRY_LEFT: Point = Point("registry.left");
/// A new run of the router is there.
pub const ROUTER_STARTED: Point = Point("router.started");
/// A call came, and no browser is chosen for it yet.
pub const ROUTER_CALL: Point = Point("router.call");
/// The chosen browser's session is about to get the call.
pub const ROUTER_SEND: Point = Point("router.send");
/// The chosen browser's session has the call.
pub const ROUTER_SENT: Point = Point("router.sent");
/// A new run of a browser's session is there; it has no connection yet.
pub const BROWSER_STARTED: Point = Point("browser.started");
/// A browser's connection is handed over.
pub const BROWSER_ATTACH: Point = Point("browser.attach");
/// A call came to a browser's session.
pub const BROWSER_CALL: Point = Point("browser.call");
/// A call's frame is about to be written to the browser.
pub const BROWSER_WRITE: Point = Point("browser.write");
/// A call's frame was written to the browser.
pub const BROWSER_WRITTEN: Point = Point("browser.written");
/// A browser's answer came, and its call's caller has not got it.
pub const BROWSER_ANSWER: Point = Point("browser.answer");
/// A browser's answer went to its call's session.
pub const BROWSER_ANSWERED: Point = Point("browser.answered");
/// A client's session is there.
pub const CLIENT_STARTED: Point = Point("client.started");
/// A client's call came.
pub const CLIENT_CALL: Point = Point("client.call");
/// The router is about to get a client's call.
pub const CLIENT_SEND: Point = Point("client.send");
/// The router has a client's call.
pub const CLIENT_SENT: Point = Point("client.sent");
/// A call's outcome came, and is about to be written to its client.
pub const CLIENT_ANSWER: Point = Point("client.answer");
/// A call's outcome was written to its client.
pub const CLIENT_ANSWERED: Point = Point("client.answered");
/// Something came from a browser's socket.
pub const BROWSER_SOCKET_READ: Point = Point("browser_socket.read");
/// A frame is about to go into a browser's socket.
pub const BROWSER_SOCKET_WRITE: Point = Point("browser_socket.write");
/// Something came from an instance's socket.
pub const INSTANCE_SOCKET_READ: Point = Point("instance_socket.read");
/// A frame is about to go into an instance's socket.
pub const INSTANCE_SOCKET_WRITE: Point = Point("instance_socket.write");
/// A call came to the peer of a client over HTTP, which has done nothing about it yet.
pub const HTTP_PEER_ASK: Point = Point("http_peer.ask");
/// Something came to the peer of a client over HTTP from its session.
pub const HTTP_PEER_HEAR: Point = Point("http_peer.hear");
/// The hub's process has the lock, and nothing else yet.
pub const HUB_CLAIMED: Point = Point("hub.claimed");
/// The hub's sockets listen, and `hub.json` is not written.
pub const HUB_LISTENING: Point = Point("hub.listening");
/// `hub.json` is written, and the starter has not been told.
pub const HUB_READY: Point = Point("hub.ready");
/// The hub was told to stop.
pub const HUB_STOPPING: Point = Point("hub.stopping");

/// The points inside actors and sockets, in the order in which a call passes them.
pub const IN_THE_HOUSE: &[Point] = &[
    SUPERVISOR_STARTED,
    SUPERVISOR_DOWN,
    SUPERVISOR_START,
    REGISTRY_STARTED,
    REGISTRY_REGISTER,
    REGISTRY_LEFT,
    INSTANCE_SOCKET_READ,
    CLIENT_STARTED,
    CLIENT_CALL,
    CLIENT_SEND,
    CLIENT_SENT,
    ROUTER_STARTED,
    ROUTER_CALL,
    ROUTER_SEND,
    ROUTER_SENT,
    BROWSER_STARTED,
    BROWSER_ATTACH,
    BROWSER_CALL,
    BROWSER_WRITE,
    BROWSER_SOCKET_WRITE,
    BROWSER_WRITTEN,
    BROWSER_SOCKET_READ,
    BROWSER_ANSWER,
    BROWSER_ANSWERED,
    CLIENT_ANSWER,
    INSTANCE_SOCKET_WRITE,
    CLIENT_ANSWERED,
];

/// The points where clients over HTTP come in.
pub const OF_HTTP: &[Point] = &[HTTP_PEER_ASK, HTTP_PEER_HEAR];

/// The points on the way of the hub's process.
pub const OF_THE_PROCESS: &[Point] = &[HUB_CLAIMED, HUB_LISTENING, HUB_READY, HUB_STOPPING];
