//! The tools, as one flat table in a fixed order: what a host may call, and what is listed in which set.

use super::arguments::Arguments;
use super::browsermcp::BrowserMcp;
use super::params::{Kind, Param, optional};
use super::tools;
use crate::config::ToolSet;
use crate::protocol::HubError;

/// One tool.
#[derive(Debug)]
pub struct ToolSpec {
    /// Its one name: listed, and the name under which it is routed.
    pub name: &'static str,
    /// Names that work at call time.
    pub aliases: &'static [&'static str],
    /// Its name for people.
    pub title: &'static str,
    /// What it does, in one or two plain sentences.
    pub about: &'static str,
    /// Its own parameters.
    pub own_params: &'static [Param],
    /// Whether it acts on a page, and so takes a `tabId` too.
    pub scope: Scope,
    /// What it does to the world.
    pub effect: Effect,
    /// What its answers carry.
    pub answer: AnswerForm,
    /// How long it may take.
    pub timeout: TimeoutRule,
    /// Which sets list it.
    pub listed: Listed,
    /// How the set `browsermcp` lists it, if it does.
    pub browsermcp: Option<BrowserMcp>,
    /// The rules between arguments, after each of them was checked by itself.
    pub refine: Refine,
}

/// Checks or completes arguments that depend on each other.
pub type Refine = fn(&ToolSpec, &mut Arguments) -> Result<(), HubError>;

/// Whether a tool acts on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On one tab: `tabId`, or the client's current one.
    Page,
    /// On the client's tabs or the house.
    House,
}

/// What a tool does to the world, as hosts are told (the protocol's hints).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only looks.
    Reads,
    /// It changes what is shown, and destroys nothing.
    Moves,
    /// Like `Moves`, and doing it twice is doing it once.
    Sets,
    /// It may set off anything: a click can buy.
    Acts,
}

/// What a tool's answers carry; decides whether the structured form can stand for the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// A page, mostly with a snapshot.
    Page,
    /// A page and a picture.
    Picture,
    /// A list of tabs.
    Tabs,
    /// A list of browsers.
    Browsers,
    /// Lines of a console.
    Console,
    /// The value of a script.
    Value,
    /// What was found on a page.
    Found,
    /// A page to be read.
    Text,
    /// A list of requests.
    Requests,
    /// One request.
    Request,
    /// What the person said.
    Asked,
    /// A list of downloads.
    Downloads,
    /// A file that the host's side keeps (`saving`).
    File,
    /// A list of cookies.
    Cookies,
    /// Entries of a site's storage.
    Storage,
    /// What each of several steps said, and the page after them.
    Batch,
    /// The whole house.
    Status,
}

/// How long a tool may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutRule {
    /// As long as the settings say.
    Settings,
    /// Longer if its `timeout` (milliseconds) asks for more.
    Asked,
    /// As long as the settings say, and longer by what its steps ask for.
    Steps,
    /// Longer by its `time` (seconds), and by its `timeout` too where it waits for something.
    Waits,
}

/// Which sets list a tool (besides `browsermcp`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// `core` and `full`.
    Core,
    /// `full`.
    Full,
}

/// No rules between arguments.
///
/// # Errors
/// Never.
pub fn as_given(_: &ToolSpec, _: &mut Arguments) -> Result<(), HubError> {
    Ok(())
}

/// The parameter of every tool that acts on a page. The server's instructions explain it once for all tools.
static TAB_ID: Param = optional("tabId", Kind::Integer { min: 0, max: i64::MAX }, "");

/// Every tool of this build, in the order in which they are listed.
static TOOLS: &[&ToolSpec] = &[
    &tools::navigate::NAVIGATE,
    &tools::navigate::GO_BACK,
    &tools::navigate::GO_FORWARD,
    &tools::navigate::RELOAD,
    &tools::snapshot::SNAPSHOT,
    &tools::find::FIND,
    &tools::text::GET_TEXT,
    &tools::extract::EXTRACT,
    &tools::pointer::CLICK,
    &tools::pointer::HOVER,
    &tools::keyboard::TYPE,
    &tools::form::FILL_FORM,
    &tools::select::SELECT_OPTION,
    &tools::keyboard::PRESS_KEY,
    &tools::dialog::HANDLE_DIALOG,
    &tools::pointer::DRAG,
    &tools::scroll::SCROLL,
    &tools::upload::FILE_UPLOAD,
    &tools::wait::WAIT_FOR,
    &tools::screenshot::SCREENSHOT,
    &tools::tabs::TABS,
    &tools::batch::BATCH,
    &tools::ask::ASK_USER,
    &tools::evaluate::EVALUATE,
    &tools::console::CONSOLE_LOGS,
    &tools::network::NETWORK_REQUESTS,
    &tools::network::NETWORK_REQUEST,
    &tools::downloads::DOWNLOADS,
    &tools::upload::DROP,
    &tools::pdf::PDF_SAVE,
    &tools::emulate::RESIZE,
    &tools::emulate::EMULATE,
    &tools::mouse_xy::CLICK_XY,
    &tools::mouse_xy::MOVE_XY,
    &tools::mouse_xy::DRAG_XY,
    &tools::mouse_xy::WHEEL,
    &tools::site_data::COOKIES,
    &tools::site_data::STORAGE,
    &tools::browsers::BROWSERS,
    &tools::status::STATUS,
];

