//! The hub's picture of one browser's tabs: which there are, who holds them, which is whose current one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::protocol::event::TabInfo;
use crate::protocol::hello::Sharing;
use crate::protocol::{ClientId, TabId};

/// The one tab of a browser that all clients share: it has no number, and no browser gives this one.
pub const ONE_TAB: TabId = TabId(0);

/// The tabs as the extension told them last.
#[derive(Debug, Default)]
pub struct Mirror {
    tabs: Arc<Vec<TabInfo>>,
    current: HashMap<ClientId, TabId>,
}

impl Mirror {
    /// Takes a new picture.
    pub fn replace(&mut self, tabs: Vec<TabInfo>) {
        self.current = tabs.iter().filter(|t| t.current).filter_map(|t| Some((t.owner?, t.tab_id))).collect();
        self.tabs = Arc::new(tabs);
    }

    /// The whole picture, shared.
    #[must_use]
    pub fn tabs(&self) -> Arc<Vec<TabInfo>> {
        Arc::clone(&self.tabs)
    }

    /// How many tabs clients hold.
    #[must_use]
    pub fn held(&self) -> usize {
        self.tabs.iter().filter(|tab| tab.owner.is_some()).count()
    }

    /// Whether another client holds this tab.
    #[must_use]
    pub fn is_anothers(&self, tab: TabId, client: ClientId) -> bool {
        self.tabs.iter().any(|known| known.tab_id == tab && known.owner.is_some_and(|owner| owner != client))
    }

    /// A client's current tab.
    #[must_use]
    pub fn current_in(&self, sharing: Sharing, client: ClientId) -> Option<TabId> {
        match sharing {
            Sharing::OwnTabs => self.current.get(&client).copied(),
            Sharing::OneTab => Some(ONE_TAB),
        }
    }
}
