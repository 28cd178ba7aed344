//! `gatelodge soql check` and `gatelodge soql format`: the SOQL library for editors, scripts and CI.
//!
//! Must not know: the languages; `gatelodge-soql` does.

use super::say;
use crate::cli::SoqlCheckArgs;
use gatelodge_soql::{ErrorStage, ParseError, Verdict, parse, parse_search, pretty, pretty_search};
use serde::Serialize;
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// The input cannot be read: the command was called wrongly, whatever the statements are.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct CannotRead {
    path: PathBuf,
    source: std::io::Error,
}

/// What is said of one line.
#[derive(Debug, Serialize)]
struct Judged<'error> {
    line: usize,
    ok: bool,
    /// Only where it is known.
    read_only: bool,
    error: Option<&'error str>,
    row: Option<usize>,
    column: Option<usize>,
    /// What no org runs although the grammar takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'error str>,
}

/// Prints a verdict for each line.
///
/// # Errors
/// [`CannotRead`]; with the number of statements that are wrong.
pub fn check(args: &SoqlCheckArgs) -> anyhow::Result<()> {
    let text = read(&args.file)?;
    let (mut all, mut wrong) = (0, 0);
    for (index, statement) in text.lines().enumerate() {
        if is_left_out(statement) {
            continue;
        }
        let verdict = if args.sosl {
            gatelodge_soql::check_search(statement)
        } else {
            gatelodge_soql::check(statement)
        };
        let line = judged(index + 1, &verdict, args.strict);
        all += 1;
        wrong += usize::from(!line.ok);
        if args.json {
            say(serde_json::to_string(&line)?);
        } else {
            say(in_words(&args.file, &line, &verdict));
        }
    }
    anyhow::ensure!(wrong == 0, "{wrong} of {all} statements are wrong");
    Ok(())
}

fn judged(line: usize, verdict: &Verdict, strict: bool) -> Judged<'_> {
    let refused = |error: &&ParseError| error.stage == ErrorStage::Refusal;
    let found = verdict.error.as_ref();
    let warning = found.filter(refused).filter(|_| !strict);
    let error = if warning.is_some() { None } else { found };
    Judged {
        line,
        ok: error.is_none(),
        read_only: error.is_none() && verdict.is_read_only(),
        error: error.map(|error| error.message.as_str()),
        row: found.map(|error| error.row),
        column: found.map(|error| error.column),
        warning: warning.map(|warning| warning.message.as_str()),
    }
}

/// As compilers write it, so that editors find the place.
fn in_words(file: &Path, line: &Judged<'_>, verdict: &Verdict) -> String {
    let place = format!("{}:{}", file.display(), line.line);
    let column = line.column.unwrap_or(1);
    let writes = verdict.side_effect;
    match (line.error, line.warning, writes) {
        (Some(error), ..) => format!("{place}:{column}: error: {error}"),
        (None, Some(warning), _) => {
            format!("{place}:{column}: warning: no org runs this: {warning}")
        }
        (None, None, Some(effect)) => format!("{place}: ok, but {effect}"),
        (None, None, None) => format!("{place}: ok"),
    }
}

/// Prints the statements laid out; comments and blank lines stay.
///
/// # Errors
/// [`CannotRead`]; with the first place of each statement that cannot be read as one.
pub fn format(file: &Path) -> anyhow::Result<()> {
    let text = read(file)?;
    let mut wrong = Vec::new();
    let mut statement = String::new();
    let mut begun = 0;
    for (index, line) in text.lines().enumerate() {
        if is_left_out(line) || begins_statement(line) {
            finish(&mut statement, begun, &mut wrong);
            begun = index + 1;
        }
        if is_left_out(line) {
            say(line);
            continue;
        }
        statement.push_str(line);
        statement.push('\n');
    }
    finish(&mut statement, begun, &mut wrong);
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Prints a statement and forgets it; one that is wrong stays as it is.
fn finish(statement: &mut String, begun: usize, wrong: &mut Vec<String>) {
    let text = statement.trim_end();
    if !text.is_empty() {
        let laid_out = if first_word(text).eq_ignore_ascii_case("FIND") {
            parse_search(text).map(|search| pretty_search(&search))
        } else {
            parse(text).map(|query| pretty(&query))
        };
        match laid_out {
            Ok(laid_out) => say(laid_out),
            Err(error) => {
                say(text);
                wrong.push(format!("line {begun}: {}", error.render(text)));
            }
        }
    }
    statement.clear();
}

fn is_left_out(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#') || line.starts_with("--")
}

fn begins_statement(line: &str) -> bool {
    ["SELECT", "FIND"]
        .iter()
        .any(|word| first_word(line).eq_ignore_ascii_case(word))
}

/// The word that a line begins with; nothing where it stands in.
fn first_word(line: &str) -> &str {
    let end = line.find(|next: char| !next.is_ascii_alphabetic());
    &line[..end.unwrap_or(line.len())]
}

fn read(path: &Path) -> Result<String, CannotRead> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .read_to_string(&mut text)
            .map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|source| CannotRead {
        path: path.to_owned(),
        source,
    })
}
