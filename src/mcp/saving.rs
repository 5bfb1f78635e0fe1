//! Files that a call makes for the person. They are written here, in the process that a host started for its person: the
//! extension cannot name a folder, and the hub serves many hosts.
//!
//! All of them go into one folder (`TABHUB_OUTPUT_DIR`), under the name that was asked for or the page's title. Nothing is
//! ever overwritten: a name that is taken gets a number.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::registry::{AnswerForm, ToolSpec};
use crate::config::Settings;
use crate::protocol::{ErrorCode, HubError};

/// How much of a page's title a name takes.
const TITLE_CHARS: usize = 80;
/// How often a name is tried with another number.
const MOST_NUMBERS: u32 = 10_000;

/// Where the file of one call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    folder: PathBuf,
    /// Relative to the folder, with its ending; the page's title if absent.
    name: Option<PathBuf>,
}

/// The file as the extension sends it.
#[derive(Deserialize)]
struct Sent<'a> {
    #[serde(default)]
    name: String,
    #[serde(borrow)]
    data: std::borrow::Cow<'a, str>,
}

impl Saving {
    /// Where the file of this call goes, if it makes one. Asked before the call runs: a name that may not be written fails
    /// before anything is printed.
    ///
    /// # Errors
    /// `not_allowed` for a name outside the folder, `invalid_params` for one that is no name of a file.
    pub fn of(tool: &ToolSpec, arguments: &Arguments, settings: &Settings) -> Result<Option<Self>, HubError> {
        if tool.answer != AnswerForm::File {
            return Ok(None);
        }
        let folder = settings.output_dir.clone();
        let asked = arguments.get("filename").and_then(Value::as_str);
        let name = asked.map(|asked| within(asked, &folder)).transpose()?;
        Ok(Some(Self { folder, name }))
    }

    /// Writes the file that the extension sent, and answers in its place with where it is.
    ///
    /// # Errors
    /// `tool_failed`, when it cannot be written.
    pub fn keep(&self, raw: &RawValue) -> Result<Box<RawValue>, HubError> {
        let internal = |why: String| HubError::new(ErrorCode::Internal, format!("The file came damaged: {why}."));
        let mut answer: Map<String, Value> =
            serde_json::from_str(raw.get()).map_err(|error| internal(error.to_string()))?;
        let file = answer.shift_remove("file").ok_or_else(|| internal("there is none".to_owned()))?;
        let Sent { name, data } = Sent::deserialize(&file).map_err(|error| internal(error.to_string()))?;
        let bytes = STANDARD.decode(data.as_bytes()).map_err(|error| internal(error.to_string()))?;
        let named = self.name.clone().unwrap_or_else(|| PathBuf::from(title_as_name(&name) + ENDING));
        let path = self.write(&named, &bytes)?;
        let pages = pages(&bytes);
        let many = if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
        let said = format!("Saved the page as {} ({many}, {} bytes).", path.display(), bytes.len());
        answer.insert("text".to_owned(), said.into());
        answer.insert("value".to_owned(), json!({ "path": path, "bytes": bytes.len(), "pages": pages }));
        to_raw_value(&answer).map_err(|error| internal(error.to_string()))
    }

