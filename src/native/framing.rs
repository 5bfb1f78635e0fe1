//! The frames of native messaging: a length of four bytes in the machine's own order, then that many bytes of UTF-8 JSON.

/// Bytes of a frame's head.
const HEAD: usize = 4;

/// What came as one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A text.
    Text(String),
    /// A frame of no bytes, which is no JSON.
    Empty,
    /// Bytes that are no UTF-8.
    NotText,
}

/// A frame that says it is longer than any that the browser sends: what comes is not of the browser, and where the next
/// frame would begin is anybody's guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes was announced, more than the {cap} that a browser sends")]
pub struct TooLong {
    /// How long it says it is.
    pub length: usize,
    /// How long it may be.
    pub cap: usize,
}

/// Takes bytes as they come, however they are cut, and gives whole frames.
#[derive(Debug)]
pub struct Decoder {
    cap: usize,
    bytes: Vec<u8>,
    /// How many of the bytes have been given already.
    given: usize,
}

impl Decoder {
    /// A decoder for frames of at most `cap` bytes.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self { cap, bytes: Vec::new(), given: 0 }
    }

    /// More bytes came.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.given > 0 {
            self.bytes.drain(..self.given);
            self.given = 0;
        }
        // Only what has come takes room, whatever a head announces.
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame, if it has come.
    ///
    /// # Errors
    /// When a frame says that it is longer than the cap. Nothing more can be read then.
    pub fn take(&mut self) -> Result<Option<Heard>, TooLong> {
        let rest = &self.bytes[self.given..];
        let Some((head, body)) = rest.split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = usize::try_from(u32::from_ne_bytes(*head)).unwrap_or(usize::MAX);
        if length > self.cap {
            return Err(TooLong { length, cap: self.cap });
        }
        let Some(body) = body.get(..length) else { return Ok(None) };
        let heard = match std::str::from_utf8(body) {
            Ok("") => Heard::Empty,
            Ok(text) => Heard::Text(text.to_owned()),
            Err(_) => Heard::NotText,
        };
        self.given += HEAD + length;
        if self.given == self.bytes.len() {
            // A large frame's room is given back.
            self.bytes = Vec::new();
            self.given = 0;
        }
        Ok(Some(heard))
    }

    /// Whether a frame has begun and not ended.
    #[must_use]
    pub fn is_amid_a_frame(&self) -> bool {
        self.bytes.len() > self.given
    }
}

/// A text as a frame. Callers keep it below what a browser takes, which four bytes tell easily.
#[must_use]
pub fn encode(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(HEAD + text.len());
    frame.extend_from_slice(&length.to_ne_bytes());
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(decoder: &mut Decoder) -> Vec<Heard> {
        std::iter::from_fn(|| decoder.take().unwrap()).collect()
    }

    #[test]
    fn an_empty_frame_and_one_that_is_no_text_cost_nothing_but_themselves() {
        let mut decoder = Decoder::new(100);
        decoder.push(&encode(""));
        decoder.push(&[&2u32.to_ne_bytes()[..], &[0xff, 0xfe]].concat());
        decoder.push(&encode("ü"));
        assert_eq!(all(&mut decoder), [Heard::Empty, Heard::NotText, Heard::Text("ü".to_owned())]);
        assert!(!decoder.is_amid_a_frame());
    }

    #[test]
    fn a_frame_over_the_cap_is_known_by_its_head_and_one_at_the_cap_is_taken() {
        let mut decoder = Decoder::new(3);
        decoder.push(&encode("abc"));
        assert_eq!(decoder.take(), Ok(Some(Heard::Text("abc".to_owned()))));
        decoder.push(&4u32.to_ne_bytes());
        assert_eq!(decoder.take(), Err(TooLong { length: 4, cap: 3 }));
        let mut decoder = Decoder::new(3);
        decoder.push(&u32::MAX.to_ne_bytes());
        assert!(decoder.take().is_err());
    }

    #[test]
    fn a_frame_that_has_not_ended_is_noticed() {
        let mut decoder = Decoder::new(100);
        let frame = encode("hello");
        decoder.push(&frame[..2]);
        assert!(decoder.take().unwrap().is_none() && decoder.is_amid_a_frame());
        decoder.push(&frame[2..7]);
        assert!(decoder.take().unwrap().is_none() && decoder.is_amid_a_frame());
        decoder.push(&frame[7..]);
        assert_eq!(all(&mut decoder), [Heard::Text("hello".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_frames_come_out_whole_however_they_are_cut(
            texts in prop::collection::vec(".{0,200}", 0..20),
            cuts in prop::collection::vec(1usize..300, 1..50),
        ) {
            let bytes: Vec<u8> = texts.iter().flat_map(|text| encode(text)).collect();
            let (mut decoder, mut heard, mut rest) = (Decoder::new(4096), Vec::new(), &bytes[..]);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                decoder.push(now);
                heard.extend(all(&mut decoder));
                rest = later;
            }
            let expected: Vec<Heard> = texts.into_iter()
                .map(|text| if text.is_empty() { Heard::Empty } else { Heard::Text(text) })
                .collect();
            prop_assert_eq!(heard, expected);
            prop_assert!(!decoder.is_amid_a_frame());
        }

        #[test]
        fn no_bytes_whatever_make_it_panic_or_take_more_room_than_came(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..30),
        ) {
            let (mut decoder, mut came) = (Decoder::new(1000), 0);
            for chunk in chunks {
                came += chunk.len();
                decoder.push(&chunk);
                loop {
                    match decoder.take() {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(error) => {
                            prop_assert!(error.length > 1000);
                            return Ok(());
                        }
                    }
                }
                prop_assert!(decoder.bytes.len() <= came);
            }
        }
    }
}
