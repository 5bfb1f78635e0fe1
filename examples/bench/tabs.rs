//! Eight clients in eight tabs at once: how much more they get done than one alone.

use std::time::Instant;

use futures_util::future::join_all;

use crate::peer::Server;
use crate::support::site::Site;
use crate::{Bench, Figure, median, shop};

const CLIENTS: usize = 8;
/// What one client does in a turn: so many clicks with a look after each.
const ROUNDS: u16 = 12;
const TURNS: usize = 5;

pub async fn measure(bench: &Bench) -> Vec<Figure> {
    let site = shop::serve().await;
    let home = bench.home();
    home.run(&["up", "--headless", "--no-check"]);
    let mut clients = Vec::new();
    for n in 0..CLIENTS {
        let server = Server::tabhub(&bench.tabhub, &home, &format!("bench {n}")).await;
        let button = open(&server, &site).await;
        clients.push((server, button));
    }
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        // In turns, so that both see the same machine; the first one warms up.
        let one = rate(&clients[..1]).await;
        let all = rate(&clients).await;
        if turn > 0 {
            alone.push(one);
            together.push(all);
        }
    }
    let ratios = alone.iter().zip(&together).map(|(one, all)| all / one).collect();
    for (server, _) in clients {
        server.process.close().await;
    }
    let note = format!("calls a second: {:.0} together, {:.0} alone", median(together), median(alone));
    vec![Figure::new("eight clients in eight tabs", "times one", median(ratios)).at_least(2.5).note(note)]
}

/// Opens a tab of its own; returns the button that is clicked there.
async fn open(server: &Server, site: &Site) -> String {
    server.open(&site.url("/rows")).await;
    server.reference(&server.whole().await, "button \"Row button 3\"")
}

/// Calls a second of all these clients.
async fn rate(clients: &[(Server, String)]) -> f64 {
    let began = Instant::now();
    join_all(clients.iter().map(|(server, button)| async move {
        for _ in 0..ROUNDS {
            server.click(button).await;
            server.snapshot().await;
        }
    }))
    .await;
    let calls = f64::from(2 * ROUNDS) * f64::from(u16::try_from(clients.len()).unwrap());
    calls / began.elapsed().as_secs_f64()
}
