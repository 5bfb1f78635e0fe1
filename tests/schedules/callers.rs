//! The callers of a schedule: instances with real links, and one client that speaks the wire by itself.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tabhub::actors::call::CallKey;
use tabhub::instance::Link;
use tabhub::mcp::{Backend, CallRequest};
use tabhub::protocol::frame::CallBody;
use tabhub::protocol::{BrowserEpoch, Call, CallId, ClientId, Deadline, ErrorCode, Frame, HubError, now_ms, tools};

use crate::plan::{CancelAt, PlannedCall, RawAct};
use crate::support::client::FakeClient;
use crate::support::journal::Step;
use crate::world::{Past, World, short};

/// Long enough for everything.
pub const LONG: Duration = Duration::from_secs(30);

/// A call that was made, and what came of it.
#[derive(Debug)]
pub struct Made {
    pub key: CallKey,
    pub is_read_only: bool,
    pub is_short: bool,
    pub names_tab: bool,
    /// Whether its caller claims nothing for a repeat when there are several browsers.
    pub is_raw: bool,
    /// Whether another call was made under its id.
    pub is_contested: bool,
    /// What had happened when it was made, and when it was answered.
    pub began: Past,
    pub ended: Past,
    /// `None`: its caller went away.
    pub outcome: Option<Result<Value, HubError>>,
}

/// An instance of a schedule.
pub struct Caller {
    pub id: ClientId,
    pub link: Link,
}

impl Caller {
    /// An instance that is connected, and has a tab.
    pub async fn join(world: &World) -> Self {
        let id = ClientId::mint();
        let link = world.home.link_as(id, |settings| settings.reconnect_max = Duration::from_millis(20));
        let caller = Self { id, link };
        let first = caller.request(&json!({}), "browser_snapshot", LONG, CallId::mint());
        caller.link.call(first).await.unwrap();
        caller
    }

    fn request(&self, params: &Value, tool: &'static str, time: Duration, id: CallId) -> CallRequest {
        let params = to_raw_value(params).unwrap();
        CallRequest { id, tool, params, deadline: Deadline::after(time), progress: None }
    }

    /// Makes the calls of a plan: one group after another, those of a group in their order and together.
    pub async fn work(&self, world: &World, groups: &[Vec<PlannedCall>]) -> Vec<Made> {
        let mut made = Vec::new();
        for group in groups {
            made.extend(join_all(group.iter().map(|call| self.make(world, call))).await);
        }
        made
    }

    async fn make(&self, world: &World, planned: &PlannedCall) -> Made {
        let key = CallKey { client: self.id, id: CallId::mint() };
        let mut params = json!({ "before": planned.before_ms, "after": planned.after_ms });
        let tab = world.browsers.lock().unwrap().iter().find_map(|browser| browser.tabs_of(self.id).pop());
        if let Some(tab) = tab.filter(|_| planned.names_tab) {
            params["tabId"] = json!(tab);
        }
        let began = world.past();
        let time = planned.short_ms.map_or(LONG, Duration::from_millis);
        world.note(format!("call {} {} {params} within {time:?}", short(key), planned.tool));
        world.called();
        let answer = self.link.call(self.request(&params, planned.tool, time, key.id));
        let outcome = tokio::select! {
            outcome = answer => Some(outcome.map(|raw| serde_json::from_str(raw.get()).unwrap())),
            () = leaves(world, key, planned.cancel) => None,
        };
        world.note(format!("call {}: {outcome:?}", short(key)));
        world.answered();
        Made {
            key,
            is_read_only: tools::find(planned.tool).unwrap().read_only,
            is_short: planned.short_ms.is_some(),
            names_tab: tab.is_some() && planned.names_tab,
            is_raw: false,
            is_contested: false,
            began,
            ended: world.past(),
            outcome,
        }
    }

    /// A call that must succeed now: everything is well again. A deed that was planned with a pause may still strike
    /// the first of them, whose outcome is then unknown. The effects that each may have had are told.
    pub async fn must_succeed(&self, world: &World, params: Value) -> Vec<(CallKey, RangeInclusive<usize>)> {
        let (key, first) = self.last_call(world, &params).await;
        let Err(error) = &first else { return vec![(key, 1..=1)] };
        assert_eq!(error.code, ErrorCode::OutcomeUnknown, "{error}");
        let (again, second) = self.last_call(world, &params).await;
        assert!(second.is_ok(), "{second:?}");
        vec![(key, 0..=1), (again, 1..=1)]
    }

