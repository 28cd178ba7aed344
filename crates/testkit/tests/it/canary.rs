//! Secrets are looked for in every byte that leaves and in everything on the disk, after a whole story at log level
//! trace; the scan proves itself by leaks that are planted in each place.
//!
//! All traffic passes two proxies that record it: one before the hub, one before the practice org. What the secrets
//! are is read from the second, which is where they belong, and from the pages that show a token once.

mod planted;
mod secrets;
mod stage;
mod story;
mod trouble;

use gatelodge_testkit::canary::Finding;
use secrets::Secrets;
use stage::Story;

// proves CRED-1, CRED-2, API-7, V1, L1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_any_byte_that_leaves_or_is_kept() {
    let mut story = Story::begin().await;
    story.tell().await;
    let secrets = Secrets::learn(&story);
    println!("{} values of {} kinds", secrets.count(), secrets.kinds());

    let scanner = secrets.scanner();
    let sent = story.sent_to_clients();
    assert!(
        !contains(&sent, b"content-encoding"),
        "compressed answers could hide a leak"
    );
    nothing(
        "what browsers and agents received",
        &scanner.scan("answers", &sent),
    );
    nothing(
        "what another host received",
        &scanner.scan("elsewhere", &story.sent_elsewhere()),
    );
    assert!(
        story.sent_elsewhere().is_empty(),
        "the hub speaks to no host that was not configured"
    );
    nothing("the disk, while the hub runs", &story.scan_disk(&scanner));
    let log = story.log();
    assert!(
        log.contains("\"TRACE\"") || log.contains("TRACE"),
        "the log holds everything"
    );
    planted::are_found(&story, &secrets, &scanner).await;
    let folder = story.end().await;
    nothing("the disk, after the hub ended", &folder.scan(&scanner));
}

fn nothing(place: &str, findings: &[Finding]) {
    assert!(findings.is_empty(), "{place}: {findings:#?}");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes
        .windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part))
}
