//! The task of the link: comes to a hub, carries calls, and comes to the next hub when one is gone.

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::alarm::Alarm;
use super::attempt::obtain;
use super::direct::DirectHub;
use super::link::{Farewell, Host, Order, Shared};
use super::outbox::Outbox;
use super::reconnect::Backoff;
use super::state::{Hub, News, Phase};
use super::waiting::{OnCall, Waited};
use crate::config::limits;
use crate::daemon::Connected;
use crate::daemon::socket::{Lost, Reader};
use crate::mcp::Progress;
use crate::mcp::pending::Pending;
use crate::protocol::event::BrowserSummary;
use crate::protocol::{Answer, Bye, CallId, Deadline, ErrorCode, Event, Frame, HubError, Topics};

/// A connection that held this long was a good one: the next loss is mended at once again.
const GOOD_CONNECTION: Duration = Duration::from_secs(1);

/// How long the hub may take to hang up after the goodbye.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long a hub that hears a hello right now may take to answer, so that it can be told goodbye at once.
pub(super) const GREETING: Duration = Duration::from_secs(1);

/// Runs the link until it is closed.
pub(super) async fn run(shared: Arc<Shared>, orders: mpsc::Receiver<Order>) {
    let backoff = Backoff::new(shared.config.finder.settings.reconnect_max);
    let starts = Backoff::new(limits::START_PAUSE_MAX);
    let mut desk = Desk {
        shared,
        orders,
        pending: Pending::default(),
        cancelled: Vec::new(),
        browsers: Vec::new(),
        direct: None,
        backoff,
        starts,
    };
    let closed = desk.work().await;
    desk.shared.hear(News::Done, "the host is done");
    desk.pending.fail_all(&HubError::new(ErrorCode::Cancelled, "This instance is ending."));
    drop(desk.direct.take());
    if let Some(closed) = closed {
        // Who asked may have gone.
        let _ = closed.send(());
    }
}

/// Whoever asked for the end, if anyone did.
pub(super) type Closed = Option<oneshot::Sender<()>>;

/// How a connection ended.
enum Ended {
    /// It broke, or the hub ended it: look for the next one.
    Lost(String),
    /// The hub was told to stop. Whoever did that does not want it back at once: the next call starts one.
    HubStopped(String),
    /// Another process took over this client's id. Taking it back would go on for ever.
    Superseded,
    /// This instance is to end.
    Closed(Closed),
}

/// What the task works with.
pub(super) struct Desk {
    pub shared: Arc<Shared>,
    pub orders: mpsc::Receiver<Order>,
    pub pending: Pending,
    /// Calls that a hub has heard of, and that were cancelled while there was none: the next one is told.
    pub cancelled: Vec<CallId>,
    browsers: Vec<BrowserSummary>,
    direct: Option<DirectHub>,
    /// The pauses between attempts to come to a hub that may be there any moment.
    backoff: Backoff,
    /// The pauses between attempts to start a hub that does not start.
    starts: Backoff,
}

impl Desk {
    async fn work(&mut self) -> Closed {
        let mut found: Option<Connected> = None;
        loop {
            let connected = match found.take() {
                Some(connected) => connected,
                None => match self.come_to_a_hub().await {
                    ControlFlow::Continue(connected) => connected,
                    ControlFlow::Break(closed) => return closed,
                },
            };
            let since = Instant::now();
            let ended = self.serve(connected).await;
            if since.elapsed() >= GOOD_CONNECTION {
                self.backoff.reset();
                self.starts.reset();
            }
            match ended {
                Ended::Lost(reason) => self.shared.hear(News::Lost, &reason),
                Ended::Closed(closed) => return closed,
                Ended::HubStopped(reason) => {
                    self.shared.hear(News::Lost, &format!("{reason}; the next call starts a hub"));
                    if self.pending.is_empty() {
                        match self.rest(None).await {
                            ControlFlow::Continue(next) => found = next,
                            ControlFlow::Break(closed) => return closed,
                        }
                    }
                }
                Ended::Superseded => {
                    let reason = "another process took over this client";
                    self.shared.hear(News::Lost, reason);
                    self.pending.fail_all(&HubError::new(ErrorCode::Internal, format!("{reason}.")));
                    if let Waited::Closed(closed) = self.wait(std::future::pending::<()>(), OnCall::Wake).await {
                        return closed;
                    }
                }
            }
        }
    }

