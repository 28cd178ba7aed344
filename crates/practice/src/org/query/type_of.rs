//! `TYPEOF`: what is selected behind a polymorphic reference, by the object it points at.
//!
//! Must not know records. Source of the rules: "TYPEOF", SOQL and SOSL Reference.

use std::collections::HashSet;

use gatelodge_soql::ast::TypeOf;

use super::compile::Compiler;
use super::path::Place;
use super::select::{Item, Node, item_of};
use crate::org::error::ApiError;
use crate::org::schema::Object;

/// First version with `TYPEOF`.
const SINCE: u32 = 46;

impl<'a> Compiler<'a> {
    pub(super) fn select_type_of(
        &self,
        object: &'a Object,
        node: &mut Node,
        chosen: &mut HashSet<String>,
        choice: &TypeOf,
    ) -> Result<(), ApiError> {
        if self.asker.version < SINCE {
            return Err(self.malformed(choice.span, "unexpected token: 'TYPEOF'"));
        }
        let segments = self.without_alias(object, &choice.relationship.segments);
        let [name] = segments.as_slice() else {
            let text = "TYPEOF takes a relationship of the object itself";
            return Err(self.malformed(choice.relationship.span, text));
        };
        let unknown = || self.at(choice.relationship.span, ApiError::no_such_path(&name.text));
        let field = object
            .relationship(&name.text)
            .filter(|field| self.asker.access.readable(object, *field))
            .ok_or_else(unknown)?;
        let known = &object.fields[field];
        if !known.polymorphic() {
            let message = format!(
                "TYPEOF needs a relationship to several objects; {} leads to one",
                name.text
            );
            return Err(self.malformed(choice.relationship.span, message));
        }
        self.choose(object, chosen, &choice.relationship)?;
        let mut branches: Vec<(usize, Node)> = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            let target = self
                .schema
                .object(&branch.object.text)
                .filter(|target| self.asker.access.object(target).read)
                .ok_or_else(|| {
                    self.at(
                        branch.object.span,
                        ApiError::invalid_type(&branch.object.text),
                    )
                })?;
            if !known.references.contains(&target.name) {
                let message = format!("{} never leads to {}", name.text, target.name);
                return Err(self.malformed(branch.object.span, message));
            }
            if branches.iter().any(|(object, _)| *object == target.index) {
                let message = format!("duplicate WHEN: {}", target.name);
                return Err(self.malformed(branch.object.span, message));
            }
            let mut inner = Node::default();
            let mut chosen = HashSet::new();
            for path in &branch.fields {
                self.select_path(target, &mut inner, &mut chosen, path)?;
            }
            branches.push((target.index, inner));
        }
        let otherwise = if choice.otherwise.is_empty() {
            None
        } else {
            Some(self.otherwise(choice)?)
        };
        let key = known
            .relationship
            .clone()
            .unwrap_or_else(|| name.text.clone());
        let item = Item::TypeOf {
            key,
            field,
            branches,
            otherwise,
        };
        node.push(item, chosen.len());
        Ok(())
    }

    /// The fields of `ELSE`: those that every object has as a name.
    fn otherwise(&self, choice: &TypeOf) -> Result<Node, ApiError> {
        let mut node = Node::default();
        for (place, path) in choice.otherwise.iter().enumerate() {
            let Some(name) = path.single() else {
                let text = "ELSE takes fields of the object Name";
                return Err(self.malformed(path.span, text));
            };
            let (leaf, kind, name) = self.leaf(Place::Polymorphic, name, path)?;
            let column = super::path::Column {
                steps: Vec::new(),
                leaf,
                kind,
                name,
            };
            node.push(item_of(column), place);
        }
        Ok(node)
    }
}
