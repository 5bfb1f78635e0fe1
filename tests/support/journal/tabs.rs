//! The tabs of a stand-in browser: each client has its own, opened by its first call, as the extension leases them.

use serde_json::json;
use tabhub::protocol::event::TabInfo;
use tabhub::protocol::{ClientId, ErrorCode, HubError, TabId};

/// A tab and who holds it.
#[derive(Debug, Clone)]
struct Tab {
    id: TabId,
    owner: Option<(ClientId, String)>,
    is_current: bool,
}

/// The tabs of one run of the browser.
#[derive(Debug, Default)]
pub struct Tabs(Vec<Tab>);

impl Tabs {
    /// The tab that a call is about; opened if the client has none. Tells whether anything changed.
    pub fn resolve(
        &mut self,
        client: ClientId,
        name: &str,
        asked: Option<TabId>,
        next: &mut i64,
    ) -> Result<(TabId, bool), HubError> {
        if let Some(asked) = asked {
            return match self.0.iter().find(|tab| tab.id == asked).map(|tab| &tab.owner) {
                Some(Some((owner, _))) if *owner == client => Ok((asked, false)),
                Some(Some((_, holder))) => {
                    Err(HubError::new(ErrorCode::TabTaken, format!("Tab {asked} is held by another client."))
                        .with_data(json!({ "tabId": asked, "holder": holder })))
                }
                Some(None) => Err(HubError::new(ErrorCode::NotAllowed, format!("Tab {asked} is the person's own."))),
                None => Err(HubError::new(ErrorCode::TabGone, format!("There is no tab {asked} any more."))),
            };
        }
        let own = self.0.iter().find(|tab| tab.is_current && tab.owner.as_ref().is_some_and(|(id, _)| *id == client));
        if let Some(tab) = own {
            return Ok((tab.id, false));
        }
        let id = self.open(Some((client, name.to_owned())), next);
        Ok((id, true))
    }

    /// A new tab. The first one of a client is its current one.
    pub fn open(&mut self, owner: Option<(ClientId, String)>, next: &mut i64) -> TabId {
        let id = TabId(*next);
        *next += 1;
        let is_current = owner.as_ref().is_some_and(|(client, _)| self.of(*client).is_empty());
        self.0.push(Tab { id, owner, is_current });
        id
    }

    /// A client is gone for good: its tabs stay open and are nobody's.
    pub fn forget(&mut self, client: ClientId) {
        for tab in self.0.iter_mut().filter(|tab| tab.owner.as_ref().is_some_and(|(id, _)| *id == client)) {
            (tab.owner, tab.is_current) = (None, false);
        }
    }

    /// Closes the tabs that nobody holds, as a person does in time.
    pub fn close_free(&mut self) {
        self.0.retain(|tab| tab.owner.is_some());
    }

    /// The tabs of a client.
    pub fn of(&self, client: ClientId) -> Vec<TabId> {
        let is_own = |tab: &&Tab| tab.owner.as_ref().is_some_and(|(id, _)| *id == client);
        self.0.iter().filter(is_own).map(|tab| tab.id).collect()
    }

    /// The clients that hold tabs.
    pub fn owners(&self) -> Vec<ClientId> {
        let mut owners: Vec<ClientId> = self.0.iter().filter_map(|tab| Some(tab.owner.as_ref()?.0)).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// What the hub is told.
    pub fn infos(&self) -> Vec<TabInfo> {
        let info = |tab: &Tab| TabInfo {
            tab_id: tab.id,
            url: format!("http://127.0.0.1/{}", tab.id),
            title: format!("Tab {}", tab.id),
            active: false,
            owner: tab.owner.as_ref().map(|(id, _)| *id),
            owner_name: tab.owner.as_ref().map(|(_, name)| name.clone()),
            current: tab.is_current,
            readers: Vec::new(),
            shared_with_all: false,
        };
        self.0.iter().map(info).collect()
    }
}
