//! The canary scan of a whole suite: everything that its tests left behind is looked through for every secret that was
//! in play, in all forms. The scan proves itself by leaks that are planted in what it reads.
//!
//! Must not know what a test does; [`crate::evidence`] says what there is to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gatelodge_practice::oauth::MARK;
use serde_json::Value;

use super::report::Report;
use crate::canary::{Finding, Scanner};
use crate::evidence::{ANSWERS, SECRETS};
use crate::surroundings;

/// Words inside of secrets, whatever else these are made of: the practice org's tokens and codes, and the secrets of
/// the keeper's own tests.
const MARKS: [(&str, &str); 17] = [
    ("token of the practice org", MARK),
    ("refresh token of a fixture", "==CANARY"),
    ("access token of a fixture", "0!CANARY"),
    ("access token of a fixture", "1!CANARY"),
    ("access token of a fixture", "2!CANARY"),
    ("access token of a fixture", "3!CANARY"),
    ("access token of a fixture", "4!CANARY"),
    ("access token of a fixture", "5!CANARY"),
    ("access token of a fixture", "6!CANARY"),
    ("access token of a fixture", "7!CANARY"),
    ("access token of a fixture", "8!CANARY"),
    ("access token of a fixture", "9!CANARY"),
    ("code of a fixture", "CANARY-code"),
    (
        "webhook secret of a fixture",
        "Q0FOQVJZLXdlYmhvb2stc2VjcmV0",
    ),
    ("client secret of a fixture", "CANARY-app-secret"),
    ("client secret of a fixture", "CANARY-client-secret"),
    ("password of a fixture", "CANARY-mail-password"),
];

/// Where a secret may be, and why.
struct Place {
    kind: &'static str,
    /// How its name ends; for answers, the path that was asked for.
    ends: &'static str,
    why: &'static str,
}

const PLACES: [Place; 3] = [
    Place {
        kind: "key",
        ends: "keys/gatelodge.key",
        why: "the key file is where the key is kept",
    },
    Place {
        kind: "agent token",
        ends: "/agents",
        why: "the page that shows a new agent's token, once, to who made it",
    },
    Place {
        kind: "webhook secret",
        ends: "/admin/webhooks",
        why: "the page that shows a new webhook's secret, once, to who made it",
    },
];

/// Findings that are printed one by one.
const PRINTED: usize = 40;

/// Looks through what `cargo xtask soak canary` had a suite leave behind.
///
/// # Panics
/// Where no suite left anything behind.
pub fn run() -> Report {
    scan(&surroundings::evidence().expect("run it by `cargo xtask soak canary`"))
}

/// Looks through a folder.
pub fn scan(folder: &Path) -> Report {
    let secrets = secrets(folder);
    let mut scanner = Scanner::new();
    for (kind, value) in &secrets {
        scanner.plant(kind, value);
    }
    for (kind, mark) in MARKS {
        scanner.plant(kind, mark);
    }
    let mut files = Vec::new();
    collect(folder, &mut files);
    let mut seen = Seen::default();
    for file in &files {
        look(file, &scanner, &mut seen);
    }
    let mut report = Report::new("Canary scan");
    report.at_least("files read", files.len(), 1);
    report.at_least("bytes read", seen.bytes, 1);
    report.at_least("log lines at level trace", seen.trace, 1);
    report.at_least("answers of hubs read", seen.answers, 1);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, _) in &secrets {
        *kinds.entry(kind).or_default() += 1;
    }
    report.at_least("kinds of secrets in play", kinds.len() + MARKS.len(), 4);
    for (kind, count) in kinds {
        report.note(&format!("secrets: {kind}"), count);
    }
    for (place, count) in &seen.allowed {
        report.note(&format!("seen where it belongs: {place}"), count);
    }
    report.exactly(
        "planted leaks that were missed",
        missed(&secrets, &scanner),
        0,
    );
    for finding in seen.findings.iter().take(PRINTED) {
        report.note(
            &format!("{} as {}", finding.secret, finding.form),
            &finding.place,
        );
    }
    report.exactly("hits", seen.findings.len(), 0);
    report
}

#[derive(Default)]
struct Seen {
    bytes: u64,
    trace: usize,
    answers: usize,
    findings: Vec<Finding>,
    allowed: BTreeMap<&'static str, usize>,
}

impl Seen {
    /// Sorts findings of a place into those that belong there and the others.
    fn judge(&mut self, place: &str, findings: Vec<Finding>) {
        for finding in findings {
            let belongs = PLACES
                .iter()
                .find(|known| known.kind == finding.secret && place.ends_with(known.ends));
            match belongs {
                Some(known) => *self.allowed.entry(known.why).or_default() += 1,
                None => self.findings.push(finding),
            }
        }
    }
}

