//! Every bound of the house as a number with its reason.

use std::time::Duration;

/// How long a caller is asked to wait where things are sorted out within moments.
pub const BUSY_SHORT: Duration = Duration::from_millis(200);
/// How long a caller is asked to wait where others must be done first.
pub const BUSY_LONG: Duration = Duration::from_secs(1);
/// Calls that one client may have under way. A host runs a handful at once; more is a loop gone wrong.
pub const CALLS_PER_CLIENT: usize = 16;
/// Calls that may wait in one instance, for a hub too: all of them must fit into the outbox of a new connection.
pub const CALLS_PER_INSTANCE: usize = 128;
/// Calls that one browser runs at a time: past it Chromium's own queues grow and every call gets slower.
pub const CALLS_PER_BROWSER: usize = 64;
/// Calls that wait for their turn at one browser, over all clients.
pub const QUEUE_PER_BROWSER: usize = 4096;
/// Frames in one socket's outbox; over it that one socket is closed, since its peer does not read.
pub const OUTBOX_FRAMES: usize = 256;
/// Bytes in one socket's outbox, the frame that is leaving included: over it that one socket is closed. One frame may be
/// as long as it likes; of more, a peer that reads has never this much waiting.
pub const OUTBOX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes in all sockets' outboxes together. Over it, one that already waits is closed where more is to be written: the
/// many who read have nothing waiting, and do not notice.
pub const OUTBOXES_BYTES: usize = 256 * 1024 * 1024;
/// Bytes that one socket's peer has sent and its session has not heard yet: two of the largest frames.
pub const INBOX_BYTES: usize = 2 * BROWSER_FRAME_BYTES;
/// Sockets at one route that have not said hello. One more, and the oldest of them is closed: who has something to say
/// says it within moments.
pub const STRANGERS: usize = 256;
/// The mailbox of an actor that calls pass through. A socket's frames wait in the kernel when it is full.
pub const MAILBOX: usize = 1024;
/// The largest frame of a browser: a full-page screenshot in base64 stays below it.
pub const BROWSER_FRAME_BYTES: usize = 64 * 1024 * 1024;
/// The largest message from the native messaging host to the browser: one byte more, and Chrome closes the port.
pub const NATIVE_OUT_BYTES: usize = 1024 * 1024;
/// The largest message from the browser to the native messaging host: Chrome sends none that is larger.
pub const NATIVE_IN_BYTES: usize = 64 * 1024 * 1024;
/// What may wait in the native messaging host for a hub that does not read: two of the largest frames.
pub const NATIVE_QUEUE_BYTES: usize = 2 * BROWSER_FRAME_BYTES;
/// The largest frame of an instance: arguments are small, pasted texts may be some megabytes.
pub const INSTANCE_FRAME_BYTES: usize = 16 * 1024 * 1024;
/// How long a client's session waits for its name before it tells the registry again that it is there.
pub const ANNOUNCE_AGAIN: Duration = Duration::from_secs(1);
/// How long a peer may take to say hello.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the hub pings with an application frame: Chrome ends a service worker after 30 s of silence.
pub const PING_INTERVAL: Duration = Duration::from_secs(20);
/// A peer that was silent for this long is gone: two pings and a half.
pub const SILENCE_LIMIT: Duration = Duration::from_secs(50);
/// How long a browser's calls wait for it to tell its tabs and what it is at, which it does as soon as it is welcomed or
/// asked: one that reads nothing for a while must not find calls side by side then that were to come one after another.
pub const TABS_PATIENCE: Duration = Duration::from_secs(5);
/// How long a call waits for a browser that has left, within its deadline: Chrome's alarms wake a dead worker after up to 32 s.
pub const BROWSER_AWAY: Duration = Duration::from_secs(35);
/// How long a call waits for a first browser after the hub started: a running extension finds a new hub sooner.
pub const BROWSER_FIRST: Duration = Duration::from_secs(5);
/// The hub gives a call up this long before its caller does, so that the answer names the hop that was late.
pub const HUB_MARGIN: Duration = Duration::from_millis(150);
/// An instance gives a call up this long before its host's side does, and after the hub would have.
pub const LINK_MARGIN: Duration = Duration::from_millis(50);
/// How often a client session sends a call anew when the actor that held it died. More is a call that kills them.
pub const REROUTE_ATTEMPTS: u32 = 5;
/// How often a call is sent again because its browser's connection broke. More is a call that breaks it.
pub const RESENDS: u32 = 5;
/// The first pause before a call is sent anew, once that was tried at once; it doubles up to [`RESTART_BACKOFF_MAX`], as the restarts' do.
pub const REROUTE_PAUSE: Duration = Duration::from_millis(5);
/// A call that waits for its turn for this long is told where it stands, and again when that changes, this often at most.
pub const QUEUE_NEWS: Duration = Duration::from_millis(500);
/// It is told the same again after this time, which is shorter than the silence that its host takes for work
/// (`Pace::HOSTS`).
pub const QUEUE_REMINDER: Duration = Duration::from_secs(1);
/// The longest time that a call may ask for.
pub const CALL_TIMEOUT_MAX: Duration = Duration::from_secs(15 * 60);
/// The longest grace that an instance may ask for.
pub const LEASE_GRACE_MAX: Duration = Duration::from_secs(60 * 60);
/// Restarts of one actor within [`RESTART_PERIOD`] before the supervisor gives up and the hub exits.
pub const RESTART_INTENSITY: usize = 10;
/// The window of [`RESTART_INTENSITY`].
pub const RESTART_PERIOD: Duration = Duration::from_secs(10);
/// The pause before the second restart in a row; it doubles up to [`RESTART_BACKOFF_MAX`]. The first restart is immediate.
pub const RESTART_BACKOFF: Duration = Duration::from_millis(5);
/// The longest pause before a restart.
pub const RESTART_BACKOFF_MAX: Duration = Duration::from_millis(500);
/// How often an actor is asked whether it is well.
pub const HEALTH_INTERVAL: Duration = Duration::from_secs(5);
/// An actor that leaves one question unanswered for this many intervals is stuck, and is replaced.
pub const HEALTH_MISSES: u32 = 3;
/// How long a stopping hub lets calls finish.
pub const DRAIN: Duration = Duration::from_secs(5);
/// The longest pause between two attempts of an idle instance to start a hub that does not start: each costs a
/// process, and a call that comes does not wait for it.
pub const START_PAUSE_MAX: Duration = Duration::from_secs(30);
/// How often a hub looks whether what makes it known is still on disk: two hubs may live side by side for this long
/// after somebody has removed the state folder, and no longer.
pub const STATE_CHECK: Duration = Duration::from_secs(1);
/// The log file is rotated at this size.
pub const LOG_BYTES: u64 = 4 * 1024 * 1024;
/// How many rotated log files are kept.
pub const LOG_FILES: usize = 2;
/// Steps of its link's history that an instance tells.
pub const HISTORY_STEPS: usize = 32;
/// The longest body of a request over HTTP: the same as an instance's frame.
pub const HTTP_BODY_BYTES: usize = INSTANCE_FRAME_BYTES;
/// Sessions over HTTP, and likewise clients without a session. Each costs some tens of kilobytes until it is idle.
pub const HTTP_CLIENTS: usize = 512;
/// How long a call of a session over HTTP goes on after its stream broke, so that its client can come back for the
/// answer: clients are told to come back after 3 s.
pub const HTTP_RESUME_PATIENCE: Duration = Duration::from_secs(10);
/// How often idle sessions are looked for, at most; a short idle time is looked for more often.
pub const HTTP_TIDY: Duration = Duration::from_secs(30);
/// How long a host that has connected over HTTP may take for the head of its request: on a busy machine, it waits for its turn.
pub const HTTP_HEAD: Duration = Duration::from_secs(30);
/// How long a connection over HTTP may stay open between two requests: longer than hosts keep theirs, so that none
/// sends a request into a connection that is just being closed.
pub const HTTP_KEEP_ALIVE: Duration = Duration::from_secs(120);
/// The largest frame of the Browser MCP extension; over it that connection is closed.
pub const LEGACY_FRAME_BYTES: usize = 100 * 1024 * 1024;
/// How long the Browser MCP extension may take to answer one frame; a wait that it is asked for comes on top.
pub const LEGACY_FRAME_TIME: Duration = Duration::from_secs(30);
/// How long a call waits for a Browser MCP extension that has left: it dials anew about once a second.
pub const LEGACY_AWAY: Duration = Duration::from_secs(5);
/// Browsers with the Browser MCP extension that may be connected at once.
pub const LEGACY_BROWSERS: usize = 16;
/// How long it is known of a call that it was written to a Browser MCP extension: longer than any call may take.
pub const LEGACY_LEDGER_TIME: Duration = Duration::from_secs(20 * 60);
/// Calls that are known so; past it a repeat is told that its outcome is unknown.
pub const LEGACY_LEDGER: usize = 65_536;
/// Bytes of answers that are kept for repeats, of one such browser.
pub const LEGACY_ANSWER_BYTES: usize = 4 * 1024 * 1024;
