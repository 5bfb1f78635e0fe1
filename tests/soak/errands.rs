//! What a client wants done: one call with its tool, its time, and what the page is to do.

use std::time::Duration;

use serde_json::{Value, json};
use tabhub::protocol::tools::BROWSER_STATUS;

use crate::dice::Dice;

/// How much longer than a call's own time its caller waits before the call counts as forgotten: a hub may be stopped
/// for seconds meanwhile, and the machine has other work.
pub const SLACK: Duration = Duration::from_secs(12);

/// One call to be made.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The tool.
    pub tool: &'static str,
    /// Whether it changes something.
    pub changes: bool,
    /// Its time.
    pub time: Duration,
    /// How long the page takes before and after its effect, in milliseconds.
    takes: (u64, u64),
    /// How many bytes its answer carries beside.
    pad: u64,
    /// The tab that it names.
    tab: Option<i64>,
}

const WRITERS: [&str; 5] =
    ["browser_click", "browser_type", "browser_navigate", "browser_evaluate", "browser_press_key"];
const READERS: [&str; 2] = ["browser_snapshot", "browser_screenshot"];

impl Errand {
    /// A call that only looks, and is answered at once.
    pub fn look() -> Self {
        Self {
            tool: "browser_snapshot",
            changes: false,
            time: Duration::from_secs(8),
            takes: (0, 0),
            pad: 0,
            tab: None,
        }
    }

    /// A call that changes something, quickly.
    pub fn change(dice: &mut Dice) -> Self {
        Self {
            tool: dice.pick(&WRITERS),
            changes: true,
            takes: (dice.between(0, 8), dice.between(0, 8)),
            ..Self::look()
        }
    }

    /// Any call.
    pub fn any(dice: &mut Dice) -> Self {
        let change = Self::change(dice);
        match dice.weighted(&[(10, 0), (4, 1), (2, 2), (3, 3), (2, 4), (1, 5), (1, 6)]) {
            0 => change,
            1 => Self { tool: dice.pick(&READERS), takes: (0, dice.between(0, 20)), ..Self::look() },
            2 => Self { tool: BROWSER_STATUS, ..Self::look() },
            3 => Self { takes: (dice.between(0, 600), dice.between(0, 600)), ..change },
            4 => Self { time: dice.millis(20, 600), takes: (dice.between(0, 400), dice.between(0, 400)), ..change },
            5 => Self { pad: dice.between(10_000, 600_000), ..change },
            _ => Self { tool: "browser_tabs", ..change },
        }
    }

    /// The same on a tab by its number.
    pub fn on(self, tab: Option<i64>) -> Self {
        Self { tab, ..self }
    }

    /// Its arguments. `text` tells its mark where a host's arguments are checked, and nothing else comes through.
    pub fn params(&self, marker: &str) -> Value {
        let (before, after) = self.takes;
        let mut params = json!({
            "ref": "e1", "text": marker, "counter": marker, "before": before, "after": after, "pad": self.pad,
        });
        if let Some(tab) = self.tab {
            params["tabId"] = tab.into();
        }
        params
    }
}
