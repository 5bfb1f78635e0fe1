//! What one may want to hear of, and what has changed: the same words for both, so that news are what is in both.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::is_false;
use super::ids::TabId;

/// What somebody wants to hear of, or what has changed of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Topics {
    /// The tabs that the client may see: which there are, what they are called and show, which is current or in front.
    #[serde(skip_serializing_if = "is_false")]
    pub tabs: bool,
    /// Which tabs there are that it may see, and nothing else of them.
    #[serde(skip_serializing_if = "is_false")]
    pub list: bool,
    /// The page of its current tab: another one, or what it shows.
    #[serde(skip_serializing_if = "is_false")]
    pub current: bool,
    /// Parts of pages.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub pages: BTreeSet<PagePart>,
    /// Its downloads.
    #[serde(skip_serializing_if = "is_false")]
    pub downloads: bool,
    /// Who is connected.
    #[serde(skip_serializing_if = "is_false")]
    pub status: bool,
}

/// One part of one tab's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PagePart {
    /// Which tab.
    pub tab_id: TabId,
    /// Which part.
    pub part: Part,
}

/// What of a page may change by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What it shows.
    Content,
    /// What it wrote to its console.
    Console,
    /// What it asked its servers.
    Network,
    /// A part that this build does not know.
    #[serde(other)]
    Unknown,
}

impl Topics {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in what is in the other.
    pub fn add(&mut self, other: &Topics) {
        let Topics { tabs, list, current, pages, downloads, status } = other;
        self.tabs |= tabs;
        self.list |= list;
        self.current |= current;
        self.pages.extend(pages);
        self.downloads |= downloads;
        self.status |= status;
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Topics) -> Topics {
        Topics {
            tabs: self.tabs && other.tabs,
            list: self.list && other.list,
            current: self.current && other.current,
            pages: self.pages.intersection(&other.pages).copied().collect(),
            downloads: self.downloads && other.downloads,
            status: self.status && other.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wanted_and_has_changed_is_what_is_told() {
        let part = |tab, part| PagePart { tab_id: TabId(tab), part };
        let pages = |parts: &[PagePart]| parts.iter().copied().collect();
        let wanted = Topics {
            tabs: true,
            pages: pages(&[part(1, Part::Content), part(2, Part::Console)]),
            status: true,
            ..Topics::default()
        };
        let mut changed = Topics { tabs: true, list: true, ..Topics::default() };
        changed.add(&Topics { pages: pages(&[part(2, Part::Console), part(2, Part::Network)]), ..Topics::default() });
        let told = Topics { tabs: true, pages: pages(&[part(2, Part::Console)]), ..Topics::default() };
        assert_eq!(changed.and(&wanted), told);
        assert!(!told.is_empty() && told.and(&Topics::default()).is_empty());
    }

    #[test]
    fn what_a_later_build_wants_more_is_left_out() {
        let later = r#"{"tabs":true,"history":true,"pages":[{"tabId":7,"part":"sound"},{"tabId":7,"part":"content"}]}"#;
        let topics: Topics = serde_json::from_str(later).expect("topics");
        assert!(topics.tabs && topics.pages.contains(&PagePart { tab_id: TabId(7), part: Part::Content }));
    }
}
