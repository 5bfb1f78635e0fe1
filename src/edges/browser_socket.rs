//! The extension's socket: proves both sides, then turns bytes into frames and back. It keeps the connection when
//! the session behind it is restarted, and hands it over again.

use std::collections::VecDeque;

use actix::prelude::*;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_web_actors::ws;

use super::connection::hangup_of;
use super::door::Stranger;
use super::guard;
use super::outflow::Leaving;
use super::state::HubState;
use super::wire::{self, Assembler, Heard, Presence};
use crate::actors::browser_session::BrowserSession;
use crate::actors::browser_session::messages::{AttachLink, FromBrowser, LinkLost, LinkOrigin};
use crate::actors::link::{Budget, Charge, Link, ToPeer};
use crate::actors::supervisor::messages::StartBrowser;
use crate::config::limits;
use crate::protocol::hello::{BrowserHello, BrowserInfo, HubHello, Welcome, check_protocol};
use crate::protocol::proof::{self, Challenge, Prover};
use crate::protocol::{Bye, ErrorCode, Frame, Hello, HubError};
use crate::supervise::fault::{Fate, points};
use crate::supervise::slot::PeerRestarted;
use crate::supervise::{Slot, Undelivered, reply_port};

/// How far the connection is.
enum Stage {
    /// The hub's challenge is out.
    Challenged { nonce: String },
    /// The extension is who it says; its session is being found.
    Proven { info: BrowserInfo },
    /// Its session has the connection.
    Attached { info: BrowserInfo, session: Slot<BrowserSession> },
    /// Goodbye was said.
    Closing,
}

/// The extension's socket.
pub struct BrowserSocket {
    state: web::Data<HubState>,
    serial: u64,
    stage: Stage,
    assembler: Assembler,
    presence: Presence,
    /// Whether the session has written to this connection since it was handed over.
    is_served: bool,
    /// Until it has said hello.
    stranger: Option<Stranger>,
    /// Room for what the browser says until its session hears it.
    inbox: Budget,
    leaving: Leaving,
    /// What the browser said while its session was being restarted.
    backlog: VecDeque<(Frame, Charge)>,
}

/// Answers `/ws/browser`; the guard has checked Host and, where there is one, Origin.
pub async fn browser_socket(
    state: web::Data<HubState>,
    request: HttpRequest,
    stream: web::Payload,
) -> Result<HttpResponse, Error> {
    if let Err(refusal) = guard::check_browser(request.headers(), &state.token, state.port) {
        return Ok(guard::forbidden(request.path(), &refusal));
    }
    let assembler = Assembler::new(limits::BROWSER_FRAME_BYTES);
    let (stream, hangup, leaving) = (assembler.gate(stream), hangup_of(&request), Leaving::default());
    let socket = BrowserSocket {
        serial: state.house.next_serial(),
        stage: Stage::Challenged { nonce: proof::nonce() },
        assembler,
        is_served: false,
        stranger: Some(state.browsers_door.enter(hangup.clone())),
        presence: Presence::new(hangup),
        inbox: Budget::new(state.house.tuning.inbox_bytes),
        leaving: leaving.clone(),
        backlog: VecDeque::new(),
        state,
    };
    let response = ws::WsResponseBuilder::new(socket, &request, stream).frame_size(limits::BROWSER_FRAME_BYTES);
    response.start().map(|response| leaving.watch(response))
}

impl Actor for BrowserSocket {
    type Context = ws::WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(limits::OUTBOX_FRAMES);
        if let Stage::Challenged { nonce } = &self.stage {
            wire::write(&Frame::Hello(None, Hello::Hub(HubHello::new(nonce.clone()))), ctx);
        }
        let tuning = &self.state.house.tuning;
        ctx.run_later(tuning.hello_timeout, |act, ctx| {
            if matches!(act.stage, Stage::Challenged { .. }) {
                act.refuse(&HubError::new(ErrorCode::Unauthorized, "No hello came in time."), ctx);
            }
        });
        wire::heartbeat(ctx, &self.presence, tuning);
    }
}

