//! The assignment rules of this org: who gets a new lead or case.
//!
//! Must not know when they run; the caller decides that by header.

use super::Draft;
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::Object;
use crate::org::state::Record;
use crate::org::value::Value;

/// Developer name of the queue for new leads.
pub const LEAD_QUEUE: &str = "Inbound_Leads";
/// Developer name of the queue for urgent cases.
pub const URGENT_QUEUE: &str = "Premium_Support";
/// Developer name of the queue for all other cases.
pub const CASE_QUEUE: &str = "Customer_Support";
/// Whom one of the rules gives leads to.
const HEAD_OF_SALES: &str = "grace.okoro@northwind-practice.example";

/// Name, object, whether it is the active rule of its object.
pub const ASSIGNMENT_RULES: [(&str, &str, bool); 4] = [
    ("Inbound Leads", "Lead", true),
    ("Straight to the Head of Sales", "Lead", false),
    ("Support Routing", "Case", true),
    ("Everything to Premium Support", "Case", false),
];

/// Which assignment rule runs on create.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assignment {
    /// The active rule of the object.
    #[default]
    Active,
    /// None: the caller's owner stays.
    Off,
    /// The rule with this id, active or not.
    Rule(Id),
}

impl Assignment {
    /// Reads the value of `Sforce-Auto-Assign`.
    pub fn of_header(header: &str) -> Self {
        match Id::parse(header) {
            Some(rule) => Self::Rule(rule),
            None if header.eq_ignore_ascii_case("false") => Self::Off,
            None => Self::Active,
        }
    }
}

impl Draft<'_> {
    /// Gives a new lead or case to the owner that the rule names, whatever owner the caller asked for.
    pub(super) fn assign(&self, object: &Object, record: &mut Record) -> Result<(), ApiError> {
        if !matches!(object.name.as_str(), "Lead" | "Case") {
            return Ok(());
        }
        let rule = match self.context.assignment {
            Assignment::Off => return Ok(()),
            Assignment::Active => active(&object.name),
            Assignment::Rule(id) => Some(self.rule_name(object, id)?),
        };
        let owner = match rule {
            Some("Inbound Leads") => self.queue(LEAD_QUEUE),
            Some("Straight to the Head of Sales") => self.user(HEAD_OF_SALES),
            Some("Support Routing") if record.get(object, "Priority").as_text() != Some("High") => {
                self.queue(CASE_QUEUE)
            }
            Some(_) => self.queue(URGENT_QUEUE),
            None => None,
        };
        if let Some(owner) = owner {
            record.set(object, "OwnerId", Value::Id(owner));
        }
        Ok(())
    }

    /// The name of a rule of this object.
    fn rule_name(&self, object: &Object, id: Id) -> Result<&'static str, ApiError> {
        let unknown = || {
            ApiError::row(
                "INVALID_CROSS_REFERENCE_KEY",
                "invalid cross reference id",
                &[],
            )
        };
        let (rules, found) = self
            .state()
            .any_record(self.schema, id)
            .filter(|(rules, _)| rules.name == "AssignmentRule")
            .ok_or_else(unknown)?;
        let name = found.get(rules, "Name").as_text();
        ASSIGNMENT_RULES
            .iter()
            .find(|(known, of, _)| Some(*known) == name && *of == object.name)
            .map(|(known, ..)| *known)
            .ok_or_else(unknown)
    }

    fn queue(&self, name: &str) -> Option<Id> {
        self.named("Group", "DeveloperName", name)
    }

    fn user(&self, username: &str) -> Option<Id> {
        self.named("User", "Username", username)
    }

    fn named(&self, object: &str, field: &str, wanted: &str) -> Option<Id> {
        let object = self.schema.object(object)?;
        let field = object.field_index(field)?;
        let found = self.state().find_by_value(object, field, wanted);
        found.first().copied()
    }
}

/// The active rule of an object.
fn active(object: &str) -> Option<&'static str> {
    ASSIGNMENT_RULES
        .iter()
        .find(|(_, of, active)| *of == object && *active)
        .map(|(name, ..)| *name)
}
