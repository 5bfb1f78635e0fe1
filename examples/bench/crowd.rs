//! The hub with 1, 10, 100 and 1,000 clients. Two things are kept apart: how long a call takes while so many are
//! connected and a few of them call now and then, and how many calls a second come through when all call at once.

use std::sync::Arc;
use std::time::Duration;

use crate::echo::Echo;
use crate::figure::quantile_ms;
use crate::fleet::{Fleet, Port};
use crate::standin::Standin;
use crate::{Bench, Figure, median_ms};

const SIZES: [usize; 4] = [1, 10, 100, 1000];
/// So many of the clients call in turn where the rest only listens.
const CALLERS: usize = 10;
/// One call at this pace, in turn through the hub and through the echo.
const PACE: Duration = Duration::from_millis(2);
const PACED_CALLS: usize = 700;
/// How long all call as fast as they can.
const RUSH: Duration = Duration::from_millis(1500);

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let home = bench.home();
    home.run(&["start"]);
    let _standin = Standin::start(&home).await;
    let mut routed = Fleet::new(Port::Hub(Box::new(home.hub())));
    let mut plain = Fleet::new(Port::Echo(Arc::new(Echo::start())));
    let (mut paced, mut rush, mut medians) = (Vec::new(), Vec::new(), Vec::new());
    for size in SIZES {
        routed.grow(size).await;
        plain.grow(size).await;
        let callers = size.min(CALLERS);
        let (mut ours, mut echo) = (Vec::new(), Vec::new());
        let mut pace = tokio::time::interval(PACE);
        for n in 0..PACED_CALLS {
            pace.tick().await;
            ours.push(routed.call(n % callers).await);
            pace.tick().await;
            echo.push(plain.call(n % callers).await);
        }
        let beside = Some(("plain echo", median_ms(&echo)));
        let name = format!("a call with {size} connected, {callers} of them calling in turn");
        paced.push(Figure::new(name, "ms", median_ms(&ours)).beside(beside).note(p99(&ours)));
        medians.push(median_ms(&ours));

        let ours = routed.all_call_for(RUSH).await;
        let echo = plain.all_call_for(RUSH / 2).await;
        let beside = Some(("plain echo", a_second(&echo, RUSH / 2)));
        let name = format!("throughput with {size} calling all the time");
        let note = format!("p50 {:.2} ms, {}", median_ms(&ours), p99(&ours));
        rush.push(Figure::new(name, "calls/s", a_second(&ours, RUSH)).beside(beside).note(note));
    }
    let growth = medians[3] / medians[1];
    let growth = Figure::new("a call with 1,000 connected, against 10 connected", "times", growth).at_most(3.0);
    paced.into_iter().chain([growth]).chain(rush).collect()
}

fn p99(times: &[Duration]) -> String {
    format!("p99 {:.2} ms", quantile_ms(times, 0.99))
}

#[expect(clippy::cast_precision_loss, reason = "far below what a float tells apart")]
fn a_second(times: &[Duration], time: Duration) -> f64 {
    times.len() as f64 / time.as_secs_f64()
}
