//! A query that names something unknown, explained by the names that exist for the connected user.
//!
//! Salesforce tells the first unknown name only, so every unknown field of that object is explained at once:
//! an agent then needs one more call instead of one per name. The looks are as few as the statement needs
//! and never more than [`MOST_LOOKS`]; where one fails, Salesforce's own message stands as it is.
//! Must not know: which tool asked.

use super::{
    describe::{self, Object},
    names, objects,
};
use gatelodge_model::{Error, WhoMustAct};
use gatelodge_provider::Caller;
use gatelodge_soql::{ObjectRole, inventory, parse};

/// How many objects are described for one explanation: a path of parents may lead over a few.
const MOST_LOOKS: usize = 4;

/// How many names are explained in one answer.
const MOST_NAMES: usize = 8;

/// What a refusal calls unknown ("SOQL and SOSL Reference": the texts of `INVALID_FIELD`, `INVALID_TYPE`).
#[derive(Debug, PartialEq, Eq)]
enum Unknown<'message> {
    Field {
        name: &'message str,
        object: &'message str,
    },
    Object(&'message str),
    Relationship(&'message str),
}

/// An unknown name and what may have been meant.
struct Explained {
    name: String,
    near: Vec<String>,
}

/// Adds the nearest names to a refusal that calls a name unknown; any other stays as it is.
pub(super) async fn unknown_names(caller: &dyn Caller, soql: &str, error: Error) -> Error {
    let Some(message) = error.provider().map(|detail| detail.message.clone()) else {
        return error;
    };
    let Some(unknown) = unknown(&message) else {
        return error;
    };
    let mut org = Org::new(caller);
    let explained = match unknown {
        Unknown::Field { name, object } => org.fields(soql, name, object).await,
        Unknown::Object(name) => org.object(name).await,
        Unknown::Relationship(name) => org.relationship(soql, name).await,
    };
    match explained {
        Some(explained) => with_names(error, explained),
        None => error,
    }
}

fn with_names(error: Error, mut explained: Vec<Explained>) -> Error {
    explained.retain(|one| !one.near.is_empty());
    explained.truncate(MOST_NAMES);
    if explained.is_empty() {
        return error;
    }
    let mut words: Vec<String> = explained
        .iter()
        .map(|one| format!("'{}': did you mean {}?", one.name, one.near.join(", ")))
        .collect();
    let who = error
        .hint()
        .map_or(WhoMustAct::Caller, |hint| hint.who_must_act);
    words.extend(error.hint().map(|hint| hint.text.clone()));
    let mut choices: Vec<String> = Vec::new();
    for name in explained.into_iter().flat_map(|one| one.near) {
        if !choices.contains(&name) {
            choices.push(name);
        }
    }
    error.with_hint(who, words.join(" ")).with_choices(choices)
}

/// Reads the reason at the end of Salesforce's message; what stands before it is the caller's own text.
fn unknown(message: &str) -> Option<Unknown<'_>> {
    let reason = message
        .rsplit_once("ERROR at Row:")
        .map_or(message, |(_, reason)| reason);
    let quoted = |before: &str| {
        let (_, rest) = reason.split_once(before)?;
        let (name, rest) = rest.split_once('\'')?;
        Some((name, rest))
    };
    if let Some((name, rest)) = quoted("No such column '") {
        let (object, _) = rest.strip_prefix(" on entity '")?.split_once('\'')?;
        return Some(Unknown::Field { name, object });
    }
    if let Some((name, _)) = quoted("Didn't understand relationship '") {
        return Some(Unknown::Relationship(name));
    }
    quoted("sObject type '").map(|(name, _)| Unknown::Object(name))
}

/// The org as the connected user sees it, looked at during one explanation.
struct Org<'caller> {
    caller: &'caller dyn Caller,
    seen: Vec<Object>,
}

impl<'caller> Org<'caller> {
    const fn new(caller: &'caller dyn Caller) -> Self {
        let seen = Vec::new();
        Self { caller, seen }
    }

    async fn describe(&mut self, name: &str) -> Option<&Object> {
        let known = |object: &Object| object.name.eq_ignore_ascii_case(name);
        if let Some(place) = self.seen.iter().position(known) {
            return self.seen.get(place);
        }
        if self.seen.len() >= MOST_LOOKS || !names::is_api_name(name) {
            return None;
        }
        let object = describe::object(self.caller, name).await.ok()?;
        self.seen.push(object);
        self.seen.last()
    }

