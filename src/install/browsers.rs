//! The manifests by which browsers find the native messaging host, each in its browser's own folder.
//!
//! Where they lie is told by Chrome's documentation ("Native messaging", section "Native messaging host location"), by
//! Microsoft's for Edge, by Brave's source (it looks in its own user data folder) and by MDN ("Native manifests") for Firefox, which looks
//! in `~/.mozilla` also where its profile lies in `~/.config/mozilla`; `all` does not make that folder for it. A
//! browser that was started with `--user-data-dir` looks in that folder (`NativeMessagingHosts` in it) and in the system's only.
//! Windows keeps them in its registry: tabhub does not run there yet.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::InstallError;
use super::change::{self, Change};
use super::places::{Places, System};
use crate::config::Paths;
use crate::protocol::{EXTENSION_ID, NATIVE_HOST};

/// A browser that native messaging can be set up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Browser {
    /// Google Chrome.
    Chrome,
    /// Chromium.
    Chromium,
    /// Microsoft Edge.
    Edge,
    /// Brave.
    Brave,
    /// Firefox, for which there is no extension yet.
    Firefox,
    /// The browser that `tabhub up` opens, with its own profile.
    Up,
}

/// All of them but tabhub's own.
pub const OF_THE_PERSON: [Browser; 5] =
    [Browser::Chrome, Browser::Chromium, Browser::Edge, Browser::Brave, Browser::Firefox];

/// By what the extension of Firefox would be known.
const FIREFOX_ID: &str = "tabhub@tabhub.dev";

impl Browser {
    /// Its folder of data, by which one sees whether it is here.
    #[must_use]
    pub fn data_folder(self, places: &Places, paths: &Paths) -> PathBuf {
        let (linux, mac) = match self {
            Browser::Chrome => ("google-chrome", "Google/Chrome"),
            Browser::Chromium => ("chromium", "Chromium"),
            Browser::Edge => ("microsoft-edge", "Microsoft Edge"),
            Browser::Brave => ("BraveSoftware/Brave-Browser", "BraveSoftware/Brave-Browser"),
            Browser::Firefox if places.system == System::Linux => return places.home.join(".mozilla"),
            Browser::Firefox => ("", "Mozilla"),
            Browser::Up => return paths.up_profile(),
        };
        places.config.join(if places.system == System::MacOs { mac } else { linux })
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_found(self, places: &Places, paths: &Paths) -> bool {
        self.data_folder(places, paths).is_dir()
    }

    /// Its manifest.
    #[must_use]
    pub fn manifest(self, places: &Places, paths: &Paths) -> PathBuf {
        let folder = match (self, places.system) {
            (Browser::Firefox, System::Linux) => "native-messaging-hosts",
            _ => "NativeMessagingHosts",
        };
        self.data_folder(places, paths).join(folder).join(file_name())
    }

    fn text(self, program: &Path) -> String {
        manifest_text(program, self == Browser::Firefox)
    }
}

/// The manifest of a browser whose user data lies in this folder (`--user-data-dir`).
#[must_use]
pub fn manifest_in(user_data: &Path) -> PathBuf {
    user_data.join("NativeMessagingHosts").join(file_name())
}

fn file_name() -> String {
    format!("{NATIVE_HOST}.json")
}

fn manifest_text(program: &Path, is_firefox: bool) -> String {
    let mut manifest = json!({
        "name": NATIVE_HOST,
        "description": "Leads the tabhub extension to this user's hub",
        "path": program,
        "type": "stdio",
    });
    if is_firefox {
        manifest["allowed_extensions"] = json!([FIREFOX_ID]);
    } else {
        manifest["allowed_origins"] = json!([format!("chrome-extension://{EXTENSION_ID}/")]);
    }
    format!("{manifest:#}\n")
}

/// Where a manifest goes, and for whom.
#[derive(Debug, Clone)]
pub enum Target {
    /// A browser's usual place.
    Browser(Browser),
    /// A browser with this folder of user data.
    UserData(PathBuf),
}

impl Target {
    /// The manifest's place.
    #[must_use]
    pub fn manifest(&self, places: &Places, paths: &Paths) -> PathBuf {
        match self {
            Target::Browser(browser) => browser.manifest(places, paths),
            Target::UserData(folder) => manifest_in(folder),
        }
    }

