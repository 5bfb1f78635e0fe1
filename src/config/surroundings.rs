//! What the environment says beyond the settings: whether there is a screen, and where programs are.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Whether a window can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// There is a display server.
    Present,
    /// There is none.
    Absent,
}

/// Whether a window can be shown to the person of this process.
#[must_use]
pub fn screen() -> Screen {
    screen_of(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn screen_of(is_set: impl Fn(&str) -> bool) -> Screen {
    // Elsewhere the system itself draws windows.
    if cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        Screen::Present
    } else {
        Screen::Absent
    }
}

/// The folder in which this process works, as a list of folders; none where that would be everything there is.
#[must_use]
pub fn working_folder() -> Vec<PathBuf> {
    std::env::current_dir().ok().filter(|folder| folder.parent().is_some()).into_iter().collect()
}

/// The home folder of this user.
#[must_use]
pub fn user_home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

/// The folder that a variable names, where it is set to one.
#[must_use]
pub fn folder_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute())
}

/// The folder of this user's downloads, if there is one.
#[must_use]
pub fn downloads_folder() -> Option<PathBuf> {
    let dirs = directories::UserDirs::new()?;
    let folder = dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned);
    folder.is_dir().then_some(folder)
}

/// The first of these programs that can be run: names are looked up in `PATH`, paths are taken as they are.
#[must_use]
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    names.iter().find_map(|name| find_in(&path, name))
}

fn find_in(path: &OsStr, name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        let program = PathBuf::from(name);
        return is_program(&program).then_some(program);
    }
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_display_variable_means_a_screen() {
        assert_eq!(screen_of(|name| name == "DISPLAY"), Screen::Present);
        assert_eq!(screen_of(|name| name == "WAYLAND_DISPLAY"), Screen::Present);
        if !cfg!(target_os = "macos") {
            assert_eq!(screen_of(|_| false), Screen::Absent);
        }
    }

    #[test]
    fn a_program_is_found_by_name_or_path_and_must_be_executable() {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("browser");
        std::fs::write(&program, "").unwrap();
        assert_eq!(find_in(home.path().as_os_str(), "browser"), None);
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_in(home.path().as_os_str(), "browser"), Some(program.clone()));
        assert_eq!(find_in(OsStr::new(""), program.to_str().unwrap()), Some(program));
    }
}
