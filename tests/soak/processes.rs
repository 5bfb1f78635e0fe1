//! Clients that are real instances: processes as hosts spawn them. They are stopped, killed, and closed in mid-call.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};
use tabhub::protocol::tools::BROWSER_STATUS;
use tabhub::protocol::{ErrorCode, HubError};
use tokio::sync::oneshot;

use crate::CALL_TIMEOUT;
use crate::dice::Dice;
use crate::errands::SLACK;
use crate::home::{TABHUB, signal};
use crate::ledger::{Heard, Ticket};
use crate::quiet::ROLL_CALL;
use crate::support::mcp::{McpProcess, text_of};
use crate::world::{Stage, World};

/// What a host may call. The arguments of an instance are checked, so the page's part is simple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Type,
    Snapshot,
    Status,
}

impl Tool {
    fn any(dice: &mut Dice) -> Self {
        dice.weighted(&[(6, Self::Type), (3, Self::Snapshot), (1, Self::Status)])
    }

    fn call(self, marker: &str) -> Value {
        match self {
            Self::Type => json!({ "name": "browser_type", "arguments": { "ref": "e1", "text": marker } }),
            Self::Snapshot => json!({ "name": "browser_snapshot", "arguments": {} }),
            Self::Status => json!({ "name": BROWSER_STATUS, "arguments": {} }),
        }
    }
}

struct Host {
    world: Arc<World>,
    name: String,
    server: McpProcess,
}

/// Lives until the soak is over, or its luck says so.
pub async fn live(world: Arc<World>, name: String, mut dice: Dice) {
    let mut host = {
        let _busy = world.busy();
        world.enter(&name);
        let server = McpProcess::start(Path::new(TABHUB), &[], &world.home.env(), &name).await;
        Host { world: Arc::clone(&world), name: name.clone(), server }
    };
    let (mut stage, mut seen) = (world.stage(), 0);
    loop {
        let now = *stage.borrow_and_update();
        match now {
            Stage::Storm => {
                let busy = world.busy();
                if !host.act(&mut dice).await {
                    let ended = tokio::time::timeout(SLACK, host.server.child.wait()).await;
                    if ended.is_err() {
                        world.trail.broke(format!("{name}: it outlives its host"));
                    }
                    return world.leave(&name);
                }
                drop(busy);
                world.storm_for(dice.millis(20, 400)).await;
            }
            Stage::Quiet(moment) if seen != moment => {
                host.answer_roll_call().await;
                seen = moment;
                world.present(&name, moment);
            }
            Stage::Quiet(_) => drop(stage.changed().await),
            Stage::Over => break,
        }
    }
    world.leave(&name);
    if !host.server.close().await.success() {
        world.trail.broke(format!("{name}: it did not end well with its host"));
    }
}

impl Host {
    /// Does one thing. `false` when its end has begun.
    async fn act(&mut self, dice: &mut Dice) -> bool {
        match dice.weighted(&[(20, 0), (3, 1), (3, 2), (2, 3), (1, 4), (1, 5)]) {
            0 => self.call(Tool::any(dice)).await,
            1 => {
                let tools: Vec<_> = (0..dice.between(2, 20)).map(|_| Tool::any(dice)).collect();
                join_all(tools.into_iter().map(|tool| self.call(tool))).await;
            }
            2 => {
                let (ticket, id, _answer) = self.start(Tool::any(dice)).await;
                tokio::time::sleep(dice.millis(0, 40)).await;
                let params = json!({ "requestId": id });
                self.server
                    .send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }))
                    .await;
                self.world.ledger.settle(ticket, &Heard::NothingDue("cancelled by its caller"));
            }
            3 => {
                let time = dice.millis(100, 2_500);
                self.world.trail.note(format!("{}: its process is stopped for {time:?}", self.name));
                self.world.count_fault("instance: SIGSTOP");
                let stop = async {
                    tokio::time::sleep(dice.millis(0, 20)).await;
                    let pid = self.server.child.id().unwrap();
                    signal(pid, Signal::STOP);
                    tokio::time::sleep(time).await;
                    signal(pid, Signal::CONT);
                };
                tokio::join!(stop, self.call(Tool::Type), self.call(Tool::Snapshot));
            }
            4 => {
                self.world.trail.note(format!("{}: its process is killed", self.name));
                self.world.count_fault("instance: SIGKILL");
                let calls = [self.start(Tool::Type).await, self.start(Tool::Snapshot).await];
                tokio::time::sleep(dice.millis(0, 20)).await;
                self.server.child.start_kill().unwrap();
                self.forget(calls);
                return false;
            }
            _ => {
                self.world.trail.note(format!("{}: its host ends", self.name));
                let calls = [self.start(Tool::Type).await, self.start(Tool::Type).await];
                tokio::time::sleep(dice.millis(0, 20)).await;
                self.server.close_input().await;
                self.forget(calls);
                return false;
            }
        }
        true
    }

    fn forget<const N: usize>(&self, calls: [(Ticket, u64, oneshot::Receiver<Value>); N]) {
        for (ticket, ..) in calls {
            self.world.ledger.settle(ticket, &Heard::NothingDue("its caller left"));
        }
    }

    async fn start(&self, tool: Tool) -> (Ticket, u64, oneshot::Receiver<Value>) {
        let ticket = self.world.ledger.open(&self.name, tool == Tool::Type);
        let (id, answer) = self.server.ask("tools/call", tool.call(&ticket.marker)).await;
        (ticket, id, answer)
    }

    async fn call(&self, tool: Tool) {
        let (ticket, _, answer) = self.start(tool).await;
        match tokio::time::timeout(CALL_TIMEOUT + SLACK, answer).await {
            Ok(Ok(message)) => self.world.ledger.settle(ticket, &heard(&message)),
            Ok(Err(_)) => {
                self.world.trail.broke(format!("{}: its process ended, or said what nobody asked for", self.name));
                self.world.ledger.settle(ticket, &Heard::NothingDue("its instance ended"));
            }
            Err(_) => self.world.ledger.unanswered(ticket),
        }
    }

    async fn answer_roll_call(&self) {
        let deadline = tokio::time::Instant::now() + ROLL_CALL;
        loop {
            let (ticket, _, answer) = self.start(Tool::Snapshot).await;
            let heard = match tokio::time::timeout(ROLL_CALL, answer).await {
                Ok(Ok(message)) => heard(&message),
                _ => Heard::NothingDue("no answer at the roll call"),
            };
            let is_well = matches!(heard, Heard::Result(_));
            self.world.ledger.settle(ticket, &heard);
            if is_well {
                return;
            }
            if tokio::time::Instant::now() > deadline {
                let what = "it cannot work though nothing is broken any more";
                return self.world.trail.broke(format!("{}: {what}: {heard:?}", self.name));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A host sees an error's text, which starts with its word.
fn heard(message: &Value) -> Heard {
    let (is_error, text) = match message.get("error") {
        Some(error) => (true, error["message"].as_str().unwrap_or_default().to_owned()),
        None => (message["result"]["isError"] == true, text_of(&message["result"])),
    };
    if !is_error {
        return Heard::Result(Value::Null);
    }
    let word = text.split(':').next().unwrap_or_default();
    let code = ErrorCode::ALL.iter().copied().find(|code| code.word() == word);
    // An error that does not say its word is one that nobody should get.
    Heard::Error(HubError::new(code.unwrap_or(ErrorCode::Internal), text))
}
