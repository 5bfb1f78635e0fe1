//! The socket of the Browser MCP extension: bytes to frames of the extension's own protocol and back. What they mean is
//! decided at its desk; to everyone else it is the socket of one more browser.

use actix::prelude::*;
use actix_web::http::header::USER_AGENT;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_web_actors::ws;

use super::desk::{Deed, Desk};
use super::seats::Seated;
use crate::actors::link::ToPeer;
use crate::config::limits;
use crate::edges::connection::hangup_of;
use crate::edges::mooring::{self, Moored, Mooring};
use crate::edges::outflow::Leaving;
use crate::edges::state::HubState;
use crate::edges::wire::{self, Assembler, Heard, Presence};
use crate::protocol::{Answer, Event, Frame, HubError};
use crate::supervise::slot::PeerRestarted;

/// The socket of one Browser MCP extension.
pub struct LegacySocket {
    mooring: Mooring,
    desk: Desk,
    assembler: Assembler,
    leaving: Leaving,
    is_over: bool,
    /// Hangs up should this actor end by a panic.
    _presence: Presence,
    /// Its browser's seat, free again once this actor is gone.
    seated: Seated,
}

/// Answers `/` of the port for the Browser MCP extension; the guard has checked who asks.
pub async fn legacy_socket(
    state: web::Data<HubState>,
    request: HttpRequest,
    stream: web::Payload,
) -> Result<HttpResponse, Error> {
    let local = request.app_config().local_addr().port();
    let Some(legacy) = state.legacy.as_ref().filter(|legacy| legacy.port == local) else {
        return Ok(HttpResponse::NotFound().finish());
    };
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(seated) = legacy.seats.take(user_agent) else {
        log::warn!("more than {} browsers with the Browser MCP extension: one is turned away", limits::LEGACY_BROWSERS);
        return Ok(HttpResponse::ServiceUnavailable().finish());
    };
    let assembler = Assembler::new(limits::LEGACY_FRAME_BYTES);
    let (stream, hangup, leaving) = (assembler.gate(stream), hangup_of(&request), Leaving::default());
    let socket = LegacySocket {
        mooring: Mooring::new(state.house.clone(), hangup.clone()),
        desk: Desk::new(seated.info.epoch, seated.memory.clone(), state.house.tuning.legacy_frame),
        assembler,
        leaving: leaving.clone(),
        is_over: false,
        _presence: Presence::new(hangup),
        seated,
    };
    let response = ws::WsResponseBuilder::new(socket, &request, stream).frame_size(limits::LEGACY_FRAME_BYTES);
    response.start().map(|response| leaving.watch(response))
}

impl Actor for LegacySocket {
    type Context = ws::WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(limits::OUTBOX_FRAMES);
        let info = self.seated.info.clone();
        mooring::moor(self, info, ctx);
        self.tell_work(ctx);
    }
}

impl LegacySocket {
    /// It has no tabs of anyone's; what it is at is told, so that nothing is sent in between.
    fn tell_work(&mut self, ctx: &mut ws::WebsocketContext<Self>) {
        let at_work = Some(self.desk.at_work());
        let event = Event::Tabs { tabs: Vec::new(), focused: false, focused_at: None, at_work };
        mooring::say(self, Frame::Event(event), 0, ctx);
    }

    fn do_all(&mut self, deeds: Vec<Deed>, ctx: &mut ws::WebsocketContext<Self>) {
        for deed in deeds {
            match deed {
                Deed::Write { text, frame, patience } => {
                    ctx.text(text);
                    ctx.run_later(patience, move |act, ctx| {
                        let deeds = act.desk.late(frame);
                        act.do_all(deeds, ctx);
                    });
                }
                Deed::Answer(answer) => self.answer(answer, ctx),
                Deed::Name(given_name) => {
                    self.seated.name(&given_name);
                    mooring::say(self, Frame::Event(Event::Renamed { given_name }), 0, ctx);
                }
            }
        }
    }

    fn answer(&mut self, answer: Answer, ctx: &mut ws::WebsocketContext<Self>) {
        let bytes = answer.payload.get().len();
        mooring::say(self, Frame::Answer(answer), bytes, ctx);
    }

    /// The connection is over: callers of what was written are told at once, then the session hears of it.
    fn end(&mut self, ctx: &mut ws::WebsocketContext<Self>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        for answer in self.desk.leave() {
            self.answer(answer, ctx);
        }
        self.mooring.lose();
    }

    /// Closes with this code; the extension knows no goodbyes in words.
    fn close(&mut self, code: ws::CloseCode, ctx: &mut ws::WebsocketContext<Self>) {
        self.end(ctx);
        ctx.close(Some(ws::CloseReason { code, description: None }));
        ctx.run_later(wire::CLOSE_PATIENCE, |_, ctx| ctx.stop());
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for LegacySocket {
    fn handle(&mut self, item: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        if let Ok(ws::Message::Ping(bytes)) = &item {
            ctx.pong(bytes);
        }
        match self.assembler.take(item) {
            Heard::Text(text) if !self.is_over => {
                let deeds = self.desk.hear(&text);
                self.do_all(deeds, ctx);
            }
            Heard::Text(_) | Heard::Nothing => {}
            Heard::Garbage => {
                log::warn!("Browser MCP extension, socket {}: a message that is no text", self.mooring.serial());
            }
            Heard::Broken => self.close(ws::CloseCode::Protocol, ctx),
            Heard::TooLarge => {
                log::warn!("Browser MCP extension: {}", self.assembler.too_large().message);
                self.close(ws::CloseCode::Size, ctx);
            }
            Heard::Closing => {
                self.end(ctx);
                ctx.close(None);
                ctx.stop();
            }
        }
    }

    /// The connection ended without a goodbye.
    fn finished(&mut self, ctx: &mut Self::Context) {
        self.end(ctx);
        ctx.stop();
    }
}

impl Moored for LegacySocket {
    fn mooring(&mut self) -> &mut Mooring {
        &mut self.mooring
    }

    fn refuse(&mut self, error: &HubError, ctx: &mut ws::WebsocketContext<Self>) {
        log::warn!("Browser MCP extension, socket {}: refused: {error}", self.mooring.serial());
        self.is_over = true;
        self.mooring.lose();
        self.close(ws::CloseCode::Policy, ctx);
    }
}

/// The session was restarted under this connection: the new run gets it.
impl StreamHandler<PeerRestarted> for LegacySocket {
    fn handle(&mut self, _: PeerRestarted, ctx: &mut Self::Context) {
        mooring::moor_again(self, ctx);
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Handler<ToPeer> for LegacySocket {
    type Result = ();

    fn handle(&mut self, message: ToPeer, ctx: &mut Self::Context) {
        if self.is_over {
            return;
        }
        match message {
            ToPeer::Frame(frame, charge) => {
                self.mooring.served();
                let deeds = match *frame {
                    Frame::Call(call) => self.desk.call(call),
                    Frame::Cancel(id, client) => self.desk.cancel(id, client),
                    Frame::Event(Event::ClientGone { client_id }) => {
                        self.desk.forget(client_id);
                        Vec::new()
                    }
                    Frame::Event(Event::Sync) => {
                        self.tell_work(ctx);
                        Vec::new()
                    }
                    // What else a hub tells its own extension has no word here.
                    _ => Vec::new(),
                };
                self.do_all(deeds, ctx);
                self.leaving.add(charge);
            }
            ToPeer::Close(_) => {
                self.mooring.let_go();
                self.close(ws::CloseCode::Normal, ctx);
            }
        }
    }
}