    /// Tries until there is a hub. The first attempt is made at once; a call that comes cuts a pause short.
    async fn come_to_a_hub(&mut self) -> ControlFlow<Closed, Connected> {
        let pause = self.backoff.next_pause();
        if !pause.is_zero()
            && let Waited::Closed(closed) = self.wait(tokio::time::sleep(pause), OnCall::Wake).await
        {
            return ControlFlow::Break(closed);
        }
        loop {
            let mut attempt = pin!(obtain(Arc::clone(&self.shared), self.direct.take()));
            let (direct, outcome) = match self.wait(attempt.as_mut(), OnCall::GoOn).await {
                Waited::Came(came) => came,
                Waited::Closed(closed) => {
                    // A hub that has heard the hello would wait for this instance to come back.
                    if self.shared.phase() == Phase::Registering
                        && let Ok((_direct, Ok(connected))) = tokio::time::timeout(GREETING, attempt).await
                    {
                        self.part(connected).await;
                    }
                    return ControlFlow::Break(closed);
                }
                Waited::Called => continue,
            };
            self.direct = direct;
            let error = match outcome {
                Ok(connected) => return ControlFlow::Continue(connected),
                Err(error) => error,
            };
            let pause = if error.may_pass_soon() { self.backoff.next_pause() } else { self.starts.next_pause() };
            let error = HubError::from(&error);
            log::warn!("link: {error}");
            self.shared.hear(News::NoHub, &error.message);
            self.pending.fail_unsent(&error);
            self.shared.note_error(Some(error));
            // Until the next attempt another host may have found a way.
            if let Some(connected) = self.rest(Some(pause)).await? {
                return ControlFlow::Continue(connected);
            }
        }
    }

    /// Carries calls over one connection until it ends.
    async fn serve(&mut self, connected: Connected) -> Ended {
        let Connected { socket, welcome, hub, why } = connected;
        let place = if hub.pid == std::process::id() { Hub::Within } else { Hub::Apart };
        let told = self.shared.told();
        self.browsers = welcome.browsers;
        self.shared.note_error(None);
        self.shared.hear(News::Welcomed(place), &why);
        let (writer, mut reader) = socket.split();
        let mut outbox = Outbox::new(writer);
        let ended = match self.carry(&mut reader, &mut outbox, told).await {
            Ok(ended) => ended,
            Err(Lost(reason)) => Ended::Lost(reason),
        };
        if let Ended::Closed(_) = ended {
            self.take_leave(&outbox);
            if self.shared.config.farewell == Farewell::Done {
                // The hub hangs up when it has heard the goodbye; hanging up first could cut it off.
                let hung_up = async { while reader.recv().await.is_ok() {} };
                let _ = tokio::time::timeout(LAST_WORDS, hung_up).await;
            }
            outbox.finish().await;
        }
        ended
    }

    async fn carry(&mut self, reader: &mut Reader, outbox: &mut Outbox, mut told: Host) -> Result<Ended, Lost> {
        self.tell_host(&mut told, outbox)?;
        for id in std::mem::take(&mut self.cancelled) {
            outbox.push(Frame::Cancel(id, Some(self.shared.config.client_id)))?;
        }
        for id in self.pending.ids() {
            self.send(id, outbox)?;
        }
        let mut wanted = self.shared.watches.wanted();
        let watch = |topics: Topics| Frame::Event(Event::Watch { topics });
        let topics = wanted.borrow_and_update().clone();
        if !topics.is_empty() {
            outbox.push(watch(topics))?;
            // Whatever has changed while there was no hub, nobody has told.
            self.shared.watches.tell_everything();
        }
        let mut last_heard = Instant::now();
        let (mut late, mut silent) = (Alarm::new(), Alarm::new());
        loop {
            tokio::select! {
                biased;
                // First what the hub has said: after a stop of this process or a sleep of the machine it waits here,
                // and the hub was not silent.
                frame = reader.recv() => {
                    last_heard = Instant::now();
                    if let Some(ended) = self.hear(frame?, outbox)? {
                        return Ok(ended);
                    }
                }
                order = self.orders.recv() => match order {
                    Some(Order::Call(id, call)) => {
                        self.pending.insert(id, call);
                        self.send(id, outbox)?;
                    }
                    Some(Order::Cancel(id)) => {
                        if self.pending.remove(id).is_some() {
                            outbox.push(Frame::Cancel(id, Some(self.shared.config.client_id)))?;
                        }
                    }
                    Some(Order::Identify) => self.tell_host(&mut told, outbox)?,
                    Some(Order::Wake) => {}
                    Some(Order::Close(done)) => return Ok(Ended::Closed(Some(done))),
                    None => return Ok(Ended::Closed(None)),
                },
                () = late.rings_at(self.pending.next_deadline().map(Deadline::instant)) => {
                    for id in self.expire() {
                        outbox.push(Frame::Cancel(id, Some(self.shared.config.client_id)))?;
                    }
                }
                // The sender lives as long as this link.
                Ok(()) = wanted.changed() => outbox.push(watch(wanted.borrow_and_update().clone()))?,
                lost = outbox.broken() => return Err(lost),
                () = silent.rings_at(Some(last_heard + limits::SILENCE_LIMIT)) => {
                    return Err(Lost(format!("the hub said nothing for {:?}", limits::SILENCE_LIMIT)));
                }
            }
        }
    }

