//! Which events of the audit log somebody wants to see or to have: the fields of the form, and what they mean.
//!
//! Must not know: what is done with the events.

use crate::{extract::id, text::next::encode};
use gatelodge_core::{AuditFilter, Hub, Person};
use gatelodge_model::{AuditOutcome, Error, Face, Result, Timestamp};
use serde::Deserialize;

/// Doors to choose from.
const DOORS: [(&str, &str); 5] = [
    ("", "Any door"),
    ("ui", "Browser"),
    ("rest", "REST"),
    ("mcp", "MCP"),
    ("job", "Gatelodge itself"),
];

/// Outcomes to choose from.
const OUTCOMES: [(&str, &str); 4] = [
    ("", "Any outcome"),
    ("success", "Success"),
    ("failure", "Failure"),
    ("denied", "Denied"),
];

/// Longest text of a field.
const LONGEST: usize = 120;

/// Which events; empty means all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub(crate) action: String,
    /// E-mail address or id.
    pub(crate) person: String,
    pub(crate) agent: String,
    pub(crate) target: String,
    pub(crate) outcome: String,
    pub(crate) face: String,
    /// Days, both of them inside.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) before: String,
    /// For an export.
    pub(crate) format: String,
}

impl Wish {
    pub(crate) const DOORS: &'static [(&'static str, &'static str)] = &DOORS;
    pub(crate) const OUTCOMES: &'static [(&'static str, &'static str)] = &OUTCOMES;

    /// The fields as they stand in an address, ending so that more can follow.
    pub(crate) fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in self.fields() {
            if !value.is_empty() {
                query.extend([name, "=", &encode(value), "&"]);
            }
        }
        query
    }

    /// The fields that choose events, for the forms that repeat them.
    pub(crate) fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("action", &self.action),
            ("person", &self.person),
            ("agent", &self.agent),
            ("target", &self.target),
            ("outcome", &self.outcome),
            ("face", &self.face),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// Whether anything is chosen besides the kind of action.
    pub(crate) fn is_narrow(&self) -> bool {
        self.fields()
            .iter()
            .any(|(name, value)| *name != "action" && !value.is_empty())
    }

    /// What the fields mean.
    ///
    /// # Errors
    /// `invalid_argument` naming the field; `not_found` for ids that are none.
    pub(crate) async fn filter(&self, hub: &Hub, reader: &Person) -> Result<AuditFilter> {
        let some = |text: &str| {
            let text: String = text.trim().chars().take(LONGEST).collect();
            (!text.is_empty()).then_some(text)
        };
        let person =
            match some(&self.person).filter(|_| reader.role().reads_audit()) {
                Some(text) => Some(hub.person_to_filter_by(reader, &text).await?.ok_or_else(
                    || {
                        Error::invalid(
                            "person",
                            "Nobody in your organization has this e-mail address.",
                        )
                    },
                )?),
                None => None,
            };
        Ok(AuditFilter {
            person,
            agent: some(&self.agent)
                .map(|text| {
                    text.parse()
                        .map_err(|error| Error::invalid("agent", format!("{error}.")))
                })
                .transpose()?,
            action: some(&self.action),
            outcome: chosen(&self.outcome, "outcome", AuditOutcome::parse)?,
            face: chosen(&self.face, "face", Face::parse)?,
            target: some(&self.target),
            since: some(&self.from)
                .map(|text| day(&text, "from", 0))
                .transpose()?,
            until: some(&self.to).map(|text| day(&text, "to", 1)).transpose()?,
            before: some(&self.before)
                .map(|text| id(&text, "audit event"))
                .transpose()?,
            limit: 0,
        })
    }
}

fn chosen<T>(text: &str, field: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    if text.is_empty() {
        return Ok(None);
    }
    parse(text)
        .map(Some)
        .ok_or_else(|| Error::invalid(field, "Choose one of the list."))
}

/// The beginning of a day in UTC, or of the one so many days later.
fn day(text: &str, field: &str, later: i64) -> Result<Timestamp> {
    let wrong = || Error::invalid(field, "Write the day as in 2026-11-24.");
    let whole = format!("{text}T00:00:00Z");
    let begin: Timestamp = whole.parse().map_err(|_| wrong())?;
    let millis = begin.timestamp_millis() + later * 86_400_000;
    Timestamp::from_timestamp_millis(millis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_a_beginning_and_an_end() {
        let from = day("2026-11-24", "from", 0).unwrap();
        let until = day("2026-11-24", "to", 1).unwrap();
        assert_eq!(until.timestamp() - from.timestamp(), 86_400);
        for text in ["24.11.2026", "2026-13-01", "", "2026-11-24T00:00:00Z"] {
            assert_eq!(
                day(text, "from", 0).unwrap_err().field(),
                Some("from"),
                "{text}"
            );
        }
    }

    #[test]
    fn fields_survive_the_address() {
        let wish = Wish {
            person: "a+b@example.com".to_owned(),
            ..Wish::default()
        };
        assert_eq!(wish.query(), "person=a%2Bb%40example.com&");
        assert!(wish.is_narrow() && !Wish::default().is_narrow());
    }
}
