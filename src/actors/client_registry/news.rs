//! Who wants to hear of what: the news of the browsers for the clients that watch, and what the browsers are to tell of.

use std::sync::Arc;

use actix::prelude::*;

use super::messages::{BrowserChanged, WatchFor};
use super::watching::News;
use super::{ClientRegistry, NEWS_PAUSE};
use crate::actors::browser_session::messages::WatchPages;
use crate::actors::client_session::messages::TopicsChanged;
use crate::protocol::event::TabInfo;
use crate::protocol::{BrowserId, ClientId, Topics};
use crate::supervise::slot::tell;

impl ClientRegistry {
    /// A client watches for this from now on; for nothing, when it has left.
    pub(super) fn watch_for(&mut self, id: ClientId, topics: Topics, ctx: &mut Context<Self>) {
        if self.watching.set(id, topics) {
            self.wanted_changed(ctx);
        }
    }

    /// A session that watched before this run of the registry began: what changed in between nobody has told.
    pub(super) fn watch_on(&mut self, id: ClientId, topics: Topics, ctx: &mut Context<Self>) {
        if !topics.is_empty() {
            self.tell_news(vec![(id, topics.clone())]);
        }
        self.watch_for(id, topics, ctx);
    }

    /// The tabs of a browser are others now than they were.
    pub(super) fn tabs_changed(
        &mut self,
        browser: BrowserId,
        before: Option<Arc<Vec<TabInfo>>>,
        ctx: &mut Context<Self>,
    ) {
        if self.watching.is_empty() {
            return;
        }
        let before = before.unwrap_or_default();
        let after = self.tabs.get(&browser).cloned().unwrap_or_default();
        self.tell_news(self.watching.tabs_changed(&before, &after));
        self.wanted_changed(ctx);
    }

    /// Who is here has changed.
    pub(super) fn tell_status_changed(&self) {
        self.tell_news(self.watching.status_changed());
    }

    fn tell_news(&self, news: News) {
        for (client, topics) in news {
            if let Some(session) = self.rows.get(&client).and_then(|row| row.session.as_ref()) {
                tell(session, TopicsChanged(topics));
            }
        }
    }

    /// Tells the browsers what to tell of, in a moment: what many want together is told once.
    fn wanted_changed(&mut self, ctx: &mut Context<Self>) {
        if !std::mem::replace(&mut self.is_asking, true) {
            ctx.run_later(NEWS_PAUSE, |act, _| {
                act.is_asking = false;
                act.tell_wanted();
            });
        }
    }

    pub(super) fn tell_wanted(&self) {
        let browsers = self.tabs.iter().map(|(id, tabs)| (*id, tabs.as_slice()));
        self.house.router.tell(WatchPages(Arc::new(self.watching.wanted(browsers))));
    }
}

impl Handler<WatchFor> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, WatchFor { id, serial, topics }: WatchFor, ctx: &mut Context<Self>) {
        if self.rows.get(&id).is_some_and(|row| row.serial == serial && row.session.is_some()) {
            self.watch_for(id, topics, ctx);
        }
    }
}

impl Handler<BrowserChanged> for ClientRegistry {
    type Result = ();

    fn handle(&mut self, BrowserChanged { browser, topics, clients }: BrowserChanged, _: &mut Context<Self>) {
        if let Some(tabs) = self.tabs.get(&browser) {
            self.tell_news(self.watching.browser_changed(tabs, &topics, &clients));
        }
    }
}
