//! Child subqueries: which relationship, how deep, and what may stand inside.
//!
//! Must not know records. Source of the rules: "Relationship Queries", SOQL and SOSL Reference.

use std::sync::Arc;

use gatelodge_soql::ast::Query;

use super::Shape;
use super::compile::Compiler;
use super::select::Item;
use crate::org::error::ApiError;
use crate::org::schema::Object;

/// First version whose queries nest deeper than a parent and its children.
const DEEP_SINCE: u32 = 58;
/// Deepest nesting, the outer query included, since then and before.
const DEPTH: usize = 5;
const OLD_DEPTH: usize = 2;

impl<'a> Compiler<'a> {
    /// A subquery in the select list of `outer`.
    pub(super) fn select_children(
        &self,
        object: &'a Object,
        outer: &Query,
        query: &Query,
    ) -> Result<Item, ApiError> {
        self.require_shallow(query)?;
        if let Some(offset) = &query.offset
            && outer.limit.as_ref().is_none_or(|limit| limit.value != 1)
        {
            let text = "OFFSET in a subquery needs LIMIT 1 in the outer query";
            return Err(self.malformed(offset.span, text));
        }
        let path = &query.from.object;
        let segments = self.without_alias(object, &path.segments);
        let [name] = segments.as_slice() else {
            let text = "A subquery names a child relationship of the object itself";
            return Err(self.malformed(path.span, text));
        };
        let child = object
            .child(&name.text)
            .filter(|child| {
                self.asker
                    .access
                    .readable(&self.schema.objects[child.object], child.field)
            })
            .ok_or_else(|| self.at(name.span, ApiError::no_such_child(&name.text)))?;
        let inner = &self.schema.objects[child.object];
        let plan = self.within(query).plan_of(inner, query)?;
        if !matches!(plan.shape, Shape::Rows(_)) {
            return Err(
                self.malformed(query.span, "Aggregates are not allowed in a child subquery")
            );
        }
        let key = child
            .relationship
            .clone()
            .unwrap_or_else(|| name.text.clone());
        Ok(Item::Child {
            key,
            field: child.field,
            plan: Arc::new(plan),
        })
    }

    fn require_shallow(&self, query: &Query) -> Result<(), ApiError> {
        let (most, levels) = if self.asker.version < DEEP_SINCE {
            (OLD_DEPTH, "1 level")
        } else {
            (DEPTH, "4 levels")
        };
        if self.level + 1 < most {
            return Ok(());
        }
        let message = format!(
            "SOQL statements cannot query aggregate relationships more than {levels} away from the root entity object"
        );
        Err(self.malformed(query.from.object.span, message))
    }
}
