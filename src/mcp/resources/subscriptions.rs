//! Subscriptions: a change in the browser becomes a notification, in both eras of the protocol.
//!
//! Up to 2025-11-25 a host subscribes to one address after the other, and hears of the list without asking for it once it
//! has asked for the list; one task for each host tells it. From 2026-07-28 on, each `subscriptions/listen` request is a
//! watch of its own, and its notifications are the request's.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::ResourceUpdatedNotificationParam;
use rmcp::service::{Peer, SubscriptionContext, SubscriptionSink};
use rmcp::{ErrorData, RoleServer};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::pace::Pace;
use super::uri::{Address, Target, View};
use crate::mcp::backend::Backend;
use crate::mcp::handler::Handler;
use crate::mcp::watches::Watcher;
use crate::protocol::topics::{PagePart, Part};
use crate::protocol::{TabId, Topics};

/// How many addresses one host may subscribe to: more is a loop gone wrong.
const MOST: usize = 512;
/// What stands among the addresses for the list of resources: no address is empty.
const THE_LIST: &str = "";

/// What a host of an earlier protocol is subscribed to.
#[derive(Debug, Default)]
pub struct Subscriptions(Mutex<Subscribed>);

#[derive(Debug, Default)]
struct Subscribed {
    uris: Arc<Mutex<BTreeSet<String>>>,
    teller: Option<(Arc<Watcher>, JoinHandle<()>)>,
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        if let Some((_, teller)) = self.teller.take() {
            teller.abort();
        }
    }
}

impl Subscriptions {
    fn subscribed(&self) -> MutexGuard<'_, Subscribed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Backend> Handler<B> {
    /// The host wants to hear of this address; an address that is no resource of tabhub is one that never changes.
    ///
    /// # Errors
    /// When it is subscribed to very many already.
    pub(in crate::mcp) fn subscribe_to(&self, uri: &str, peer: &Peer<RoleServer>) -> Result<(), ErrorData> {
        let mut subscribed = self.subscriptions().subscribed();
        {
            let mut uris = lock(&subscribed.uris);
            if !uris.contains(uri) && uris.len() > MOST {
                let message =
                    format!("rate_limited: A host may subscribe to {MOST} resources. Unsubscribe from some first.");
                return Err(ErrorData::invalid_request(message, None));
            }
            uris.insert(uri.to_owned());
        }
        self.tell_from_now_on(&mut subscribed, peer);
        Ok(())
    }

    /// It does not want to hear of it any more.
    pub(in crate::mcp) fn unsubscribe_from(&self, uri: &str) {
        let subscribed = self.subscriptions().subscribed();
        lock(&subscribed.uris).remove(uri);
        if let Some((watcher, _)) = &subscribed.teller {
            watcher.want(wanted(&lock(&subscribed.uris)));
        }
    }

    /// The host has asked which resources there are: it is told when there are others.
    pub(in crate::mcp) fn subscribe_to_list(&self, peer: &Peer<RoleServer>) {
        let mut subscribed = self.subscriptions().subscribed();
        if lock(&subscribed.uris).insert(THE_LIST.to_owned()) {
            self.tell_from_now_on(&mut subscribed, peer);
        }
    }

    fn tell_from_now_on(&self, subscribed: &mut Subscribed, peer: &Peer<RoleServer>) {
        let Some(watches) = self.backend().watches() else { return };
        let (watcher, _) = subscribed.teller.get_or_insert_with(|| {
            let watcher = Arc::new(watches.watcher());
            let (uris, sink) = (Arc::clone(&subscribed.uris), Sink::Peer(peer.clone()));
            let watching = Arc::clone(&watcher);
            let teller = tokio::spawn(async move { tell(&watching, &sink, || lock(&uris).clone()).await });
            (watcher, teller)
        });
        watcher.want(wanted(&lock(&subscribed.uris)));
    }

    /// Tells of what was accepted until the request is cancelled.
    pub(in crate::mcp) async fn listen_for(&self, context: &SubscriptionContext) {
        let Some(watches) = self.backend().watches() else { return context.cancelled().await };
        let accepted = context.accepted();
        let mut uris: BTreeSet<String> = accepted.resource_subscriptions.iter().flatten().take(MOST).cloned().collect();
        if accepted.resources_list_changed == Some(true) {
            uris.insert(THE_LIST.to_owned());
        }
        let watcher = watches.watcher();
        watcher.want(wanted(&uris));
        let sink = Sink::Request(context.sink().clone());
        tokio::select! {
            () = tell(&watcher, &sink, || uris.clone()) => context.cancelled().await,
            () = context.cancelled() => {}
        }
    }
}

fn lock(uris: &Mutex<BTreeSet<String>>) -> MutexGuard<'_, BTreeSet<String>> {
    uris.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where notifications go.
enum Sink {
    Peer(Peer<RoleServer>),
    Request(SubscriptionSink),
}

impl Sink {
    /// Whether the host could be told.
    async fn tell(&self, uri: &str) -> bool {
        match self {
            Sink::Peer(peer) if uri == THE_LIST => peer.notify_resource_list_changed().await.is_ok(),
            Sink::Peer(peer) => peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_ok(),
            Sink::Request(sink) if uri == THE_LIST => sink.notify_resource_list_changed().await.is_ok(),
            Sink::Request(sink) => sink.notify_resource_updated(uri).await.is_ok(),
        }
    }
}

/// Tells of changes until the host is gone.
async fn tell(watcher: &Watcher, sink: &Sink, subscribed: impl Fn() -> BTreeSet<String>) {
    let mut pace = Pace::default();
    loop {
        let due = pace.next_due();
        tokio::select! {
            changed = watcher.next() => {
                let now = Instant::now();
                subscribed().iter().filter(|uri| is_of(&changed, uri)).for_each(|uri| pace.note(uri, now));
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
        let still = subscribed();
        for uri in pace.take_due(Instant::now()) {
            if still.contains(&uri) && !sink.tell(&uri).await {
                return;
            }
        }
    }
}

/// What is to be watched for these addresses.
fn wanted(uris: &BTreeSet<String>) -> Topics {
    let mut all = Topics::default();
    uris.iter().for_each(|uri| all.add(&topics_of(uri)));
    all
}

fn is_of(changed: &Topics, uri: &str) -> bool {
    !changed.and(&topics_of(uri)).is_empty()
}

fn topics_of(uri: &str) -> Topics {
    let nothing = Topics::default;
    if uri == THE_LIST {
        return Topics { list: true, ..nothing() };
    }
    match Address::parse(uri).map(|address| address.target) {
        Some(Target::State | Target::Tabs) => Topics { tabs: true, ..nothing() },
        Some(Target::Downloads) => Topics { downloads: true, ..nothing() },
        Some(Target::Status) => Topics { status: true, ..nothing() },
        Some(Target::CurrentPage) => Topics { current: true, ..nothing() },
        Some(Target::Tab(tab, view)) => {
            let part = match view {
                View::Page | View::Screenshot => Part::Content,
                View::Console => Part::Console,
                View::Network => Part::Network,
            };
            Topics { pages: [PagePart { tab_id: TabId(tab), part }].into(), ..nothing() }
        }
        None => nothing(),
    }
}
