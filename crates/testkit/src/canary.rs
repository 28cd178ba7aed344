//! Looks for planted secrets in everything that could leak them: files of a folder, recorded bytes.
//!
//! A value is looked for as it is and in the forms in which programs carry values. Must not know where secrets come
//! from or which finding is allowed; it reports all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name under which the value was planted.
    pub secret: String,
    /// The form in which it was found.
    pub form: &'static str,
    /// Where: a file or the name of the bytes, and the offset.
    pub place: String,
}

/// Knows the planted values.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    needles: Vec<Needle>,
    /// Looks for all of them at once; made when it is first needed.
    search: OnceLock<AhoCorasick>,
}

#[derive(Clone, Debug)]
struct Needle {
    secret: String,
    form: &'static str,
    bytes: Vec<u8>,
}

/// Shorter values are found everywhere by chance.
const SHORTEST: usize = 8;

/// How much of a file is looked at at once.
const PIECE: usize = 4 * 1024 * 1024;

impl Scanner {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value to look for.
    pub fn plant(&mut self, name: &str, value: impl AsRef<[u8]>) -> &mut Self {
        let value = value.as_ref();
        assert!(
            value.len() >= SHORTEST,
            "{name} is too short to be told from chance"
        );
        let mut planted: Vec<Vec<u8>> = Vec::new();
        for (form, bytes) in forms(value) {
            if bytes.len() >= SHORTEST && !planted.contains(&bytes) {
                planted.push(bytes.clone());
                self.needles.push(Needle {
                    secret: name.to_owned(),
                    form,
                    bytes,
                });
            }
        }
        self.search = OnceLock::new();
        self
    }

    fn search(&self) -> &AhoCorasick {
        self.search.get_or_init(|| {
            let needles = self.needles.iter().map(|needle| &needle.bytes);
            AhoCorasick::new(needles).expect("needles that fit into memory")
        })
    }

    /// Where each needle is first found.
    fn found(&self, bytes: &[u8]) -> BTreeMap<usize, usize> {
        let mut found = BTreeMap::new();
        for place in self.search().find_overlapping_iter(bytes) {
            found
                .entry(place.pattern().as_usize())
                .or_insert(place.start());
        }
        found
    }

    fn findings(&self, place: &str, found: &BTreeMap<usize, usize>) -> Vec<Finding> {
        let findings = found.iter().map(|(needle, offset)| Finding {
            secret: self.needles[*needle].secret.clone(),
            form: self.needles[*needle].form,
            place: format!("{place} at {offset}"),
        });
        findings.collect()
    }

    /// Findings in bytes that somebody received or stored.
    pub fn scan(&self, place: &str, bytes: &[u8]) -> Vec<Finding> {
        self.findings(place, &self.found(bytes))
    }

    /// Findings in a file of any size.
    pub fn scan_file(&self, path: &Path) -> Vec<Finding> {
        let longest = self.needles.iter().map(|needle| needle.bytes.len()).max();
        let overlap = longest.unwrap_or(1) - 1;
        let mut file = File::open(path).expect("a file that can be read");
        let mut piece = Vec::with_capacity(PIECE + overlap);
        let mut found = BTreeMap::new();
        let mut began = 0;
        loop {
            let mut next = file.by_ref().take(PIECE as u64);
            if next.read_to_end(&mut piece).expect("bytes of a file") == 0 {
                break;
            }
            for (needle, offset) in self.found(&piece) {
                found.entry(needle).or_insert(began + offset);
            }
            // what stands across the end of a piece is found in the next one
            let kept = piece.len().saturating_sub(overlap);
            piece.drain(..kept);
            began += kept;
        }
        self.findings(&path.display().to_string(), &found)
    }

    /// Findings in all files below a folder; the database, its log of changes, and logs are files like others.
    pub fn scan_folder(&self, folder: &Path) -> Vec<Finding> {
        let mut findings = Vec::new();
        for entry in fs::read_dir(folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                findings.extend(self.scan_folder(&path));
            } else {
                findings.extend(self.scan_file(&path));
            }
        }
        findings
    }
}

