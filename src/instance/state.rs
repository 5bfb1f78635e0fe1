//! The states of an instance's link. Each state is a type whose methods are its legal ways out, so that a
//! transition that must not happen cannot be written; the machine keeps the history that `status` shows.

use std::collections::VecDeque;

use crate::config::limits;
use crate::daemon::Step;
use crate::protocol::hello::StateChange;
use crate::protocol::now_ms;

macro_rules! states {
    ($($(#[$doc:meta])* $state:ident { $($(#[$way:meta])* $method:ident => $to:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $state(());

            impl $state {
                $($(#[$way])* #[must_use] pub fn $method(self) -> $to { $to(()) })*
            }
        )*

        /// The name of a state, for people and programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Phase { $($(#[$doc])* $state,)* }

        /// A link in one of its states.
        #[derive(Debug)]
        enum State { $($state($state),)* }

        impl State {
            fn phase(&self) -> Phase { match self { $(State::$state(_) => Phase::$state,)* } }
        }

        $(impl From<$state> for State { fn from(state: $state) -> Self { State::$state(state) } })*
    };
}

states! {
    /// Looking whether a hub runs.
    Discovering {
        /// `hub.json` tells of a hub.
        dial => Connecting,
        /// There is none.
        start => Starting,
        /// There is none to be had.
        fail => Failed,
        /// The host is done.
        stop => Stopping,
    }
    /// Starting the first hub.
    Starting {
        /// It listens.
        dial => Connecting,
        /// It does not start.
        fail => Failed,
        /// The host is done.
        stop => Stopping,
    }
    /// Opening the connection.
    Connecting {
        /// It is open.
        greet => Registering,
        /// Nobody was there: `hub.json` was stale.
        start => Starting,
        /// Nobody was there any more.
        restart => Restarting,
        /// Somebody else may be there.
        look_again => Discovering,
        /// The same, on the way back.
        retry => Reconnecting,
        /// There is no way in.
        fail => Failed,
        /// The host is done.
        stop => Stopping,
    }
    /// Saying hello and hearing the hub's proof.
    Registering {
        /// The hub welcomed the instance.
        ready => Ready,
        /// The hub within this process did.
        direct => Direct,
        /// It was a stranger, or a hub that must go.
        start => Starting,
        /// The same, on the way back.
        restart => Restarting,
        /// It was a stranger; somebody else may be there.
        look_again => Discovering,
        /// The same, on the way back.
        retry => Reconnecting,
        /// It refused.
        fail => Failed,
        /// The host is done.
        stop => Stopping,
    }
    /// Calls go through.
    Ready {
        /// The connection broke.
        lose => Reconnecting,
        /// The host is done.
        stop => Stopping,
    }
    /// Calls go through, to a hub within this process.
    Direct {
        /// The connection broke.
        lose => Reconnecting,
        /// The host is done.
        stop => Stopping,
    }
    /// Looking for the hub again, or for the next one.
    Reconnecting {
        /// `hub.json` tells of a hub.
        dial => Connecting,
        /// The hub is dead.
        restart => Restarting,
        /// There is none to be had.
        fail => Failed,
        /// The host is done.
        stop => Stopping,
    }
    /// Starting the next hub in place of one that died.
    Restarting {
        /// It listens.
        dial => Connecting,
        /// It does not start.
        fail => Failed,
        /// The host is done.
        stop => Stopping,
    }
    /// No hub was to be had; it is tried again.
    Failed {
        /// The next attempt.
        retry => Reconnecting,
        /// The host is done.
        stop => Stopping,
    }
    /// Saying goodbye. There is no way out of it.
    Stopping {}
}

impl Phase {
    /// The name of the state as `status` shows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Discovering => "discovering",
            Phase::Starting => "starting",
            Phase::Connecting => "connecting",
            Phase::Registering => "registering",
            Phase::Ready => "ready",
            Phase::Direct => "direct",
            Phase::Reconnecting => "reconnecting",
            Phase::Restarting => "restarting",
            Phase::Failed => "failed",
            Phase::Stopping => "stopping",
        }
    }

    /// Whether calls go through.
    #[must_use]
    pub fn is_connected(self) -> bool {
        matches!(self, Phase::Ready | Phase::Direct)
    }
}

/// Where the hub runs that has welcomed the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hub {
    /// In a process of its own.
    Apart,
    /// In this process.
    Within,
}

