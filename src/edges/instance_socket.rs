//! The instances' socket, and the command line's: the token was proven with the upgrade; here comes the hello, and
//! then bytes are turned into frames and back.

use std::time::Duration;

use actix::prelude::*;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_web_actors::ws;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::connection::hangup_of;
use super::door::Stranger;
use super::guard;
use super::outflow::Leaving;
use super::state::HubState;
use super::wire::{self, Assembler, Heard, Presence};
use crate::actors::call::Home;
use crate::actors::client_registry::messages::{Departure, Identity};
use crate::actors::client_session::messages::{FromInstance, PeerLeft};
use crate::actors::client_session::{ClientSession, NewClient};
use crate::actors::link::{Budget, Link, ToPeer};
use crate::actors::status;
use crate::actors::supervisor::messages::StartClient;
use crate::config::limits;
use crate::protocol::hello::{ControlHello, InstanceHello, Welcome, check_protocol};
use crate::protocol::proof::{self, Challenge, Prover};
use crate::protocol::{Answer, Bye, Call, ClientId, ErrorCode, Frame, Hello, HubError};
use crate::supervise::fault::{Fate, points};
use crate::supervise::reply_port;
use crate::supervise::slot::tell;

/// Asks for the status of the whole house.
pub const HUB_STATUS: &str = "hub_status";
/// Ends the hub.
pub const HUB_STOP: &str = "hub_stop";
/// Arms faults in the running hub, in the test build only.
#[cfg(feature = "faults")]
pub const HUB_FAULT: &str = "hub_fault";

/// How far the connection is.
enum Stage {
    /// The upgrade is done, the hello has not come.
    Open,
    /// The client's session is being started.
    Greeted,
    /// An instance, with its session.
    Instance(Addr<ClientSession>),
    /// The command line.
    Control,
    /// Goodbye was said.
    Closing,
}

/// The instances' socket.
pub struct InstanceSocket {
    state: web::Data<HubState>,
    /// The peer's nonce, which the hub's proof answers.
    nonce: String,
    stage: Stage,
    assembler: Assembler,
    presence: Presence,
    /// Until it has said hello.
    stranger: Option<Stranger>,
    /// Room for what the instance says until its session hears it.
    inbox: Budget,
    leaving: Leaving,
}

/// Answers `/ws/instance`; the guard has checked Host and Origin.
pub async fn instance_socket(
    state: web::Data<HubState>,
    request: HttpRequest,
    stream: web::Payload,
) -> Result<HttpResponse, Error> {
    let nonce = match guard::check_token(request.headers(), &state.token, state.port) {
        Ok(nonce) => nonce,
        Err(refusal) => return Ok(guard::forbidden(request.path(), &refusal)),
    };
    let assembler = Assembler::new(limits::INSTANCE_FRAME_BYTES);
    let (stream, hangup, leaving) = (assembler.gate(stream), hangup_of(&request), Leaving::default());
    let socket = InstanceSocket {
        nonce,
        stage: Stage::Open,
        assembler,
        stranger: Some(state.instances_door.enter(hangup.clone())),
        presence: Presence::new(hangup),
        inbox: Budget::new(state.house.tuning.inbox_bytes),
        leaving: leaving.clone(),
        state,
    };
    let response = ws::WsResponseBuilder::new(socket, &request, stream).frame_size(limits::INSTANCE_FRAME_BYTES);
    response.start().map(|response| leaving.watch(response))
}

impl Actor for InstanceSocket {
    type Context = ws::WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(limits::OUTBOX_FRAMES);
        let tuning = &self.state.house.tuning;
        ctx.run_later(tuning.hello_timeout, |act, ctx| {
            if matches!(act.stage, Stage::Open) {
                act.refuse(&HubError::new(ErrorCode::InvalidParams, "No hello came in time."), ctx);
            }
        });
        wire::heartbeat(ctx, &self.presence, tuning);
    }
}

