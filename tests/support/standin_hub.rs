//! A stand-in hub for what the real one never does: other protocols, wrong proofs, words of builds to come.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use serde_json::value::to_raw_value;
use tabhub::daemon::hub_json::{self, HubFile};
use tabhub::daemon::locks::{self, Lock};
use tabhub::protocol::hello::{ControlHello, InstanceHello, Welcome};
use tabhub::protocol::proof::{self, Challenge, Prover};
use tabhub::protocol::status::Status;
use tabhub::protocol::{Answer, Bye, ErrorCode, Frame, Hello};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::home::Home;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// It has no clients, and stops when it is asked to.
    Idle,
    /// It has a client.
    Busy,
    /// It refuses the protocol.
    RefuseVersion,
    /// It does not know the token.
    WrongProof,
    /// It says more than this build knows, and once a goodbye of a kind that this build does not know.
    FromTheFuture,
}

#[derive(Debug, Default)]
struct Seen {
    was_stopped: bool,
    spoken: Option<u32>,
    calls: usize,
    lock: Option<Lock>,
}

/// A stand-in hub inside the test's process.
pub struct StandinHub {
    seen: Arc<Mutex<Seen>>,
}

impl StandinHub {
    /// Takes the lock and writes `hub.json`, as a hub of this protocol does.
    pub async fn start(home: &Home, protocol: u32, answers: Answers) -> Self {
        let paths = home.settings().paths;
        let lock = locks::try_lock(&paths.hub_lock()).unwrap().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let file = HubFile {
            pid: std::process::id(),
            port: listener.local_addr().unwrap().port(),
            mcp_port: None,
            legacy_port: None,
            version: format!("0.0.{protocol}"),
            protocol,
            token: hub_json::new_token(),
            started_at: 1,
        };
        hub_json::write(&paths.hub_json(), &file).unwrap();
        let seen = Arc::new(Mutex::new(Seen { lock: Some(lock), ..Seen::default() }));
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, file.clone(), answers, Arc::clone(&shared)));
                if shared.lock().unwrap().was_stopped {
                    return;
                }
            }
        });
        Self { seen }
    }

    /// Whether it was asked to stop.
    pub fn was_stopped(&self) -> bool {
        self.seen.lock().unwrap().was_stopped
    }

    /// The protocol of the last hello.
    pub fn spoken(&self) -> Option<u32> {
        self.seen.lock().unwrap().spoken
    }

    /// From now on it only looks like a hub.
    pub fn release_lock(&self) {
        self.seen.lock().unwrap().lock.take();
    }
}

#[allow(clippy::result_large_err, reason = "the form of the library's callback")]
async fn serve(stream: TcpStream, file: HubFile, answers: Answers, seen: Arc<Mutex<Seen>>) {
    let mut authorization = String::new();
    let read = |request: &Request, response: Response| {
        authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, read).await else { return };
    let nonce = authorization.strip_prefix("Tabhub ").unwrap().split_once('.').unwrap().0.to_owned();
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let frame = Frame::decode(&text).unwrap();
        if answers == Answers::FromTheFuture {
            for text in from_the_future(&frame, &file, &nonce, &seen) {
                if socket.send(Message::text(text.to_string())).await.is_err() {
                    return;
                }
            }
            continue;
        }
        let reply = match frame {
            Frame::Hello(_, hello) => {
                seen.lock().unwrap().spoken = Some(protocol_of(&hello));
                let token = if answers == Answers::WrongProof { "another token" } else { &file.token };
                let challenge = Challenge { port: file.port, hub_nonce: "", peer_nonce: &nonce };
                match answers {
                    Answers::RefuseVersion => {
                        Frame::Bye(Bye::new(ErrorCode::VersionMismatch.word(), "I speak 98 to 99."))
                    }
                    _ => Frame::Welcome(Welcome::new(proof::prove(token, Prover::Hub, challenge))),
                }
            }
            Frame::Call(call) => {
                let result = match call.body.tool.as_str() {
                    "hub_stop" => {
                        let mut seen = seen.lock().unwrap();
                        seen.was_stopped = true;
                        seen.lock.take();
                        json!({})
                    }
                    _ => status(answers),
                };
                let result = to_raw_value(&result).unwrap();
                Frame::Answer(Answer::new(call.id, None, Ok(&result)).unwrap())
            }
            _ => continue,
        };
        if socket.send(Message::text(reply.encode().unwrap())).await.is_err() {
            return;
        }
    }
}

fn protocol_of(hello: &Hello) -> u32 {
    match hello {
        Hello::Control(ControlHello { protocol, .. }) | Hello::Instance(InstanceHello { protocol, .. }) => *protocol,
        Hello::Hub(_) | Hello::Browser(_) => panic!("neither an instance's hello nor the command line's"),
    }
}

/// What a hub of a later build says: everything that this build knows, and more.
fn from_the_future(frame: &Frame, file: &HubFile, nonce: &str, seen: &Mutex<Seen>) -> Vec<serde_json::Value> {
    let omen = json!({ "type": "omen", "id": "1", "payload": { "a": [1, 2] } });
    let news = json!({ "type": "event", "payload": { "name": "comet_seen", "brightness": 7 } });
    match frame {
        Frame::Hello(_, hello) => {
            seen.lock().unwrap().spoken = Some(protocol_of(hello));
            let challenge = Challenge { port: file.port, hub_nonce: "", peer_nonce: nonce };
            let welcome = json!({ "type": "welcome", "mood": "fine", "payload": {
                "protocol": file.protocol, "version": "9.9.9", "capabilities": ["telepathy"], "moons": 2,
                "proof": proof::prove(&file.token, Prover::Hub, challenge),
            } });
            let browsers = json!({ "type": "event", "payload": { "name": "browsers", "also": {}, "browsers": [{
                "id": "11111111-2222-4333-8444-555555555555", "epoch": "99999999-8888-4777-8666-555555555555",
                "name": "Chromium", "colour": "blue",
            }] } });
            vec![omen.clone(), welcome, omen, news, browsers]
        }
        Frame::Call(call) => {
            let mut seen = seen.lock().unwrap();
            seen.calls += 1;
            if seen.calls == 2 {
                return vec![
                    json!({ "type": "bye", "payload": { "code": "eclipse", "message": "Come back.", "for": 1 } }),
                ];
            }
            let text = format!("call {}", seen.calls);
            let answer = json!({ "type": "answer", "id": call.id, "clientId": call.client, "hops": 3, "payload": {
                "ok": true, "result": { "text": text, "smell": "roses" }, "took": 1,
            } });
            vec![news, omen, answer]
        }
        _ => Vec::new(),
    }
}

fn status(answers: Answers) -> serde_json::Value {
    let mut status = serde_json::to_value(Status::default()).unwrap();
    if answers == Answers::Busy {
        status["clients"] = json!([{
            "id": "6f2c1f0e-6a4e-4a3a-9a52-0d5f4d6a7b11", "name": "someone", "version": "1", "state": "ready",
            "connectedSecs": 1, "tabs": [], "inFlight": 1, "lastError": null, "history": [],
        }]);
    }
    status
}
