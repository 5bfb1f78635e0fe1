//! What is read from outside: frames of extensions and instances, requests over HTTP, addresses of resources, and files that
//! anybody may have written. Whatever comes, it is read or refused, never more. The parsers of native messaging, of the Browser
//! MCP extension's answers and of the hosts' files are held the same way beside themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use tabhub::config::settings::SettingsError;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::hub_json::{self, HubFile, HubFileError};
use tabhub::mcp::http::request::glance;
use tabhub::mcp::resources::uri::Address;
use tabhub::protocol::Frame;

fn hub_file() -> impl Strategy<Value = HubFile> {
    let ports = (any::<u16>(), any::<Option<u16>>(), any::<Option<u16>>());
    (any::<u32>(), ports, "\\PC*", any::<u32>(), "\\PC*", any::<u64>()).prop_map(
        |(pid, (port, mcp_port, legacy_port), version, protocol, token, started_at)| HubFile {
            pid,
            port,
            mcp_port,
            legacy_port,
            version,
            protocol,
            token,
            started_at,
        },
    )
}

fn read(bytes: &[u8]) -> Result<HubFile, HubFileError> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hub.json");
    std::fs::write(&path, bytes).unwrap();
    hub_json::read(&path)
}

fn settings(file: &str) -> Result<Settings, SettingsError> {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("config.toml"), file).unwrap();
    let path = home.path().display().to_string();
    Settings::from_sources(Overrides::default(), |name| (name == "TABHUB_HOME").then(|| path.clone()))
}

proptest! {
    #[test]
    fn any_hub_json_that_was_written_is_read_again(hub in hub_file()) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("hub.json");
        hub_json::write(&path, &hub).unwrap();
        prop_assert_eq!(hub_json::read(&path).unwrap(), hub);
    }

    #[test]
    fn a_hub_json_that_was_cut_off_or_spoilt_leads_nowhere_or_is_whole(hub in hub_file(), at in any::<prop::sample::Index>(), byte: u8) {
        let whole = serde_json::to_vec_pretty(&hub).unwrap();
        prop_assert!(matches!(read(&whole[..at.index(whole.len())]), Err(HubFileError::Garbage(_))));
        let mut spoilt = whole.clone();
        spoilt[at.index(whole.len())] = byte;
        match read(&spoilt) {
            Ok(read) => prop_assert!(serde_json::from_slice::<HubFile>(&spoilt).unwrap() == read),
            Err(HubFileError::Garbage(_)) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn no_bytes_whatever_in_hub_json_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(matches!(read(&bytes), Err(HubFileError::Garbage(_))));
    }

    #[test]
    fn numbers_out_of_range_in_hub_json_are_refused(port in 65_536u64.., pid in any::<u32>()) {
        let wrong = json!({ "pid": pid, "port": port, "version": "1", "protocol": 1, "token": "t", "startedAt": 0 });
        prop_assert!(matches!(read(wrong.to_string().as_bytes()), Err(HubFileError::Garbage(_))));
    }

    #[test]
    fn no_text_whatever_in_the_settings_file_makes_a_reader_panic(text in "\\PC{0,80}|[a-z_]{1,20} = [\\[\\]\"a-z0-9.+-]{0,20}\n") {
        if let Err(error) = settings(&text) {
            prop_assert!(error.to_string().contains("config.toml"), "the error names the file: {}", error);
        }
    }

    #[test]
    fn a_number_in_the_settings_file_is_a_time_that_can_be_waited_for_or_is_refused_by_name(
        name in prop::sample::select(vec![
            "call_timeout_secs", "start_timeout_secs", "reconnect_max_ms", "lease_grace_secs", "idle_exit_secs", "watchdog_secs",
        ]),
        number in prop_oneof![any::<f64>(), -10.0..1e6f64, Just(f64::NAN), Just(f64::INFINITY), Just(1e300)],
    ) {
        let written = if number.is_finite() { format!("{number:?}") } else { number.to_string().to_lowercase() };
        let fits = number.is_finite() && number >= 0.0;
        match settings(&format!("{name} = {written}\n")) {
            Ok(settings) => {
                prop_assert!(fits, "{} = {} was taken", name, written);
                let times = [settings.call_timeout, settings.start_timeout, settings.reconnect_max, settings.lease_grace];
                for time in times.into_iter().chain(settings.idle_exit).chain(settings.watchdog) {
                    prop_assert!(Instant::now().checked_add(time + Duration::from_secs(60)).is_some());
                }
            }
            Err(error) => {
                prop_assert!(!fits, "{} = {}: {}", name, written, error);
                prop_assert!(error.to_string().contains(name), "{}", error);
            }
        }
    }
}

