//! The quiet moments: nothing is broken and nobody calls, so nothing may be left of the storm before. Who is there
//! shows that it works; then the hub's own account, the system's and the browsers' must agree.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tabhub::protocol::ClientId;

use crate::procs;
use crate::world::{Stage, World};

/// How long everyone may take to work again once nothing is broken any more.
pub const ROLL_CALL: Duration = Duration::from_secs(25);
/// How long calls that were under way may take to end, with all that holds them up.
const REST: Duration = Duration::from_secs(60);
/// How long it may take until nothing is left: longer than a client's grace, a handshake, and a call's lingering.
const SETTLE: Duration = Duration::from_secs(15);
/// Descriptors beside its connections that a hub may have more than the fewest seen so far.
const MORE_FDS: usize = 3;
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);

/// What a hub held in a quiet moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Which hub.
    pub pid: u32,
    /// When, since the beginning.
    pub at: Duration,
    /// Its memory in KiB.
    pub rss: u64,
    /// Its file descriptors.
    pub fds: usize,
    /// Those that are no connection's.
    pub own_fds: usize,
    /// Its actors.
    pub actors: u64,
}

/// Makes a quiet moment, and looks. `None` when something is left. `needed_fds` is what a hub was seen to need.
pub async fn moment(world: &World, number: u64, needed_fds: Option<usize>) -> Option<Sample> {
    world.trail.note(format!("quiet moment {number}"));
    world.turn(Stage::Quiet(number));
    if !wait(REST, || world.is_idle()).await {
        let open = world.ledger.open_calls();
        world.trail.broke(format!("the clients did not come to rest; {} calls are open: {open:.3?}", open.len()));
        return None;
    }
    disarm(world).await;
    let is_there = || world.roster().values().all(|seen| *seen == number);
    if !wait(ROLL_CALL + REST, is_there).await {
        let missing: Vec<_> = world.roster().into_iter().filter(|(_, seen)| *seen != number).collect();
        world.trail.broke(format!("these did not answer the roll call: {missing:?}"));
        return None;
    }
    let sample = settled(world, needed_fds).await;
    world.ledger.reckon(|marker| world.browsers.effects_of(marker));
    for browser in world.browsers.all() {
        browser.close_free_tabs();
    }
    sample
}

async fn wait(most: Duration, is_so: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + most;
    while !is_so() {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}

/// Nothing is to break from here on, in whatever hub there is.
async fn disarm(world: &World) {
    let deadline = Instant::now() + ROLL_CALL;
    // After a stop there may be no hub until somebody calls.
    while world.arm("").await.is_err() && Instant::now() < deadline && procs_of(world) > 0 {
        tokio::time::sleep(LOOK).await;
    }
}

fn procs_of(world: &World) -> usize {
    procs::hubs_with(&world.variable()).len()
}

async fn settled(world: &World, needed_fds: Option<usize>) -> Option<Sample> {
    let deadline = Instant::now() + SETTLE;
    loop {
        match look(world, needed_fds).await {
            Ok(sample) => return Some(sample),
            Err(left) if Instant::now() > deadline => {
                world.trail.broke(format!("something is left in a quiet moment: {left}"));
                return None;
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

/// What the hub holds; or what of it should not be there.
async fn look(world: &World, needed_fds: Option<usize>) -> Result<Sample, String> {
    let hub = world.hub().ok_or("there is no hub.json")?;
    let hubs = procs::hubs_with(&world.variable());
    if hubs.len() != 1 || hubs[0].pid != hub.pid {
        return Err(format!("hub.json tells of {}, and these run: {hubs:?}", hub.pid));
    }
    let status = world.status().await?;
    let running = world.browsers.running();
    if running > 0 {
        return Err(format!("{running} calls run in the browsers"));
    }
    let expected: BTreeSet<String> = world.roster().into_keys().collect();
    let there: BTreeSet<String> = status.clients.iter().map(|client| client.name.clone()).collect();
    if expected != there {
        let (missing, more): (Vec<_>, Vec<_>) =
            (expected.difference(&there).collect(), there.difference(&expected).collect());
        return Err(format!("clients that the hub misses: {missing:?}; clients that are gone: {more:?}"));
    }
    for client in &status.clients {
        let own: BTreeSet<_> = client.tabs.iter().map(|tab| tab.tab_id).collect();
        let held: BTreeSet<_> = world.browsers.all().iter().flat_map(|browser| browser.tabs_of(client.id)).collect();
        if client.state != "ready" || client.in_flight > 0 || own != held {
            return Err(format!("{client:?}; in the browsers it holds {held:?}"));
        }
    }
    let ids: BTreeSet<ClientId> = status.clients.iter().map(|client| client.id).collect();
    for browser in world.browsers.all() {
        let strangers: Vec<_> = browser.owners().into_iter().filter(|owner| !ids.contains(owner)).collect();
        if !strangers.is_empty() {
            return Err(format!("tabs are held by clients that are gone: {strangers:?}"));
        }
        let known = status.browsers.iter().find(|known| known.id == browser.id());
        if !known.is_some_and(|known| known.connected && known.in_flight == 0 && known.queued == 0) {
            return Err(format!("browser {}: {known:?}", browser.id()));
        }
    }
    if status.browsers.len() != world.browsers.all().len() {
        return Err(format!("browsers: {:?}", status.browsers));
    }
    let health = world.health(hub.port).await?;
    let (actors, peers) = (health["actors"].as_u64().unwrap_or(0), there.len() + status.browsers.len());
    if actors != 3 + peers as u64 {
        return Err(format!("{actors} actors for {peers} peers"));
    }
    let held = procs::holdings(hub.pid, hub.port).ok_or("the hub is gone")?;
    if held.forgotten > 0 || held.connections != peers {
        return Err(format!("{peers} peers, and {held:?}"));
    }
    if needed_fds.is_some_and(|needed| held.own_fds > needed + MORE_FDS) {
        return Err(format!("descriptors that nobody needs any more: {held:?}, and {needed_fds:?} were enough before"));
    }
    let (rss, fds, own_fds) = (held.rss, held.fds, held.own_fds);
    Ok(Sample { pid: hub.pid, at: world.began.elapsed(), rss, fds, own_fds, actors })
}
