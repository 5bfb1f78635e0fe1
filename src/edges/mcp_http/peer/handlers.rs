//! What an `HttpPeer` hears: from the handler on HTTP's thread, and from its session.

use actix::prelude::*;

use super::{HttpPeer, HungUp};
use crate::actors::link::ToPeer;
use crate::edges::mcp_http::messages::{Ask, End, GiveUp, Introduce};
use crate::protocol::{ErrorCode, HubError};
use crate::supervise::fault::{Fate, points};

impl Handler<ToPeer> for HttpPeer {
    type Result = ();

    fn handle(&mut self, message: ToPeer, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::HTTP_PEER_HEAR, ctx) == Fate::Lost {
            return;
        }
        match message {
            ToPeer::Frame(frame, _charge) => self.hear(*frame),
            ToPeer::Close(bye) => self.stop_with(&HubError::new(ErrorCode::HubStopping, bye.message), ctx),
        }
    }
}

impl Handler<Ask> for HttpPeer {
    type Result = ();

    fn handle(&mut self, Ask(id, waiting): Ask, ctx: &mut Context<Self>) {
        if self.house.faults.at::<Self>(points::HTTP_PEER_ASK, ctx) == Fate::Lost {
            return;
        }
        self.pending.insert(id, waiting);
        self.send(id);
        self.set_alarm(ctx);
    }
}

impl Handler<GiveUp> for HttpPeer {
    type Result = ();

    fn handle(&mut self, GiveUp(id): GiveUp, _: &mut Context<Self>) {
        let was_sent = self.pending.was_sent(id);
        if self.pending.remove(id).is_some() && was_sent {
            self.cancel(id);
        }
    }
}

impl Handler<Introduce> for HttpPeer {
    type Result = ();

    fn handle(&mut self, Introduce(identity): Introduce, _: &mut Context<Self>) {
        self.identity = identity;
        self.tell_identity();
    }
}

impl Handler<End> for HttpPeer {
    type Result = ();

    fn handle(&mut self, _: End, ctx: &mut Context<Self>) {
        for id in self.pending.ids() {
            self.cancel(id);
        }
        let over =
            HubError::new(ErrorCode::Cancelled, "The client's session has ended.").with_next("Begin a new session.");
        self.is_over = true;
        self.pending.fail_all(&over);
        // Where its session is only on its way, that one must hear the goodbye.
        if self.session.is_some() {
            self.say_goodbye(ctx);
        }
    }
}

impl Handler<HungUp> for HttpPeer {
    type Result = ();

    fn handle(&mut self, HungUp(run): HungUp, ctx: &mut Context<Self>) {
        self.lost_session(run, ctx);
    }
}
