//! The settings: flags > environment (`TABHUB_*`) > `config.toml` > defaults, read once.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::legacy;
use super::paths::Paths;
use super::surroundings;
use super::values::{number_or_off, on_or_off, parse_number, parse_port, parse_rate, parse_tools, port_or_off, secs};

/// Which tools an instance lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ToolSet {
    /// What most agents need.
    #[default]
    Core,
    /// Exactly the tools of Browser MCP 0.1.3.
    Browsermcp,
    /// Everything, with output schemas.
    Full,
}

/// All settings of one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where things are kept.
    pub paths: Paths,
    /// The hub's port (`TABHUB_PORT`); 0 asks the system for a free one.
    pub port: u16,
    /// The port of Streamable HTTP (`TABHUB_MCP_PORT`).
    pub mcp_port: u16,
    /// The port for the Browser MCP extension (`TABHUB_LEGACY_PORT`), unless it is `off`.
    pub legacy_port: Option<u16>,
    /// The Origins that the port for the Browser MCP extension takes (`TABHUB_LEGACY_ORIGINS`); by default the one of the
    /// extension in the store.
    pub legacy_origins: Vec<String>,
    /// Whether Streamable HTTP asks for its token (`TABHUB_HTTP_AUTH`, `on` or `off`).
    pub http_auth: bool,
    /// A session over HTTP ends after this time without a request and an open stream (`TABHUB_HTTP_IDLE`, seconds).
    pub http_idle: Duration,
    /// How many requests over HTTP one client may make within a second (`TABHUB_HTTP_RATE`).
    pub http_rate: NonZeroU32,
    /// Which tools are listed (`TABHUB_TOOLS`).
    pub tools: ToolSet,
    /// What is logged, in `env_logger`'s form (`TABHUB_LOG`).
    pub log: String,
    /// The client's name, over what the host says of itself (`TABHUB_CLIENT_NAME`).
    pub client_name: Option<String>,
    /// How long a call may take where its tool does not say (`TABHUB_CALL_TIMEOUT`, seconds).
    pub call_timeout: Duration,
    /// How long finding or starting the hub may take (`TABHUB_START_TIMEOUT`, seconds).
    pub start_timeout: Duration,
    /// The longest pause between attempts to reconnect (`TABHUB_RECONNECT_MAX`, milliseconds).
    pub reconnect_max: Duration,
    /// How long a client that left without a word keeps its tabs (`TABHUB_LEASE_GRACE`, seconds).
    pub lease_grace: Duration,
    /// The hub leaves after this time without clients and calls (`TABHUB_IDLE_EXIT`, seconds; `off` = never).
    pub idle_exit: Option<Duration>,
    /// A hub whose actors' thread stands still for so long is ended (`TABHUB_WATCHDOG`, seconds; `off` = never).
    pub watchdog: Option<Duration>,
    /// Folders that files may be uploaded from (`TABHUB_UPLOAD_DIRS`, written like `PATH`). Where nobody has named any, a
    /// host that started this process may upload from the folder in which it did; hosts over HTTP have no such folder.
    pub upload_dirs: Option<Vec<PathBuf>>,
    /// The folder that files made for the person go into (`TABHUB_OUTPUT_DIR`); their downloads by default, or `files` under
    /// `TABHUB_HOME` where that is set.
    pub output_dir: PathBuf,
}

/// Twice what the busiest host should need; more is a loop gone wrong.
const HTTP_RATE: NonZeroU32 = NonZeroU32::new(4000).unwrap();

/// What the command line says, over everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--port`
    pub port: Option<u16>,
    /// `--tools`
    pub tools: Option<ToolSet>,
    /// `--name`
    pub client_name: Option<String>,
}

/// Why the settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable or a line of the file has a value that does not fit.
    #[error("{place}: {value:?} is not {expected}")]
    BadValue {
        /// Where it stands.
        place: String,
        /// What stands there.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file is not TOML, or has a key that does not exist.
    #[error("the settings file {path} is wrong: {source}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// There is no home folder to keep state in.
    #[error("this user has no home folder: set TABHUB_HOME to a folder for tabhub's state")]
    NoHome,
}

