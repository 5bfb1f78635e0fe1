//! The extension's socket: proves both sides, then turns bytes into frames and back. It keeps the connection when
//! the session behind it is restarted, and hands it over again.

use actix::prelude::*;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_web_actors::ws;

use super::connection::hangup_of;
use super::door::Stranger;
use super::guard;
use super::mooring::{self, Moored, Mooring};
use super::outflow::Leaving;
use super::state::HubState;
use super::wire::{self, Assembler, Heard, Presence};
use crate::actors::link::ToPeer;
use crate::config::limits;
use crate::protocol::hello::{BrowserHello, HubHello, Welcome, check_protocol};
use crate::protocol::proof::{self, Challenge, Prover};
use crate::protocol::{Bye, ErrorCode, Frame, Hello, HubError};
use crate::supervise::fault::{Fate, points};
use crate::supervise::slot::PeerRestarted;

/// How far the connection is.
enum Stage {
    /// The hub's challenge is out.
    Challenged { nonce: String },
    /// The extension is who it says; its session is being found, or has the connection.
    Proven,
    /// Goodbye was said.
    Closing,
}

/// The extension's socket.
pub struct BrowserSocket {
    state: web::Data<HubState>,
    stage: Stage,
    mooring: Mooring,
    assembler: Assembler,
    presence: Presence,
    /// Until it has said hello.
    stranger: Option<Stranger>,
    leaving: Leaving,
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
        stage: Stage::Challenged { nonce: proof::nonce() },
        mooring: Mooring::new(state.house.clone(), hangup.clone()),
        assembler,
        stranger: Some(state.browsers_door.enter(hangup.clone())),
        presence: Presence::new(hangup),
        leaving: leaving.clone(),
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
                Err(error) => log::warn!("browser socket {}: {error}", self.mooring.serial()),
            },
            Heard::Nothing => {}
            Heard::Garbage => log::warn!("browser socket {}: a message that is no text", self.mooring.serial()),
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
                log::warn!("browser socket {}: {}", self.mooring.serial(), error.message);
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
                        self.stage = Stage::Proven;
                        self.stranger = None;
                        mooring::moor(self, hello.browser, ctx);
                    }
                    Err(error) => self.refuse(&error, ctx),
                };
            }
            (Stage::Challenged { .. }, other) => {
                let message = format!("The first frame must be a browser's hello, not {}.", other.kind());
                self.refuse(&HubError::new(ErrorCode::InvalidParams, message), ctx);
            }
            (Stage::Proven, frame) => mooring::say(self, frame, bytes, ctx),
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
}

impl Moored for BrowserSocket {
    fn mooring(&mut self) -> &mut Mooring {
        &mut self.mooring
    }

    fn refuse(&mut self, error: &HubError, ctx: &mut ws::WebsocketContext<Self>) {
        log::warn!("browser socket {}: refused: {error}", self.mooring.serial());
        self.stage = Stage::Closing;
        self.mooring.lose();
        wire::close(Bye::from(error), ws::CloseCode::Policy, ctx);
    }
}

/// The session was restarted under this connection: the new run gets it.
impl StreamHandler<PeerRestarted> for BrowserSocket {
    fn handle(&mut self, _: PeerRestarted, ctx: &mut Self::Context) {
        mooring::moor_again(self, ctx);
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
                self.mooring.served();
                wire::write(&frame, ctx);
                self.leaving.add(charge);
            }
            ToPeer::Close(bye) => {
                self.stage = Stage::Closing;
                self.mooring.let_go();
                wire::close(bye, ws::CloseCode::Normal, ctx);
            }
        }
    }
}
