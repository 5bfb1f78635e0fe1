//! Which files a call may give to a page. The check is here, in the process that a host started in the person's working
//! folder: neither the hub nor the browser knows that folder. So a host over HTTP, which started none, may give only what
//! the person has allowed the hub: the folder in which the hub happens to run is nobody's.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::arguments::Arguments;
use super::params::Kind;
use super::registry::{TimeoutRule, ToolSpec, find};
use crate::config::{Settings, surroundings};
use crate::protocol::{ErrorCode, HubError};

/// Replaces the paths in a call's arguments by whole ones, if all of them may be uploaded.
///
/// # Errors
/// `not_allowed` for a file outside the allowed folders, `invalid_params` for one that is not there.
pub fn check(tool: &ToolSpec, arguments: &mut Arguments, settings: &Settings) -> Result<(), HubError> {
    // The steps of a batch are calls, too.
    if let Some(Value::Array(steps)) = arguments.get_mut("steps").filter(|_| tool.timeout == TimeoutRule::Steps) {
        for step in steps {
            let inner = step["tool"].as_str().and_then(find);
            if let (Some(inner), Some(args)) = (inner, step["args"].as_object_mut()) {
                check(inner, args, settings)?;
            }
        }
    }
    for param in tool.params().filter(|param| matches!(param.kind, Kind::Paths)) {
        let Some(Value::Array(paths)) = arguments.get_mut(param.name) else { continue };
        let folders = settings.upload_dirs.clone().unwrap_or_else(surroundings::working_folder);
        for path in paths {
            let asked = path.as_str().unwrap_or_default();
            let whole = allowed(asked, &folders, surroundings::user_home().as_deref())?;
            *path = whole.to_string_lossy().into_owned().into();
        }
    }
    Ok(())
}

fn allowed(asked: &str, folders: &[PathBuf], home: Option<&Path>) -> Result<PathBuf, HubError> {
    let missing = |why: String| {
        HubError::new(ErrorCode::InvalidParams, format!("The file {asked:?} cannot be uploaded: {why}."))
            .with_next("Give the path of a file that is there.")
    };
    if folders.is_empty() {
        let why = "no folder is allowed to whoever asks";
        return Err(HubError::new(ErrorCode::NotAllowed, format!("The file {asked:?} may not be uploaded: {why}."))
            .with_next("Ask the person to name a folder in TABHUB_UPLOAD_DIRS; for hosts over HTTP the hub must be started with it."));
    }
    // A path is read where the host works; links are followed first, so that none leads out of what is allowed.
    let joined = folders.first().filter(|_| Path::new(asked).is_relative()).map(|folder| folder.join(asked));
    let whole = joined.unwrap_or_else(|| PathBuf::from(asked)).canonicalize().map_err(|e| missing(e.to_string()))?;
    let roots: Vec<_> = folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    if !roots.iter().any(|root| whole.starts_with(root)) {
        let listed = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(not_allowed(asked, &format!("only files under {listed} are")));
    }
    let home = home.and_then(|home| home.canonicalize().ok());
    if home.and_then(|home| whole.strip_prefix(home).ok().map(has_hidden_part)).unwrap_or(false) {
        return Err(not_allowed(asked, "hidden files and folders of the home never are"));
    }
    if !whole.is_file() {
        return Err(missing("it is not a file".to_owned()));
    }
    Ok(whole)
}

fn has_hidden_part(path: &Path) -> bool {
    path.components().any(|part| matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b".")))
}

fn not_allowed(asked: &str, why: &str) -> HubError {
    HubError::new(ErrorCode::NotAllowed, format!("The file {asked:?} may not be uploaded: {why}.")).with_next(
        "Ask the person to copy the file into the working folder, or to allow its folder with TABHUB_UPLOAD_DIRS.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_allowed_folders_may_be_uploaded_whatever_path_leads_there() {
        let place = tempfile::tempdir().expect("a folder");
        let at = |path: &str| place.path().canonicalize().expect("there").join(path);
        for folder in ["home/work/sub", "home/.ssh", "home/work/.git", "other"] {
            std::fs::create_dir_all(at(folder)).expect("made");
        }
        for file in ["home/work/a.txt", "home/work/sub/b.txt", "home/.ssh/id", "home/work/.git/config", "other/c.txt"] {
            std::fs::write(at(file), "x").expect("written");
        }
        std::os::unix::fs::symlink(at("other/c.txt"), at("home/work/link")).expect("linked");
        let ask = |path: &str, folders: &[&str]| {
            let folders: Vec<_> = folders.iter().map(|folder| at(folder)).collect();
            allowed(path, &folders, Some(&at("home"))).map_err(|error| error.code.word())
        };
        let work = ["home/work"].as_slice();
        assert_eq!(ask("a.txt", work), Ok(at("home/work/a.txt")));
        assert_eq!(ask("sub/../sub/b.txt", work), Ok(at("home/work/sub/b.txt")));
        assert_eq!(ask(&at("home/work/a.txt").display().to_string(), work), Ok(at("home/work/a.txt")));
        for outside in ["../.ssh/id", "../../other/c.txt", "link", "/etc/passwd"] {
            assert_eq!(ask(outside, work), Err("not_allowed"), "{outside}");
        }
        assert_eq!(ask(".git/config", work), Err("not_allowed"));
        assert_eq!(ask(".ssh/id", &["home"]), Err("not_allowed"), "even where the home itself is allowed");
        assert_eq!(ask("../../other/c.txt", &["home/work", "other"]), Ok(at("other/c.txt")));
        assert_eq!(ask("none.txt", work), Err("invalid_params"));
        assert_eq!(ask("sub", work), Err("invalid_params"));
        assert_eq!(ask("/etc/passwd", &[]), Err("not_allowed"));
    }
}
