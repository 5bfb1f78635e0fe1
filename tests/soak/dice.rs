//! Chance with a seed. Each part of the soak has dice of its own, so that one part's luck does not hang on another's.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Dice of one part.
pub struct Dice(StdRng);

impl Dice {
    /// The dice of the part of this name.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a: the same on every machine and in every build.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(StdRng::seed_from_u64(seed ^ hash))
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high)
    }

    /// A time of so many milliseconds.
    pub fn millis(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.between(1, n) == 1
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.between(0, of.len() as u64 - 1)).unwrap()]
    }

    /// One of these, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let all: u64 = of.iter().map(|(weight, _)| weight).sum();
        let mut rest = self.between(1, all);
        for (weight, what) in of {
            if rest <= *weight {
                return *what;
            }
            rest -= weight;
        }
        of[of.len() - 1].1
    }
}