/// `config.toml`. Times are numbers in the unit of their name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    port: Option<u16>,
    mcp_port: Option<u16>,
    legacy_port: Option<PortOrOff>,
    legacy_origins: Option<Vec<String>>,
    http_auth: Option<bool>,
    http_idle_secs: Option<f64>,
    http_rate: Option<NonZeroU32>,
    tools: Option<ToolSet>,
    log: Option<String>,
    client_name: Option<String>,
    call_timeout_secs: Option<f64>,
    start_timeout_secs: Option<f64>,
    reconnect_max_ms: Option<f64>,
    lease_grace_secs: Option<f64>,
    idle_exit_secs: Option<NumberOrOff>,
    watchdog_secs: Option<NumberOrOff>,
    upload_dirs: Option<Vec<PathBuf>>,
    output_dir: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PortOrOff {
    Port(u16),
    Word(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum NumberOrOff {
    Number(f64),
    Word(String),
}

impl Settings {
    /// Reads the settings of this process: its environment and its settings file.
    ///
    /// # Errors
    /// When a value does not fit; the error names the place.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn load(overrides: Overrides) -> Result<Self, SettingsError> {
        Self::from_sources(overrides, |name| std::env::var(name).ok())
    }

    /// Reads the settings from the given environment, for tests.
    ///
    /// # Errors
    /// When a value does not fit; the error names the place.
    pub fn from_sources(overrides: Overrides, env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let var = |name: &str| env(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let paths = match var("TABHUB_HOME") {
            Some(home) => Paths::under(std::path::absolute(&home).unwrap_or_else(|_| PathBuf::from(home))),
            None => Paths::of_user().ok_or(SettingsError::NoHome)?,
        };
        let file = read_file(&paths)?;
        let port = |name: &str| var(name).map(|v| parse_port(name, &v)).transpose();
        let number = |name: &str| var(name).map(|v| parse_number(name, &v)).transpose();

        let legacy_port = match (var("TABHUB_LEGACY_PORT"), &file.legacy_port) {
            (Some(word), _) => port_or_off("TABHUB_LEGACY_PORT", &word)?,
            (None, Some(PortOrOff::Port(port))) => Some(*port),
            (None, Some(PortOrOff::Word(word))) => port_or_off("config.toml: legacy_port", word)?,
            (None, None) => Some(9009),
        };
        let time_or_off = |name: &str, place: &str, told: &Option<NumberOrOff>, default: f64| {
            Ok(match (var(name), told) {
                (Some(word), _) => number_or_off(name, &word)?,
                (None, Some(NumberOrOff::Number(secs))) => Some(*secs),
                (None, Some(NumberOrOff::Word(word))) => number_or_off(place, word)?,
                (None, None) => Some(default),
            })
        };
        let idle_exit =
            time_or_off("TABHUB_IDLE_EXIT", "config.toml: idle_exit_secs", &file.idle_exit_secs, 30.0 * 60.0)?;
        let watchdog = time_or_off("TABHUB_WATCHDOG", "config.toml: watchdog_secs", &file.watchdog_secs, 10.0)?;
        let tools = match var("TABHUB_TOOLS") {
            Some(word) => Some(parse_tools(&word)?),
            None => file.tools,
        };
        Ok(Self {
            port: overrides.port.or(port("TABHUB_PORT")?).or(file.port).unwrap_or(9008),
            mcp_port: port("TABHUB_MCP_PORT")?.or(file.mcp_port).unwrap_or(8765),
            legacy_port,
            legacy_origins: legacy::origins(var("TABHUB_LEGACY_ORIGINS"), file.legacy_origins)?,
            http_auth: var("TABHUB_HTTP_AUTH")
                .map(|word| on_or_off(&word))
                .transpose()?
                .or(file.http_auth)
                .unwrap_or(true),
            http_idle: secs(number("TABHUB_HTTP_IDLE")?.or(file.http_idle_secs), 30.0 * 60.0),
            http_rate: var("TABHUB_HTTP_RATE")
                .map(|rate| parse_rate(&rate))
                .transpose()?
                .or(file.http_rate)
                .unwrap_or(HTTP_RATE),
            tools: overrides.tools.or(tools).unwrap_or_default(),
            log: var("TABHUB_LOG").or(file.log).unwrap_or_else(|| "info".to_owned()),
            client_name: overrides.client_name.or(var("TABHUB_CLIENT_NAME")).or(file.client_name),
            call_timeout: secs(number("TABHUB_CALL_TIMEOUT")?.or(file.call_timeout_secs), 60.0),
            start_timeout: secs(number("TABHUB_START_TIMEOUT")?.or(file.start_timeout_secs), 10.0),
            reconnect_max: secs(number("TABHUB_RECONNECT_MAX")?.or(file.reconnect_max_ms).map(|ms| ms / 1000.0), 1.0),
            lease_grace: secs(number("TABHUB_LEASE_GRACE")?.or(file.lease_grace_secs), 30.0),
            idle_exit: idle_exit.map(|s| secs(Some(s), s)),
            // Faster than this, a busy machine would look like a jam.
            watchdog: watchdog.map(|s| secs(Some(s), s).max(Duration::from_millis(500))),
            upload_dirs: var("TABHUB_UPLOAD_DIRS")
                .map(|dirs| std::env::split_paths(&dirs).collect())
                .or(file.upload_dirs),
            output_dir: var("TABHUB_OUTPUT_DIR")
                .map(PathBuf::from)
                .or(file.output_dir)
                .map(|folder| std::path::absolute(&folder).unwrap_or(folder))
                .unwrap_or_else(|| output_folder(&paths)),
            paths,
        })
    }
}

/// A person looks for files where their browser puts them; with a home of its own, tabhub leaves their folders alone.
fn output_folder(paths: &Paths) -> PathBuf {
    let downloads = if paths.home().is_some() { None } else { surroundings::downloads_folder() };
    downloads.unwrap_or_else(|| paths.files_dir())
}

fn read_file(paths: &Paths) -> Result<ConfigFile, SettingsError> {
    let path = paths.config_file();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ConfigFile::default()),
        Err(source) => return Err(SettingsError::File { path, source }),
    };
    let file: ConfigFile =
        toml::from_str(&text).map_err(|source| SettingsError::Toml { path, source: Box::new(source) })?;
    file.check()?;
    Ok(file)
}

