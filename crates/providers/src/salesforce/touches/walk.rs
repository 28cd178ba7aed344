//! Walks over the names of a statement from object to object.
//!
//! Must not know: statements' texts.

use super::{
    super::{
        describe::{self, Object},
        names,
    },
    derived,
};
use gatelodge_model::{
    Result, Touches,
    policy::{Depth, Fields},
};
use gatelodge_provider::Looking;
use gatelodge_soql::{ObjectRole, ObjectUse};
use std::{collections::HashMap, sync::Arc};

/// A walk, with what it met so far.
pub(super) struct Walk<'call> {
    looking: Looking<'call>,
    described: HashMap<String, Option<Arc<Object>>>,
    pub(super) touches: Touches,
}

impl<'call> Walk<'call> {
    pub(super) fn new(looking: Looking<'call>, records: Option<u64>) -> Self {
        Self {
            looking,
            described: HashMap::new(),
            touches: Touches {
                records,
                ..Touches::default()
            },
        }
    }

    /// Adds fields of an object, and of the one whose values it holds.
    pub(super) fn add(&mut self, object: &str, fields: Fields) {
        if let Some((base, of_base)) = derived::of(object) {
            self.touches.add(base, of_base);
        }
        self.touches.add(object, fields);
    }

    /// Adds all that a statement uses, its outer object first.
    pub(super) async fn uses(&mut self, uses: &[ObjectUse]) -> Result<()> {
        // A child relationship belongs to one of the objects around it; which one, the list does not tell.
        let mut around: Vec<String> = Vec::new();
        for one in uses {
            let objects = match one.role {
                ObjectRole::Child => {
                    let mut found = Vec::new();
                    for parent in around.clone() {
                        found.extend(self.children(&parent, &one.object).await?);
                    }
                    self.touches.unknown |= found.is_empty();
                    found
                }
                ObjectRole::Main | ObjectRole::Join | ObjectRole::Type | ObjectRole::Returned => {
                    vec![one.object.clone()]
                }
            };
            for object in objects {
                let all = !one.field_sets.is_empty();
                self.add(
                    &object,
                    if all {
                        Fields::All
                    } else {
                        Fields::Named(Vec::new())
                    },
                );
                for path in &one.fields {
                    self.path(&object, path).await?;
                }
                around.push(object);
            }
        }
        Ok(())
    }

    /// Adds a field or a path of relationships to one, from an object on.
    pub(super) async fn path(&mut self, object: &str, path: &str) -> Result<()> {
        let mut segments: Vec<&str> = path.split('.').collect();
        let Some(field) = segments.pop() else {
            return Ok(());
        };
        let mut objects = vec![object.to_owned()];
        for relationship in segments {
            let mut next = Vec::new();
            for object in &objects {
                for target in self.follow(object, relationship).await? {
                    if !next.contains(&target) {
                        next.push(target);
                    }
                }
            }
            objects = next;
        }
        for object in objects {
            self.field(&object, field).await?;
        }
        Ok(())
    }

    /// The objects behind a relationship, a list of children or a parent; adds the field that leads there.
    pub(super) async fn follow(&mut self, object: &str, relationship: &str) -> Result<Vec<String>> {
        let Some(described) = self.describe(object).await? else {
            self.touches.unknown = true;
            return Ok(Vec::new());
        };
        let is_meant = |name: Option<&String>| {
            name.is_some_and(|name| name.eq_ignore_ascii_case(relationship))
        };
        let lookup = described
            .fields
            .iter()
            .find(|field| is_meant(field.relationship_name.as_ref()));
        let targets = match lookup {
            Some(field) => {
                self.add(object, Fields::Named(vec![field.name.clone()]));
                field.reference_to.clone()
            }
            None => self.children(object, relationship).await?,
        };
        self.touches.unknown |= targets.is_empty();
        Ok(targets)
    }

    async fn children(&mut self, object: &str, relationship: &str) -> Result<Vec<String>> {
        let Some(described) = self.describe(object).await? else {
            return Ok(Vec::new());
        };
        let children: Vec<_> = described
            .child_relationships
            .iter()
            .filter(|child| {
                child
                    .relationship_name
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(relationship))
            })
            .collect();
        for child in &children {
            self.add(
                &child.child_object,
                Fields::Named(vec![child.field.clone()]),
            );
        }
        Ok(children
            .iter()
            .map(|child| child.child_object.clone())
            .collect())
    }

    /// Adds a field with those that it holds or that hold it: an address and its street are one value.
    async fn field(&mut self, object: &str, field: &str) -> Result<()> {
        let mut fields = vec![field.to_owned()];
        if self.looking.depth >= Depth::Fields
            && let Some(described) = self.describe(object).await?
        {
            let whole = described
                .field(field)
                .and_then(|known| known.compound_field_name.clone());
            fields.extend(whole.filter(|whole| !whole.eq_ignore_ascii_case(field)));
            let parts = described.fields.iter().filter(|other| {
                other
                    .compound_field_name
                    .as_ref()
                    .is_some_and(|whole| whole.eq_ignore_ascii_case(field))
            });
            fields.extend(parts.map(|part| part.name.clone()));
        }
        self.add(object, Fields::Named(fields));
        Ok(())
    }

    /// What an object looks like; none where nothing may be sent, or the connected user does not see it.
    async fn describe(&mut self, object: &str) -> Result<Option<Arc<Object>>> {
        let Some(caller) = self.looking.caller else {
            return Ok(None);
        };
        let key = object.to_lowercase();
        if let Some(known) = self.described.get(&key) {
            return Ok(known.clone());
        }
        let found = if names::is_api_name(object) {
            match describe::object(caller, object).await {
                Ok(found) => Some(Arc::new(found)),
                Err(error) if super::objects::is_unknown(&error) => None,
                Err(error) => return Err(error),
            }
        } else {
            None
        };
        self.described.insert(key, found.clone());
        Ok(found)
    }
}