/// Every frame of the wire, as it is written by both sides.
fn wire() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/wire");
    let mut frames: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    frames.sort();
    frames.into_iter().map(|path| std::fs::read_to_string(path).unwrap().trim().to_owned()).collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300f64).prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{0,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// All places in a value.
fn places(value: &Value, at: &str) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (format!("{at}/{n}"), value)).collect(),
        _ => Vec::new(),
    };
    let deeper = below.iter().flat_map(|(at, value)| places(value, at)).collect::<Vec<_>>();
    std::iter::once(at.to_owned()).chain(deeper).collect()
}

/// Reads a frame as a socket does, and looks into all that is read later than the rest. What was read can be written, and is
/// the same when it is read again.
fn decoded(text: &str) -> bool {
    let Ok(frame) = Frame::decode(text) else { return false };
    if let Frame::Answer(answer) = &frame {
        let _ = (answer.error(), answer.outcome().map(drop));
    }
    let (_, _) = (frame.kind(), frame.weight());
    let written = frame.encode().unwrap();
    let again = Frame::decode(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.encode().unwrap(), written);
    true
}

#[test]
fn every_frame_of_the_wire_is_read_before_it_is_spoilt() {
    let frames = wire();
    assert!(frames.len() > 20);
    assert!(frames.iter().all(|frame| decoded(frame)));
}

proptest! {
    #[test]
    fn a_frame_that_was_cut_off_or_spoilt_is_refused_or_read_and_never_more(
        frame in prop::sample::select(wire()), at in any::<prop::sample::Index>(), with in "\\PC{0,3}",
    ) {
        let places: Vec<usize> = frame.char_indices().map(|(place, _)| place).collect();
        let place = *at.get(&places);
        prop_assert!(!decoded(frame[..place].trim_end()), "a frame without its end is none");
        let next = frame[place..].chars().next().map_or(0, char::len_utf8);
        decoded(&format!("{}{with}{}", &frame[..place], &frame[place + next..]));
    }

    #[test]
    fn a_frame_with_anything_in_any_place_is_refused_or_read_and_never_more(
        frame in prop::sample::select(wire()), at in any::<prop::sample::Index>(), with in any_json(),
    ) {
        let mut frame: Value = serde_json::from_str(&frame).unwrap();
        let places = places(&frame, "");
        *frame.pointer_mut(&places[at.index(places.len())]).unwrap() = with;
        decoded(&frame.to_string());
    }

    #[test]
    fn no_text_whatever_is_a_frame_by_chance(text in "\\PC*|[{}\\[\\]\":,a-z0-9]*") {
        prop_assert!(!decoded(&text));
    }

    #[test]
    fn whatever_is_posted_is_a_message_or_is_told_what_is_wrong(
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..100),
            any_json().prop_map(|json| json.to_string().into_bytes()),
            (any_json(), any_json()).prop_map(|(method, params)| {
                json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string().into_bytes()
            }),
        ],
    ) {
        if let Err(error) = glance(&body) {
            prop_assert!([-32700, -32600].contains(&error["error"]["code"].as_i64().unwrap()));
            let is_json = serde_json::from_slice::<Value>(&body).is_ok();
            prop_assert_eq!(error["error"]["code"] == -32600, is_json, "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn no_address_whatever_makes_a_reader_of_resources_panic(
        uri in "\\PC{0,60}|browser://(tab|tabs|current|dom|hub|downloads)[/?a-z0-9%&=.-]{0,40}",
    ) {
        if Address::parse(&uri).is_some() {
            prop_assert!(uri.starts_with("browser://"), "{}", uri);
        }
    }
}
