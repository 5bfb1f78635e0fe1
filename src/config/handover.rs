//! Settings as environment variables: what a starter hands over to the hub it starts, so that both mean the same.

use std::time::Duration;

use super::Settings;

impl Settings {
    /// The variables that make another process read these settings. What only concerns one instance (its tools, its
    /// name, its times) is left out.
    #[must_use]
    pub fn to_env(&self) -> Vec<(&'static str, String)> {
        let mut env = vec![
            ("TABHUB_PORT", self.port.to_string()),
            ("TABHUB_MCP_PORT", self.mcp_port.to_string()),
            ("TABHUB_LEGACY_PORT", self.legacy_port.map_or_else(|| "off".to_owned(), |port| port.to_string())),
            ("TABHUB_HTTP_AUTH", if self.http_auth { "on" } else { "off" }.to_owned()),
            ("TABHUB_HTTP_IDLE", self.http_idle.as_secs_f64().to_string()),
            ("TABHUB_HTTP_RATE", self.http_rate.to_string()),
            ("TABHUB_LEGACY_ORIGINS", self.legacy_origins.join(",")),
            ("TABHUB_LOG", self.log.clone()),
            ("TABHUB_LEASE_GRACE", self.lease_grace.as_secs_f64().to_string()),
            ("TABHUB_IDLE_EXIT", or_off(self.idle_exit)),
            ("TABHUB_WATCHDOG", or_off(self.watchdog)),
        ];
        if let Some(home) = self.paths.home() {
            env.push(("TABHUB_HOME", home.display().to_string()));
        }
        env
    }
}

fn or_off(time: Option<Duration>) -> String {
    time.map_or_else(|| "off".to_owned(), |time| time.as_secs_f64().to_string())
}

#[cfg(test)]
mod tests {
    use crate::config::{Overrides, Settings};

    #[test]
    fn another_process_reads_the_same_settings() {
        let home = tempfile::tempdir().unwrap();
        let vars = [
            ("TABHUB_HOME", home.path().to_str().unwrap()),
            ("TABHUB_PORT", "0"),
            ("TABHUB_MCP_PORT", "7"),
            ("TABHUB_LEGACY_PORT", "off"),
            ("TABHUB_HTTP_AUTH", "off"),
            ("TABHUB_HTTP_IDLE", "2.5"),
            ("TABHUB_HTTP_RATE", "9"),
            ("TABHUB_LEGACY_ORIGINS", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"),
            ("TABHUB_LOG", "debug"),
            ("TABHUB_LEASE_GRACE", "1.5"),
            ("TABHUB_IDLE_EXIT", "off"),
        ];
        let find = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let here = Settings::from_sources(Overrides::default(), find).unwrap();
        let env = here.to_env();
        let there = Settings::from_sources(Overrides::default(), |name| {
            env.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone())
        });
        assert_eq!(there.unwrap(), here);
    }
}
