//! Repeatable choices for the seed; not randomness, and never used for anything secret.
//!
//! Knows nothing but numbers. The generator is `SplitMix64` (Steele, Lea, Flood 2014).

pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` up to, but not including, `high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(1).max(1);
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 100) < percent
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.index(list.len())]
    }

    pub(super) fn one<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(length).unwrap_or(1).max(1)).unwrap_or(0)
    }

    /// A digit string of this length that does not begin with 0.
    pub(super) fn digits(&mut self, length: usize) -> String {
        (0..length)
            .map(|place| {
                char::from(
                    b'0' + u8::try_from(self.between(i64::from(place == 0), 10)).unwrap_or(0),
                )
            })
            .collect()
    }
}
