//! How long after a `kill -9` of the hub each of 20 clients works again: nobody helps, the clients start the next hub and
//! the stand-in browser finds it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tabhub::instance::Link;
use tabhub::mcp::Backend;

use crate::home::{Home, hover};
use crate::standin::{Standin, run_of};
use crate::{Bench, Figure, median_ms};

const CLIENTS: usize = 20;
const KILLS: usize = 12;
/// How long a hub stands before it is killed: one that died at once would make its clients wait before the next try.
const STANDS: Duration = Duration::from_millis(1200);

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let standin = Standin::start(&home).await;
    let links: Vec<Arc<Link>> = (0..CLIENTS).map(|_| Arc::new(home.link())).collect();
    join_all(links.iter().map(|link| link.call(hover()))).await.into_iter().for_each(|first| drop(first.unwrap()));
    let mut figures = Vec::new();
    for (who, works) in [("20 idle clients", false), ("20 working clients", true)] {
        let (mut times, mut failed) = (Vec::new(), 0);
        for _ in 0..KILLS {
            let (of_this_kill, failures) = kill(&home, &standin, &links, works).await;
            times.extend(of_this_kill);
            failed += failures;
        }
        let worst = times.iter().max().unwrap().as_secs_f64() * 1000.0;
        let note = format!("over {KILLS} kills; calls that failed: {failed}");
        let name = format!("hub killed to {who} working again");
        figures.push(Figure::new(format!("{name}, median"), "ms", median_ms(&times)).at_most(100.0).note(note));
        figures.push(Figure::new(format!("{name}, worst"), "ms", worst).at_most(300.0));
    }
    join_all(links.iter().map(|link| link.close())).await;
    figures
}

/// Kills the hub once. Returns how long after that each client's first call succeeded that came through the next hub,
/// and how many calls failed.
async fn kill(home: &Home, standin: &Standin, links: &[Arc<Link>], works: bool) -> (Vec<Duration>, usize) {
    let (before, killed) = (standin.runs(), Arc::new(OnceLock::<Instant>::new()));
    let work = |link: &Arc<Link>| {
        let (link, killed) = (Arc::clone(link), Arc::clone(&killed));
        tokio::spawn(async move {
            let mut failures = 0;
            loop {
                match link.call(hover()).await {
                    Ok(answer) if run_of(&answer) > before => return (killed.get().unwrap().elapsed(), failures),
                    Ok(_) => {}
                    Err(_) => failures += 1,
                }
            }
        })
    };
    let mut working: Vec<_> = if works { links.iter().map(work).collect() } else { Vec::new() };
    tokio::time::sleep(STANDS).await;
    let hub = rustix::process::Pid::from_raw(i32::try_from(home.hub().pid).unwrap()).unwrap();
    killed.set(Instant::now()).unwrap();
    rustix::process::kill_process(hub, rustix::process::Signal::KILL).unwrap();
    if !works {
        working = links.iter().map(work).collect();
    }
    let (times, failures): (Vec<_>, Vec<usize>) = join_all(working).await.into_iter().map(Result::unwrap).unzip();
    (times, failures.iter().sum())
}
