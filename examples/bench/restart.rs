//! How long after an actor's panic a call succeeds that went through its next run. Each actor panics once in the life of
//! a hub: the next panics in a row wait on purpose.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tabhub::protocol::{CallId, ClientId, HubError};
use tabhub::supervise::fault::PanicNow;

use crate::support::browser::FakeBrowser;
use crate::support::client::{FakeClient, nothing};
use crate::support::hub::TestHub;
use crate::{Bench, Figure, median_ms};

const HUBS: usize = 15;
const LIMIT_MS: f64 = 50.0;
const ACTORS: [&str; 5] = ["Supervisor", "ClientRegistry", "Router", "BrowserSession", "ClientSession"];

pub async fn measure(_: &Bench) -> Vec<Figure> {
    // These panics are no news, and to print one with its backtrace takes longer than what is measured.
    let hook = Arc::new(std::panic::take_hook());
    let of_others = Arc::clone(&hook);
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some("told to panic") {
            of_others(panic);
        }
    }));
    let figures = measure_quietly().await;
    std::panic::set_hook(Box::new(move |panic| hook(panic)));
    figures
}

async fn measure_quietly() -> Vec<Figure> {
    let mut times: [Vec<Duration>; ACTORS.len()] = Default::default();
    let mut of_others = Vec::new();
    for _ in 0..HUBS {
        let hub = TestHub::start().await;
        let _browser = FakeBrowser::connect(hub.port).await;
        let id = ClientId::mint();
        let mut client = FakeClient::connect_as(hub.port, "bench", id).await;
        client.call("browser_hover", nothing()).await.unwrap();
        for (actor, times) in ACTORS.iter().zip(&mut times) {
            let other = Bystander::start(hub.port).await;
            let began = Instant::now();
            match *actor {
                "Supervisor" => {
                    hub.house.supervisor.tell(PanicNow);
                    // It is asked for nothing but new sessions.
                    until(async || is_answered(&FakeClient::connect(hub.port, "new").await).await).await;
                }
                "ClientRegistry" => {
                    hub.house.registry.tell(PanicNow);
                    until(async || is_listed(&client, id).await).await;
                }
                "Router" => {
                    hub.house.router.tell(PanicNow);
                    until(async || is_answered(&client).await).await;
                }
                "BrowserSession" => {
                    hub.panic_browser_session().await;
                    until(async || is_answered(&client).await).await;
                }
                _ => {
                    hub.panic_client_session(id).await;
                    client.wait_closed().await;
                    until(async || {
                        client = FakeClient::connect_as(hub.port, "bench", id).await;
                        is_answered(&client).await
                    })
                    .await;
                }
            }
            times.push(began.elapsed());
            assert_eq!(hub.restarts(actor), 1, "{actor}");
            of_others.push((*actor, other.stop().await));
        }
    }
    ACTORS.iter().zip(times).map(|(actor, times)| figure(actor, &times, &of_others)).collect()
}

fn figure(actor: &str, times: &[Duration], of_others: &[(&str, Watched)]) -> Figure {
    let here = of_others.iter().filter(|(name, _)| *name == actor);
    let (failed, longest) =
        here.fold((0, Duration::ZERO), |(sum, longest), (_, w)| (sum + w.failed, longest.max(w.longest)));
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let note = format!(
        "worst {:.2} ms of {HUBS}; another client's calls meanwhile: {failed} failed, the longest took {:.2} ms",
        ms(times.iter().copied().max().unwrap_or_default()),
        ms(longest)
    );
    let name = match actor {
        "ClientSession" => "ClientSession panicked to its client back and answered".to_owned(),
        _ => format!("{actor} panicked to a call through its next run"),
    };
    Figure::new(name, "ms", median_ms(times)).at_most(LIMIT_MS).note(note)
}

async fn until(mut is_done: impl AsyncFnMut() -> bool) {
    while !is_done().await {
        tokio::task::yield_now().await;
    }
}

/// Whether a call succeeds; a connection that ends instead is no answer.
async fn is_answered(client: &FakeClient) -> bool {
    let started = client.start(CallId::mint(), 1, "browser_hover", nothing(), Duration::from_secs(10)).await;
    started.await.is_ok_and(|answer| matches!(answer.outcome(), Ok(Ok(_))))
}

/// Whether the status, which the registry is asked for, tells of this client again.
async fn is_listed(client: &FakeClient, id: ClientId) -> bool {
    let status = client.call("browser_status", nothing()).await.unwrap();
    let clients = status["value"]["clients"].as_array().cloned().unwrap_or_default();
    clients.iter().any(|row| row["id"] == json!(id) && row["state"] == "ready")
}

/// A client that has nothing to do with what breaks, and calls all the time.
struct Bystander {
    seen: Arc<Mutex<Watched>>,
    task: tokio::task::JoinHandle<FakeClient>,
    stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Default, Clone, Copy)]
struct Watched {
    failed: usize,
    longest: Duration,
}

impl Bystander {
    async fn start(port: u16) -> Self {
        let client = FakeClient::connect(port, "another").await;
        client.call("browser_hover", nothing()).await.unwrap();
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let seen = Arc::new(Mutex::new(Watched::default()));
        let told = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while stopped.try_recv().is_err() {
                let began = Instant::now();
                let outcome: Result<_, HubError> = client.call("browser_hover", nothing()).await;
                let mut told = told.lock().unwrap();
                told.failed += usize::from(outcome.is_err());
                told.longest = told.longest.max(began.elapsed());
            }
            client
        });
        Self { seen, task, stop }
    }

    async fn stop(self) -> Watched {
        let _ = self.stop.send(());
        self.task.await.unwrap().leave().await;
        *self.seen.lock().unwrap()
    }
}