fn look(file: &Path, scanner: &Scanner, seen: &mut Seen) {
    seen.bytes += fs::metadata(file).map_or(0, |about| about.len());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with(ANSWERS) {
        for line in fs::read_to_string(file).expect("answers").lines() {
            let answer: Value = serde_json::from_str(line).expect("an answer");
            let path = answer["path"].as_str().unwrap_or_default();
            let mut said = answer["headers"].to_string();
            write!(said, "\n{}", answer["text"].as_str().unwrap_or_default()).expect("text");
            seen.answers += 1;
            seen.judge(
                path,
                scanner.scan(&format!("the answer of {path}"), said.as_bytes()),
            );
        }
        return;
    }
    seen.judge(&file.display().to_string(), scanner.scan_file(file));
    if name.ends_with(".log") {
        let text = String::from_utf8_lossy(&fs::read(file).expect("a log")).into_owned();
        seen.trace += text.matches("TRACE").count();
    }
}

/// All that is read: not the list of the secrets itself, and nothing but files (a socket is none).
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("its type");
        let path = entry.path();
        if kind.is_dir() {
            collect(&path, files);
        } else if kind.is_file() && entry.file_name() != SECRETS {
            files.push(path);
        }
    }
}

/// The secrets that tests noted, each once.
fn secrets(folder: &Path) -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(folder.join(SECRETS)).unwrap_or_default();
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a secret");
        let part = |name: &str| line[name].as_str().expect("a text").to_owned();
        (part("kind"), part("value"))
    });
    lines.collect()
}

/// How many leaks of a kind the scan does not see, of one for each kind and of every mark, as text and as base64.
fn missed(secrets: &BTreeSet<(String, String)>, scanner: &Scanner) -> usize {
    use base64::Engine as _;
    let mut samples: BTreeMap<&str, &str> = BTreeMap::new();
    for (kind, value) in secrets {
        samples.insert(kind, value);
    }
    samples.extend(MARKS);
    let mut missed = 0;
    for (kind, value) in samples {
        let line = format!("level=TRACE said=\"x{value}y\"");
        let hidden = base64::engine::general_purpose::STANDARD.encode(&line);
        for leak in [line, hidden] {
            let found = scanner.scan("planted", leak.as_bytes());
            missed += usize::from(!found.iter().any(|finding| finding.secret == kind));
        }
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What a suite leaves behind, with one more line in its log and one more answer.
    fn report(logged: &str, path: &str, answered: &str) -> Report {
        let place = tempfile::tempdir().unwrap();
        let keys = place.path().join("files-1/keys");
        fs::create_dir_all(&keys).unwrap();
        fs::write(keys.join("gatelodge.key"), "0123456789abcdef0123").unwrap();
        let secrets: Vec<String> = [
            ("key", "0123456789abcdef0123"),
            ("agent token", "gla_one-of-an-agent"),
            ("password", "a password/with a slash"),
        ]
        .iter()
        .map(|(kind, value)| json!({ "kind": kind, "value": value }).to_string())
        .collect();
        fs::write(place.path().join(SECRETS), secrets.join("\n")).unwrap();
        let log = format!("TRACE nothing\nTRACE {logged}\n");
        fs::write(place.path().join("output.log"), log).unwrap();
        let answer = json!({ "path": path, "headers": [], "text": answered });
        fs::write(place.path().join("answers-1.jsonl"), format!("{answer}\n")).unwrap();
        scan(place.path())
    }

    // proves CRED-1, L1: the scan itself
    #[test]
    fn a_leak_is_a_hit_and_what_belongs_somewhere_is_none() {
        let good = report("nothing", "/agents", "your token: gla_one-of-an-agent");
        assert!(good.is_good(), "{good}");
        assert!(good.to_string().contains("| hits | 0 | 0 | holds |"));
        for (logged, path, answered) in [
            ("gla_one-of-an-agent", "/", ""),
            ("x", "/connections", "gla_one-of-an-agent"),
            ("x", "/agents", "0123456789abcdef0123"),
            (r"a password\/with a slash", "/", ""),
            ("00D000000000001!PracticeCanaryabc", "/", ""),
            ("Basic UHJhY3RpY2VDYW5hcnk=", "/", ""),
        ] {
            let bad = report(logged, path, answered);
            assert!(!bad.is_good(), "{logged} {answered}: {bad}");
        }
    }

    #[test]
    fn a_scan_of_nothing_is_no_good_scan() {
        let place = tempfile::tempdir().unwrap();
        let report = scan(place.path());
        assert!(!report.is_good(), "{report}");
    }
}
