//! One measured figure, what it is compared with, and how all of them are told: as a table and as JSON.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// What is asked for.
#[derive(Clone, Copy)]
pub enum Limit {
    Most(f64),
    Least(f64),
}

/// One measured figure.
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub limit: Option<Limit>,
    pub tabhub: f64,
    /// The same of the peers, or of the plain echo.
    pub beside: Vec<(&'static str, f64)>,
    pub note: String,
}

impl Figure {
    /// A figure that is compared with nothing yet.
    pub fn new(name: impl Into<String>, unit: &'static str, tabhub: f64) -> Self {
        Self { name: name.into(), unit, limit: None, tabhub, beside: Vec::new(), note: String::new() }
    }

    /// The same with what is asked for at most.
    pub fn at_most(mut self, limit: f64) -> Self {
        self.limit = Some(Limit::Most(limit));
        self
    }

    /// The same with what is asked for at least.
    pub fn at_least(mut self, limit: f64) -> Self {
        self.limit = Some(Limit::Least(limit));
        self
    }

    /// The same beside what others need.
    pub fn beside(mut self, beside: impl IntoIterator<Item = (&'static str, f64)>) -> Self {
        self.beside = beside.into_iter().collect();
        self
    }

    /// The same with more to say.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn is_met(&self) -> bool {
        match self.limit {
            None => true,
            Some(Limit::Most(limit)) => self.tabhub <= limit,
            Some(Limit::Least(limit)) => self.tabhub >= limit,
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Most(limit) => write!(f, "≤ {limit}"),
            Self::Least(limit) => write!(f, "≥ {limit}"),
        }
    }
}

/// The median of some durations, in milliseconds.
pub fn median_ms(times: &[Duration]) -> f64 {
    quantile_ms(times, 0.5)
}

/// What so large a part of some durations stays below, in milliseconds.
pub fn quantile_ms(times: &[Duration], part: f64) -> f64 {
    quantile(times.iter().map(Duration::as_secs_f64).collect(), part) * 1000.0
}

/// The median of some numbers.
pub fn median(numbers: Vec<f64>) -> f64 {
    quantile(numbers, 0.5)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
fn quantile(mut numbers: Vec<f64>, part: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[((numbers.len() - 1) as f64 * part).round() as usize]
}

/// Prints all figures.
pub fn print_table(figures: &[Figure]) {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_BORDERS_ONLY);
    table.set_header(["figure (median)", "unit", "tabhub", "asked for", "beside it", ""]);
    for figure in figures {
        table.add_row([
            figure.name.clone(),
            figure.unit.to_owned(),
            in_short(figure.tabhub),
            figure.limit.map(|l| format!("{l}{}", if figure.is_met() { "" } else { "  MISSED" })).unwrap_or_default(),
            figure
                .beside
                .iter()
                .map(|(who, value)| format!("{} ({who})", in_short(*value)))
                .collect::<Vec<_>>()
                .join("\n"),
            figure.note.clone(),
        ]);
    }
    println!("{table}");
}

fn in_short(value: f64) -> String {
    if value < 1000.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

/// Writes all figures into a file.
pub fn write_json(file: &Path, figures: &[Figure]) {
    let rows: Vec<Value> = figures
        .iter()
        .map(|f| {
            let beside: Vec<Value> =
                f.beside.iter().map(|(who, value)| json!({ "who": who, "value": value })).collect();
            json!({
                "figure": f.name, "unit": f.unit, "tabhub": f.tabhub, "limit": f.limit.map(|l| l.to_string()),
                "met": f.is_met(), "note": f.note, "beside": beside,
            })
        })
        .collect();
    std::fs::write(file, serde_json::to_string_pretty(&rows).unwrap() + "\n").unwrap();
    println!("written to {}", file.display());
}
