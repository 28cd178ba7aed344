//! Repeatable chance: numbers that look random and come again with the same seed.
//!
//! Must not know what is decided by them. Not for secrets.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use crate::surroundings;

/// A source of numbers (`SplitMix64`, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// The seed that the surroundings ask for, else another one each time.
    pub fn new() -> Self {
        Self::from_seed(
            surroundings::seed().unwrap_or_else(|| RandomState::new().build_hasher().finish()),
        )
    }

    /// The numbers of this seed.
    pub fn from_seed(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// What brings the same numbers again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// A time up to this one.
    pub fn moment(&mut self, longest: Duration) -> Duration {
        let longest = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(longest))
    }
}

impl Default for Chance {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_brings_its_numbers_again() {
        let mut first = Chance::from_seed(7);
        let mut second = Chance::from_seed(7);
        let numbers: Vec<u64> = (0..8).map(|_| first.number()).collect();
        assert!((0..8).all(|index| second.number() == numbers[index]));
        assert_ne!(Chance::from_seed(8).number(), numbers[0]);
    }
}
