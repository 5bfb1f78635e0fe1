//! What clients want to hear of in this browser: told to its extension, and the extension's news of it told on.

use std::time::Duration;

use actix::prelude::*;

use super::messages::{LinkOrigin, WatchPages};
use super::{Attached, BrowserSession};
use crate::actors::client_registry::messages::BrowserChanged;
use crate::protocol::{ClientId, Event, Frame, Topics};

/// How long a browser that does not read is left alone before it is told the newest.
const TELL_AGAIN: Duration = Duration::from_millis(25);

/// What is wanted of this browser, and what it was told of that.
#[derive(Debug, Default)]
pub(super) struct Watched {
    wanted: Topics,
    /// What the extension was told; unknown where an earlier run of this session told it.
    told: Option<Topics>,
    is_waiting: bool,
}

impl BrowserSession {
    /// A new connection knows of nothing, and what changed while there was none is not known: whoever watches hears of
    /// all of it.
    pub(super) fn watch_anew(&mut self, origin: LinkOrigin, ctx: &mut Context<Self>) {
        self.watched.told = (origin == LinkOrigin::NewConnection).then(Topics::default);
        self.tell_watched(ctx);
        if !self.watched.wanted.is_empty() {
            let clients = self.mirror.tabs().iter().filter_map(|tab| tab.owner).collect();
            self.changed(self.watched.wanted.clone(), clients);
        }
    }

    /// Something that is watched for has changed.
    pub(super) fn changed(&self, topics: Topics, clients: Vec<ClientId>) {
        self.house.registry.tell(BrowserChanged { browser: self.id, topics, clients });
    }

    fn tell_watched(&mut self, ctx: &mut Context<Self>) {
        let Some(Attached { link, .. }) = &self.link else { return };
        if self.watched.is_waiting || self.watched.told.as_ref() == Some(&self.watched.wanted) {
            return;
        }
        if link.is_idle() {
            let topics = self.watched.wanted.clone();
            self.watched.told = Some(topics.clone());
            return self.write(Frame::Event(Event::Watch { topics }), ctx);
        }
        self.watched.is_waiting = true;
        ctx.run_later(TELL_AGAIN, |act, ctx| {
            act.watched.is_waiting = false;
            act.tell_watched(ctx);
        });
    }
}

impl Handler<WatchPages> for BrowserSession {
    type Result = ();

    fn handle(&mut self, WatchPages(wanted): WatchPages, ctx: &mut Context<Self>) {
        self.watched.wanted = wanted.get(&self.id).cloned().unwrap_or_default();
        self.tell_watched(ctx);
    }
}
