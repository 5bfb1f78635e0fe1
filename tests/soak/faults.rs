//! The faults of the hub: killed, told to end, stopped, jammed, its actors made to panic at named points, its door
//! flooded and fed with garbage, its state file taken away.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::Signal;
use tabhub::supervise::fault::{Point, points};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::dice::Dice;
use crate::home::signal;
use crate::support::browser::origin;
use crate::support::client::{authorization, dial};
use crate::world::{Stage, World};

/// Where a message may be lost and somebody sees to it that its call is answered all the same.
const LOSABLE: [Point; 6] = [
    points::CLIENT_SEND,
    points::ROUTER_CALL,
    points::ROUTER_SEND,
    points::BROWSER_CALL,
    points::BROWSER_WRITE,
    points::BROWSER_ANSWER,
];
/// Where a mailbox may be full.
const FILLABLE: [Point; 2] = [points::CLIENT_SEND, points::ROUTER_SEND];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Panics,
    Delays,
    Losses,
    FullMailboxes,
    Stop,
    Garbage,
    Flood,
    Kill,
    Terminate,
    TerminateTwice,
    Jam,
    Escalation,
    NoHubJson,
}

/// What leaves the hub alive.
const HARMLESS: [(u64, Kind); 7] = [
    (10, Kind::Panics),
    (4, Kind::Delays),
    (3, Kind::Losses),
    (2, Kind::FullMailboxes),
    (3, Kind::Stop),
    (3, Kind::Garbage),
    (1, Kind::Flood),
];
/// What it dies of, or hides from newcomers.
const LETHAL: [(u64, Kind); 6] = [
    (10, Kind::Kill),
    (4, Kind::Terminate),
    (2, Kind::TerminateTwice),
    (1, Kind::Jam),
    (1, Kind::Escalation),
    (2, Kind::NoHubJson),
];

/// Breaks the hub now and then for as long as there is a storm.
pub async fn trouble(world: Arc<World>) {
    let mut dice = Dice::new(world.seed, "the hub's troubles");
    let mut stage = world.stage();
    loop {
        let Ok(now) = stage.wait_for(|stage| !matches!(stage, Stage::Quiet(_))).await.map(|now| *now) else { return };
        if now == Stage::Over {
            return;
        }
        world.storm_for(dice.millis(100, 1_500)).await;
        if world.is_storm() {
            let _busy = world.busy();
            let is_lethal = world.is_lethal.load(Ordering::SeqCst) && dice.one_in(3);
            let kind = if is_lethal { dice.weighted(&LETHAL) } else { dice.weighted(&HARMLESS) };
            strike(&world, kind, &mut dice).await;
        }
    }
}

async fn strike(world: &Arc<World>, kind: Kind, dice: &mut Dice) {
    match kind {
        Kind::Panics => {
            let more = dice.between(1, 3);
            let specs: Vec<String> = (0..more)
                .map(|_| format!("{}=panic*{}@{}", anywhere(dice), dice.between(1, 3), dice.between(0, 12)))
                .collect();
            arm(world, "hub: panics", &specs.join(";")).await;
        }
        Kind::Delays => {
            let (word, most) = dice.pick(&[("delay", 900), ("jam", 400)]);
            let spec = format!("{}={word}:{}*{}", anywhere(dice), dice.between(10, most), dice.between(1, 3));
            arm(world, "hub: delays and jams", &spec).await;
        }
        Kind::Losses => {
            let spec = format!("{}=lose*{}", dice.pick(&LOSABLE).0, dice.between(1, 4));
            arm(world, "hub: lost messages", &spec).await;
        }
        Kind::FullMailboxes => {
            let spec = format!("{}=full*{}", dice.pick(&FILLABLE).0, dice.between(1, 10));
            arm(world, "hub: full mailboxes", &spec).await;
        }
        Kind::Stop => stop(world, dice.millis(50, 2_500)).await,
        Kind::Garbage => garbage(world, dice).await,
        Kind::Flood => flood(world, dice).await,
        Kind::Kill => send(world, "hub: SIGKILL", Signal::KILL),
        Kind::Terminate => send(world, "hub: SIGTERM", Signal::TERM),
        Kind::TerminateTwice => {
            send(world, "hub: SIGTERM twice", Signal::TERM);
            tokio::time::sleep(dice.millis(0, 100)).await;
            if let Some(hub) = world.hub() {
                signal(hub.pid, Signal::TERM);
            }
        }
        // Longer than the watchdog's patience.
        Kind::Jam => arm(world, "hub: jammed until its watchdog ends it", "client.call=jam:60000").await,
        Kind::Escalation => {
            let point = dice.pick(&[points::ROUTER_STARTED, points::REGISTRY_STARTED, points::SUPERVISOR_STARTED]);
            let first = match point {
                points::ROUTER_STARTED => "router.call=panic",
                points::REGISTRY_STARTED => "registry.register=panic",
                _ => "supervisor.start=panic",
            };
            arm(world, "hub: an actor dies past the limit", &format!("{first};{}=panic*20", point.0)).await;
        }
        Kind::NoHubJson => {
            let path = world.home.path().join("hub.json");
            let what = dice.pick(&["removed", "truncated"]);
            world.trail.note(format!("fault: hub.json is {what}"));
            world.count_fault(&format!("state: hub.json {what}"));
            let _ = if what == "removed" { std::fs::remove_file(&path) } else { std::fs::write(&path, "{\"pid\":") };
        }
    }
}