    async fn fields(&mut self, soql: &str, name: &str, object: &str) -> Option<Vec<Explained>> {
        let object = self.describe(object).await?;
        let mut explained = vec![Explained {
            name: name.to_owned(),
            near: near_field(object, name),
        }];
        let query = parse(soql).ok()?;
        let others = inventory(&query)
            .into_iter()
            .filter(|used| {
                matches!(used.role, ObjectRole::Main | ObjectRole::Join)
                    && used.object.eq_ignore_ascii_case(&object.name)
            })
            .flat_map(|used| used.fields)
            .filter(|field| names::is_api_name(field) && object.field(field).is_none());
        for other in others {
            if !explained
                .iter()
                .any(|one| one.name.eq_ignore_ascii_case(&other))
            {
                let near = near_field(object, &other);
                explained.push(Explained { name: other, near });
            }
        }
        Some(explained)
    }

    async fn object(&mut self, name: &str) -> Option<Vec<Explained>> {
        let global = describe::global(self.caller).await.ok()?;
        Some(vec![Explained {
            name: name.to_owned(),
            near: objects::nearest(&global, name),
        }])
    }

    async fn relationship(&mut self, soql: &str, name: &str) -> Option<Vec<Explained>> {
        let uses = inventory(&parse(soql).ok()?);
        let mut main = String::new();
        for used in &uses {
            if used.role == ObjectRole::Main {
                main.clone_from(&used.object);
            }
            let near = if used.role == ObjectRole::Child {
                if !used.object.eq_ignore_ascii_case(name) {
                    continue;
                }
                near_children(self.describe(&main).await?, name)
            } else {
                let path = used.fields.iter().find(|path| {
                    let mut parents = path.rsplit('.').skip(1);
                    parents.any(|segment| segment.eq_ignore_ascii_case(name))
                });
                let Some(path) = path else { continue };
                self.near_parents(&used.object, path, name).await?
            };
            let name = name.to_owned();
            return Some(vec![Explained { name, near }]);
        }
        None
    }

    /// Follows a path of parents up to the unknown one.
    async fn near_parents(&mut self, from: &str, path: &str, name: &str) -> Option<Vec<String>> {
        let mut at = from.to_owned();
        for segment in path.split('.') {
            let object = self.describe(&at).await?;
            if segment.eq_ignore_ascii_case(name) {
                return Some(near_parent(object, name));
            }
            at = object
                .fields
                .iter()
                .find(|field| is_relationship(field, segment))?
                .reference_to
                .first()?
                .clone();
        }
        None
    }
}

fn is_relationship(field: &describe::Field, name: &str) -> bool {
    field
        .relationship_name
        .as_deref()
        .is_some_and(|relationship| relationship.eq_ignore_ascii_case(name))
}

/// Fields by name and label; the name of a lookup's relationship means the lookup.
fn near_field(object: &Object, name: &str) -> Vec<String> {
    let pairs = object.fields.iter().flat_map(|field| {
        let relationship = field.relationship_name.as_deref();
        [Some(field.name.as_str()), Some(&field.label), relationship]
            .into_iter()
            .flatten()
            .map(|word| (word, field.name.as_str()))
    });
    near(name, pairs.collect())
}

/// Relationships to a parent by their own name, and by name and label of their field.
fn near_parent(object: &Object, name: &str) -> Vec<String> {
    let pairs = object.fields.iter().flat_map(|field| {
        let relationship = field.relationship_name.as_deref();
        relationship.into_iter().flat_map(|relationship| {
            [relationship, &field.name, &field.label].map(|word| (word, relationship))
        })
    });
    near(name, pairs.collect())
}

/// Relationships to children by their own name and by the children's object.
fn near_children(object: &Object, name: &str) -> Vec<String> {
    let pairs = object.child_relationships.iter().flat_map(|child| {
        let relationship = child.relationship_name.as_deref();
        relationship.into_iter().flat_map(|relationship| {
            [relationship, &child.child_object].map(|word| (word, relationship))
        })
    });
    near(name, pairs.collect())
}

