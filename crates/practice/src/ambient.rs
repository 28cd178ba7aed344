//! Time and randomness as values that are passed in, so that a test can hold both still.
//!
//! The only file of this crate that may read the wall clock or the operating system's generator.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use chrono::{DateTime, Utc};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present moment in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// Gives bytes nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills the whole slice with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The wall clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate that reads the wall clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The generator of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Random for SystemRandomness {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of this crate that asks the generator of the operating system"
    )]
    #[expect(
        clippy::expect_used,
        reason = "without a working generator every token would be guessable; stopping is the only safe answer"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom::new()
            .fill(bytes)
            .expect("the operating system gives random bytes");
    }
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `length` random letters and digits, each as likely as any other.
pub(crate) fn random_letters(random: &dyn Random, length: usize) -> String {
    // Bytes from 248 on are thrown away: 248 is the largest multiple of 62 below 256.
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while text.len() < length {
        random.fill(&mut bytes);
        for byte in bytes {
            if byte < 248 && text.len() < length {
                text.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
    }
    text
}

/// `2 * bytes` random hexadecimal digits.
pub(crate) fn random_hex(random: &dyn Random, bytes: usize) -> String {
    let mut raw = vec![0_u8; bytes];
    random.fill(&mut raw);
    hex::encode(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_letters_have_the_length_and_differ() {
        let first = random_letters(&SystemRandomness, 96);
        let second = random_letters(&SystemRandomness, 96);
        assert_eq!(first.len(), 96);
        assert!(first.bytes().all(|byte| LETTERS.contains(&byte)));
        assert_ne!(first, second);
    }

    #[test]
    fn random_hex_has_two_digits_per_byte() {
        assert_eq!(random_hex(&SystemRandomness, 16).len(), 32);
    }
}
