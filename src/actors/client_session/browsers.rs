//! `browser_browsers`: which browsers there are, which of them is the client's own, and what they are called. All but the
//! last is the hub's to answer; a name goes to the browser that keeps it.

use std::time::Duration;

use actix::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ClientSession;
use crate::actors::call::Home;
use crate::actors::router::messages::ChooseBrowser;
use crate::actors::status;
use crate::protocol::event::BrowserSummary;
use crate::protocol::status::BrowserStatus;
use crate::protocol::{CallId, ErrorCode, HubError};

/// How often a young hub looks whether the browser that is meant has found it.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What is asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    action: Action,
    /// Its id or its name.
    #[serde(default)]
    browser_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Action {
    List,
    Use,
    Name,
}

impl ClientSession {
    pub(super) fn about_browsers(&mut self, id: CallId, ctx: &mut Context<Self>) {
        let Some(open) = self.calls.get(id) else { return };
        let asked: Asked = match serde_json::from_str(open.params.get()) {
            Ok(asked) => asked,
            Err(error) => {
                let message = format!("The arguments of browser_browsers cannot be read: {error}.");
                return self.answer_error(id, HubError::new(ErrorCode::InvalidParams, message), ctx);
            }
        };
        if asked.action == Action::List {
            return self.answer_browsers(id, String::new(), ctx);
        }
        let browsers = self.house.browsers();
        let meant = match self.meant(&asked, &browsers) {
            Ok(meant) => meant,
            // Browsers that knew the hub before this one are on their way.
            Err(_) if self.house.uptime() < self.house.tuning.browser_first && !open.deadline.is_over() => {
                ctx.run_later(LOOK_AGAIN, move |act, ctx| act.about_browsers(id, ctx));
                return;
            }
            Err(error) => return self.answer_error(id, error, ctx),
        };
        match asked.action {
            Action::Name => self.name_browser(id, &asked, meant, &browsers, ctx),
            Action::List | Action::Use => self.use_browser(id, meant, ctx),
        }
    }

    /// The browser that is meant: by its id, by its name, or, where none is said, the client's own or the only one.
    fn meant<'a>(&self, asked: &Asked, browsers: &'a [BrowserSummary]) -> Result<&'a BrowserSummary, HubError> {
        let found = match &asked.browser_id {
            Some(wanted) => browsers.iter().find(|browser| browser.is_meant_by(wanted)),
            None if asked.action == Action::Use => None,
            None => match (self.client.home, browsers) {
                (Some(home), _) => browsers.iter().find(|browser| browser.id == home.browser),
                (None, [only]) => Some(only),
                (None, _) => None,
            },
        };
        found.ok_or_else(|| {
            let names: Vec<_> = browsers.iter().map(|browser| format!("{:?}", browser.name)).collect();
            let there = match names.as_slice() {
                [] => "No browser is connected now.".to_owned(),
                names => format!("There are {}.", names.join(", ")),
            };
            let message = match &asked.browser_id {
                Some(wanted) => {
                    format!("There is no browser {:?}. {there}", wanted.chars().take(80).collect::<String>())
                }
                None => format!("Which browser is meant is not clear. {there}"),
            };
            HubError::new(ErrorCode::InvalidParams, message)
                .with_next("Give browserId as browser_browsers with action list shows it; a browser's name will do.")
        })
    }

    fn use_browser(&mut self, id: CallId, meant: &BrowserSummary, ctx: &mut Context<Self>) {
        let BrowserSummary { id: browser, name, connected, .. } = meant;
        self.settle(Home { browser: *browser, is_chosen: true }, ctx);
        self.house.router.tell(ChooseBrowser { client: self.client.id, browser: *browser });
        let away = if *connected { "" } else { " It is away now; calls wait for it a while." };
        let text = format!(
            "Your calls go to {name:?} from now on, and your new tabs open there.{away} Tabs that you hold in other \
             browsers stay yours, by their tabId."
        );
        self.answer_browsers(id, text, ctx);
    }

    fn name_browser(
        &mut self,
        id: CallId,
        asked: &Asked,
        meant: &BrowserSummary,
        browsers: &[BrowserSummary],
        ctx: &mut Context<Self>,
    ) {
        let name = asked.name.as_deref().unwrap_or_default().trim();
        if name.is_empty() {
            let error = HubError::new(ErrorCode::InvalidParams, "browser_browsers needs a name to name a browser.");
            return self.answer_error(id, error, ctx);
        }
        if browsers.iter().any(|other| other.id != meant.id && other.name.eq_ignore_ascii_case(name)) {
            let message = format!("Another browser is called {name:?} already.");
            let error = HubError::new(ErrorCode::InvalidParams, message).with_next("Choose another name.");
            return self.answer_error(id, error, ctx);
        }
        if let Some(open) = self.calls.get_mut(id) {
            open.target = Some(meant.id);
            self.set_out(id, ctx);
        }
    }

    fn answer_browsers(&mut self, id: CallId, text: String, ctx: &mut Context<Self>) {
        let (house, home) = (self.house.clone(), self.client.home);
        let collect = async move {
            let (browsers, unwell) = status::browsers(&house).await;
            let rows: Vec<Value> = browsers.iter().map(|browser| row(browser, home)).collect();
            let mut result = json!({ "text": text, "value": { "browsers": rows } });
            if !unwell.is_empty() {
                result["notes"] =
                    json!([format!("Without an answer now: {}; call again in a while.", unwell.join(", "))]);
            }
            result
        };
        ctx.spawn(collect.into_actor(self).map(move |result, act, ctx| act.answer_result(id, &result, ctx)));
    }
}

fn row(browser: &BrowserStatus, home: Option<Home>) -> Value {
    let BrowserStatus { id, name, product, version, connected, paused, shared, tabs, held, focused, .. } = browser;
    let own = home.filter(|home| home.browser == *id);
    json!({
        "browserId": id, "name": name, "product": product, "version": version, "connected": connected,
        "paused": paused, "shared": shared, "tabs": tabs, "held": held, "focused": focused,
        "yours": own.is_some(), "chosen": own.is_some_and(|home| home.is_chosen),
    })
}