    fn write(&self, name: &Path, bytes: &[u8]) -> Result<PathBuf, HubError> {
        let failed = |error: &std::io::Error| {
            let message = format!("The file {} could not be written: {error}.", self.folder.join(name).display());
            HubError::new(ErrorCode::ToolFailed, message).with_next(
                "Give another filename, or ask the person to set TABHUB_OUTPUT_DIR to a folder that can be written.",
            )
        };
        let wanted = self.folder.join(name);
        let parent = wanted.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(&self.folder).map_err(|error| failed(&error))?;
        // A link in the folder may lead out of it: nothing is made there either.
        let there = parent.ancestors().find(|place| place.exists()).unwrap_or(&self.folder);
        if !leads_into(there, &self.folder) {
            return Err(outside(&name.display().to_string(), &self.folder));
        }
        std::fs::create_dir_all(parent).map_err(|error| failed(&error))?;
        let (root, place) = (self.folder.canonicalize(), parent.canonicalize());
        let (root, place) = (root.map_err(|error| failed(&error))?, place.map_err(|error| failed(&error))?);
        if !place.starts_with(&root) {
            return Err(outside(&name.display().to_string(), &self.folder));
        }
        let stem = wanted.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for number in 1..=MOST_NUMBERS {
            let numbered = if number == 1 { format!("{stem}{ENDING}") } else { format!("{stem} ({number}){ENDING}") };
            let path = place.join(numbered);
            // What a page looked like with the person's login is for the person alone.
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(mut file) => {
                    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
                        // Half a file is worse than none; that it cannot be removed changes nothing.
                        let _ = std::fs::remove_file(&path);
                        return Err(failed(&error));
                    }
                    return Ok(path);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(failed(&ErrorKind::AlreadyExists.into()))
    }
}

fn leads_into(place: &Path, folder: &Path) -> bool {
    matches!((place.canonicalize(), folder.canonicalize()), (Ok(place), Ok(folder)) if place.starts_with(&folder))
}

const ENDING: &str = ".pdf";

/// The name relative to the folder. A whole path is taken where it leads into the folder.
fn within(asked: &str, folder: &Path) -> Result<PathBuf, HubError> {
    let relative = match Path::new(asked) {
        whole if whole.is_absolute() => whole.strip_prefix(folder).map_err(|_| outside(asked, folder))?,
        relative => relative,
    };
    let mut name = PathBuf::new();
    for part in relative.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) if part.as_encoded_bytes().starts_with(b".") => {
                let message = format!("The file {asked:?} may not be written: hidden files and folders never are.");
                return Err(
                    HubError::new(ErrorCode::NotAllowed, message).with_next("Give a name without a leading dot.")
                );
            }
            Component::Normal(part) => name.push(part),
            _ => return Err(outside(asked, folder)),
        }
    }
    let is_file = name.file_name().is_some() && !asked.ends_with('/') && !asked.contains('\0');
    if !is_file {
        let message = format!("{asked:?} is no name of a file.");
        return Err(HubError::new(ErrorCode::InvalidParams, message).with_next("Give a name such as report.pdf."));
    }
    if name.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("pdf")) {
        name.as_mut_os_string().push(ENDING);
    }
    Ok(name)
}

fn outside(asked: &str, folder: &Path) -> HubError {
    let message = format!("The file {asked:?} may not be written: only files in {} are.", folder.display());
    HubError::new(ErrorCode::NotAllowed, message)
        .with_next("Give just a name, or ask the person to set TABHUB_OUTPUT_DIR to the folder that is meant.")
}

/// A page's title can hold anything; of it a name gets letters, digits and single spaces, and no dot in front.
fn title_as_name(title: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ',') { c } else { ' ' };
    let words: String = title.chars().map(kept).take(TITLE_CHARS).collect();
    let name = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(|c: char| c == '.' || c == ' ');
    if name.is_empty() { "page".to_owned() } else { name.to_owned() }
}

