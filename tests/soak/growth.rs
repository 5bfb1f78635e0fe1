//! Whether a hub grows: its memory and its file descriptors from quiet moment to quiet moment.

use std::collections::BTreeMap;

use crate::quiet::Sample;
use crate::trail::Trail;

/// KiB by which a hub may grow from the first third of its quiet moments to the last: an allocator keeps some of what
/// a storm needed, and pages of a debug build come in as code is first run.
const MORE_RSS: u64 = 24 * 1024;
/// Quiet moments that one hub must have seen before its memory tells anything.
const ENOUGH: usize = 6;

/// What each hub held in its quiet moments.
#[derive(Default)]
pub struct Growth(BTreeMap<u32, Vec<Sample>>);

impl Growth {
    /// A quiet moment.
    pub fn add(&mut self, sample: Sample) {
        self.0.entry(sample.pid).or_default().push(sample);
    }

    /// The fewest descriptors beside its connections that any hub was seen with: so many does a hub need.
    pub fn fewest_fds(&self) -> Option<usize> {
        self.0.values().flatten().map(|sample| sample.own_fds).min()
    }

    /// Whether the memory of any hub grew.
    pub fn judge(&self, trail: &Trail) {
        for (pid, samples) in self.0.iter().filter(|(_, samples)| samples.len() >= ENOUGH) {
            let (first, last) = thirds(samples);
            if last > first + MORE_RSS {
                trail.broke(format!(
                    "hub {pid} grew from {first} KiB to {last} KiB over {} quiet moments",
                    samples.len()
                ));
            }
        }
    }

    /// One line for each hub that saw some quiet moments.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (pid, samples) in self.0.iter().filter(|(_, samples)| samples.len() > 1) {
            let curve = |of: fn(&Sample) -> u64| {
                let step = samples.len().div_ceil(10);
                samples.iter().step_by(step).map(|sample| of(sample).to_string()).collect::<Vec<_>>().join(" ")
            };
            let (rss, fds) = (curve(|sample| sample.rss / 1024), curve(|sample| sample.fds as u64));
            let (at, actors) = (samples[0].at.as_secs(), curve(|sample| sample.actors));
            lines.push(format!(
                "hub {pid} from {at} s on, {} quiet moments: {rss} MiB; {fds} descriptors; {actors} actors",
                samples.len()
            ));
        }
        lines
    }
}

/// The medians of the first and of the last third.
fn thirds(samples: &[Sample]) -> (u64, u64) {
    let third = samples.len() / 3;
    let median = |samples: &[Sample]| {
        let mut sizes: Vec<u64> = samples.iter().map(|sample| sample.rss).collect();
        sizes.sort_unstable();
        sizes[sizes.len() / 2]
    };
    (median(&samples[..third]), median(&samples[samples.len() - third..]))
}