/// However the socket ends, by a panic as well: its session hears of it.
impl Drop for BrowserSocket {
    fn drop(&mut self) {
        if let Stage::Attached { session, .. } = &self.stage {
            session.tell(LinkLost { serial: self.serial });
        }
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for BrowserSocket {
    fn handle(&mut self, item: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        if self.state.house.faults.at::<Self>(points::BROWSER_SOCKET_READ, ctx) == Fate::Lost {
            return;
        }
        self.presence.hear();
        match self.assembler.take(item) {
            Heard::Text(text) => match Frame::decode(&text) {
                Ok(frame) => self.hear(frame, text.len(), ctx),
                // One bad frame is no reason to lose a browser.
                Err(error) => log::warn!("browser socket {}: {error}", self.serial),
            },
            Heard::Nothing => {}
            Heard::Garbage => log::warn!("browser socket {}: a message that is no text", self.serial),
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
                log::warn!("browser socket {}: {}", self.serial, error.message);
                wire::close(Bye::from(&error), ws::CloseCode::Size, ctx);
            }
        }
    }
}

impl BrowserSocket {
    /// A frame came that was so many bytes long.
    fn hear(&mut self, frame: Frame, bytes: usize, ctx: &mut ws::WebsocketContext<Self>) {
        match (&self.stage, frame) {
            (_, Frame::Ping(id)) => wire::write(&Frame::Pong(id), ctx),
            (Stage::Challenged { nonce }, Frame::Hello(_, Hello::Browser(hello))) => {
                match self.prove(&hello, nonce) {
                    Ok(welcome) => {
                        wire::write(&Frame::Welcome(welcome), ctx);
                        self.stage = Stage::Proven { info: hello.browser };
                        self.stranger = None;
                        self.find_session(LinkOrigin::NewConnection, ctx);
                    }
                    Err(error) => self.refuse(&error, ctx),
                };
            }
            (Stage::Challenged { .. }, other) => {
                let message = format!("The first frame must be a browser's hello, not {}.", other.kind());
                self.refuse(&HubError::new(ErrorCode::InvalidParams, message), ctx);
            }
            (Stage::Proven { .. } | Stage::Attached { .. }, frame) => match self.inbox.charge(bytes) {
                Some(charge) => self.pass_on(frame, charge, ctx),
                None => self.refuse(&too_much(), ctx),
            },
            (Stage::Closing, _) => {}
        }
    }

    /// Checks the extension's proof and makes the hub's own.
    fn prove(&self, hello: &BrowserHello, nonce: &str) -> Result<Welcome, HubError> {
        check_protocol("extension", hello.protocol)?;
        let challenge = Challenge { port: self.state.port, hub_nonce: nonce, peer_nonce: &hello.nonce };
        let secret = &self.state.pairing_secret;
        if hello.port != self.state.port || !proof::verify(secret, Prover::Browser, challenge, &hello.proof) {
            return Err(HubError::new(
                ErrorCode::Unauthorized,
                "The extension is not paired with this hub: its proof of the pairing secret is wrong. \
                 Type the code that `tabhub extension` shows into the popup.",
            ));
        }
        Ok(Welcome::new(proof::prove(secret, Prover::Hub, challenge)))
    }

    fn refuse(&mut self, error: &HubError, ctx: &mut ws::WebsocketContext<Self>) {
        log::warn!("browser socket {}: refused: {error}", self.serial);
        if let Stage::Attached { session, .. } = std::mem::replace(&mut self.stage, Stage::Closing) {
            session.tell(LinkLost { serial: self.serial });
        }
        wire::close(Bye::from(error), ws::CloseCode::Policy, ctx);
    }

