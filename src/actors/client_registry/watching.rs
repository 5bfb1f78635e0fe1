//! What each client wants to hear of, and what of the browsers' news is news for it. Pure: tabs in, topics out.
//!
//! A client hears of a tab only what it may see: that is decided here and nowhere else.

use std::collections::HashMap;

use crate::protocol::event::TabInfo;
use crate::protocol::topics::{PagePart, Part};
use crate::protocol::{BrowserId, ClientId, TabId, Topics};

/// What for whom.
pub type News = Vec<(ClientId, Topics)>;

/// What each client wants to hear of.
#[derive(Debug, Default)]
pub struct Watching {
    wants: HashMap<ClientId, Topics>,
}

/// Whether a client may see a tab: it holds it, or its holder shares it with it.
fn may_see(tab: &TabInfo, client: ClientId) -> bool {
    tab.owner == Some(client) || tab.is_shared_with(client)
}

/// The tab whose page counts as a client's current one.
fn current(tabs: &[TabInfo], client: ClientId) -> Option<&TabInfo> {
    let own = tabs.iter().find(|tab| tab.current && tab.owner == Some(client));
    own.or_else(|| tabs.iter().find(|tab| tab.active && may_see(tab, client)))
}

/// Whether a tab shows another page, as far as its name tells.
fn shows_another(before: &TabInfo, after: &TabInfo) -> bool {
    before.url != after.url || before.title != after.title
}

/// Tabs as they were, and as they are, where that is not the same.
fn differing<'a>(before: &'a [TabInfo], after: &'a [TabInfo]) -> Vec<&'a TabInfo> {
    let by_id = |tabs: &'a [TabInfo]| tabs.iter().map(|tab| (tab.tab_id, tab)).collect::<HashMap<_, _>>();
    let (old, new) = (by_id(before), by_id(after));
    let was = before.iter().filter(|tab| new.get(&tab.tab_id) != Some(tab));
    was.chain(after.iter().filter(|tab| old.get(&tab.tab_id) != Some(tab))).collect()
}

