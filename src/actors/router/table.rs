//! The routing table: which browsers there are, and which of them a call goes to. Pure decisions.

use std::collections::HashMap;

use super::messages::BrowserRow;
use crate::actors::call::RoutedCall;
use crate::actors::client_registry::names::unique_name;
use crate::protocol::event::{BrowserSummary, TabInfo};
use crate::protocol::hello::{BrowserInfo, Sharing};
use crate::protocol::{BrowserEpoch, BrowserId, ClientId, TabId};
use crate::supervise::Slot;

/// The routing table.
#[derive(Debug, Default)]
pub struct RoutingTable {
    rows: Vec<BrowserRow>,
    /// Where a tab is. Two browsers may have tabs of one number.
    tabs: HashMap<TabId, Vec<Place>>,
    /// The browser that a client's calls without a tab go to, from its first call on.
    homes: HashMap<ClientId, BrowserId>,
    /// When the person last used each browser.
    focused: HashMap<BrowserId, u64>,
}

/// A browser in which a tab is.
#[derive(Debug)]
struct Place {
    browser: BrowserId,
    tab: TabInfo,
}

impl RoutingTable {
    /// A browser is there, or has changed. Its name stays as long as it is in the table.
    pub fn put(
        &mut self,
        info: BrowserInfo,
        session: Slot<crate::actors::browser_session::BrowserSession>,
        is_connected: bool,
    ) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.info.id == info.id) {
            let former = if row.info.epoch == info.epoch { row.former } else { Some(row.info.epoch) };
            let had = std::mem::take(&mut row.name);
            let name = self.name_for(&info, Some(&had));
            if let Some(row) = self.rows.iter_mut().find(|row| row.info.id == info.id) {
                *row = BrowserRow { info, former, session, is_connected, name, is_focused: false };
            }
            return;
        }
        let name = self.name_for(&info, None);
        self.rows.push(BrowserRow { info, former: None, name, session, is_connected, is_focused: false });
    }

    /// What a browser is called: as it was named, else by its product, numbered from the second of a name on.
    fn name_for(&self, info: &BrowserInfo, had: Option<&str>) -> String {
        let given = info.given_name.as_deref().filter(|name| !name.trim().is_empty());
        let is_taken = |name: &str| self.rows.iter().any(|row| row.info.id != info.id && row.name == name);
        unique_name(given.unwrap_or(&info.name), had, is_taken)
    }

    /// A browser is gone.
    pub fn remove(&mut self, id: BrowserId) {
        self.rows.retain(|row| row.info.id != id);
        self.leave_tabs(id);
        self.homes.retain(|_, browser| *browser != id);
        self.focused.remove(&id);
    }

    fn leave_tabs(&mut self, id: BrowserId) {
        self.tabs.retain(|_, places| {
            places.retain(|place| place.browser != id);
            !places.is_empty()
        });
    }

    /// The tabs of a browser have changed; who holds some of them is at home there.
    pub fn put_tabs(&mut self, id: BrowserId, tabs: &[TabInfo]) {
        self.leave_tabs(id);
        for tab in tabs {
            self.tabs.entry(tab.tab_id).or_default().push(Place { browser: id, tab: tab.clone() });
            if let Some(owner) = tab.owner {
                self.homes.entry(owner).or_insert(id);
            }
        }
    }

    /// The person focused a browser.
    pub fn focus(&mut self, id: BrowserId, at: u64) {
        if self.has(id) {
            self.focused.insert(id, at);
        }
    }

    /// The browser of those connected that the person used last.
    fn focused(&self) -> Option<BrowserId> {
        let seen = self.focused.iter().filter(|(id, _)| self.is_connected(**id));
        seen.max_by_key(|(id, at)| (**at, **id)).map(|(id, _)| *id)
    }

    /// A browser that is connected: one that gives clients tabs of their own, and has proven itself, before others.
    fn connected(&self) -> Option<BrowserId> {
        let rows = self.rows.iter().filter(|row| row.is_connected);
        rows.min_by_key(|row| row.info.sharing == Sharing::OneTab).map(|row| row.info.id)
    }

    /// A client's calls go to this browser from now on.
    pub fn settle(&mut self, client: ClientId, browser: BrowserId) {
        self.homes.insert(client, browser);
    }

    /// A client is gone for good.
    pub fn forget(&mut self, client: ClientId) {
        self.homes.remove(&client);
    }

    /// Whether a browser is in this run.
    #[must_use]
    pub fn has_run(&self, run: BrowserEpoch) -> bool {
        self.rows.iter().any(|row| row.info.epoch == run)
    }

    /// Whether a browser is known.
    #[must_use]
    pub fn has(&self, id: BrowserId) -> bool {
        self.rows.iter().any(|row| row.info.id == id)
    }

    /// Whether a browser is known to have this tab.
    #[must_use]
    pub fn has_tab(&self, tab: TabId) -> bool {
        self.tabs.contains_key(&tab)
    }

    /// The browser for a call: the run in which it may have run already, else the one of the tab that it names, else
    /// the one that it is about or that the client has chosen, and no other, else the client's own (as it knew it
    /// before, or as it is known here), else the one last focused, else one that is connected, else one that is away
    /// and may come back.
    pub fn choose(&mut self, call: &RoutedCall) -> Option<&BrowserRow> {
        let (client, tab) = (call.key.client, call.tab);
        let by_run = call.first_sent.known().and_then(|run| self.rows.iter().find(|row| row.info.epoch == run));
        let by_run = by_run.map(|row| row.info.id);
        let home = call.home.map(|home| home.browser);
        let by_home = home.filter(|home| self.has(*home)).or_else(|| self.homes.get(&client).copied());
        let by_tab = tab.and_then(|tab| self.place_of(tab, client, by_home));
        let free = by_home
            .or_else(|| self.focused())
            .or_else(|| self.connected())
            .or_else(|| self.rows.first().map(|row| row.info.id));
        let chosen = by_run.or(by_tab).or(call.only_browser()).or(free)?;
        if tab.is_none() && call.target.is_none() && self.has(chosen) {
            self.homes.insert(client, chosen);
        }
        self.rows.iter().find(|row| row.info.id == chosen)
    }

    /// The browser of a tab: of several tabs of one number the client's own, one that it may read, the one in its own
    /// browser.
    fn place_of(&self, tab: TabId, client: ClientId, home: Option<BrowserId>) -> Option<BrowserId> {
        let rank = |Place { browser, tab }: &&Place| {
            let (is_own, is_shared) = (tab.owner == Some(client), tab.is_shared_with(client));
            (!is_own, !is_shared, Some(*browser) != home)
        };
        self.tabs.get(&tab)?.iter().min_by_key(rank).map(|place| place.browser)
    }

    /// The browsers.
    #[must_use]
    pub fn rows(&self) -> &[BrowserRow] {
        &self.rows
    }

    /// The browsers, and which of them the person used last.
    #[must_use]
    pub fn listing(&self) -> Vec<BrowserRow> {
        let focused = self.focused();
        let row = |row: &BrowserRow| BrowserRow { is_focused: focused == Some(row.info.id), ..row.clone() };
        self.rows.iter().map(row).collect()
    }

    /// The browsers in a few words, for instances. Those that are away count, too: a call may still go to them.
    #[must_use]
    pub fn summaries(&self) -> Vec<BrowserSummary> {
        let summary = |row: &BrowserRow| BrowserSummary {
            id: row.info.id,
            name: row.name.clone(),
            epoch: row.info.epoch,
            connected: row.is_connected,
            shared: row.info.sharing == Sharing::OneTab,
        };
        self.rows.iter().map(summary).collect()
    }

    fn is_connected(&self, id: BrowserId) -> bool {
        self.rows.iter().any(|row| row.info.id == id && row.is_connected)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::actors::call::{CallKey, FirstSent, Home};
    use crate::protocol::{CallId, Deadline};

    fn browser(table: &mut RoutingTable, is_connected: bool) -> BrowserId {
        let info = BrowserInfo {
            id: BrowserId::mint(),
            name: "Chromium".to_owned(),
            version: "1".to_owned(),
            epoch: BrowserEpoch::mint(),
            given_name: None,
            sharing: Sharing::OwnTabs,
        };
        let id = info.id;
        table.put(info, Slot::default(), is_connected);
        id
    }

    fn chosen(table: &mut RoutingTable, client: ClientId, tab: Option<i64>) -> Option<BrowserId> {
        choice(table, client, tab, None, None)
    }

    fn choice(
        table: &mut RoutingTable,
        client: ClientId,
        tab: Option<i64>,
        home: Option<BrowserId>,
        earlier_run: Option<BrowserEpoch>,
    ) -> Option<BrowserId> {
        let home = home.map(|browser| Home { browser, is_chosen: false });
        table.choose(&call(client, tab, home, earlier_run)).map(|row| row.info.id)
    }

    fn call(client: ClientId, tab: Option<i64>, home: Option<Home>, earlier_run: Option<BrowserEpoch>) -> RoutedCall {
        RoutedCall {
            key: CallKey { client, id: CallId::mint() },
            tool: &crate::protocol::tools::TOOLS[0],
            params: RawValue::NULL.to_owned().into(),
            tab: tab.map(TabId),
            target: None,
            home,
            client_name: "one".into(),
            order: 1,
            attempt: 1,
            named: None,
            first_sent: FirstSent::claimed(earlier_run),
            deadline: Deadline::after(std::time::Duration::from_secs(1)),
            reply: crate::supervise::reply_port().0,
            progress: None,
        }
    }

    #[test]
    fn after_a_restart_of_the_hub_a_call_goes_where_it_was_sent_before_or_where_its_client_was() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let (client, tabs) = (ClientId::mint(), [TabInfo::bare(7, None)]);
        table.put_tabs(a, &tabs);
        let run = table.rows()[1].info.epoch;
        assert_eq!(choice(&mut table, client, Some(7), None, Some(run)), Some(b), "only it knows what became of it");
        assert_eq!(choice(&mut table, client, Some(7), Some(b), None), Some(a), "a tab is where it is");
        assert_eq!(choice(&mut table, client, None, Some(b), None), Some(b));
        assert_eq!(chosen(&mut table, client, None), Some(b), "it is at home there now");
        assert_eq!(
            choice(&mut table, client, None, Some(BrowserId::mint()), None),
            Some(b),
            "one that is gone is none"
        );
    }

    #[test]
    fn a_call_goes_to_the_tabs_browser_then_home_then_where_the_person_is() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let (one, two) = (ClientId::mint(), ClientId::mint());
        assert_eq!(chosen(&mut table, one, None), Some(a));
        table.focus(b, 1);
        assert_eq!(chosen(&mut table, one, None), Some(a), "a client stays in its browser");
        assert_eq!(chosen(&mut table, two, None), Some(b), "a new client goes where the person is");
        table.put_tabs(b, &[TabInfo::bare(7, None)]);
        assert_eq!(chosen(&mut table, one, Some(7)), Some(b));
    }

    #[test]
    fn a_client_is_at_home_where_its_tabs_are_after_a_restart_of_the_hub() {
        let mut table = RoutingTable::default();
        let (_a, b) = (browser(&mut table, true), browser(&mut table, true));
        let client = ClientId::mint();
        table.put_tabs(b, &[TabInfo::bare(7, Some(client))]);
        assert_eq!(chosen(&mut table, client, None), Some(b));
    }

    #[test]
    fn a_browser_that_is_away_is_chosen_only_if_no_other_is_there() {
        let mut table = RoutingTable::default();
        let away = browser(&mut table, false);
        let client = ClientId::mint();
        assert_eq!(chosen(&mut table, client, None), Some(away));
        table.forget(client);
        let there = browser(&mut table, true);
        assert_eq!(chosen(&mut table, client, None), Some(there));
        table.remove(there);
        table.remove(away);
        assert_eq!(chosen(&mut table, client, None), None);
    }

    #[test]
    fn a_client_that_has_chosen_a_browser_goes_to_no_other_unless_it_names_a_tab() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let client = ClientId::mint();
        let to = |table: &mut RoutingTable, tab, browser| {
            let home = Some(Home { browser, is_chosen: true });
            table.choose(&call(client, tab, home, None)).map(|row| row.info.id)
        };
        table.focus(a, 5);
        assert_eq!(to(&mut table, None, b), Some(b));
        table.put_tabs(a, &[TabInfo::bare(7, None)]);
        assert_eq!(to(&mut table, Some(7), b), Some(a), "a tab is where it is");
        table.remove(b);
        assert_eq!(to(&mut table, None, b), None, "another profile is another person's logins");
        assert_eq!(to(&mut table, Some(7), b), Some(a));
        let call =
            RoutedCall { target: Some(a), ..call(client, None, Some(Home { browser: b, is_chosen: true }), None) };
        assert_eq!(table.choose(&call).map(|row| row.info.id), Some(a), "what is about a browser goes to it");
        assert_eq!(chosen(&mut table, client, None), Some(a));
    }

    #[test]
    fn what_a_client_says_about_a_browser_does_not_make_it_the_clients_own() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let client = ClientId::mint();
        table.focus(b, 1);
        let naming = RoutedCall { target: Some(a), ..call(client, None, None, None) };
        assert_eq!(table.choose(&naming).map(|row| row.info.id), Some(a));
        assert_eq!(chosen(&mut table, client, None), Some(b));
    }

    #[test]
    fn of_two_tabs_of_one_number_a_client_means_its_own_then_one_it_may_read_then_the_one_at_home() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let (one, two) = (ClientId::mint(), ClientId::mint());
        table.put_tabs(a, &[TabInfo::bare(7, None)]);
        table.put_tabs(b, &[TabInfo::bare(7, Some(one))]);
        assert_eq!(choice(&mut table, one, Some(7), Some(a), None), Some(b));
        assert_eq!(choice(&mut table, two, Some(7), Some(b), None), Some(b));
        assert_eq!(choice(&mut table, two, Some(7), Some(a), None), Some(a));
        table.put_tabs(b, &[TabInfo { shared_with_all: true, ..TabInfo::bare(7, Some(one)) }]);
        assert_eq!(choice(&mut table, two, Some(7), Some(a), None), Some(b), "it is shared with it");
        table.put_tabs(b, &[]);
        assert_eq!(choice(&mut table, one, Some(7), Some(b), None), Some(a), "no other has one");
    }

    #[test]
    fn the_browser_that_the_person_used_last_is_the_default_in_whatever_order_it_is_told() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        table.focus(b, 20);
        table.focus(a, 10);
        assert_eq!(chosen(&mut table, ClientId::mint(), None), Some(b));
        let focused: Vec<_> = table.listing().iter().map(|row| row.is_focused).collect();
        assert_eq!(focused, [false, true]);
        table.focus(a, 30);
        assert_eq!(chosen(&mut table, ClientId::mint(), None), Some(a));
        table.remove(a);
        assert_eq!(chosen(&mut table, ClientId::mint(), None), Some(b));
    }

    #[test]
    fn a_browser_is_called_as_it_was_named_and_two_of_one_name_are_told_apart() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let rename = |table: &mut RoutingTable, id, name: Option<&str>| {
            let info = table.rows().iter().find(|row| row.info.id == id).map(|row| row.info.clone()).unwrap();
            table.put(BrowserInfo { given_name: name.map(str::to_owned), ..info }, Slot::default(), true);
            table.rows().iter().map(|row| row.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(rename(&mut table, a, Some("work")), ["work", "Chromium 2"]);
        assert_eq!(rename(&mut table, b, Some("work")), ["work", "work 2"]);
        assert_eq!(rename(&mut table, a, Some("")), ["Chromium", "work 2"], "an empty name is none");
        assert_eq!(rename(&mut table, b, Some("work")), ["Chromium", "work 2"], "it keeps what it is known by");
    }

    #[test]
    fn browsers_of_one_product_are_told_apart_by_name() {
        let mut table = RoutingTable::default();
        browser(&mut table, true);
        browser(&mut table, true);
        let names: Vec<_> = table.rows().iter().map(|row| row.name.clone()).collect();
        assert_eq!(names, ["Chromium", "Chromium 2"]);
    }
}