/// How many pages a PDF of Chrome's has: it writes each page's object in the clear.
fn pages(pdf: &[u8]) -> usize {
    const PAGE: &[u8] = b"/Type /Page";
    let is_page = |part: &[u8]| part.starts_with(PAGE) && part.get(PAGE.len()).is_none_or(|next| *next != b's');
    pdf.windows(PAGE.len() + 1).filter(|part| is_page(part)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::registry::find;

    fn asked(folder: &Path, filename: Option<&str>) -> Result<Saving, &'static str> {
        let home = tempfile::tempdir().expect("a folder");
        let settings = Settings::from_sources(Default::default(), |name| match name {
            "TABHUB_HOME" => Some(home.path().display().to_string()),
            "TABHUB_OUTPUT_DIR" => Some(folder.display().to_string()),
            _ => None,
        });
        let arguments = filename.map(|name| ("filename".to_owned(), name.into())).into_iter().collect();
        let tool = find("browser_pdf_save").expect("a tool");
        let saving = Saving::of(tool, &arguments, &settings.expect("settings"));
        saving.map(|saving| saving.expect("it makes a file")).map_err(|error| error.code.word())
    }

    fn sent(name: &str) -> Box<RawValue> {
        let data = STANDARD.encode("%PDF /Type /Pages /Type /Page\n/Type /Page\n");
        to_raw_value(&json!({ "file": { "name": name, "data": data }, "notes": ["kept"] })).expect("JSON")
    }

    fn kept(saving: &Saving, title: &str) -> Value {
        let raw = saving.keep(&sent(title)).unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_str(raw.get()).expect("JSON")
    }

    #[test]
    fn a_file_is_named_as_asked_or_after_its_page_and_overwrites_nothing() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().canonicalize().expect("there").join("files");
        for (filename, title, path) in [
            (Some("report.pdf"), "x", "report.pdf"),
            (Some("report"), "x", "report (2).pdf"),
            (Some("./report.PDF"), "x", "report (3).pdf"),
            (Some("2026/may.txt"), "x", "2026/may.txt.pdf"),
            (None, "../../etc/passwd", "etc passwd.pdf"),
            (None, " .Bücher: »neu« \n", "Bücher neu.pdf"),
            (None, "...", "page.pdf"),
            (None, "", "page (2).pdf"),
        ] {
            let saving = asked(&folder, filename).unwrap_or_else(|word| panic!("{filename:?}: {word}"));
            let answer = kept(&saving, title);
            let path = folder.join(path);
            assert_eq!(answer["value"], json!({ "path": path, "bytes": 42, "pages": 2 }), "{filename:?} {title:?}");
            assert_eq!(std::fs::read(&path).expect("written").len(), 42);
            assert_eq!(answer["notes"][0], "kept");
            assert!(answer.get("file").is_none() && answer["text"].as_str().expect("text").contains("2 pages"));
        }
        let whole = asked(&folder, Some(&folder.join("whole.pdf").display().to_string())).expect("in the folder");
        assert_eq!(kept(&whole, "")["value"]["path"], json!(folder.join("whole.pdf")));
    }

    #[test]
    fn nothing_is_written_outside_the_folder_whatever_leads_there() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("files");
        for (filename, word) in [
            ("../out.pdf", "not_allowed"),
            ("a/../../out.pdf", "not_allowed"),
            ("/etc/out.pdf", "not_allowed"),
            (".bashrc", "not_allowed"),
            (".ssh/keys.pdf", "not_allowed"),
            (".", "invalid_params"),
            ("sub/", "invalid_params"),
        ] {
            assert_eq!(asked(&folder, Some(filename)), Err(word), "{filename}");
        }
        std::fs::create_dir_all(place.path().join("elsewhere")).expect("made");
        std::fs::create_dir_all(&folder).expect("made");
        std::os::unix::fs::symlink(place.path().join("elsewhere"), folder.join("link")).expect("linked");
        let linked = asked(&folder, Some("link/out.pdf")).expect("looks like a name");
        assert_eq!(linked.keep(&sent("")).map_err(|error| error.code.word()).err(), Some("not_allowed"));
        let deeper = asked(&folder, Some("link/new/out.pdf")).expect("looks like a name");
        assert_eq!(deeper.keep(&sent("")).map_err(|error| error.code.word()).err(), Some("not_allowed"));
        assert!(std::fs::read_dir(place.path().join("elsewhere")).expect("there").next().is_none());
        let file = asked(&folder.join("report.pdf"), None).expect("a folder that is none");
        std::fs::write(folder.join("report.pdf"), "x").expect("written");
        assert_eq!(file.keep(&sent("")).map_err(|error| error.code.word()).err(), Some("tool_failed"));
    }
}