/// What happened to the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// A step on the way to a hub.
    Step(Step),
    /// A hub welcomed the instance.
    Welcomed(Hub),
    /// The connection broke.
    Lost,
    /// No hub was to be had.
    NoHub,
    /// The host is done.
    Done,
}

/// The state of a link and how it came to it.
#[derive(Debug)]
pub struct Machine {
    /// Empty only within [`Machine::hear`].
    state: Option<State>,
    /// Whether there was a hub already: the way back has names of its own.
    was_ready: bool,
    history: VecDeque<StateChange>,
}

impl Default for Machine {
    fn default() -> Self {
        let mut machine =
            Self { state: Some(State::Discovering(Discovering(()))), was_ready: false, history: VecDeque::new() };
        machine.remember(Phase::Discovering, "the host started this instance");
        machine
    }
}

impl Machine {
    /// The state.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.state.as_ref().map_or(Phase::Stopping, State::phase)
    }

    /// How it came to it, newest last.
    #[must_use]
    pub fn history(&self) -> Vec<StateChange> {
        self.history.iter().cloned().collect()
    }

    /// Takes news. What has no way out of the present state leaves it as it is.
    pub fn hear(&mut self, news: News, reason: &str) {
        let before = self.phase();
        if let Some(state) = self.state.take() {
            let next = step(state, news, self.was_ready);
            self.state = Some(next);
        }
        let after = self.phase();
        self.was_ready |= after.is_connected();
        if before != after {
            self.remember(after, reason);
        }
    }

    fn remember(&mut self, phase: Phase, reason: &str) {
        if self.history.len() == limits::HISTORY_STEPS {
            self.history.pop_front();
        }
        log::debug!("link: {}{}{reason}", phase.name(), if reason.is_empty() { "" } else { ": " });
        self.history.push_back(StateChange { state: phase.name().to_owned(), at: now_ms(), reason: reason.to_owned() });
    }
}

