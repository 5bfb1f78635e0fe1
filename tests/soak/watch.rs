//! What is watched at all times: that one hub serves and no second one beside it, and that no part of it panics but
//! where it was told to.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::procs::{self, Holdings};
use crate::world::{Stage, World};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(200);

/// One look at the hub that was there.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Which hub.
    pub pid: u32,
    /// What it held.
    pub held: Holdings,
}

/// Watches until the soak is over. Gives back what it saw, about once a second.
pub async fn keep_watch(world: Arc<World>) -> Vec<Look> {
    let mut stage = world.stage();
    let (mut before, mut seen, mut looks) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut log = Log::new(world.home.path().join("hub.log"));
    for n in 0_u64.. {
        let hubs = procs::hubs_with(&world.variable());
        let serving: BTreeSet<u32> = hubs.iter().filter(|hub| hub.serves).map(|hub| hub.pid).collect();
        // One that is dying has its sockets for a moment longer than its lock, so two looks must agree.
        if serving.len() > 1 && serving.intersection(&before).count() > 1 {
            world.trail.broke(format!("more than one hub serves: {serving:?}"));
        }
        for pid in serving.difference(&seen) {
            world.trail.note(format!("hub {pid} serves"));
        }
        seen.extend(serving.iter().copied());
        before = serving;
        if n % 5 == 0
            && let Some(hub) = world.hub()
            && let Some(held) = procs::holdings(hub.pid, hub.port)
        {
            looks.push(Look { pid: hub.pid, held });
        }
        for panic in log.panics() {
            world.trail.broke(format!("the hub panicked where nobody told it to: {panic}"));
        }
        if tokio::time::timeout(LOOK, stage.wait_for(|stage| *stage == Stage::Over)).await.is_ok() {
            break;
        }
    }
    looks
}

/// The hub's log, read on from where it was left.
struct Log {
    path: PathBuf,
    read: u64,
    rest: String,
}

impl Log {
    fn new(path: PathBuf) -> Self {
        Self { path, read: 0, rest: String::new() }
    }

    /// Panics that came since the last look and were not made on purpose.
    fn panics(&mut self) -> Vec<String> {
        self.rest.push_str(&read_on(&self.path, &mut self.read).unwrap_or_default());
        let Some(end) = self.rest.rfind('\n') else { return Vec::new() };
        if self.rest[..end].lines().last().is_some_and(|line| line.contains("panicked at ")) {
            return Vec::new(); // What it said is still being written.
        }
        let lines: Vec<String> = self.rest.drain(..=end).collect::<String>().lines().map(str::to_owned).collect();
        let mut panics = Vec::new();
        for (n, line) in lines.iter().enumerate() {
            // The message of a panic stands on the line after its place.
            let message = lines.get(n + 1).map_or("", |line| line.trim_start());
            if line.contains("panicked at ") && !message.starts_with("a fault at ") {
                panics.push(format!("{line}: {message}"));
            }
        }
        panics
    }
}

fn read_on(path: &Path, read: &mut u64) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    if file.metadata()?.len() < *read {
        *read = 0; // It was rotated.
    }
    file.seek(SeekFrom::Start(*read))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    *read += bytes.len() as u64;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
