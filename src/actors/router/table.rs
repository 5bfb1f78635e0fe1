//! The routing table: which browsers there are, and which of them a call goes to. Pure decisions.

use std::collections::HashMap;

use super::messages::BrowserRow;
use crate::actors::call::RoutedCall;
use crate::protocol::event::{BrowserSummary, TabInfo};
use crate::protocol::hello::BrowserInfo;
use crate::protocol::{BrowserEpoch, BrowserId, ClientId, TabId};
use crate::supervise::Slot;

/// The routing table.
#[derive(Debug, Default)]
pub struct RoutingTable {
    rows: Vec<BrowserRow>,
    tabs: HashMap<TabId, BrowserId>,
    /// The browser that a client's calls without a tab go to, from its first call on.
    homes: HashMap<ClientId, BrowserId>,
    focused: Option<BrowserId>,
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
            *row = BrowserRow { info, former, session, is_connected, name: std::mem::take(&mut row.name) };
            return;
        }
        let name = (1..)
            .map(|n| if n == 1 { info.name.clone() } else { format!("{} {n}", info.name) })
            .find(|name| self.rows.iter().all(|row| row.name != *name))
            .unwrap_or_else(|| info.name.clone());
        self.rows.push(BrowserRow { info, former: None, name, session, is_connected });
    }

    /// A browser is gone.
    pub fn remove(&mut self, id: BrowserId) {
        self.rows.retain(|row| row.info.id != id);
        self.tabs.retain(|_, browser| *browser != id);
        self.homes.retain(|_, browser| *browser != id);
        if self.focused == Some(id) {
            self.focused = None;
        }
    }

    /// The tabs of a browser have changed; who holds some of them is at home there.
    pub fn put_tabs(&mut self, id: BrowserId, tabs: &[TabInfo]) {
        self.tabs.retain(|_, browser| *browser != id);
        for tab in tabs {
            self.tabs.insert(tab.tab_id, id);
            if let Some(owner) = tab.owner {
                self.homes.entry(owner).or_insert(id);
            }
        }
    }

    /// The person focused a browser.
    pub fn focus(&mut self, id: BrowserId) {
        self.focused = Some(id);
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
    /// the client's own (as it knew it before, or as it is known here), else the one last focused, else one that is
    /// connected, else one that is away and may come back.
    pub fn choose(&mut self, call: &RoutedCall) -> Option<&BrowserRow> {
        let (client, tab) = (call.key.client, call.tab);
        let by_run = call.first_sent.known().and_then(|run| self.rows.iter().find(|row| row.info.epoch == run));
        let by_run = by_run.map(|row| row.info.id);
        let by_tab = tab.and_then(|tab| self.tabs.get(&tab)).copied();
        let by_home = call.home.filter(|home| self.has(*home)).or_else(|| self.homes.get(&client).copied());
        let chosen = by_run
            .or(by_tab)
            .or(by_home)
            .or_else(|| self.focused.filter(|id| self.is_connected(*id)))
            .or_else(|| self.rows.iter().find(|row| row.is_connected).map(|row| row.info.id))
            .or_else(|| self.rows.first().map(|row| row.info.id))?;
        if tab.is_none() {
            self.homes.insert(client, chosen);
        }
        self.rows.iter().find(|row| row.info.id == chosen)
    }

    /// The browsers.
    #[must_use]
    pub fn rows(&self) -> &[BrowserRow] {
        &self.rows
    }

    /// The browsers in a few words, for instances. Those that are away count, too: a call may still go to them.
    #[must_use]
    pub fn summaries(&self) -> Vec<BrowserSummary> {
        let summary = |row: &BrowserRow| BrowserSummary {
            id: row.info.id,
            name: row.name.clone(),
            epoch: row.info.epoch,
            connected: row.is_connected,
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
    use crate::actors::call::{CallKey, FirstSent};
    use crate::protocol::{CallId, Deadline};

    fn browser(table: &mut RoutingTable, is_connected: bool) -> BrowserId {
        let info = BrowserInfo {
            id: BrowserId::mint(),
            name: "Chromium".to_owned(),
            version: "1".to_owned(),
            epoch: BrowserEpoch::mint(),
        };
        let id = info.id;
        table.put(info, Slot::default(), is_connected);
        id
    }

    fn tab(id: i64, owner: Option<ClientId>) -> TabInfo {
        TabInfo {
            tab_id: TabId(id),
            url: String::new(),
            title: String::new(),
            active: false,
            owner,
            owner_name: None,
            current: false,
        }
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
        let call = RoutedCall {
            key: CallKey { client, id: CallId::mint() },
            tool: &crate::protocol::tools::TOOLS[0],
            params: RawValue::NULL.to_owned().into(),
            tab: tab.map(TabId),
            home,
            client_name: "one".into(),
            order: 1,
            attempt: 1,
            named: None,
            first_sent: FirstSent::claimed(earlier_run),
            deadline: Deadline::after(std::time::Duration::from_secs(1)),
            reply: crate::supervise::reply_port().0,
            progress: None,
        };
        table.choose(&call).map(|row| row.info.id)
    }

    #[test]
    fn after_a_restart_of_the_hub_a_call_goes_where_it_was_sent_before_or_where_its_client_was() {
        let mut table = RoutingTable::default();
        let (a, b) = (browser(&mut table, true), browser(&mut table, true));
        let (client, tabs) = (ClientId::mint(), [tab(7, None)]);
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
        table.focus(b);
        assert_eq!(chosen(&mut table, one, None), Some(a), "a client stays in its browser");
        assert_eq!(chosen(&mut table, two, None), Some(b), "a new client goes where the person is");
        table.put_tabs(b, &[tab(7, None)]);
        assert_eq!(chosen(&mut table, one, Some(7)), Some(b));
    }

    #[test]
    fn a_client_is_at_home_where_its_tabs_are_after_a_restart_of_the_hub() {
        let mut table = RoutingTable::default();
        let (_a, b) = (browser(&mut table, true), browser(&mut table, true));
        let client = ClientId::mint();
        table.put_tabs(b, &[tab(7, Some(client))]);
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
    fn browsers_of_one_product_are_told_apart_by_name() {
        let mut table = RoutingTable::default();
        browser(&mut table, true);
        browser(&mut table, true);
        let names: Vec<_> = table.rows().iter().map(|row| row.name.clone()).collect();
        assert_eq!(names, ["Chromium", "Chromium 2"]);
    }
}