impl ConfigFile {
    /// TOML has numbers that are no time: they are refused here as they are in the environment.
    fn check(&self) -> Result<(), SettingsError> {
        let number = |told: &Option<NumberOrOff>| match told {
            Some(NumberOrOff::Number(number)) => Some(*number),
            Some(NumberOrOff::Word(_)) | None => None,
        };
        for (name, told) in [
            ("call_timeout_secs", self.call_timeout_secs),
            ("start_timeout_secs", self.start_timeout_secs),
            ("reconnect_max_ms", self.reconnect_max_ms),
            ("lease_grace_secs", self.lease_grace_secs),
            ("idle_exit_secs", number(&self.idle_exit_secs)),
            ("watchdog_secs", number(&self.watchdog_secs)),
            ("http_idle_secs", self.http_idle_secs),
        ] {
            if let Some(told) = told {
                parse_number(&format!("config.toml: {name}"), &told.to_string())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(home: &std::path::Path, vars: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_sources(Overrides::default(), |name| {
            if name == "TABHUB_HOME" {
                return Some(home.display().to_string());
            }
            vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    fn home() -> tempfile::TempDir {
        tempfile::tempdir().unwrap_or_else(|e| panic!("no temporary folder: {e}"))
    }

    #[test]
    fn defaults_hold_where_nothing_is_said() {
        let home = home();
        let settings = load(home.path(), &[]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((settings.port, settings.mcp_port, settings.legacy_port), (9008, 8765, Some(9009)));
        assert_eq!(settings.tools, ToolSet::Core);
        assert_eq!(settings.lease_grace, Duration::from_secs(30));
        assert_eq!(settings.idle_exit, Some(Duration::from_secs(1800)));
        assert_eq!(settings.upload_dirs, None, "whoever asks has a working folder, or none");
    }

    #[test]
    fn folders_for_uploads_are_written_like_a_path() {
        let home = home();
        let folders = |vars: &[(&str, &str)]| load(home.path(), vars).ok().and_then(|s| s.upload_dirs);
        let two = vec![PathBuf::from("/a"), PathBuf::from("/b c")];
        assert_eq!(folders(&[("TABHUB_UPLOAD_DIRS", "/a:/b c")]), Some(two));
        std::fs::write(home.path().join("config.toml"), "upload_dirs = []\n").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(folders(&[]), Some(Vec::new()), "no folder at all is a setting, too");
    }

    #[test]
    fn files_for_the_person_go_where_they_are_told_or_stay_in_tabhubs_own_home() {
        let home = home();
        let folder = |vars: &[(&str, &str)]| load(home.path(), vars).map(|s| s.output_dir).unwrap_or_default();
        assert_eq!(folder(&[]), home.path().join("files"));
        assert_eq!(folder(&[("TABHUB_OUTPUT_DIR", "/a b")]), PathBuf::from("/a b"));
        std::fs::write(home.path().join("config.toml"), "output_dir = \"/c\"\n").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(folder(&[]), PathBuf::from("/c"));
        assert!(folder(&[("TABHUB_OUTPUT_DIR", "d")]).is_absolute());
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let home = home();
        std::fs::write(
            home.path().join("config.toml"),
            "port = 1\nmcp_port = 2\nlegacy_port = \"off\"\nidle_exit_secs = \"off\"\n",
        )
        .unwrap_or_else(|e| panic!("{e}"));
        let settings = load(home.path(), &[("TABHUB_PORT", "11")]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((settings.port, settings.mcp_port, settings.legacy_port), (11, 2, None));
        assert_eq!(settings.idle_exit, None);
        let flags = Overrides { port: Some(21), ..Overrides::default() };
        let env = |name: &str| (name == "TABHUB_HOME").then(|| home.path().display().to_string());
        let settings = Settings::from_sources(flags, env).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(settings.port, 21);
    }

    #[test]
    fn http_asks_for_its_token_unless_it_is_told_not_to() {
        let home = home();
        let load =
            |vars: &[(&str, &str)]| load(home.path(), vars).map(|s| (s.http_auth, s.http_rate.get(), s.http_idle));
        assert_eq!(load(&[]).ok(), Some((true, 4000, Duration::from_secs(1800))));
        let vars = [("TABHUB_HTTP_AUTH", "off"), ("TABHUB_HTTP_RATE", "7"), ("TABHUB_HTTP_IDLE", "2.5")];
        assert_eq!(load(&vars).ok(), Some((false, 7, Duration::from_millis(2500))));
        for wrong in [("TABHUB_HTTP_AUTH", "no"), ("TABHUB_HTTP_RATE", "0"), ("TABHUB_HTTP_IDLE", "-1")] {
            assert!(load(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_time_is_taken_in_its_unit() {
        let home = home();
        let vars = [
            ("TABHUB_CALL_TIMEOUT", "1.5"),
            ("TABHUB_START_TIMEOUT", "2"),
            ("TABHUB_RECONNECT_MAX", "250"),
            ("TABHUB_LEASE_GRACE", "0"),
            ("TABHUB_IDLE_EXIT", "7"),
            ("TABHUB_WATCHDOG", "4"),
        ];
        let settings = load(home.path(), &vars).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(settings.call_timeout, Duration::from_millis(1500));
        assert_eq!(settings.start_timeout, Duration::from_secs(2));
        assert_eq!(settings.reconnect_max, Duration::from_millis(250));
        assert_eq!(settings.lease_grace, Duration::ZERO);
        assert_eq!(settings.idle_exit, Some(Duration::from_secs(7)));
        assert_eq!(settings.watchdog, Some(Duration::from_secs(4)));
        assert_eq!(load(home.path(), &[("TABHUB_WATCHDOG", "off")]).map(|s| s.watchdog).ok(), Some(None));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let home = home();
        for (name, value) in [
            ("TABHUB_PORT", "70000"),
            ("TABHUB_MCP_PORT", "x"),
            ("TABHUB_LEGACY_PORT", "no"),
            ("TABHUB_TOOLS", "all"),
            ("TABHUB_CALL_TIMEOUT", "-1"),
            ("TABHUB_IDLE_EXIT", "NaN"),
        ] {
            let error = load(home.path(), &[(name, value)]).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(name) && error.contains(value), "{name}={value}: {error}");
        }
        std::fs::write(home.path().join("config.toml"), "prot = 1\n").unwrap_or_else(|e| panic!("{e}"));
        let error = load(home.path(), &[]).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("config.toml") && error.contains("prot"), "{error}");
    }
}
