//! What the client wants to hear of, and the news of it on their way to its peer.
//!
//! News say only that something changed, so that any number of them are one: to a peer that does not read they wait here,
//! and take no room of its calls' answers.

use std::time::{Duration, Instant};

use actix::prelude::*;

use super::ClientSession;
use super::messages::TopicsChanged;
use crate::actors::client_registry::messages::WatchFor;
use crate::protocol::{Event, Frame, Topics};

/// How long news wait for more of their kind, after the first.
const NEWS_PAUSE: Duration = Duration::from_millis(20);
/// How many parts of pages one client may watch. A host watches a handful; each costs its page something.
const PARTS_MOST: usize = 1024;

/// What a client wants to hear of, and has not heard yet.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What it wants to hear of.
    pub watch: Topics,
    untold: Topics,
    told: Option<Instant>,
    is_waiting: bool,
}

impl ClientSession {
    pub(super) fn watch_for(&mut self, mut topics: Topics) {
        topics.pages = topics.pages.into_iter().take(PARTS_MOST).collect();
        if self.news.watch == topics {
            return;
        }
        self.news.watch = topics.clone();
        self.house.registry.tell(WatchFor { id: self.client.id, serial: self.serial, topics });
    }

    fn tell_news(&mut self, ctx: &mut Context<Self>) {
        self.news.untold = self.news.untold.and(&self.news.watch);
        if self.news.is_waiting || self.news.untold.is_empty() {
            return;
        }
        let pause = self.news.told.map_or(Duration::ZERO, |told| NEWS_PAUSE.saturating_sub(told.elapsed()));
        if pause.is_zero() && self.client.link.is_idle() {
            let topics = std::mem::take(&mut self.news.untold);
            self.news.told = Some(Instant::now());
            self.write(Frame::Event(Event::Changed { topics, clients: Vec::new() }), ctx);
            return;
        }
        self.news.is_waiting = true;
        ctx.run_later(if pause.is_zero() { NEWS_PAUSE } else { pause }, |act, ctx| {
            act.news.is_waiting = false;
            act.tell_news(ctx);
        });
    }
}

impl Handler<TopicsChanged> for ClientSession {
    type Result = ();

    fn handle(&mut self, TopicsChanged(topics): TopicsChanged, ctx: &mut Context<Self>) {
        self.news.untold.add(&topics);
        self.tell_news(ctx);
    }
}