/// The forms in which a value travels.
fn forms(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = value.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes text");
        text
    });
    let mut forms = vec![
        ("raw", value.to_vec()),
        ("hex", hex.to_uppercase().into_bytes()),
        ("hex", hex.into_bytes()),
        ("url encoded", url_encoded(value, false)),
        ("form encoded", url_encoded(value, true)),
    ];
    if let Ok(text) = str::from_utf8(value) {
        let written = serde_json::Value::from(text).to_string();
        let inside = &written[1..written.len() - 1];
        forms.push(("JSON", inside.as_bytes().to_vec()));
        // some programs escape what need not be
        forms.push(("JSON", inside.replace('/', "\\/").into_bytes()));
    }
    for (name, alphabet) in [("base64", STANDARD), ("base64url", URL_SAFE)] {
        // a value inside other bytes meets base64 at one of three alignments; the ends depend on the neighbours
        forms.extend((0..3).map(|shift| (name, base64_core(value, shift, alphabet))));
    }
    forms
}

fn url_encoded(value: &[u8], form: bool) -> Vec<u8> {
    let mut text = String::new();
    for byte in value {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                text.push(char::from(*byte));
            }
            b'~' if !form => text.push('~'),
            b'*' if form => text.push('*'),
            b' ' if form => text.push('+'),
            _ => write!(text, "%{byte:02X}").expect("a text takes text"),
        }
    }
    text.into_bytes()
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The characters of base64 (RFC 4648 §4, §5) that depend on the value alone when `shift` bytes stand before it.
fn base64_core(value: &[u8], shift: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let skip = (3 - shift) % 3;
    value[skip.min(value.len())..]
        .chunks_exact(3)
        .flat_map(|group| {
            let word =
                usize::from(group[0]) << 16 | usize::from(group[1]) << 8 | usize::from(group[2]);
            [word >> 18, word >> 12 & 63, word >> 6 & 63, word & 63].map(|index| alphabet[index])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "00D5g!AQ/+ fAk3~tOk3n";

    fn scanner() -> Scanner {
        let mut scanner = Scanner::new();
        scanner.plant("token", SECRET);
        scanner
    }

    #[test]
    fn a_planted_leak_is_found_in_every_form() {
        // the texts were made by other programs: xxd, base64, and the URL encoding of a browser
        let leaks: [(&str, &str); 9] = [
            ("raw", "Authorization: Bearer 00D5g!AQ/+ fAk3~tOk3n\r\n"),
            (
                "hex",
                "x303044356721415..30304435672141512f2b2066416b337e744f6b336e..",
            ),
            ("url encoded", "token=00D5g%21AQ%2F%2B%20fAk3~tOk3n&x=1"),
            ("form encoded", "token=00D5g%21AQ%2F%2B+fAk3%7EtOk3n&x=1"),
            ("JSON", r#"{"token":"00D5g!AQ\/+ fAk3~tOk3n"}"#),
            ("base64", "MDBENWchQVEvKyBmQWszfnRPazNu"),
            ("base64", "Basic dXM6MDBENWchQVEvKyBmQWszfnRPazNu"),
            ("base64", "YTowMEQ1ZyFBUS8rIGZBazN+dE9rM24="),
            ("base64url", "YTowMEQ1ZyFBUS8rIGZBazN-dE9rM24"),
        ];
        for (form, leak) in leaks {
            let found = scanner().scan("leak", leak.as_bytes());
            assert!(
                found.iter().any(|finding| finding.form == form),
                "{form} in {leak}: {found:?}"
            );
        }
    }

    #[test]
    fn a_leak_in_a_file_is_found_and_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(
            folder.path().join("data/hub.db-wal"),
            [b"\0\0".as_slice(), SECRET.as_bytes(), b"\0"].concat(),
        )
        .unwrap();
        let found = scanner().scan_folder(folder.path());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].place.ends_with("hub.db-wal at 2"), "{found:?}");
    }

    #[test]
    fn a_leak_across_two_pieces_of_a_large_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("large.log");
        let mut bytes = vec![b'x'; PIECE - 7];
        bytes.extend_from_slice(SECRET.as_bytes());
        bytes.resize(2 * PIECE + 100, b'x');
        fs::write(&file, bytes).unwrap();
        let found = scanner().scan_file(&file);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].place.ends_with(&format!(" at {}", PIECE - 7)));
    }

    #[test]
    fn a_part_of_a_secret_is_no_leak() {
        assert_eq!(scanner().scan("log", b"00D5g!AQ... [REDACTED] fAk3"), []);
    }
}