/// However the socket ends, by a panic as well: its session hears of it.
impl Drop for InstanceSocket {
    fn drop(&mut self) {
        if let Stage::Instance(session) = &self.stage {
            tell(session, PeerLeft(Departure::Lost));
        }
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for InstanceSocket {
    fn handle(&mut self, item: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        if self.state.house.faults.at::<Self>(points::INSTANCE_SOCKET_READ, ctx) == Fate::Lost {
            return;
        }
        self.presence.hear();
        match self.assembler.take(item) {
            Heard::Text(text) => match Frame::decode(&text) {
                Ok(frame) => self.hear(frame, text.len(), ctx),
                Err(error) => {
                    log::warn!("instance socket: {error}");
                    if matches!(self.stage, Stage::Open) {
                        self.refuse(&HubError::new(ErrorCode::InvalidParams, error.to_string()), ctx);
                    }
                }
            },
            Heard::Nothing => {}
            Heard::Garbage => log::warn!("instance socket: a message that is no text"),
            Heard::Broken => {
                let error = HubError::new(ErrorCode::InvalidParams, "What came is no WebSocket frame.");
                self.refuse(&error, ctx);
            }
            Heard::Closing => {
                ctx.close(None);
                ctx.stop();
            }
            Heard::TooLarge => {
                let error = self.assembler.too_large();
                log::warn!("instance socket: {}", error.message);
                wire::close(Bye::from(&error), ws::CloseCode::Size, ctx);
            }
        }
    }
}

impl InstanceSocket {
    /// A frame came that was so many bytes long.
    fn hear(&mut self, frame: Frame, bytes: usize, ctx: &mut ws::WebsocketContext<Self>) {
        match (&self.stage, frame) {
            (_, Frame::Ping(id)) => wire::write(&Frame::Pong(id), ctx),
            (Stage::Open, Frame::Hello(Some(id), Hello::Instance(hello))) => self.greet(id, hello, ctx),
            (Stage::Open, Frame::Hello(_, Hello::Control(hello))) => self.greet_control(&hello, ctx),
            (Stage::Open, other) => {
                let message =
                    format!("The first frame must be an instance's hello with its clientId, not {}.", other.kind());
                self.refuse(&HubError::new(ErrorCode::InvalidParams, message), ctx);
            }
            (Stage::Control, Frame::Call(call)) => self.control(call, ctx),
            (Stage::Instance(session), Frame::Bye(bye)) => {
                tell(session, FromInstance(Frame::Bye(bye), None));
                self.stage = Stage::Closing;
                wire::end(ctx);
            }
            (Stage::Instance(session), frame) => {
                let charge = self.inbox.charge(bytes);
                if charge.is_none() || session.try_send(FromInstance(frame, charge)).is_err() {
                    let message = "The instance sends more than the hub can take.";
                    self.refuse(&HubError::busy(message, limits::BUSY_LONG), ctx);
                }
            }
            (Stage::Control | Stage::Greeted | Stage::Closing, _) => {}
        }
    }

    fn welcome(&self) -> Frame {
        let challenge = Challenge { port: self.state.port, hub_nonce: "", peer_nonce: &self.nonce };
        let proof = proof::prove(&self.state.token, Prover::Hub, challenge);
        // An instance sends its calls as soon as it is welcomed, and must know by then where they can go.
        Frame::Welcome(Welcome { browsers: self.state.house.browsers(), ..Welcome::new(proof) })
    }

    fn greet(&mut self, id: ClientId, hello: InstanceHello, ctx: &mut ws::WebsocketContext<Self>) {
        if let Err(error) = check_protocol("instance", hello.protocol) {
            self.refuse(&error, ctx);
            return;
        }
        if self.state.house.is_ending() {
            self.refuse(&HubError::new(ErrorCode::HubStopping, "The hub is shutting down."), ctx);
            return;
        }
        let grace = hello.grace_secs.map_or(self.state.house.tuning.lease_grace, Duration::from_secs);
        let (alive, ended) = oneshot::channel();
        let client = NewClient {
            id,
            identity: Identity {
                name: hello.name.unwrap_or_default(),
                version: hello.host_version.unwrap_or(hello.version),
            },
            assigned: hello.assigned,
            home: hello.home.map(|browser| Home { browser, is_chosen: hello.home_chosen }),
            grace: grace.min(limits::LEASE_GRACE_MAX),
            history: hello.history.into_iter().rev().take(limits::HISTORY_STEPS).rev().collect(),
            link: Link::new(ctx.address().recipient(), self.state.house.outbox(), self.presence.hangup()),
            alive,
        };
        wire::write(&self.welcome(), ctx);
        self.stage = Stage::Greeted;
        self.stranger = None;
        let (reply, answer) = reply_port();
        let asked = self.state.house.supervisor.try_send(StartClient { client, reply });
        drop(asked);
        // What the peer says meanwhile waits in the socket: its session comes first.
        ctx.wait(answer.wait().into_actor(self).map(|answer, act, ctx| match answer {
            Ok(session) => act.stage = Stage::Instance(session),
            Err(_) => act.refuse(&HubError::new(ErrorCode::Internal, "The supervisor is being restarted."), ctx),
        }));
        ctx.spawn(ended.into_actor(self).map(|_, act, ctx| {
            if matches!(act.stage, Stage::Instance(_)) {
                act.refuse(&HubError::new(ErrorCode::Internal, "The client's session ended; connect again."), ctx);
            }
        }));
    }

    fn greet_control(&mut self, hello: &ControlHello, ctx: &mut ws::WebsocketContext<Self>) {
        match check_protocol("command line", hello.protocol) {
            Ok(()) => {
                self.stage = Stage::Control;
                self.stranger = None;
                wire::write(&self.welcome(), ctx);
            }
            Err(error) => self.refuse(&error, ctx),
        }
    }

    fn control(&mut self, call: Call, ctx: &mut ws::WebsocketContext<Self>) {
        match call.body.tool.as_str() {
            HUB_STATUS => {
                let house = self.state.house.clone();
                let collect = async move { serde_json::value::to_raw_value(&status::collect(&house).await) };
                ctx.spawn(collect.into_actor(self).map(move |status, _, ctx| {
                    answer(&call, status.map_err(internal).as_deref(), ctx);
                }));
            }
            HUB_STOP => {
                let reason = stop_reason(&call.body.params);
                answer(
                    &call,
                    serde_json::value::to_raw_value(&serde_json::json!({})).map_err(internal).as_deref(),
                    ctx,
                );
                self.state.house.end(reason);
            }
            #[cfg(feature = "faults")]
            HUB_FAULT => {
                let armed = self.arm(&call.body.params);
                answer(&call, armed.as_deref(), ctx);
            }
            other => {
                let error = HubError::new(ErrorCode::InvalidParams, format!("There is no control call {other:?}."));
                answer(&call, Err(&error), ctx);
            }
        }
    }

    /// Arms the faults that the call names, in place of those that were armed, and tells how many have struck so far.
    #[cfg(feature = "faults")]
    fn arm(&self, params: &RawValue) -> Result<Box<RawValue>, HubError> {
        #[derive(serde::Deserialize)]
        struct Arm {
            spec: String,
        }
        let wrong = |error: String| HubError::new(ErrorCode::InvalidParams, error);
        let Arm { spec } = serde_json::from_str(params.get()).map_err(|error| wrong(error.to_string()))?;
        let strikes = self.state.house.faults.strikes();
        self.state.house.faults.arm(&spec).map_err(|error| wrong(error.to_string()))?;
        serde_json::value::to_raw_value(&serde_json::json!({ "strikes": strikes })).map_err(internal)
    }

    fn refuse(&mut self, error: &HubError, ctx: &mut ws::WebsocketContext<Self>) {
        log::warn!("instance socket: closed: {error}");
        if let Stage::Instance(session) = std::mem::replace(&mut self.stage, Stage::Closing) {
            tell(&session, PeerLeft(Departure::Lost));
        }
        wire::close(Bye::from(error), ws::CloseCode::Policy, ctx);
    }
}

impl Handler<ToPeer> for InstanceSocket {
    type Result = ();

    fn handle(&mut self, message: ToPeer, ctx: &mut Self::Context) {
        if self.state.house.faults.at::<Self>(points::INSTANCE_SOCKET_WRITE, ctx) == Fate::Lost {
            return;
        }
        match message {
            ToPeer::Frame(frame, charge) => {
                wire::write(&frame, ctx);
                self.leaving.add(charge);
            }
            ToPeer::Close(bye) => {
                self.stage = Stage::Closing;
                wire::close(bye, ws::CloseCode::Normal, ctx);
            }
        }
    }
}

fn answer(call: &Call, outcome: Result<&RawValue, &HubError>, ctx: &mut ws::WebsocketContext<InstanceSocket>) {
    match Answer::new(call.id, None, outcome) {
        Ok(answer) => wire::write(&Frame::Answer(answer), ctx),
        Err(error) => log::error!("a control call cannot be answered: {error}"),
    }
}

fn internal(error: serde_json::Error) -> HubError {
    HubError::new(ErrorCode::Internal, error.to_string())
}

fn stop_reason(params: &RawValue) -> String {
    #[derive(serde::Deserialize)]
    struct Stop {
        reason: Option<String>,
    }
    let said = serde_json::from_str::<Stop>(params.get()).ok().and_then(|stop| stop.reason);
    said.unwrap_or_else(|| "it was told to stop".to_owned())
}
