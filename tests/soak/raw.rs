//! Clients that speak the protocol by hand: they send what an instance never would, and count every answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::value::to_raw_value;
use tabhub::protocol::frame::CallBody;
use tabhub::protocol::{Answer, Bye, Call, CallId, ClientId, ErrorCode, Frame, Hello, now_ms};
use tokio_tungstenite::tungstenite::Message;

use crate::dice::Dice;
use crate::errands::{Errand, SLACK};
use crate::ledger::{Heard, Ticket};
use crate::quiet::ROLL_CALL;
use crate::support::client::{Socket, authorization, dial, hello};
use crate::world::{Stage, World};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// The connection is over.
struct Gone;

struct OpenCall {
    ticket: Ticket,
    call: Call,
    due: Instant,
    is_cancelled: bool,
}

struct Client {
    world: Arc<World>,
    name: String,
    id: ClientId,
    socket: Option<Socket>,
    open: HashMap<CallId, OpenCall>,
    /// How often each call was sent on this connection, and how often it was answered.
    counts: HashMap<CallId, (u32, u32)>,
    /// Whether the last answer was a result.
    was_result: bool,
}

/// Lives until the soak is over, or its luck says so.
pub async fn live(world: Arc<World>, name: String, mut dice: Dice) {
    world.enter(&name);
    let mut client = Client {
        world: Arc::clone(&world),
        name: name.clone(),
        id: ClientId::mint(),
        socket: None,
        open: HashMap::new(),
        counts: HashMap::new(),
        was_result: false,
    };
    let (mut stage, mut seen) = (world.stage(), 0);
    loop {
        let now = *stage.borrow_and_update();
        match now {
            Stage::Storm => {
                let busy = world.busy();
                let goes_on = client.act(&mut dice).await;
                if !goes_on {
                    return world.leave(&name);
                }
                drop(busy);
                client.read_for(dice.millis(0, 200)).await;
            }
            Stage::Quiet(moment) if seen != moment => {
                client.answer_roll_call().await;
                seen = moment;
                world.present(&name, moment);
            }
            Stage::Quiet(_) if client.socket.is_none() => client.answer_roll_call().await,
            Stage::Quiet(_) => {
                let gone = tokio::select! {
                    _ = stage.changed() => false,
                    () = client.read_until_gone() => true,
                };
                if gone {
                    client.socket = None;
                }
            }
            Stage::Over => {
                drop(client.say(&Frame::Bye(Bye::new(Bye::DONE, ""))).await);
                return world.leave(&name);
            }
        }
    }
}

