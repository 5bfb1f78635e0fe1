//! The crowd: as many clients of each kind as there should be; for each that goes, another comes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::world::{Stage, World};
use crate::{links, processes, raw};

type Life = Pin<Box<dyn Future<Output = ()> + Send>>;
/// How a client of one kind lives.
type Kind = fn(Arc<World>, String, Dice) -> Life;

/// How many there are of each kind.
const KINDS: [(&str, u64, Kind); 3] = [
    ("link", 9, |world, name, dice| Box::pin(links::live(world, name, dice))),
    ("raw", 4, |world, name, dice| Box::pin(raw::live(world, name, dice))),
    ("process", 3, |world, name, dice| Box::pin(processes::live(world, name, dice))),
];

/// Lets them all in; each handle ends when the soak is over and its client has gone.
pub fn gather(world: &Arc<World>) -> Vec<JoinHandle<()>> {
    let places = KINDS.into_iter().flat_map(|(name, many, kind)| (1..=many).map(move |n| (format!("{name}{n}"), kind)));
    places.map(|(place, kind)| tokio::spawn(keep(Arc::clone(world), place, kind))).collect()
}

async fn keep(world: Arc<World>, place: String, kind: Kind) {
    let mut dice = Dice::new(world.seed, &place);
    let mut stage = world.stage();
    for generation in 1.. {
        let Ok(now) = stage.wait_for(|stage| !matches!(stage, Stage::Quiet(_))).await.map(|now| *now) else { return };
        if now == Stage::Over {
            return;
        }
        let name = format!("{place}-{generation}");
        let life = tokio::spawn(kind(Arc::clone(&world), name.clone(), Dice::new(world.seed, &name)));
        if let Err(error) = life.await {
            world.leave(&name);
            world.trail.broke(format!("{name}: {error}"));
        }
        world.storm_for(dice.millis(0, 1_500)).await;
    }
}