/// A point at which an actor may fall.
fn anywhere(dice: &mut Dice) -> &'static str {
    dice.pick(points::IN_THE_HOUSE).0
}

async fn arm(world: &World, kind: &'static str, spec: &str) {
    world.trail.note(format!("fault: {spec}"));
    match world.arm(spec).await {
        Ok(_) => world.count_fault(kind),
        // It dies, or is only being born.
        Err(error) => world.trail.note(format!("not armed: {error}")),
    }
}

fn send(world: &World, kind: &'static str, what: Signal) {
    let Some(hub) = world.hub() else { return };
    world.trail.note(format!("fault: {kind} to {}", hub.pid));
    world.count_fault(kind);
    world.ledger.wound(kind);
    signal(hub.pid, what);
}

async fn stop(world: &World, time: Duration) {
    let Some(hub) = world.hub() else { return };
    world.trail.note(format!("fault: hub {} is stopped for {time:?}", hub.pid));
    world.count_fault("hub: SIGSTOP");
    signal(hub.pid, Signal::STOP);
    tokio::time::sleep(time).await;
    signal(hub.pid, Signal::CONT);
}

/// Connections that are no good: no HTTP, half of it, strangers, no frames, no hello, an endless frame.
async fn garbage(world: &World, dice: &mut Dice) {
    let Some(hub) = world.hub() else { return };
    world.trail.note("fault: garbage connections");
    world.count_fault("door: garbage");
    let port = hub.port;
    let texts =
        ["\u{1}\u{2}\u{3}\r\n\r\n", "GET /ws/instance HTTP/1.1\r\nhost: 127.0", "GET / HTTP/1.1\r\n\r\n", "\r\n"];
    let mut held = Vec::new();
    for _ in 0..dice.between(1, 8) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await {
            let _ = stream.write_all(dice.pick(&texts).as_bytes()).await;
            held.push(stream);
        }
    }
    let mut sockets = Vec::new();
    for _ in 0..dice.between(1, 4) {
        let right = authorization(port, &hub.token);
        let wrong = authorization(port, "another token");
        let dialled = match dice.between(0, 3) {
            0 => dial(port, "/ws/instance", &[wrong]).await,
            1 => dial(port, "/ws/browser", &[origin()]).await,
            2 => dial(port, "/ws/browser", &[("origin", "https://evil.example".to_owned())]).await,
            _ => dial(port, "/ws/instance", &[right]).await,
        };
        let Ok(mut socket) = dialled else { continue };
        // Bytes that are no frame, or the head of a frame of 2^62 bytes, or a frame that never ends.
        let bytes: &[u8] = dice.pick(&[
            b"\xff\xff\xff\xff\xff\xff".as_slice(),
            b"\x81\xff\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".as_slice(),
            b"\x81\xfe\x10\x00\x00\x00\x00\x00{\"type\"".as_slice(),
        ]);
        let _ = socket.get_mut().write_all(bytes).await;
        sockets.push(socket);
    }
    tokio::time::sleep(dice.millis(0, 800)).await;
}

/// Many connections at once.
async fn flood(world: &World, dice: &mut Dice) {
    let Some(hub) = world.hub() else { return };
    let (port, many) = (hub.port, dice.between(50, 250));
    world.trail.note(format!("fault: {many} connections at once"));
    world.count_fault("door: flood");
    let dials = (0..many).map(|n| {
        let right = authorization(port, &hub.token);
        async move {
            match n % 3 {
                0 => drop(dial(port, "/ws/instance", &[right]).await),
                1 => drop(dial(port, "/ws/browser", &[origin()]).await),
                _ => drop(TcpStream::connect(("127.0.0.1", port)).await),
            }
        }
    });
    // Whether they came through is the hub's affair; a hub that is stopped keeps them waiting.
    let _ = tokio::time::timeout(Duration::from_secs(5), join_all(dials)).await;
}
