//! Semi-joins and anti-joins: the inner query is run once, its ids become a test.
//!
//! Must not know rows of the outer query.

use std::collections::HashSet;

use gatelodge_soql::ast::{Expression, Membership, Query, SelectItem};

use super::compile::Compiler;
use super::filter::Operand;
use super::path::Leaf;
use super::{Shape, World, rows};
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::Object;

/// Most semi-joins of one statement.
const MOST_JOINS: usize = 2;
/// Objects that a semi-join may not ask.
const CLOSED: [&str; 9] = [
    "ActivityHistory",
    "Attachment",
    "AttachedContentNote",
    "Event",
    "EventAttendee",
    "Note",
    "OpenActivity",
    "TagDefinition",
    "Task",
];

/// May a semi-join stand in this place of a condition?
#[derive(Clone, Copy)]
pub(super) enum Joins {
    Allowed,
    UnderOr,
    UnderNot,
}

impl<'a> Compiler<'a> {
    pub(super) fn semi_join(
        &self,
        outer: &Object,
        left: &Operand,
        query: &Query,
        membership: &Membership,
        joins: Joins,
    ) -> Result<HashSet<Id>, ApiError> {
        let refuse = |message: &str| Err(self.malformed(membership.span, message));
        if self.inner {
            return refuse("Nesting of semi join sub-selects is not supported");
        }
        match joins {
            Joins::Allowed => {}
            Joins::UnderOr => {
                return refuse("Semi join sub-selects are not allowed with the 'OR' operator");
            }
            Joins::UnderNot => {
                return refuse(
                    "Semi join sub-selects are only allowed at the top level WHERE expressions",
                );
            }
        }
        self.joins.set(self.joins.get() + 1);
        if self.joins.get() > MOST_JOINS {
            return refuse("Maximum 2 semi join sub-selects are allowed");
        }
        let Operand::Column(column) = left else {
            return refuse("invalid left side of a semi join");
        };
        if !column.kind.is_id() || !column.steps.is_empty() {
            return refuse(
                "The left operand of a semi join must be an id or reference field without dots",
            );
        }
        let Some(name) = query.from.object.single() else {
            return refuse("expected one object after FROM");
        };
        let object = self
            .schema
            .object(&name.text)
            .filter(|object| self.asker.access.object(object).read)
            .ok_or_else(|| self.at(name.span, ApiError::invalid_type(&name.text)))?;
        if CLOSED.contains(&object.name.as_str()) {
            let message = format!(
                "Entity '{}' is not supported for semi join inner selects",
                object.name
            );
            return refuse(&message);
        }
        if object.index == outer.index {
            return refuse("The inner and outer selects should not be on the same object type");
        }
        if !query.order_by.is_empty() || query.limit.is_some() || query.group_by.is_some() {
            return refuse("Semi join sub-selects can not have ORDER BY, LIMIT or GROUP BY");
        }
        let [SelectItem::Expression(selected)] = query.select.as_slice() else {
            return refuse("Semi join sub-selects must select exactly one id or reference field");
        };
        let Expression::Field(path) = &selected.expression else {
            return refuse("Semi join sub-selects must select exactly one id or reference field");
        };
        let mut inner = self.within(query);
        inner.inner = true;
        let selected = inner.column(object, path)?;
        if !selected.steps.is_empty() {
            let message = format!(
                "The inner select field '{}.{}' cannot have more than one level of relationships",
                object.name, selected.name
            );
            return refuse(&message);
        }
        if !selected.kind.is_id()
            || self
                .targets(&selected.leaf)
                .is_disjoint(&self.targets(&column.leaf))
        {
            let message = format!(
                "The selected field '{}' in the subquery and the left operand field '{}' in the where expression in the outer query should point to the same object type",
                selected.name, column.name
            );
            return refuse(&message);
        }
        let plan = inner.plan_of(object, query)?;
        let (Shape::Rows(_), Leaf::Field { field, .. }) = (&plan.shape, &selected.leaf) else {
            return refuse("Semi join sub-selects must select exactly one id or reference field");
        };
        let world = World::of(self.schema, self.state, self.asker);
        Ok(rows::matching(world, object, &plan)
            .filter_map(|record| record.values[*field].as_id())
            .collect())
    }

    /// The objects a field's ids belong to.
    fn targets(&self, leaf: &Leaf) -> HashSet<&'a str> {
        let Leaf::Field { object, field } = leaf else {
            return HashSet::new();
        };
        let object = &self.schema.objects[*object];
        if *field == 0 {
            return HashSet::from([object.name.as_str()]);
        }
        object.fields[*field]
            .references
            .iter()
            .map(String::as_str)
            .collect()
    }
}