    /// Asks the supervisor for the browser's session and hands the connection over.
    fn find_session(&mut self, origin: LinkOrigin, ctx: &mut ws::WebsocketContext<Self>) {
        let Stage::Proven { info } = &self.stage else { return };
        let (reply, answer) = reply_port();
        let asked = self.state.house.supervisor.try_send(StartBrowser { id: info.id, reply });
        drop(asked);
        ctx.spawn(answer.wait().into_actor(self).map(move |answer, act, ctx| match answer {
            Ok(session) => {
                ctx.add_stream(session.restarts());
                act.attach(session, origin, ctx);
            }
            // The supervisor is being restarted: ask the next one.
            Err(_) => {
                ctx.run_later(limits::REROUTE_PAUSE, move |act, ctx| act.find_session(origin, ctx));
            }
        }));
    }

    fn attach(&mut self, session: Slot<BrowserSession>, origin: LinkOrigin, ctx: &mut ws::WebsocketContext<Self>) {
        let info = match std::mem::replace(&mut self.stage, Stage::Closing) {
            Stage::Proven { info } | Stage::Attached { info, .. } => info,
            other => {
                self.stage = other;
                return;
            }
        };
        let attach = AttachLink {
            serial: self.serial,
            info: info.clone(),
            link: Link::new(ctx.address().recipient(), self.state.house.outbox(), self.presence.hangup()),
            origin,
        };
        if session.try_send(attach).is_err() {
            // It ended this very moment: the supervisor starts another.
            self.stage = Stage::Proven { info };
            ctx.run_later(limits::REROUTE_PAUSE, move |act, ctx| act.find_session(origin, ctx));
            return;
        }
        self.stage = Stage::Attached { info, session };
        // A session says who is here as soon as it has a connection. One that says nothing has missed it.
        self.is_served = false;
        ctx.run_later(limits::ANNOUNCE_AGAIN, move |act, ctx| {
            if let (false, Stage::Attached { session, .. }) = (act.is_served, &act.stage) {
                let session = session.clone();
                act.attach(session, origin, ctx);
            }
        });
        for (frame, charge) in std::mem::take(&mut self.backlog) {
            self.pass_on(frame, charge, ctx);
        }
    }

    fn pass_on(&mut self, frame: Frame, charge: Charge, ctx: &mut ws::WebsocketContext<Self>) {
        let serial = self.serial;
        let undelivered = match &self.stage {
            Stage::Attached { session, .. } => match session.try_send(FromBrowser { serial, frame, charge }) {
                Ok(()) => return,
                Err(Undelivered::Dead(from)) => (from.frame, from.charge),
                Err(Undelivered::Full(_)) => return self.refuse(&too_much(), ctx),
            },
            Stage::Closing => return,
            Stage::Challenged { .. } | Stage::Proven { .. } => (frame, charge),
        };
        if self.backlog.len() < limits::OUTBOX_FRAMES {
            self.backlog.push_back(undelivered);
        } else {
            // Not dropped in silence: a connection that ends is made good, an answer that is lost is not.
            self.refuse(&too_much(), ctx);
        }
    }
}

fn too_much() -> HubError {
    HubError::busy("The browser sends more than the hub can take.", limits::BUSY_LONG)
}

/// The session was restarted under this connection: the new run gets it.
impl StreamHandler<PeerRestarted> for BrowserSocket {
    fn handle(&mut self, _: PeerRestarted, ctx: &mut Self::Context) {
        if let Stage::Attached { session, .. } = &self.stage {
            let session = session.clone();
            self.attach(session, LinkOrigin::Restart, ctx);
        }
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Handler<ToPeer> for BrowserSocket {
    type Result = ();

    fn handle(&mut self, message: ToPeer, ctx: &mut Self::Context) {
        if self.state.house.faults.at::<Self>(points::BROWSER_SOCKET_WRITE, ctx) == Fate::Lost {
            return;
        }
        match message {
            ToPeer::Frame(frame, charge) => {
                self.is_served = true;
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
