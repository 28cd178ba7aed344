//! Configuration, addresses, key, folders, disk and clock of this host.
//!
//! Must not know: what is stored.

use super::finding::Finding;
use crate::{ambient::SystemClock, config::Config, wiring};
use gatelodge_model::Clock as _;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::UNIX_EPOCH};

/// Less than this and a database soon cannot write.
const LITTLE_SPACE: u64 = 512 * 1024 * 1024;

/// What a clock may differ before leases and sessions suffer.
pub(super) const CLOCK_TOLERANCE_MS: i64 = 5_000;

pub(super) fn look(path: &Path, config: &Config) -> Vec<Finding> {
    let mut findings = vec![match config.check() {
        Ok(()) => Finding::ok("configuration", path.display().to_string()),
        Err(problems) => Finding::fail(
            "configuration",
            problems.to_string(),
            "Correct the named settings.",
        ),
    }];
    for url in &config.server.public_urls {
        findings.push(if url.scheme() == "https" {
            Finding::ok("public url", url.to_string())
        } else {
            Finding::warn(
                "public url",
                format!("{url} is not encrypted"),
                "Fine on this machine only: put TLS in front for anybody else.",
            )
        });
    }
    findings.push(match wiring::key_provider(config).kek() {
        Ok(key) => Finding::ok("key", format!("{}, readable by its owner only", key.id())),
        Err(error) => Finding::fail(
            "key",
            error.to_string(),
            "Put the right key file in its place, with mode 0600.",
        ),
    });
    if config.database.urls.is_empty() {
        findings.extend(folder(&config.data_dir()));
    }
    findings
}

fn folder(folder: &Path) -> Vec<Finding> {
    let Ok(metadata) = fs::metadata(folder) else {
        return Vec::new();
    };
    let mode = metadata.permissions().mode() & 0o777;
    let shown = format!("{} has mode {mode:04o}", folder.display());
    let others = mode & 0o077;
    let rights = if others == 0 {
        Finding::ok("data folder", shown)
    } else {
        Finding::warn(
            "data folder",
            shown,
            "Others on this host can look in: chmod 700.",
        )
    };
    let space = match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let shown = format!("{} MiB free in {}", free / (1024 * 1024), folder.display());
            if free < LITTLE_SPACE {
                Finding::warn(
                    "disk",
                    shown,
                    "Make room: without it nothing can be written, and nothing is done.",
                )
            } else {
                Finding::ok("disk", shown)
            }
        }
        Err(cause) => Finding::warn("disk", cause.to_string(), "Look at the disk by hand."),
    };
    let mut findings = vec![rights, space];
    findings.extend(clock_of_files(folder));
    findings
}

/// The file system's clock against the system's: they differ where the folder lies on another machine.
fn clock_of_files(folder: &Path) -> Option<Finding> {
    let file = tempfile::NamedTempFile::new_in(folder).ok()?;
    let written = file.as_file().metadata().ok()?.modified().ok()?;
    let written = i64::try_from(written.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    Some(clock(
        "file system",
        SystemClock.now().timestamp_millis() - written,
    ))
}

/// A clock that differs from the system's by this much.
pub(super) fn clock(of: &str, difference_ms: i64) -> Finding {
    let shown = format!(
        "this host and the {of} differ by {} ms",
        difference_ms.abs()
    );
    if difference_ms.abs() > CLOCK_TOLERANCE_MS {
        Finding::warn("clock", shown, "Let both follow the same time server.")
    } else {
        Finding::ok("clock", shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Level;

    #[test]
    fn an_open_folder_and_a_wrong_clock_are_named() {
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let found = folder(place.path());
        assert_eq!(
            (found[0].level, found[0].found.contains("0755")),
            (Level::Warn, true)
        );
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(folder(place.path())[0].level, Level::Ok);
        assert_eq!(clock("database", -60_000).level, Level::Warn);
        assert_eq!(clock("database", 10).level, Level::Ok);
    }
}
