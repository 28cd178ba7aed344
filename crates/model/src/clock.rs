//! Time and randomness as arguments, so that every behaviour can be replayed in a test.
//!
//! Must not know: the system clock or the system's random source; `server` provides both.

/// A moment in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present moment, in UTC.
    fn now(&self) -> Timestamp;
}

/// Gives bytes that nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// A fixed clock and a seeded, predictable generator. For tests only: the bytes are guessable.
pub mod testing {
    use super::{Clock, Random, Timestamp};
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    /// A clock that moves only when told.
    #[derive(Debug)]
    pub struct FixedClock(AtomicI64);

    impl FixedClock {
        /// Starts at this many milliseconds after the epoch.
        pub const fn at(millis: i64) -> Self {
            Self(AtomicI64::new(millis))
        }

        /// Moves forward.
        pub fn advance_millis(&self, millis: i64) {
            self.0.fetch_add(millis, Ordering::SeqCst);
        }
    }

    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap_or_default()
        }
    }

    /// The splitmix64 sequence: the same bytes for the same seed.
    #[derive(Debug)]
    pub struct SeededRandom(AtomicU64);

    impl SeededRandom {
        /// Starts the sequence.
        pub const fn new(seed: u64) -> Self {
            Self(AtomicU64::new(seed))
        }

        fn next(&self) -> u64 {
            let state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
            let mut mixed = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        }
    }

    impl Random for SeededRandom {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(8) {
                let word = self.next().to_le_bytes();
                chunk.copy_from_slice(&word[..chunk.len()]);
            }
        }
    }
}
