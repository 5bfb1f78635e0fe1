//! Which browser `tabhub up` opens, and with which flags.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::config::Paths;
use crate::config::surroundings::{self, Screen};

/// Browsers that load an unpacked extension from the command line, the plainest first.
const KNOWN: &[&str] = &[
    "chromium",
    "chromium-browser",
    "/snap/bin/chromium",
    "brave-browser",
    "brave",
    "microsoft-edge",
    "microsoft-edge-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// From this version on Chrome under its brand does not load extensions from the command line.
const BRANDED_CHROME_REFUSES: u32 = 137;

/// Whether the browser shows a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// It does.
    Shown,
    /// It does not.
    Headless,
}

impl Window {
    /// A window where one was not declined and can be shown.
    pub fn wanted(is_headless: bool) -> Self {
        match surroundings::screen() {
            Screen::Present if !is_headless => Window::Shown,
            _ => Window::Headless,
        }
    }
}

/// Why no browser can be opened.
#[derive(Debug, thiserror::Error)]
pub enum NoBrowser {
    /// None of the known ones is there.
    #[error(
        "no browser was found. Install Chromium (for example `apt install chromium` or `brew install chromium`), name one \
         with --browser PATH, or load the extension into your own browser with `tabhub extension`"
    )]
    NotFound,
    /// The one that was named is not there.
    #[error("{} is not a program that can be run", .0.display())]
    NotAProgram(PathBuf),
    /// It does not load extensions from the command line.
    #[error(
        "{path} is {version}, and Google Chrome {BRANDED_CHROME_REFUSES} or newer does not load extensions from the command \
         line. Install Chromium and run `tabhub up` again, or load the extension into Chrome by hand: `tabhub extension` \
         shows how",
        path = path.display()
    )]
    BrandedChrome {
        /// Which program.
        path: PathBuf,
        /// What it says of itself.
        version: String,
    },
}

/// The browser to open.
///
/// # Errors
/// When there is none that can load the extension.
pub fn choose(named: Option<&Path>) -> Result<PathBuf, NoBrowser> {
    if let Some(path) = named {
        let name = path.to_str().unwrap_or_default();
        let found = surroundings::find_program(&[name]).ok_or_else(|| NoBrowser::NotAProgram(path.to_owned()))?;
        return refuse_branded(found);
    }
    let mut refused = None;
    for name in KNOWN {
        let Some(found) = surroundings::find_program(&[name]) else { continue };
        match refuse_branded(found) {
            Ok(found) => return Ok(found),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or(NoBrowser::NotFound))
}

fn refuse_branded(path: PathBuf) -> Result<PathBuf, NoBrowser> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    // Only who may be Chrome is asked: a browser takes a while to say its version.
    if !name.contains("chrome") {
        return Ok(path);
    }
    let said = Command::new(&path).arg("--version").stdin(Stdio::null()).output();
    let version = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default();
    if is_refusing_chrome(&version) { Err(NoBrowser::BrandedChrome { path, version }) } else { Ok(path) }
}

fn is_refusing_chrome(version: &str) -> bool {
    let Some(number) = version.strip_prefix("Google Chrome ") else { return false };
    let major = number.split('.').next().and_then(|major| major.parse::<u32>().ok());
    !number.starts_with("for Testing") && major.is_some_and(|major| major >= BRANDED_CHROME_REFUSES)
}

/// The browser's arguments.
pub fn arguments(paths: &Paths, window: Window, more: &[String]) -> Vec<String> {
    let mut arguments = vec![
        format!("--user-data-dir={}", paths.up_profile().display()),
        format!("--load-extension={}", paths.up_extension().display()),
        // Chromium without a brand loads extensions anyway; some relatives need to be told.
        "--disable-features=DisableLoadExtensionCommandLineSwitch".to_owned(),
        "--no-first-run".to_owned(),
        "--no-default-browser-check".to_owned(),
        "--hide-crash-restore-bubble".to_owned(),
        // Without it a bar takes 56 px of every page and offers a Cancel that ends every client's work.
        "--silent-debugger-extension-api".to_owned(),
    ];
    if window == Window::Headless {
        let quiet = [
            "--headless=new",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ];
        arguments.extend(quiet.map(str::to_owned));
    }
    if rustix::process::geteuid().is_root() {
        // Chromium refuses to run as root with its sandbox.
        arguments.push("--no-sandbox".to_owned());
    }
    arguments.extend_from_slice(more);
    arguments.push("about:blank".to_owned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chrome_under_its_brand_and_from_137_on_is_refused() {
        for (version, refused) in [
            ("Google Chrome 136.0.1", false),
            ("Google Chrome 137.0.7151.55", true),
            ("Google Chrome 156.0.1 beta", true),
            ("Google Chrome for Testing 156.0.1", false),
            ("Chromium 156.0.7900.0", false),
            ("", false),
        ] {
            assert_eq!(is_refusing_chrome(version), refused, "{version}");
        }
    }

    #[test]
    fn a_browser_that_is_not_there_is_named() {
        let error = choose(Some(Path::new("/no/such/browser"))).unwrap_err();
        assert!(error.to_string().contains("/no/such/browser"), "{error}");
    }

    #[test]
    fn the_persons_own_arguments_come_after_ours_so_that_they_win() {
        let paths = Paths::under("/home/x");
        let own = ["--proxy-server=p".to_owned()];
        let arguments = arguments(&paths, Window::Headless, &own);
        assert!(arguments.contains(&"--headless=new".to_owned()));
        assert_eq!(arguments[arguments.len() - 2..], ["--proxy-server=p", "about:blank"]);
    }
}
