//! The starter: a small process that does nothing but start keepers when the hub asks, and ends with the hub.
//!
//! The hub gives up connecting and starting programs before it serves, and whatever it starts afterwards would
//! have given them up too. The starter was made before. What it starts is fixed when it is made: a hub that was
//! taken over can have a keeper started, and nothing else. Must not know: what a keeper does.

use super::{KeeperLock, Place};
use crate::config::Config;
use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// How the start of a keeper went, in one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// It listens.
    Ready,
    /// Another one lives; it listens, or will, or finishes its work.
    Taken,
    /// It cannot start.
    Failed(String),
}

impl Report {
    /// Writes it for whoever waits.
    pub(super) fn write(&self, mut to: impl io::Write) -> anyhow::Result<()> {
        let mut line = serde_json::to_string(self)?;
        line.push('\n');
        to.write_all(line.as_bytes())?;
        Ok(to.flush()?)
    }
}

/// The hub's handle on its starter.
#[derive(Clone)]
pub struct Starter(Arc<Mutex<Pipes>>);

struct Pipes {
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
}

impl Starter {
    /// Makes the process.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(config_file: &Path) -> anyhow::Result<Self> {
        let mut child = program()?
            .args(["keeper", "--starter", "--config"])
            .arg(config_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the keeper's starter cannot be started")?;
        let (orders, reports) = (child.stdin.take(), child.stdout.take());
        let (Some(orders), Some(reports)) = (orders, reports) else {
            bail!("the keeper's starter has no pipes");
        };
        Ok(Self(Arc::new(Mutex::new(Pipes {
            orders,
            reports: BufReader::new(reports),
        }))))
    }

    /// Has a keeper started and waits until it listens or cannot.
    ///
    /// # Errors
    /// When the starter is gone.
    pub async fn start_keeper(&self) -> anyhow::Result<Report> {
        let pipes = Arc::clone(&self.0);
        // The keeper migrates the database before it listens, which may take its time.
        tokio::task::spawn_blocking(move || {
            let mut pipes = pipes.lock().unwrap_or_else(PoisonError::into_inner);
            pipes.orders.write_all(b"\n")?;
            pipes.orders.flush()?;
            let mut line = String::new();
            if pipes.reports.read_line(&mut line)? == 0 {
                bail!("the keeper's starter is gone");
            }
            Ok(serde_json::from_str(&line)?)
        })
        .await?
    }
}

/// The program itself, also where its file was replaced meanwhile: hub and keeper shall be of one build.
fn program() -> anyhow::Result<Command> {
    let own = Path::new("/proc/self/exe");
    let path = if own.exists() {
        own.to_owned()
    } else {
        std::env::current_exe()?
    };
    let mut command = Command::new(path);
    command.arg0("gatelodge");
    Ok(command)
}

/// The starter's life: one keeper for each line, until standard input ends.
///
/// # Errors
/// When nobody reads its reports any more.
pub fn run_starter(config_file: &Path) -> anyhow::Result<()> {
    let mut orders = io::stdin().lock();
    let mut order = [0_u8; 1];
    while orders.read(&mut order)? == 1 {
        let report =
            start(config_file).unwrap_or_else(|error| Report::Failed(format!("{error:#}")));
        report.write(io::stdout())?;
    }
    Ok(())
}

fn start(config_file: &Path) -> anyhow::Result<Report> {
    let config = Config::read(config_file)?;
    let place = Place::of(&config);
    match KeeperLock::take(&place)? {
        // Given back for the keeper to take.
        Some(lock) => drop(lock),
        None => return Ok(Report::Taken),
    }
    let mut keeper = program()?
        .args(["keeper", "--for-hub", "--config"])
        .arg(PathBuf::from(config_file))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(place.open_log()?)
        .current_dir("/")
        .spawn()
        .context("the keeper cannot be started")?;
    let report = first_report(&mut keeper);
    // It outlives this process; while this one lives, somebody must take note of its end.
    thread::spawn(move || keeper.wait());
    report
}

fn first_report(keeper: &mut Child) -> anyhow::Result<Report> {
    let output = keeper.stdout.take().context("the keeper has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(|_| anyhow!("the keeper ended before it was ready"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line() {
        let mut line = Vec::new();
        let report = Report::Failed("two\nlines".to_owned());
        report.write(&mut line).unwrap();
        let text = String::from_utf8(line.clone()).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert_eq!(serde_json::from_slice::<Report>(&line).unwrap(), report);
    }
}