impl Client {
    async fn connect(&mut self) -> Result<(), Gone> {
        if self.socket.is_some() {
            return Ok(());
        }
        self.counts.clear();
        let Some(hub) = self.world.hub() else { return Err(Gone) };
        let handshake = async {
            let mut socket = dial(hub.port, "/ws/instance", &[authorization(hub.port, &hub.token)]).await.ok()?;
            let hello = Frame::Hello(Some(self.id), Hello::Instance(hello(&self.name)));
            socket.send(Message::text(hello.encode().unwrap())).await.ok()?;
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(text) = message {
                    return matches!(Frame::decode(&text), Ok(Frame::Welcome(_))).then_some(socket);
                }
            }
            None
        };
        self.socket = tokio::time::timeout(HANDSHAKE, handshake).await.ok().flatten();
        self.socket.as_ref().map(drop).ok_or(Gone)
    }

    /// Does one thing. `false` when it has gone for good.
    async fn act(&mut self, dice: &mut Dice) -> bool {
        if self.connect().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            return true;
        }
        match self.try_to_act(dice).await {
            Ok(goes_on) => goes_on,
            Err(Gone) => {
                self.socket = None;
                self.mend(dice).await;
                true
            }
        }
    }

    async fn try_to_act(&mut self, dice: &mut Dice) -> Result<bool, Gone> {
        match dice.weighted(&[(20, 0), (5, 1), (3, 2), (4, 3), (3, 4), (2, 5), (3, 6), (1, 7), (1, 8)]) {
            0 => drop(self.start(&Errand::any(dice)).await?),
            1 => {
                for _ in 0..dice.between(2, 24) {
                    self.start(&Errand::any(dice)).await?;
                }
            }
            2 => {
                // The same frame again: while the first is under way there is one answer for both.
                let id = self.start(&Errand::any(dice)).await?;
                self.send_again(id).await?;
            }
            3 => {
                let id = self.start(&Errand::any(dice)).await?;
                self.read(Instant::now() + dice.millis(0, 60)).await?;
                if let Some(open) = self.open.get_mut(&id) {
                    open.is_cancelled = true;
                    self.say(&Frame::Cancel(id, None)).await?;
                }
            }
            4 => {
                // The connection breaks, and the calls are sent again on the next one.
                for _ in 0..dice.between(1, 4) {
                    self.start(&Errand::any(dice)).await?;
                }
                self.read(Instant::now() + dice.millis(0, 40)).await?;
                return Err(Gone);
            }
            5 => {
                for _ in 0..16 {
                    self.start(&Errand::any(dice)).await?;
                }
                tokio::time::sleep(dice.millis(200, 1_500)).await;
            }
            6 => {
                let garbage = ["{", "null", r#"{"type":"dance"}"#, r#"{"type":"call","id":"7"}"#, "\u{0}\u{7f}", ""];
                for _ in 0..dice.between(1, 5) {
                    self.send_text(dice.pick(&garbage).to_owned()).await?;
                }
                let lost = Frame::Answer(Answer::new(CallId::mint(), None, Ok(&to_raw_value(&1).unwrap())).unwrap());
                self.say(&lost).await?;
                self.say(&Frame::Cancel(CallId::mint(), None)).await?;
                self.start(&Errand::any(dice)).await?;
            }
            7 => {
                self.start(&Errand::any(dice)).await?;
                self.say(&Frame::Bye(Bye::new(Bye::DONE, ""))).await?;
                self.abandon("its caller left");
                return Ok(false);
            }
            _ => {
                self.start(&Errand::any(dice)).await?;
                self.world.trail.note(format!("{}: vanished for good", self.name));
                self.abandon("its caller left");
                return Ok(false);
            }
        }
        self.read_to_the_end().await?;
        Ok(true)
    }

    /// The connection broke with calls under way: they are given up, or sent again on the next connection.
    async fn mend(&mut self, dice: &mut Dice) {
        if dice.one_in(3) {
            return self.abandon("its connection broke");
        }
        while !self.open.is_empty() {
            if self.connect().await.is_ok() && self.repeat().await.is_ok() {
                return;
            }
            self.socket = None;
            let now = Instant::now();
            let over: Vec<CallId> = self.open.iter().filter(|(_, open)| open.due < now).map(|(id, _)| *id).collect();
            for open in over.iter().filter_map(|id| self.open.remove(id)) {
                self.world.ledger.settle(open.ticket, &Heard::NothingDue("no hub until its time was over"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn repeat(&mut self) -> Result<(), Gone> {
        let ids: Vec<CallId> = self.open.keys().copied().collect();
        for id in ids {
            self.send_again(id).await?;
        }
        self.read_to_the_end().await
    }

    fn abandon(&mut self, why: &'static str) {
        for (_, open) in self.open.drain() {
            self.world.ledger.settle(open.ticket, &Heard::NothingDue(why));
        }
    }

    async fn start(&mut self, errand: &Errand) -> Result<CallId, Gone> {
        let ticket = self.world.ledger.open(&self.name, errand.changes);
        let id = CallId::mint();
        let body = CallBody {
            tool: errand.tool.to_owned(),
            params: to_raw_value(&errand.params(&ticket.marker)).unwrap(),
            client_name: String::new(),
            attempt: 0,
            browser_epoch: None,
            expires_at: now_ms() + u64::try_from(errand.time.as_millis()).unwrap(),
            read_only: false,
        };
        let (call, due) = (Call { id, client: None, body }, Instant::now() + errand.time + SLACK);
        self.open.insert(id, OpenCall { ticket, call, due, is_cancelled: false });
        self.send_again(id).await?;
        Ok(id)
    }

    async fn send_again(&mut self, id: CallId) -> Result<(), Gone> {
        let Some(open) = self.open.get_mut(&id) else { return Ok(()) };
        open.call.body.attempt += 1;
        let frame = Frame::Call(open.call.clone());
        self.counts.entry(id).or_default().0 += 1;
        self.say(&frame).await
    }

    async fn say(&mut self, frame: &Frame) -> Result<(), Gone> {
        self.send_text(frame.encode().unwrap()).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), Gone> {
        let socket = self.socket.as_mut().ok_or(Gone)?;
        // A hub that is stopped reads nothing; its death ends this.
        tokio::time::timeout(SLACK, socket.send(Message::text(text))).await.map_err(|_| Gone)?.map_err(|_| Gone)
    }

    /// Reads until every call is answered.
    async fn read_to_the_end(&mut self) -> Result<(), Gone> {
        while let Some(due) = self.open.values().map(|open| open.due).min() {
            self.read(due.min(Instant::now() + Duration::from_millis(200))).await?;
            let now = Instant::now();
            let late: Vec<CallId> = self.open.iter().filter(|(_, open)| open.due < now).map(|(id, _)| *id).collect();
            for open in late.iter().filter_map(|id| self.open.remove(id)) {
                self.world.ledger.unanswered(open.ticket);
            }
        }
        Ok(())
    }

    /// Reads for a while, whatever comes.
    async fn read_for(&mut self, time: Duration) {
        if self.socket.is_none() {
            return self.world.storm_for(time).await;
        }
        if self.read_past(Instant::now() + time).await.is_err() {
            self.socket = None;
        }
    }

    /// Reads until then, or until every call is answered.
    async fn read(&mut self, until: Instant) -> Result<(), Gone> {
        while !self.open.is_empty() && Instant::now() < until {
            self.hear_one(until).await?;
        }
        Ok(())
    }

    async fn read_past(&mut self, until: Instant) -> Result<(), Gone> {
        while Instant::now() < until {
            self.hear_one(until).await?;
        }
        Ok(())
    }

    /// Reads for as long as the connection lasts: a fault that was armed in the storm may end the hub after it.
    async fn read_until_gone(&mut self) {
        while self.read_past(Instant::now() + HANDSHAKE).await.is_ok() {}
    }

    async fn hear_one(&mut self, until: Instant) -> Result<(), Gone> {
        let socket = self.socket.as_mut().ok_or(Gone)?;
        let Ok(message) = tokio::time::timeout_at(until.into(), socket.next()).await else { return Ok(()) };
        match message {
            Some(Ok(Message::Text(text))) => match Frame::decode(&text) {
                Ok(Frame::Answer(answer)) => self.answered(&answer),
                Ok(Frame::Ping(id)) => self.say(&Frame::Pong(id)).await?,
                Ok(Frame::Bye(_)) => return Err(Gone),
                Ok(_) => {}
                Err(error) => self.world.trail.broke(format!("{}: the hub sent what is no frame: {error}", self.name)),
            },
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
            Some(Ok(_)) => {}
        }
        Ok(())
    }

    fn answered(&mut self, answer: &Answer) {
        let (sent, answered) = self.counts.entry(answer.id).or_default();
        *answered += 1;
        if answered > sent {
            let what = format!("call {} was sent {sent} times and answered {answered} times", answer.id);
            self.world.trail.broke(format!("{}: {what}", self.name));
        }
        let Some(open) = self.open.remove(&answer.id) else { return };
        let heard = match answer.outcome() {
            Ok(Ok(result)) => Heard::Result(serde_json::from_str(result.get()).unwrap()),
            Ok(Err(error)) if open.is_cancelled && error.code == ErrorCode::Cancelled => {
                Heard::NothingDue("cancelled by its caller")
            }
            Ok(Err(error)) => Heard::Error(error),
            Err(error) => return self.world.trail.broke(format!("{}: an answer is none: {error}", self.name)),
        };
        self.was_result = matches!(heard, Heard::Result(_));
        self.world.ledger.settle(open.ticket, &heard);
    }

    async fn answer_roll_call(&mut self) {
        let deadline = Instant::now() + ROLL_CALL;
        loop {
            let is_well = self.try_to_work().await;
            if is_well {
                return;
            }
            if Instant::now() > deadline {
                let what = "it cannot work though nothing is broken any more";
                return self.world.trail.broke(format!("{}: {what}", self.name));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn try_to_work(&mut self) -> bool {
        self.was_result = false;
        let worked = async {
            self.connect().await?;
            self.start(&Errand::look()).await?;
            self.read_to_the_end().await
        };
        let worked = worked.await.is_ok() && self.was_result;
        if !worked {
            self.socket = None;
            self.abandon("no answer at the roll call");
        }
        worked
    }
}
