//! The figures: what tabhub costs and how fast it is, beside Playwright MCP in the same run. `scripts/bench` runs it.
//!
//! Usage: bench TABHUB_BINARY JSON_FILE [PLAYWRIGHT_MCP_CLI_JS]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot go on ends")]
#![allow(missing_docs, reason = "it is no library")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

#[path = "../../tests/support/mod.rs"]
mod support;

mod echo;
mod hops;
mod memory;
mod page;
mod start;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// One measured figure.
pub struct Figure {
    name: &'static str,
    unit: &'static str,
    /// What the issue asks for at most.
    limit: Option<f64>,
    tabhub: f64,
    /// The same of the peer, or of the plain echo.
    beside: Option<(&'static str, f64)>,
    note: String,
}

/// What is measured.
pub struct Bench {
    pub tabhub: PathBuf,
    pub playwright: Option<PathBuf>,
}

impl Bench {
    /// A folder with a hub of its own; its ports are the system's.
    pub fn home(&self) -> Home {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pairing-secret"), support::hub::SECRET).unwrap();
        Home { dir, tabhub: self.tabhub.clone() }
    }

    /// The peer's command line, if it is there.
    pub fn peer(&self) -> Option<(PathBuf, Vec<String>)> {
        let cli = self.playwright.as_ref()?.display().to_string();
        let args = [&cli, "--headless", "--isolated", "--no-sandbox", "--executable-path", support::chromium::binary()];
        Some((PathBuf::from("node"), args.map(str::to_owned).to_vec()))
    }
}

/// A folder with a hub of its own, which ends with it.
pub struct Home {
    pub dir: tempfile::TempDir,
    tabhub: PathBuf,
}

impl Home {
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TABHUB_HOME", self.dir.path().display().to_string()),
            ("TABHUB_PORT", "0".to_owned()),
            ("TABHUB_MCP_PORT", "0".to_owned()),
            ("TABHUB_LEGACY_PORT", "off".to_owned()),
        ]
    }

    /// Runs a subcommand and returns what it printed.
    pub fn run(&self, args: &[&str]) -> String {
        let out = std::process::Command::new(&self.tabhub).args(args).envs(self.env()).output().unwrap();
        assert!(out.status.success(), "tabhub {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The port of the running hub.
    pub fn port(&self) -> u16 {
        let status: Value = serde_json::from_str(&self.run(&["status", "--json"])).unwrap();
        u16::try_from(status["hub"]["port"].as_u64().unwrap()).unwrap()
    }

    pub fn hub_pid(&self) -> u32 {
        let status: Value = serde_json::from_str(&self.run(&["status", "--json"])).unwrap();
        u32::try_from(status["hub"]["pid"].as_u64().unwrap()).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.run(&["down"]);
    }
}

/// The median of some durations, in milliseconds.
pub fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// The median of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// How long `future` took.
pub async fn timed<T>(future: impl Future<Output = T>) -> (Duration, T) {
    let start = Instant::now();
    let value = future.await;
    (start.elapsed(), value)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (tabhub, json_file) = (args.next().expect("the binary"), args.next().expect("a file for the JSON"));
    let bench = Bench { tabhub: PathBuf::from(tabhub), playwright: args.next().map(PathBuf::from) };
    let mut figures = Vec::new();
    for (what, part) in [("starting", 0), ("memory", 1), ("hops", 2), ("pages", 3)] {
        eprintln!("measuring {what} ...");
        figures.extend(match part {
            0 => start::measure(&bench).await,
            1 => memory::measure(&bench).await,
            2 => hops::measure(&bench).await,
            _ => page::measure(&bench).await,
        });
    }
    print_table(&figures);
    write_json(Path::new(&json_file), &figures);
}

fn print_table(figures: &[Figure]) {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_BORDERS_ONLY);
    table.set_header(["figure (median)", "unit", "tabhub", "at most", "beside it", ""]);
    for figure in figures {
        let is_met = figure.limit.is_none_or(|limit| figure.tabhub <= limit);
        table.add_row([
            figure.name.to_owned(),
            figure.unit.to_owned(),
            format!("{:.2}", figure.tabhub),
            figure.limit.map(|l| format!("{l}{}", if is_met { "" } else { "  MISSED" })).unwrap_or_default(),
            figure.beside.map(|(who, value)| format!("{value:.2} ({who})")).unwrap_or_default(),
            figure.note.clone(),
        ]);
    }
    println!("{table}");
}

fn write_json(file: &Path, figures: &[Figure]) {
    let rows: Vec<Value> = figures
        .iter()
        .map(|f| {
            json!({
                "figure": f.name, "unit": f.unit, "tabhub": f.tabhub, "limit": f.limit, "note": f.note,
                "beside": f.beside.map(|(who, value)| json!({ "who": who, "value": value })),
            })
        })
        .collect();
    std::fs::write(file, serde_json::to_string_pretty(&rows).unwrap() + "\n").unwrap();
    println!("written to {}", file.display());
}