impl ToolSpec {
    /// All its parameters.
    pub fn params(&self) -> impl Iterator<Item = &'static Param> + use<> {
        let tab = (self.scope == Scope::Page).then_some(&TAB_ID);
        self.own_params.iter().chain(tab)
    }

    /// Whether a set lists it.
    #[must_use]
    pub fn is_in(&self, set: ToolSet) -> bool {
        match set {
            ToolSet::Browsermcp => self.browsermcp.is_some(),
            ToolSet::Core => self.listed == Listed::Core,
            ToolSet::Full => true,
        }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// The tools of a set, in their fixed order.
pub fn tools(set: ToolSet) -> impl Iterator<Item = &'static ToolSpec> {
    TOOLS.iter().copied().filter(move |tool| tool.is_in(set))
}

/// A tool by its name or an alias. Sets decide what is listed, never what works.
#[must_use]
pub fn find(name: &str) -> Option<&'static ToolSpec> {
    TOOLS.iter().copied().find(|tool| tool.is_called(name))
}

/// The names that come nearest to one that does not exist, best first.
#[must_use]
pub fn nearest(name: &str) -> Vec<&'static str> {
    const MOST: usize = 3;
    let bare = |name: &str| name.trim_start_matches("browser_").to_ascii_lowercase();
    let wanted = bare(name);
    let score = |tool: &ToolSpec| {
        let names = std::iter::once(&tool.name).chain(tool.aliases);
        names.map(|known| distance(&wanted, &bare(known))).min().unwrap_or(usize::MAX)
    };
    let mut scored: Vec<_> = TOOLS.iter().map(|tool| (score(tool), tool.name)).collect();
    scored.sort_by_key(|(score, _)| *score);
    scored.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// How far two names are apart: letters to change (Levenshtein), and little if one contains the other.
fn distance(a: &str, b: &str) -> usize {
    if !a.is_empty() && (a.contains(b) || b.contains(a)) {
        return 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tools as routes;

    #[test]
    fn every_tool_is_routed_and_every_route_has_its_tool() {
        for tool in TOOLS {
            assert!(routes::find(tool.name).is_some(), "{} has no route", tool.name);
        }
        for route in routes::TOOLS {
            assert!(find(route.name).is_some_and(|tool| tool.name == route.name), "{} is not listed", route.name);
        }
    }

    #[test]
    fn no_name_or_alias_means_two_tools() {
        let names: Vec<_> = TOOLS.iter().flat_map(|tool| std::iter::once(&tool.name).chain(tool.aliases)).collect();
        for name in &names {
            assert_eq!(names.iter().filter(|other| other == &name).count(), 1, "{name}");
        }
    }

    #[test]
    fn both_families_names_are_found() {
        for (alias, name) in [
            ("browser_navigate_back", "browser_go_back"),
            ("browser_navigate_forward", "browser_go_forward"),
            ("browser_wait", "browser_wait_for"),
            ("browser_take_screenshot", "browser_screenshot"),
            ("browser_console_messages", "browser_get_console_logs"),
        ] {
            assert_eq!(find(alias).map(|tool| tool.name), Some(name));
        }
        assert!(find("browser_fly").is_none());
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        assert_eq!(nearest("browser_clik").first(), Some(&"browser_click"));
        assert_eq!(nearest("navigate").first(), Some(&"browser_navigate"));
        assert_eq!(nearest("screenshot").first(), Some(&"browser_screenshot"));
        assert_eq!(nearest("").len(), 3);
    }

    #[test]
    fn what_only_looks_is_a_read_for_the_hub_too() {
        for tool in TOOLS {
            let route = routes::find(tool.name).expect("routed");
            // Saving a PDF only looks at the page, and leaves a file with the host.
            let only_looks = tool.effect == Effect::Reads || tool.answer == AnswerForm::File;
            assert!(!route.read_only || only_looks, "{}", tool.name);
        }
    }
}