/// What the words nearest to a name stand for; pairs are (word, what it stands for).
fn near(name: &str, pairs: Vec<(&str, &str)>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in names::near(name, pairs.iter().map(|(word, _)| *word)) {
        for (_, meant) in pairs.iter().filter(|(other, _)| *other == word) {
            if !found.iter().any(|known| known == meant) {
                found.push((*meant).to_owned());
            }
        }
    }
    found.truncate(5);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, refusal};
    use gatelodge_model::{ErrorKind, ProviderDetail};

    fn refused(code: &str, reason: &str, soql: &str) -> Error {
        let message = format!("\n{soql}\n       ^\nERROR at Row:1:Column:8\n{reason}");
        Error::new(ErrorKind::ProviderRejected, &message)
            .with_hint(WhoMustAct::Caller, "Ours.")
            .with_provider(ProviderDetail {
                provider: "salesforce".to_owned(),
                status: 400,
                code: code.to_owned(),
                message,
                fields: Vec::new(),
                request_id: None,
            })
    }

    async fn explained(soql: &str, reason: &str) -> (Error, usize) {
        let org = Scripted::org();
        let error = unknown_names(&org, soql, refused("INVALID_FIELD", reason, soql)).await;
        (error, org.requests().len())
    }

    fn column(name: &str, object: &str) -> String {
        format!("No such column '{name}' on entity '{object}'. If you are attempting to use …")
    }

    #[tokio::test]
    async fn every_unknown_field_of_the_object_is_explained_at_once() {
        // proves SF-3, SF-8
        let soql = "SELECT Id, Industri, Fone, Account.Nam FROM Account WHERE industri != 'No such column'";
        let (error, looks) = explained(soql, &column("Industri", "Account")).await;
        assert_eq!(looks, 1);
        assert_eq!(
            error.choices().first().map(String::as_str),
            Some("Industry")
        );
        let hint = &error.hint().unwrap().text;
        assert!(
            hint.starts_with("'Industri': did you mean Industry"),
            "{hint}"
        );
        assert!(hint.contains("'Fone': did you mean Phone"), "{hint}");
        assert!(hint.ends_with("Ours."), "{hint}");
        assert_eq!(hint.matches("ndustri'").count(), 1, "{hint}");
        let message = &error.provider().unwrap().message;
        assert!(message.starts_with(&format!("\n{soql}\n       ^\n")));
    }

    #[tokio::test]
    async fn labels_and_relationships_lead_to_fields() {
        for (name, meant) in [
            ("AccountName", "Name"),
            ("Owner", "OwnerId"),
            ("ANNUAL_REVENUE__c", "AnnualRevenue"),
        ] {
            let soql = format!("SELECT {name} FROM Account");
            let (error, _) = explained(&soql, &column(name, "Account")).await;
            assert_eq!(error.choices().first().map(String::as_str), Some(meant));
        }
    }

    #[tokio::test]
    async fn objects_parents_and_children_are_explained() {
        let relationship = |name: &str| {
            format!("Didn't understand relationship '{name}' in field path. If you are …")
        };
        for (soql, reason, meant, looks) in [
            (
                "SELECT Id FROM Acount",
                "sObject type 'Acount' is not supported. If …".to_owned(),
                "Account",
                1,
            ),
            (
                "SELECT Acount.Name FROM Contact",
                relationship("Acount"),
                "Account",
                1,
            ),
            (
                "SELECT Account.Ownr.Name FROM Contact",
                relationship("Ownr"),
                "Owner",
                2,
            ),
            (
                "SELECT Id, (SELECT Id FROM Contact) FROM Account",
                relationship("Contact"),
                "Contacts",
                1,
            ),
        ] {
            let (error, looked) = explained(soql, &reason).await;
            assert!(
                error.choices().contains(&meant.to_owned()),
                "{soql}: {error:?}"
            );
            assert_eq!(looked, looks, "{soql}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_explained_stays_as_it_is() {
        let soql = "SELECT Id FROM Account WHERE Name = 'x'";
        for reason in [
            "unexpected token: 'x'".to_owned(),
            column("Zzzzzzzzz", "Account"),
            column("Name", "../../evil"),
            column("Name", "Nothing"),
        ] {
            let before = refused("INVALID_FIELD", &reason, soql);
            let (after, looks) = explained(soql, &reason).await;
            assert_eq!(after, before, "{reason}");
            assert!(looks <= 1);
        }
        let org = Scripted::org().on("sobjects", refusal(403, "API_DISABLED_FOR_ORG", "no", &[]));
        let reason = "sObject type 'Acount' is not supported.";
        let before = refused("INVALID_TYPE", reason, soql);
        assert_eq!(unknown_names(&org, soql, before.clone()).await, before);
    }
}