    fn text(&self, program: &Path) -> String {
        match self {
            Target::Browser(browser) => browser.text(program),
            Target::UserData(_) => manifest_text(program, false),
        }
    }
}

/// The program that browsers start. They pass no arguments of ours, and know nothing of `TABHUB_HOME`: it does.
///
/// # Errors
/// When the one that is there cannot be read.
pub fn starter(exe: &Path, paths: &Paths) -> Result<Change, InstallError> {
    let path = paths.native_starter();
    let home =
        paths.home().map_or_else(String::new, |home| format!("TABHUB_HOME={}\nexport TABHUB_HOME\n", quoted(home)));
    let text = format!(
        "#!/bin/sh\n# Started by browsers, as `tabhub install --browser` has told them.\n{home}exec {} native-host \"$@\"\n",
        quoted(exe)
    );
    Ok(Change { before: change::read(&path)?, after: Some(text), path, is_program: true })
}

/// A path as a shell takes it, whatever is in it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Writes a manifest.
///
/// # Errors
/// When the one that is there cannot be read.
pub fn install(target: &Target, places: &Places, paths: &Paths) -> Result<Change, InstallError> {
    let path = target.manifest(places, paths);
    Ok(Change::of(path.clone(), change::read(&path)?, Some(target.text(&paths.native_starter()))))
}

/// Removes a manifest, if it is this tabhub's own.
///
/// # Errors
/// When it cannot be read, or leads to another program.
pub fn uninstall(target: &Target, places: &Places, paths: &Paths) -> Result<Change, InstallError> {
    let path = target.manifest(places, paths);
    let before = change::read(&path)?;
    match &before {
        Some(text) if !leads_to(text, &paths.native_starter()) => Err(InstallError::Foreign { path }),
        _ => Ok(Change::of(path, before, None)),
    }
}

/// Removes the program that browsers start, once no manifest that is known leads to it.
///
/// # Errors
/// When it cannot be read.
pub fn remove_starter(places: &Places, paths: &Paths) -> Result<Option<Change>, InstallError> {
    let path = paths.native_starter();
    let all = OF_THE_PERSON.into_iter().chain([Browser::Up]);
    let is_needed = all
        .map(|browser| browser.manifest(places, paths))
        .any(|manifest| change::read(&manifest).ok().flatten().is_some_and(|text| leads_to(&text, &path)));
    let before = change::read(&path)?;
    Ok((!is_needed && before.is_some()).then(|| Change::of(path, before, None)))
}

fn leads_to(manifest: &str, program: &Path) -> bool {
    serde_json::from_str::<Value>(manifest).is_ok_and(|manifest| manifest["path"] == json!(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_browser_has_its_own_folder_on_each_system() {
        let paths = Paths::under("/state");
        let name = file_name();
        for (browser, linux, mac) in [
            (Browser::Chrome, ".config/google-chrome/NativeMessagingHosts", "Google/Chrome/NativeMessagingHosts"),
            (Browser::Chromium, ".config/chromium/NativeMessagingHosts", "Chromium/NativeMessagingHosts"),
            (Browser::Edge, ".config/microsoft-edge/NativeMessagingHosts", "Microsoft Edge/NativeMessagingHosts"),
            (
                Browser::Brave,
                ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts",
                "BraveSoftware/Brave-Browser/NativeMessagingHosts",
            ),
            (Browser::Firefox, ".mozilla/native-messaging-hosts", "Mozilla/NativeMessagingHosts"),
        ] {
            let here = Places::under("/h".into(), System::Linux);
            assert_eq!(browser.manifest(&here, &paths), Path::new("/h").join(linux).join(&name));
            let there = Places::under("/h".into(), System::MacOs);
            let expected = Path::new("/h/Library/Application Support").join(mac).join(&name);
            assert_eq!(browser.manifest(&there, &paths), expected);
        }
        let own = Browser::Up.manifest(&Places::under("/h".into(), System::Linux), &paths);
        assert_eq!(own, paths.up_profile().join("NativeMessagingHosts").join(&name));
    }
}
