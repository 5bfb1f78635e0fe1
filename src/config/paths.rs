//! Where tabhub keeps things: one folder of state, one of configuration, or both under `TABHUB_HOME`.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The folders and files of one tabhub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    state: PathBuf,
    config: PathBuf,
}

impl Paths {
    /// Everything in one folder (`TABHUB_HOME`), so that tests and several users never meet.
    #[must_use]
    pub fn under(home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self { state: home.clone(), config: home }
    }

    /// The user's own folders, as the platform has them; `None` where there is no home.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "tabhub")?;
        Some(Self {
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned(),
            config: dirs.config_dir().to_owned(),
        })
    }

    /// The folder of state: locks, `hub.json`, logs, the browser's profile.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The one folder of everything, where `TABHUB_HOME` named it.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        (self.state == self.config).then_some(self.state.as_path())
    }

    /// Files made for the person, where they have no folder for downloads.
    #[must_use]
    pub fn files_dir(&self) -> PathBuf {
        self.state.join("files")
    }

    /// The settings file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Who runs, where, and the token of its instances; readable by its user only.
    #[must_use]
    pub fn hub_json(&self) -> PathBuf {
        self.state.join("hub.json")
    }

    /// Held by the hub for life.
    #[must_use]
    pub fn hub_lock(&self) -> PathBuf {
        self.state.join("hub.lock")
    }

    /// Held by whoever is starting a hub.
    #[must_use]
    pub fn start_lock(&self) -> PathBuf {
        self.state.join("start.lock")
    }

    /// The secret that pairs this hub with extensions; readable by its user only.
    #[must_use]
    pub fn pairing_secret(&self) -> PathBuf {
        self.state.join("pairing-secret")
    }

    /// The token of Streamable HTTP; readable by its user only.
    #[must_use]
    pub fn http_token(&self) -> PathBuf {
        self.state.join("http-token")
    }

    /// How the last hub ended.
    #[must_use]
    pub fn last_exit(&self) -> PathBuf {
        self.state.join("last_exit.json")
    }

    /// The hub's log.
    #[must_use]
    pub fn hub_log(&self) -> PathBuf {
        self.state.join("hub.log")
    }

    /// The folder of what `tabhub up` opens.
    #[must_use]
    pub fn up_dir(&self) -> PathBuf {
        self.state.join("browser")
    }

    /// The extension that `tabhub up` loads.
    #[must_use]
    pub fn up_extension(&self) -> PathBuf {
        self.up_dir().join("extension")
    }

    /// The profile of the browser that `tabhub up` opens.
    #[must_use]
    pub fn up_profile(&self) -> PathBuf {
        self.up_dir().join("profile")
    }

    /// The process that `tabhub up` opened.
    #[must_use]
    pub fn up_json(&self) -> PathBuf {
        self.up_dir().join("browser.json")
    }

    /// The extension for the person's own browser, unless they name another folder.
    #[must_use]
    pub fn own_extension(&self) -> PathBuf {
        self.state.join("extension")
    }

    /// What browsers start for native messaging.
    #[must_use]
    pub fn native_starter(&self) -> PathBuf {
        self.state.join("native-host")
    }

    /// What `tabhub install` has found in the files that it changed, so that `uninstall` can put it back.
    #[must_use]
    pub fn installed_dir(&self) -> PathBuf {
        self.state.join("installed")
    }

    /// The folders into which `tabhub extension` has unpacked, so that they are kept up to date.
    #[must_use]
    pub fn extension_dirs(&self) -> PathBuf {
        self.state.join("extension-dirs.json")
    }
}
