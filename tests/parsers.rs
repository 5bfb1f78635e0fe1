//! What is read from files that anybody may have written: whatever stands in them, it is read or refused, never more. The
//! parsers of the wire and of native messaging are held the same way beside themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;
use tabhub::config::settings::SettingsError;
use tabhub::config::{Overrides, Settings};
use tabhub::daemon::hub_json::{self, HubFile, HubFileError};

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