    fn send(&mut self, id: CallId, outbox: &Outbox) -> Result<(), Lost> {
        match self.pending.attempt(id, self.shared.config.client_id, &self.browsers, self.shared.home()) {
            Some(call) => outbox.push(Frame::Call(call)),
            None => Ok(()),
        }
    }

    fn tell_host(&self, told: &mut Host, outbox: &Outbox) -> Result<(), Lost> {
        let host = self.shared.host();
        if host == *told {
            return Ok(());
        }
        told.clone_from(&host);
        outbox.push(Frame::Event(Event::Identify {
            client_name: host.name.unwrap_or_default(),
            client_version: host.version.unwrap_or_default(),
        }))
    }

    fn hear(&mut self, frame: Frame, outbox: &Outbox) -> Result<Option<Ended>, Lost> {
        match frame {
            Frame::Answer(answer) => self.take_answer(&answer),
            Frame::Event(Event::Progress { call_id, progress, total, message, .. }) => {
                self.pending.progress(call_id, Progress { progress, total, message });
            }
            Frame::Event(Event::Browsers { browsers }) => self.browsers = browsers,
            Frame::Event(Event::Changed { topics, .. }) => self.shared.watches.tell(&topics),
            Frame::Event(Event::Home { browser, chosen }) => self.shared.note_home(browser, chosen),
            Frame::Event(Event::Named { client_name }) => self.shared.note_name(client_name),
            Frame::Ping(id) => outbox.push(Frame::Pong(id))?,
            Frame::Bye(bye) => return Ok(Some(ended_by(bye))),
            _ => {}
        }
        Ok(None)
    }

    fn take_answer(&mut self, answer: &Answer) {
        match answer.outcome() {
            // The hub refused it on its way out; the next one takes it.
            Ok(Err(error)) if error.code == ErrorCode::HubStopping => self.pending.not_taken(answer.id),
            Ok(outcome) => self.pending.answer(answer.id, outcome.map(ToOwned::to_owned)),
            Err(error) => {
                let message = format!("The hub's answer cannot be read: {error}.");
                self.pending.answer(answer.id, Err(HubError::new(ErrorCode::Internal, message)));
            }
        }
    }

    /// Says goodbye to a hub that has only just welcomed this instance.
    pub async fn part(&mut self, connected: Connected) {
        let (writer, _reader) = connected.socket.split();
        let outbox = Outbox::new(writer);
        self.take_leave(&outbox);
        outbox.finish().await;
    }

    fn take_leave(&mut self, outbox: &Outbox) {
        let client = Some(self.shared.config.client_id);
        let cancels = self.pending.ids().into_iter().map(|id| Frame::Cancel(id, client));
        let bye = match self.shared.config.farewell {
            Farewell::Done => Some(Frame::Bye(Bye::new(Bye::DONE, "The host is done."))),
            Farewell::Silent => None,
        };
        for frame in cancels.chain(bye) {
            if outbox.push(frame).is_err() {
                return;
            }
        }
    }
}

fn ended_by(bye: Bye) -> Ended {
    match bye.code.as_str() {
        Bye::SUPERSEDED => Ended::Superseded,
        code if code == ErrorCode::HubStopping.word() => Ended::HubStopped(bye.message),
        _ => Ended::Lost(format!("the hub ended the connection ({}): {}", bye.code, bye.message)),
    }
}
