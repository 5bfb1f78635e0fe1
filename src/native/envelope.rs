//! What the extension and this side say to each other: a JSON string is a frame of the hub's protocol, word for word; an
//! object is about the link itself. A frame that is too large for one message comes in parts.

use serde::{Deserialize, Serialize};

use crate::config::limits;

/// What the extension says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromExtension {
    /// A frame for the hub.
    Frame(String),
    /// Something about the link.
    About(Order),
}

/// What the extension says about the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Order {
    /// Open a link to the hub that was told. Frames that came before it belonged to an older link.
    Open {
        /// The link's number, greater than those before it.
        link: u64,
    },
    /// The link is given up.
    Close,
    /// A part of a frame.
    Part {
        /// The part.
        text: String,
        /// Whether the frame ends with it.
        last: bool,
    },
}

/// What this side says about the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum News {
    /// There is a hub.
    Hub {
        /// Its process id.
        pid: u32,
        /// Its port.
        port: u16,
        /// The secret by which the extension knows whether it is the hub that it is paired with.
        secret: String,
    },
    /// There is none.
    NoHub {
        /// Why, in a sentence.
        reason: String,
        /// The secret of the hub that will be there; empty if none ever was.
        secret: String,
    },
    /// The link is open: the hub's frames that follow are this link's. It may be a newer hub than the one that was told.
    Opened {
        /// The link's number.
        link: u64,
        /// The hub's process id.
        pid: u32,
        /// Its port, which both sides' proofs name.
        port: u16,
        /// The secret that both sides prove.
        secret: String,
    },
    /// The link is over, or could not be opened.
    Closed {
        /// Its number.
        link: u64,
        /// Why, in a sentence.
        reason: String,
    },
    /// A part of a frame.
    Part {
        /// The part.
        text: String,
        /// Whether the frame ends with it.
        last: bool,
    },
}

/// Reads what the extension says.
///
/// # Errors
/// When it is neither a frame nor an order that is known.
pub fn read(text: &str) -> Result<FromExtension, serde_json::Error> {
    if text.trim_start().starts_with('"') {
        serde_json::from_str(text).map(FromExtension::Frame)
    } else {
        serde_json::from_str(text).map(FromExtension::About)
    }
}

/// A frame of the hub as messages for the extension, each small enough for Chrome.
#[derive(Debug)]
pub struct Messages<'a> {
    rest: Option<&'a str>,
    is_whole: bool,
    room: usize,
}

/// A frame of the hub as messages for the extension.
#[must_use]
pub fn messages(frame: &str) -> Messages<'_> {
    with_room(frame, limits::NATIVE_OUT_BYTES)
}

/// The same for messages of at most `room` bytes.
fn with_room(frame: &str, room: usize) -> Messages<'_> {
    let is_whole = frame.chars().map(escaped).sum::<usize>() + QUOTES <= room;
    Messages { rest: Some(frame), is_whole, room }
}

const QUOTES: usize = 2;
/// What stands around a part: `{"kind":"part","text":"","last":false}`, and some more.
const AROUND: usize = 48;

/// How many bytes a character takes within a JSON string, as `serde_json` writes it.
fn escaped(c: char) -> usize {
    match c {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        c if c < ' ' => 6,
        c => c.len_utf8(),
    }
}

impl Iterator for Messages<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let rest = self.rest.take()?;
        if self.is_whole {
            return serde_json::to_string(rest).ok();
        }
        let mut taken = 0;
        let end = rest.char_indices().find(|(_, c)| {
            taken += escaped(*c);
            taken > self.room - AROUND
        });
        let (part, rest) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        self.rest = (!rest.is_empty()).then_some(rest);
        serde_json::to_string(&News::Part { text: part.to_owned(), last: self.rest.is_none() }).ok()
    }
}

/// Joins parts.
#[derive(Debug, Default)]
pub struct Joiner(String);

impl Joiner {
    /// Takes a part, and gives the frame if it was the last one; `None` where the frame is over the hub's cap.
    pub fn take(&mut self, text: &str, last: bool) -> Option<Option<String>> {
        if self.0.len() + text.len() > limits::BROWSER_FRAME_BYTES {
            self.0 = String::new();
            return None;
        }
        self.0.push_str(text);
        Some(last.then(|| std::mem::take(&mut self.0)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(messages: &[String]) -> String {
        let mut joiner = Joiner::default();
        let mut frame = None;
        for message in messages {
            assert!(frame.is_none(), "nothing follows the last part");
            frame = match serde_json::from_str(message).unwrap() {
                News::Part { text, last } => joiner.take(&text, last).unwrap(),
                other => panic!("{other:?}"),
            };
        }
        frame.unwrap()
    }

    #[test]
    fn a_small_frame_is_one_string_and_a_large_one_comes_in_parts_that_chrome_takes() {
        assert_eq!(messages(r#"{"a":"b"}"#).collect::<Vec<_>>(), [r#""{\"a\":\"b\"}""#]);
        // Each of these is two bytes of JSON, so that half the room is too much.
        let frame = "\"".repeat(limits::NATIVE_OUT_BYTES / 2);
        let parts: Vec<String> = messages(&frame).collect();
        assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= limits::NATIVE_OUT_BYTES));
        assert_eq!(joined(&parts), frame);
        let fits = "x".repeat(limits::NATIVE_OUT_BYTES - QUOTES);
        assert_eq!(messages(&fits).map(|message| message.len()).collect::<Vec<_>>(), [limits::NATIVE_OUT_BYTES]);
    }

    #[test]
    fn a_string_is_a_frame_and_an_object_is_about_the_link() {
        assert_eq!(read(r#""{\"type\":\"pong\"}""#).unwrap(), FromExtension::Frame(r#"{"type":"pong"}"#.to_owned()));
        assert_eq!(read(r#"{"kind":"open","link":3}"#).unwrap(), FromExtension::About(Order::Open { link: 3 }));
        for wrong in
            ["", "7", "null", "[]", "{}", r#"{"kind":"dance"}"#, r#"{"kind":"open"}"#, "\"", r#"{"type":"pong"}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_are_joined_up_to_the_hubs_cap_and_no_further() {
        let mut joiner = Joiner::default();
        let half = "x".repeat(limits::BROWSER_FRAME_BYTES / 2);
        assert_eq!(joiner.take(&half, false), Some(None));
        assert_eq!(joiner.take(&half, false), Some(None));
        assert_eq!(joiner.take("x", true), None);
        assert_eq!(joiner.take("next", true), Some(Some("next".to_owned())));
    }

    proptest! {
        #[test]
        fn a_frame_in_parts_of_any_size_is_joined_to_what_it_was(frame in "\\PC{1,300}|[\\x00-\\x7f]{1,300}", room in 64usize..200) {
            let parts: Vec<String> = with_room(&frame, room).collect();
            prop_assert!(parts.iter().all(|part| part.len() <= room));
            if parts.len() == 1 && parts[0].starts_with('"') {
                prop_assert_eq!(serde_json::from_str::<String>(&parts[0]).unwrap(), frame);
            } else {
                prop_assert_eq!(joined(&parts), frame);
            }
        }

        #[test]
        fn no_text_whatever_makes_the_reader_panic(text in "\\PC*|[{}\\[\\]\":,a-z0-9]*") {
            let _ = read(&text);
        }
    }
}
