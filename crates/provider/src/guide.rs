//! A setup guide as data: steps of text, and the places in them where a value of this installation is to be copied.
//!
//! The text is `CommonMark`. Every second-level heading begins a step; what stands before the first is the opening. A
//! line `<!-- value: callbacks -->` is such a place: invisible wherever the file is read as it is.
//! Must not know: pages, and the values.

use gatelodge_model::{Error, Result};

/// A provider's setup guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// What it guides to.
    pub title: &'static str,
    /// What it takes, before the first step.
    pub opening: Vec<GuideBlock>,
    /// The steps, in their order.
    pub steps: Vec<GuideStep>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuideStep {
    /// Its name in addresses, made from the title.
    pub slug: String,
    /// What is done in it.
    pub title: &'static str,
    /// How.
    pub blocks: Vec<GuideBlock>,
}

/// A piece of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuideBlock {
    /// `CommonMark`.
    Text(&'static str),
    /// A value of this installation, to copy.
    Value(GuideValue),
}

/// What is to be copied at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuideValue {
    /// The name of the app, as people see it when they consent.
    AppName,
    /// The callback addresses of the app, one for each public address.
    Callbacks,
    /// The scopes that are asked for, with reasons.
    Scopes,
    /// The addresses that this installation's requests come from.
    OwnAddresses,
    /// The command that writes the app as files.
    Command,
}

impl GuideValue {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "app name" => Self::AppName,
            "callbacks" => Self::Callbacks,
            "scopes" => Self::Scopes,
            "own addresses" => Self::OwnAddresses,
            "command" => Self::Command,
            _ => return None,
        })
    }
}

impl Guide {
    /// Reads a guide.
    ///
    /// # Errors
    /// `internal` where the text has no title, no steps, two steps of one name, or a value that nobody knows: guides
    /// are compiled in.
    pub fn parse(text: &'static str) -> Result<Self> {
        let mut title = None;
        let mut opening = Blocks::default();
        let mut steps: Vec<(&'static str, Blocks)> = Vec::new();
        let mut end = 0;
        for line in text.split_inclusive('\n') {
            let start = end;
            end += line.len();
            let trimmed = line.trim_end();
            if let Some(heading) = trimmed.strip_prefix("## ") {
                steps.push((heading, Blocks::default()));
                continue;
            }
            if title.is_none()
                && let Some(heading) = trimmed.strip_prefix("# ")
            {
                title = Some(heading);
                continue;
            }
            let blocks = steps.last_mut().map_or(&mut opening, |(_, blocks)| blocks);
            match marker(trimmed) {
                None => blocks.take(text, start, end),
                Some(name) => blocks.value(GuideValue::named(name).ok_or_else(|| {
                    Error::internal(format!("the guide asks for the unknown value '{name}'"))
                })?),
            }
        }
        let steps: Vec<GuideStep> = steps
            .into_iter()
            .map(|(title, blocks)| GuideStep {
                slug: slug(title),
                title,
                blocks: blocks.done(),
            })
            .collect();
        let repeated = steps.iter().enumerate().find(|(index, step)| {
            let mut earlier = steps.iter().take(*index);
            earlier.any(|other| other.slug == step.slug)
        });
        match (title, repeated) {
            (_, Some((_, step))) => Err(Error::internal(format!(
                "the guide has two steps '{}'",
                step.slug
            ))),
            (Some(title), None) if !steps.is_empty() => Ok(Self {
                title,
                opening: opening.done(),
                steps,
            }),
            _ => Err(Error::internal("the guide has no title or no steps")),
        }
    }

    /// A step by its name, with its place in the order.
    pub fn step(&self, slug: &str) -> Option<(usize, &GuideStep)> {
        self.steps
            .iter()
            .enumerate()
            .find(|(_, step)| step.slug == slug)
    }
}

/// The name in a line that is a place for a value.
fn marker(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- value: ")?.strip_suffix(" -->")
}

/// Letters and digits, joined by hyphens.
fn slug(title: &str) -> String {
    title
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// Blocks under way: consecutive lines of text are one block.
#[derive(Default)]
struct Blocks {
    done: Vec<GuideBlock>,
    /// The text so far, as a range of the whole.
    open: Option<(usize, usize, &'static str)>,
}

impl Blocks {
    fn take(&mut self, whole: &'static str, start: usize, end: usize) {
        let from = self.open.map_or(start, |(from, _, _)| from);
        self.open = Some((from, end, whole));
    }

    fn close(&mut self) {
        let text = self
            .open
            .take()
            .and_then(|(from, to, whole)| whole.get(from..to))
            .map(str::trim);
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.done.push(GuideBlock::Text(text));
        }
    }

    fn value(&mut self, value: GuideValue) {
        self.close();
        self.done.push(GuideBlock::Value(value));
    }

    fn done(mut self) -> Vec<GuideBlock> {
        self.close();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "# Connect Acme\n\nTakes a minute.\n\n## Make the app\n\nOpen *Setup*.\n\n<!-- value: callbacks -->\n\n### Then\n\nSave.\n\n## Wait, 10 minutes\n\nWait.\n";

    #[test]
    fn steps_hold_text_and_places_for_values() {
        let guide = Guide::parse(SMALL).unwrap();
        assert_eq!(guide.title, "Connect Acme");
        assert_eq!(guide.opening, [GuideBlock::Text("Takes a minute.")]);
        let slugs: Vec<_> = guide.steps.iter().map(|step| step.slug.as_str()).collect();
        assert_eq!(slugs, ["make-the-app", "wait-10-minutes"]);
        assert_eq!(
            guide.steps[0].blocks,
            [
                GuideBlock::Text("Open *Setup*."),
                GuideBlock::Value(GuideValue::Callbacks),
                GuideBlock::Text("### Then\n\nSave."),
            ]
        );
        assert_eq!(guide.step("wait-10-minutes").unwrap().0, 1);
        assert!(guide.step("nowhere").is_none());
    }

    #[test]
    fn a_guide_that_does_not_fit_is_refused() {
        for wrong in [
            "",
            "# Only a title\n",
            "## Only a step\n",
            "# A\n## B\n## B\n",
            "# A\n## B\n<!-- value: password -->\n",
        ] {
            assert!(Guide::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
