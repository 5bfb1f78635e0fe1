//! The folders of this user in which other programs keep their files.

use std::path::PathBuf;

use crate::config::surroundings;

/// Which system's conventions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and its relatives.
    Linux,
    /// macOS.
    MacOs,
}

/// The folders of this user.
#[derive(Debug, Clone)]
pub struct Places {
    /// Which system's conventions hold.
    pub system: System,
    /// The home folder.
    pub home: PathBuf,
    /// Where programs with windows keep their settings: `~/.config` or `~/Library/Application Support`.
    pub config: PathBuf,
    /// Where programs of the terminal keep them, on macOS too: `$XDG_CONFIG_HOME` or `~/.config`.
    pub dot_config: PathBuf,
    /// `$CLAUDE_CONFIG_DIR`, where it is set.
    pub claude: Option<PathBuf>,
    /// `$CODEX_HOME`, where it is set.
    pub codex: Option<PathBuf>,
    /// `$COPILOT_HOME`, where it is set.
    pub copilot: Option<PathBuf>,
}

impl Places {
    /// Those of the user of this process; `None` without a home folder.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let home = surroundings::user_home()?;
        let system = if cfg!(target_os = "macos") { System::MacOs } else { System::Linux };
        let mut places = Self::under(home, system);
        if let Some(folder) = surroundings::folder_in("XDG_CONFIG_HOME") {
            places.dot_config.clone_from(&folder);
            if system == System::Linux {
                places.config = folder;
            }
        }
        places.claude = surroundings::folder_in("CLAUDE_CONFIG_DIR");
        places.codex = surroundings::folder_in("CODEX_HOME");
        places.copilot = surroundings::folder_in("COPILOT_HOME");
        Some(places)
    }

    /// The usual ones under a home folder.
    #[must_use]
    pub fn under(home: PathBuf, system: System) -> Self {
        let dot_config = home.join(".config");
        let config = match system {
            System::Linux => dot_config.clone(),
            System::MacOs => home.join("Library/Application Support"),
        };
        Self { system, home, config, dot_config, claude: None, codex: None, copilot: None }
    }
}
