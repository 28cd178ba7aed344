//! The passphrase as the console gets it: from a file, from standard input, or typed without being shown.
//!
//! Must not know: what it opens.

use anyhow::{Context as _, bail};
use gatelodge_model::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::{
    fs::File,
    io::{self, BufRead as _, IsTerminal as _, Read as _, Stdin, Write as _},
    path::Path,
};
use zeroize::Zeroizing;

/// The first line of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> anyhow::Result<Secret> {
    if path == Path::new("-") {
        return ask();
    }
    let mut text = Zeroizing::new(String::new());
    File::open(path)
        .and_then(|mut file| file.read_to_string(&mut text))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    first_line(&text)
}

/// The next line of standard input. At a terminal it is asked for, and what is typed is not shown.
pub(crate) fn ask() -> anyhow::Result<Secret> {
    let stdin = io::stdin();
    let mut line = Zeroizing::new(String::new());
    if stdin.is_terminal() {
        let silence = Silence::of(&stdin)?;
        let mut terminal = io::stderr();
        terminal.write_all(b"Passphrase: ")?;
        terminal.flush()?;
        stdin.lock().read_line(&mut line)?;
        drop(silence);
        terminal.write_all(b"\n")?;
    } else {
        stdin.lock().read_line(&mut line)?;
    }
    first_line(&line)
}

fn first_line(text: &str) -> anyhow::Result<Secret> {
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => bail!("no passphrase was given"),
    }
}

/// A terminal that does not show what is typed, until this value goes.
struct Silence<'a> {
    terminal: &'a Stdin,
    before: Termios,
}

impl<'a> Silence<'a> {
    fn of(terminal: &'a Stdin) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        tcsetattr(self.terminal, OptionalActions::Now, &self.before).unwrap_or_default();
    }
}
