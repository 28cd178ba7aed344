//! What a run counted, beside what was promised: printed as a table, with one answer at the end.
//!
//! Must not know what was counted.

use std::fmt;

/// A table of figures.
#[derive(Clone, Debug)]
pub struct Report {
    title: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    what: String,
    counted: String,
    promised: String,
    good: bool,
}

impl Report {
    /// An empty one.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            lines: Vec::new(),
        }
    }

    /// A figure of which nothing was promised.
    pub fn note(&mut self, what: &str, counted: impl ToString) {
        self.line(what, counted.to_string(), String::new(), true);
    }

    /// A figure that must be this one.
    pub fn exactly<T: PartialEq + fmt::Display>(&mut self, what: &str, counted: T, promised: T) {
        let good = counted == promised;
        self.line(what, counted.to_string(), promised.to_string(), good);
    }

    /// A figure that must not be smaller.
    pub fn at_least<T: PartialOrd + fmt::Display>(&mut self, what: &str, counted: T, promised: T) {
        let good = counted >= promised;
        self.line(
            what,
            counted.to_string(),
            format!("at least {promised}"),
            good,
        );
    }

    /// A figure that must not be greater.
    pub fn at_most<T: PartialOrd + fmt::Display>(&mut self, what: &str, counted: T, promised: T) {
        let good = counted <= promised;
        self.line(
            what,
            counted.to_string(),
            format!("at most {promised}"),
            good,
        );
    }

    /// Whether every figure is as promised.
    pub fn is_good(&self) -> bool {
        self.lines.iter().all(|line| line.good)
    }

    fn line(&mut self, what: &str, counted: String, promised: String, good: bool) {
        self.lines.push(Line {
            what: what.to_owned(),
            counted,
            promised,
            good,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "## {}\n\n| figure | counted | promised | |\n|---|---|---|---|",
            self.title
        )?;
        for line in &self.lines {
            let verdict = match (line.promised.is_empty(), line.good) {
                (true, _) => "",
                (false, true) => "holds",
                (false, false) => "BROKEN",
            };
            writeln!(
                f,
                "| {} | {} | {} | {verdict} |",
                line.what, line.counted, line.promised
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_broken_promise_spoils_a_report() {
        let mut report = Report::new("A run");
        report.note("seed", 7);
        report.exactly("lost", 0, 0);
        report.at_least("kills", 5, 3);
        assert!(report.is_good(), "{report}");
        report.at_most("hurt", 2.5, 1.5);
        assert!(!report.is_good());
        assert!(
            report
                .to_string()
                .contains("| hurt | 2.5 | at most 1.5 | BROKEN |"),
            "{report}"
        );
    }
}
