//! `gatelodge doctor`: looks at everything that a hub needs and says what to do. Nothing is changed, and a
//! connection is looked at with its access token only.
//!
//! Must not know: how a finding came about; [`crate::checkup`] looks.

use super::say;
use crate::{
    checkup::{self, Finding, Level},
    cli::DoctorArgs,
};
use serde_json::json;

/// Not everything is well.
#[derive(Debug, thiserror::Error)]
#[error("{failed} checks failed, {warned} need a look")]
pub struct Unwell {
    failed: usize,
    warned: usize,
}

impl Unwell {
    /// The exit status: 1 for warnings, 2 for failures.
    pub fn status(&self) -> u8 {
        if self.failed > 0 { 2 } else { 1 }
    }
}

/// Runs it.
///
/// # Errors
/// [`Unwell`].
pub async fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let findings = checkup::everything(&args.config.config).await;
    if args.json {
        say(serde_json::to_string_pretty(
            &json!({ "checks": findings }),
        )?);
    } else {
        findings.iter().for_each(tell);
    }
    let count = |level| findings.iter().filter(|one| one.level == level).count();
    let (failed, warned) = (count(Level::Fail), count(Level::Warn));
    if failed + warned > 0 {
        return Err(Unwell { failed, warned }.into());
    }
    Ok(())
}

fn tell(finding: &Finding) {
    say(format!(
        "{:<4}  {:<14}  {}",
        finding.level.as_str(),
        finding.check,
        finding.found
    ));
    if let Some(todo) = &finding.todo {
        say(format!("{:22}-> {todo}", ""));
    }
}