impl Watching {
    /// Nothing changes for anyone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty()
    }

    /// What a client wants to hear of from now on. Says whether that is another thing than before.
    pub fn set(&mut self, client: ClientId, topics: Topics) -> bool {
        if topics.is_empty() {
            return self.wants.remove(&client).is_some();
        }
        self.wants.insert(client, topics.clone()).is_none_or(|before| before != topics)
    }

    /// A browser's tabs are these now, and were those before.
    #[must_use]
    pub fn tabs_changed(&self, before: &[TabInfo], after: &[TabInfo]) -> News {
        let changed = differing(before, after);
        if changed.is_empty() {
            return News::new();
        }
        self.tell(|client, wants| {
            if !changed.iter().any(|tab| may_see(tab, client)) {
                return Topics::default();
            }
            let seen = |tabs: &[TabInfo]| tabs.iter().filter(|tab| may_see(tab, client)).cloned().collect::<Vec<_>>();
            let (old, new) = (seen(before), seen(after));
            let ids = |tabs: &[TabInfo]| {
                let mut ids: Vec<_> = tabs.iter().map(|tab| tab.tab_id).collect();
                ids.sort_unstable();
                ids
            };
            let (was, is) = (current(before, client), current(after, client));
            let find = |tabs: &[TabInfo], id: TabId| tabs.iter().find(|tab| tab.tab_id == id).cloned();
            let has_changed = |part: &&PagePart| match (find(&old, part.tab_id), find(&new, part.tab_id)) {
                (Some(before), Some(after)) => part.part == Part::Content && shows_another(&before, &after),
                (None, None) => false,
                _ => true,
            };
            Topics {
                tabs: old != new,
                list: ids(&old) != ids(&new),
                current: match (was, is) {
                    (Some(was), Some(is)) => was.tab_id != is.tab_id || shows_another(was, is),
                    (was, is) => was.is_some() != is.is_some(),
                },
                pages: wants.pages.iter().filter(has_changed).copied().collect(),
                downloads: false,
                status: old != new,
            }
        })
    }

    /// A browser says that this has changed. `tabs` are its tabs.
    #[must_use]
    pub fn browser_changed(&self, tabs: &[TabInfo], topics: &Topics, owners: &[ClientId]) -> News {
        self.tell(|client, _| {
            let is_seen = |id: TabId| tabs.iter().any(|tab| tab.tab_id == id && may_see(tab, client));
            let current = current(tabs, client).map(|tab| PagePart { tab_id: tab.tab_id, part: Part::Content });
            Topics {
                // Another window came to the front: of those who see a tab that stands in front of one.
                tabs: topics.tabs && tabs.iter().any(|tab| tab.active && may_see(tab, client)),
                current: current.is_some_and(|current| topics.pages.contains(&current)),
                pages: topics.pages.iter().filter(|part| is_seen(part.tab_id)).copied().collect(),
                downloads: topics.downloads && owners.contains(&client),
                ..Topics::default()
            }
        })
    }

    /// Who is here has changed.
    #[must_use]
    pub fn status_changed(&self) -> News {
        self.tell(|_, _| Topics { status: true, ..Topics::default() })
    }

    /// What each browser is to tell of: pages that are watched by someone who may see them, and downloads.
    #[must_use]
    pub fn wanted<'a>(&self, browsers: impl Iterator<Item = (BrowserId, &'a [TabInfo])>) -> HashMap<BrowserId, Topics> {
        if self.is_empty() {
            return HashMap::new();
        }
        let of_browser = |tabs: &[TabInfo]| {
            let mut all = Topics::default();
            for (client, wants) in &self.wants {
                let seen = |part: &&PagePart| tabs.iter().any(|tab| tab.tab_id == part.tab_id && may_see(tab, *client));
                all.pages.extend(wants.pages.iter().filter(seen));
                if let Some(tab) = wants.current.then(|| current(tabs, *client)).flatten() {
                    all.pages.insert(PagePart { tab_id: tab.tab_id, part: Part::Content });
                }
                all.downloads |= wants.downloads;
            }
            all
        };
        let wanted = browsers.map(|(id, tabs)| (id, of_browser(tabs)));
        wanted.filter(|(_, topics)| !topics.is_empty()).collect()
    }

    fn tell(&self, news: impl Fn(ClientId, &Topics) -> Topics) -> News {
        let told = self.wants.iter().map(|(client, wants)| (*client, news(*client, wants).and(wants)));
        told.filter(|(_, topics)| !topics.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::event::Reader;

    fn tab(id: i64, owner: Option<ClientId>) -> TabInfo {
        TabInfo { url: format!("http://{id}.test/"), ..TabInfo::bare(id, owner) }
    }

    fn content(id: i64) -> PagePart {
        PagePart { tab_id: TabId(id), part: Part::Content }
    }

    fn everything(pages: &[i64]) -> Topics {
        let pages = pages.iter().map(|id| content(*id)).collect();
        Topics { tabs: true, list: true, current: true, pages, downloads: true, status: true }
    }

    fn of(news: &News, client: ClientId) -> Option<Topics> {
        news.iter().find(|(id, _)| *id == client).map(|(_, topics)| topics.clone())
    }

    #[test]
    fn a_client_hears_of_its_own_tabs_and_of_those_that_are_shared_with_it_alone() {
        let (me, other) = (ClientId::mint(), ClientId::mint());
        let mut watching = Watching::default();
        assert!(watching.set(me, everything(&[1, 2, 3])));
        assert!(!watching.set(me, everything(&[1, 2, 3])));
        let before = [tab(1, Some(me)), tab(2, Some(other)), tab(3, None)];
        let mut after = before.clone();
        after[1].url = "http://secret.test/".to_owned();
        after[2].url = "http://persons.test/".to_owned();
        assert_eq!(watching.tabs_changed(&before, &after), []);
        let changed = Topics { pages: [content(2), content(3)].into(), downloads: true, ..Topics::default() };
        assert_eq!(watching.browser_changed(&after, &changed, &[other]), []);
        after[1].readers = vec![Reader { id: me, name: String::new() }];
        let told = of(&watching.tabs_changed(&before, &after), me).expect("news");
        assert!(told.tabs && told.list && told.pages == [content(2)].into(), "{told:?}");
        let told = of(&watching.browser_changed(&after, &changed, &[me]), me).expect("news");
        assert_eq!(told, Topics { pages: [content(2)].into(), downloads: true, ..Topics::default() });
    }

    #[test]
    fn the_list_changes_only_when_tabs_come_or_go() {
        let me = ClientId::mint();
        let mut watching = Watching::default();
        watching.set(me, everything(&[]));
        let before = [tab(1, Some(me))];
        let mut after = before.clone();
        after[0].title = "Another".to_owned();
        let told = of(&watching.tabs_changed(&before, &after), me).expect("news");
        assert!(told.tabs && !told.list, "{told:?}");
        let told = of(&watching.tabs_changed(&before, &[]), me).expect("news");
        assert!(told.tabs && told.list, "{told:?}");
        assert_eq!(watching.tabs_changed(&before, &before), []);
    }

    #[test]
    fn the_current_page_is_the_clients_current_tab_or_the_one_in_front_that_it_may_see() {
        let (me, other) = (ClientId::mint(), ClientId::mint());
        let mut watching = Watching::default();
        watching.set(me, Topics { current: true, ..Topics::default() });
        let mut tabs = vec![tab(1, Some(me)), tab(2, Some(other))];
        tabs[1].active = true;
        let browser = BrowserId::mint();
        let watched = |watching: &Watching, tabs: &[TabInfo]| {
            watching.wanted(std::iter::once((browser, tabs))).remove(&browser).unwrap_or_default().pages
        };
        assert_eq!(watched(&watching, &tabs), [].into(), "its own tab is not current, the one in front not its to see");
        tabs[1].shared_with_all = true;
        assert_eq!(watched(&watching, &tabs), [content(2)].into());
        let changed = |id| Topics { pages: [content(id)].into(), ..Topics::default() };
        assert!(of(&watching.browser_changed(&tabs, &changed(2), &[]), me).is_some_and(|told| told.current));
        let before = tabs.clone();
        tabs[0].current = true;
        assert!(of(&watching.tabs_changed(&before, &tabs), me).is_some_and(|told| told.current));
        assert_eq!(watched(&watching, &tabs), [content(1)].into());
        assert_eq!(watching.browser_changed(&tabs, &changed(2), &[]), []);
    }

    #[test]
    fn a_browser_is_to_tell_of_what_someone_watches_who_may_see_it_and_of_nothing_else() {
        let (me, other) = (ClientId::mint(), ClientId::mint());
        let (one, two) = (BrowserId::mint(), BrowserId::mint());
        let mut watching = Watching::default();
        let (here, there) = ([tab(1, Some(me)), tab(2, Some(other))], [tab(1, Some(other))]);
        let browsers = || [(one, &here[..]), (two, &there[..])].into_iter();
        assert!(watching.wanted(browsers()).is_empty());
        watching.set(me, Topics { pages: [content(1), content(2)].into(), ..Topics::default() });
        let wanted = watching.wanted(browsers());
        assert_eq!(wanted.len(), 1, "{wanted:?}");
        assert_eq!(wanted[&one].pages, [content(1)].into());
        assert!(watching.set(me, Topics::default()) && watching.wanted(browsers()).is_empty());
    }
}