    async fn last_call(&self, world: &World, params: &Value) -> (CallKey, Result<(), HubError>) {
        let key = CallKey { client: self.id, id: CallId::mint() };
        world.note(format!("last call {} {params}", short(key)));
        let outcome = self.link.call(self.request(params, "browser_click", LONG, key.id)).await;
        let outcome = outcome.map(|raw| {
            let result: Value = serde_json::from_str(raw.get()).unwrap();
            assert_eq!(result["id"], json!(key.id));
        });
        (key, outcome)
    }
}

async fn leaves(world: &World, key: CallKey, cancel: Option<CancelAt>) {
    match cancel {
        None => std::future::pending().await,
        Some(CancelAt::Ms(ms)) => tokio::time::sleep(Duration::from_millis(ms)).await,
        Some(CancelAt::Step(step)) => world.until_taken(key, step).await,
    }
}

/// A client that speaks the wire by itself, and sends its calls again whenever its connection ends.
pub struct RawCaller {
    pub id: ClientId,
}

impl RawCaller {
    /// Does what is planned, one after another.
    pub async fn work(&self, world: &Arc<World>, acts: &[RawAct]) -> Vec<Made> {
        let mut made = Vec::new();
        for act in acts {
            world.note(format!("raw {}: {act:?}", self.id));
            made.push(self.act(world, *act).await);
        }
        made
    }

    async fn connect(&self, world: &World) -> FakeClient {
        loop {
            if let Some(port) = world.port()
                && let Some(client) = FakeClient::try_connect(port, "raw", self.id).await
            {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn act(&self, world: &Arc<World>, act: RawAct) -> Made {
        let key = CallKey { client: self.id, id: CallId::mint() };
        let began = world.past();
        let epochs: Vec<BrowserEpoch> = world.browsers.lock().unwrap().iter().map(|browser| browser.epoch()).collect();
        // The run of the browser in which it was first sent is known to be this one only if there is one browser.
        let epoch = Some(epochs[0]).filter(|_| epochs.len() == 1);
        let expires_at = match act {
            RawAct::Expired => now_ms() - 1,
            RawAct::FarAhead => now_ms() + 365 * 86_400_000,
            _ => now_ms() + 60_000,
        };
        let frame = |attempt: u32, of: &str| Call {
            id: key.id,
            client: None,
            body: CallBody {
                tool: "browser_click".to_owned(),
                params: to_raw_value(&json!({ "before": 1, "after": 5, "of": of })).unwrap(),
                client_name: String::new(),
                attempt,
                browser_epoch: epoch.filter(|_| attempt > 1),
                expires_at,
                read_only: false,
            },
        };
        world.called();
        let (mut attempt, mut client) = (1, self.connect(world).await);
        let mut heard_again = false;
        let outcome = loop {
            let answer = client.start_call(frame(attempt, "one")).await;
            if !heard_again && matches!(act, RawAct::RepeatUnderWay | RawAct::OtherUnderWay) {
                // Once is enough; on a connection that ends meanwhile the answer's port is closed, too.
                let heard = tokio::time::timeout(Duration::from_millis(200), world.until_taken(key, Step::Heard));
                heard_again = heard.await.is_ok();
                let of = if act == RawAct::RepeatUnderWay { "one" } else { "other" };
                client.send(&Frame::Call(frame(attempt + 1, of))).await;
            }
            if let Ok(answer) = answer.await {
                break answer;
            }
            world.note(format!("raw {}: connects anew", short(key)));
            client = self.connect(world).await;
            attempt += 1;
        };
        let outcome = parse(&outcome);
        world.answered();
        if act == RawAct::RepeatDone || act == RawAct::OtherDone {
            self.ask_again(
                world,
                key,
                &client,
                frame(attempt + 1, if act == RawAct::RepeatDone { "one" } else { "other" }),
            )
            .await;
        }
        Made {
            key,
            is_read_only: false,
            is_short: act == RawAct::Expired,
            names_tab: false,
            is_raw: true,
            is_contested: matches!(act, RawAct::OtherUnderWay),
            began,
            ended: world.past(),
            outcome: Some(outcome),
        }
    }

    /// The same id once more after its answer: whatever it is told, it is told something, unless its connection ends.
    async fn ask_again(&self, world: &World, key: CallKey, client: &FakeClient, call: Call) {
        let answer = tokio::time::timeout(LONG, client.start_call(call).await).await.expect("an answer, or the end");
        world.note(format!("raw {}: again: {:?}", short(key), answer.map(|answer| parse(&answer))));
    }
}

fn parse(answer: &tabhub::protocol::Answer) -> Result<Value, HubError> {
    answer.outcome().unwrap().map(|raw| serde_json::from_str(raw.get()).unwrap())
}
