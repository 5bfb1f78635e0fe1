//! The routing table: which browsers there are, and which of them a call goes to. Pure decisions.

use std::collections::HashMap;

use super::messages::BrowserRow;
use crate::protocol::event::{BrowserSummary, TabInfo};
use crate::protocol::hello::BrowserInfo;
use crate::protocol::{BrowserId, ClientId, TabId};
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
            *row = BrowserRow { info, session, is_connected, name: std::mem::take(&mut row.name) };
            return;
        }
        let name = (1..)
            .map(|n| if n == 1 { info.name.clone() } else { format!("{} {n}", info.name) })
            .find(|name| self.rows.iter().all(|row| row.name != *name))
            .unwrap_or_else(|| info.name.clone());
        self.rows.push(BrowserRow { info, name, session, is_connected });
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

    /// The browser for a call: the one of the tab that it names, else the client's own, else the one last focused,
    /// else one that is connected, else one that is away and may come back.
    pub fn choose(&mut self, client: ClientId, tab: Option<TabId>) -> Option<&BrowserRow> {
        let by_tab = tab.and_then(|tab| self.tabs.get(&tab)).copied();
        let by_home = self.homes.get(&client).copied();
        let chosen = by_tab
            .or(by_home)
            .or_else(|| self.focused.filter(|id| self.is_connected(*id)))
            .or_else(|| self.rows.iter().find(|row| row.is_connected).map(|row| row.info.id))
            .or_else(|| self.rows.first().map(|row| row.info.id))?;
        if tab.is_none() {
            self.homes.entry(client).or_insert(chosen);
        }
        self.rows.iter().find(|row| row.info.id == chosen)
    }

    /// The browsers.
    #[must_use]
    pub fn rows(&self) -> &[BrowserRow] {
        &self.rows
    }

    /// The connected browsers in a few words, for instances.
    #[must_use]
    pub fn summaries(&self) -> Vec<BrowserSummary> {
        let connected = self.rows.iter().filter(|row| row.is_connected);
        connected.map(|row| BrowserSummary { id: row.info.id, name: row.name.clone(), epoch: row.info.epoch }).collect()
    }

    fn is_connected(&self, id: BrowserId) -> bool {
        self.rows.iter().any(|row| row.info.id == id && row.is_connected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::BrowserEpoch;

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
        table.choose(client, tab.map(TabId)).map(|row| row.info.id)
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