fn step(state: State, news: News, was_ready: bool) -> State {
    use News::{Done, Lost, NoHub, Step as On, Welcomed};
    match (state, news) {
        (State::Discovering(s), On(Step::Connecting)) => s.dial().into(),
        (State::Discovering(s), On(Step::Starting)) => s.start().into(),
        (State::Discovering(s), NoHub) => s.fail().into(),
        (State::Discovering(s), Done) => s.stop().into(),

        (State::Starting(s), On(Step::Connecting)) => s.dial().into(),
        (State::Starting(s), NoHub) => s.fail().into(),
        (State::Starting(s), Done) => s.stop().into(),

        (State::Connecting(s), On(Step::Registering)) => s.greet().into(),
        (State::Connecting(s), On(Step::Starting)) if was_ready => s.restart().into(),
        (State::Connecting(s), On(Step::Starting)) => s.start().into(),
        (State::Connecting(s), On(Step::Discovering)) if was_ready => s.retry().into(),
        (State::Connecting(s), On(Step::Discovering)) => s.look_again().into(),
        (State::Connecting(s), NoHub) => s.fail().into(),
        (State::Connecting(s), Done) => s.stop().into(),

        (State::Registering(s), Welcomed(Hub::Apart)) => s.ready().into(),
        (State::Registering(s), Welcomed(Hub::Within)) => s.direct().into(),
        (State::Registering(s), On(Step::Starting)) if was_ready => s.restart().into(),
        (State::Registering(s), On(Step::Starting)) => s.start().into(),
        (State::Registering(s), On(Step::Discovering)) if was_ready => s.retry().into(),
        (State::Registering(s), On(Step::Discovering)) => s.look_again().into(),
        (State::Registering(s), NoHub) => s.fail().into(),
        (State::Registering(s), Done) => s.stop().into(),

        (State::Ready(s), Lost) => s.lose().into(),
        (State::Ready(s), Done) => s.stop().into(),
        (State::Direct(s), Lost) => s.lose().into(),
        (State::Direct(s), Done) => s.stop().into(),

        (State::Reconnecting(s), On(Step::Connecting)) => s.dial().into(),
        (State::Reconnecting(s), On(Step::Starting)) => s.restart().into(),
        (State::Reconnecting(s), NoHub) => s.fail().into(),
        (State::Reconnecting(s), Done) => s.stop().into(),

        (State::Restarting(s), On(Step::Connecting)) => s.dial().into(),
        (State::Restarting(s), NoHub) => s.fail().into(),
        (State::Restarting(s), Done) => s.stop().into(),

        (State::Failed(s), On(_)) => s.retry().into(),
        (State::Failed(s), Done) => s.stop().into(),

        (state, _) => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(machine: &mut Machine, news: &[News]) -> Vec<Phase> {
        news.iter()
            .map(|news| {
                machine.hear(*news, "test");
                machine.phase()
            })
            .collect()
    }

    use News::{Done, Lost, NoHub, Step as On, Welcomed};

    #[test]
    fn a_first_start_a_crash_and_the_way_back_each_have_their_names() {
        let mut machine = Machine::default();
        let first = walk(
            &mut machine,
            &[
                On(Step::Discovering),
                On(Step::Starting),
                On(Step::Connecting),
                On(Step::Registering),
                Welcomed(Hub::Apart),
            ],
        );
        use Phase::{Connecting, Discovering, Ready, Reconnecting, Registering, Restarting, Starting};
        assert_eq!(first, [Discovering, Starting, Connecting, Registering, Ready]);
        let back = walk(
            &mut machine,
            &[Lost, On(Step::Discovering), On(Step::Connecting), On(Step::Starting), On(Step::Discovering)],
        );
        assert_eq!(back, [Reconnecting, Reconnecting, Connecting, Restarting, Restarting]);
        let again = walk(&mut machine, &[On(Step::Connecting), On(Step::Registering), Welcomed(Hub::Apart)]);
        assert_eq!(again, [Connecting, Registering, Ready]);
        let names: Vec<String> = machine.history().into_iter().map(|change| change.state).collect();
        let told = ["discovering", "starting", "connecting", "registering", "ready", "reconnecting", "connecting"];
        assert_eq!(names[..7], told);
    }

    #[test]
    fn a_failed_attempt_is_tried_again() {
        let mut machine = Machine::default();
        let phases = walk(&mut machine, &[NoHub, On(Step::Discovering), On(Step::Connecting)]);
        assert_eq!(phases, [Phase::Failed, Phase::Reconnecting, Phase::Connecting]);
    }

    #[test]
    fn a_hub_within_this_process_has_a_state_of_its_own() {
        let mut machine = Machine::default();
        let news = [On(Step::Connecting), On(Step::Registering), Welcomed(Hub::Within), Lost];
        let phases = walk(&mut machine, &news);
        assert_eq!(phases[2..], [Phase::Direct, Phase::Reconnecting]);
    }

    #[test]
    fn nothing_leads_out_of_stopping_and_every_state_leads_into_it() {
        let ways: [&[News]; 5] = [
            &[],
            &[On(Step::Starting)],
            &[On(Step::Connecting)],
            &[On(Step::Connecting), On(Step::Registering), Welcomed(Hub::Apart)],
            &[NoHub],
        ];
        for way in ways {
            let mut machine = Machine::default();
            walk(&mut machine, way);
            let phases = walk(&mut machine, &[Done, On(Step::Starting), Welcomed(Hub::Apart), Lost, NoHub]);
            assert_eq!(phases, [Phase::Stopping; 5]);
        }
    }

    #[test]
    fn news_without_a_way_out_change_nothing_and_leave_no_trace() {
        let mut machine = Machine::default();
        assert_eq!(walk(&mut machine, &[Welcomed(Hub::Apart), Lost, On(Step::Registering)]), [Phase::Discovering; 3]);
        assert_eq!(machine.history().len(), 1);
    }

    #[test]
    fn the_history_is_bounded_and_keeps_the_newest() {
        let mut machine = Machine::default();
        for _ in 0..limits::HISTORY_STEPS {
            walk(&mut machine, &[NoHub, On(Step::Discovering)]);
        }
        let history = machine.history();
        assert_eq!(history.len(), limits::HISTORY_STEPS);
        assert_eq!(history.last().map(|change| change.state.as_str()), Some("reconnecting"));
    }
}
