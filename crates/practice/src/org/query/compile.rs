//! From the tree of a statement to a plan: the clauses, and what the platform refuses about them.
//!
//! Must not run anything but the inner queries of semi-joins.

use std::cell::Cell;
use std::sync::Arc;

use gatelodge_soql::Span;
use gatelodge_soql::ast::{
    ComparisonOperator, Condition, Direction, Expression, Name, Nulls, Query, SelectItem,
    WithClause,
};

use super::filter::Operand;
use super::joins::Joins;
use super::person::Person;
use super::rows::Order;
use super::{Asker, MOST_OFFSET, Plan, Shape, Viewing, locate};
use crate::org::error::ApiError;
use crate::org::schema::{Object, Schema};
use crate::org::state::State;

/// Most fields in `ORDER BY`.
const MOST_ORDER: usize = 32;

/// What a statement is compiled against.
pub(super) struct Compiler<'a> {
    pub(super) schema: &'a Schema,
    pub(super) state: &'a Arc<State>,
    pub(super) asker: &'a Asker,
    pub(super) text: &'a str,
    /// Aliases of `FROM` with the path each stands for.
    pub(super) aliases: Vec<(String, Vec<Name>)>,
    pub(super) joins: Cell<usize>,
    /// The statement is the inner query of a semi-join.
    pub(super) inner: bool,
    /// How many queries stand around this one.
    pub(super) level: usize,
    pub(super) person: Person,
}

/// Does a condition say which file or which record the links are about?
fn names_a_link(condition: &Condition) -> bool {
    let names = |expression: &Expression| {
        matches!(expression, Expression::Field(path) if path.field().is_some_and(|field| {
            ["Id", "ContentDocumentId", "LinkedEntityId"].iter().any(|known| field.is(known))
        }))
    };
    match condition {
        Condition::And(parts) => parts.iter().any(names_a_link),
        Condition::Comparison(comparison) => {
            comparison.operator == ComparisonOperator::Equal && names(&comparison.left)
        }
        Condition::In(membership) => !membership.negated && names(&membership.left),
        _ => false,
    }
}

/// Knowledge articles, the only objects that keep views and search words.
fn is_article(object: &Object) -> bool {
    object.name.ends_with("__kav") || object.name == "KnowledgeArticleVersion"
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        state: &'a Arc<State>,
        asker: &'a Asker,
        text: &'a str,
    ) -> Self {
        Self {
            schema,
            state,
            asker,
            text,
            aliases: Vec::new(),
            joins: Cell::new(0),
            inner: false,
            level: 0,
            person: Person::of(schema, state, asker),
        }
    }

    /// A compiler for a query inside this one.
    pub(super) fn within(&self, query: &Query) -> Self {
        Self {
            schema: self.schema,
            state: self.state,
            asker: self.asker,
            text: self.text,
            aliases: query
                .from
                .alias
                .iter()
                .map(|alias| (alias.text.clone(), Vec::new()))
                .collect(),
            joins: Cell::new(0),
            inner: self.inner,
            level: self.level + 1,
            person: self.person,
        }
    }

    pub(super) fn at(&self, span: Span, error: ApiError) -> ApiError {
        locate(self.text, span, error)
    }

    pub(super) fn malformed(&self, span: Span, message: impl Into<String>) -> ApiError {
        self.at(span, ApiError::malformed_query(message))
    }

    /// What the language has and this org does not.
    pub(super) fn unsupported(&self, span: Span, what: &str) -> ApiError {
        self.malformed(
            span,
            format!("{what} is not supported by this practice org"),
        )
    }

    /// The plan of a whole statement.
    pub(super) fn plan(mut self, query: &Query) -> Result<Plan, ApiError> {
        let Some(name) = query.from.object.single() else {
            return Err(self.at(
                query.from.object.span,
                ApiError::malformed_query("expected one object after FROM"),
            ));
        };
        let object = self
            .schema
            .object(&name.text)
            .filter(|object| self.asker.access.object(object).read)
            .ok_or_else(|| self.at(name.span, ApiError::invalid_type(&name.text)))?;
        self.take_aliases(query);
        self.plan_of(object, query)
    }

    /// The plan of a statement about a known object; for child subqueries the object behind the relationship.
    pub(super) fn plan_of(&self, object: &'a Object, query: &Query) -> Result<Plan, ApiError> {
        self.refuse_unsupported(object, query)?;
        self.require_filter(object, query)?;
        let limit = query
            .limit
            .as_ref()
            .map(|count| usize::try_from(count.value).unwrap_or(usize::MAX));
        let offset = match &query.offset {
            Some(count) if count.value > MOST_OFFSET => {
                let error = ApiError::new(
                    400,
                    "NUMBER_OUTSIDE_VALID_RANGE",
                    "Maximum SOQL offset allowed is 2000",
                );
                return Err(self.at(count.span, error));
            }
            Some(count) => usize::try_from(count.value).unwrap_or(0),
            None => 0,
        };
        let mut filter = query
            .filter
            .as_ref()
            .map(|condition| self.filter(object, condition, Joins::Allowed))
            .transpose()?;
        if let Some(scope) = &query.scope {
            filter = self.scoped(object, scope, filter)?;
        }
        let aggregated = query.group_by.is_some()
            || query
                .select
                .iter()
                .any(|item| matches!(item, SelectItem::Expression(chosen) if chosen.expression.is_aggregate()));
        let (shape, order) = if let [SelectItem::CountAll(_)] = query.select.as_slice() {
            if let Some(first) = query.order_by.first() {
                return Err(self.malformed(first.span, "Ordering is not allowed with COUNT()"));
            }
            if query.group_by.is_some() {
                let text = "Grouped query can not use COUNT() without a field";
                return Err(self.malformed(query.select[0].span(), text));
            }
            (Shape::Count, Vec::new())
        } else if aggregated {
            let (grouping, order) = self.grouping(object, query)?;
            (Shape::Groups(grouping), order)
        } else {
            (
                Shape::Rows(self.select(object, query)?),
                self.order(object, query)?,
            )
        };
        Ok(Plan {
            object: object.index,
            filter,
            shape,
            order,
            limit,
            offset,
            viewing: match (query.for_view, query.for_reference) {
                (Some(_), _) => Some(Viewing::View),
                (None, Some(_)) => Some(Viewing::Reference),
                (None, None) => None,
            },
        })
    }

    fn take_aliases(&mut self, query: &Query) {
        if let Some(alias) = &query.from.alias {
            self.aliases.push((alias.text.clone(), Vec::new()));
        }
        for join in &query.from.joins {
            let Some((first, rest)) = join.path.segments.split_first() else {
                continue;
            };
            let known = self
                .aliases
                .iter()
                .find(|(alias, _)| first.is(alias))
                .map(|(_, path)| path.clone());
            let path: Vec<Name> = known
                .unwrap_or_default()
                .into_iter()
                .chain(rest.iter().cloned())
                .collect();
            if let Some(alias) = &join.alias {
                self.aliases.push((alias.text.clone(), path));
            }
        }
    }

    fn refuse_unsupported(&self, object: &Object, query: &Query) -> Result<(), ApiError> {
        for (place, what) in [
            (query.update_tracking, "UPDATE TRACKING"),
            (query.update_viewstat, "UPDATE VIEWSTAT"),
        ] {
            if let Some(span) = place
                && !is_article(object)
            {
                let message = format!(
                    "{what} is only allowed for articles, not for {}",
                    object.name
                );
                return Err(self.malformed(span, message));
            }
        }
        if let Some(span) = query.for_view.or(query.for_reference)
            && (self.level > 0 || self.inner)
        {
            return Err(self.malformed(
                span,
                "FOR VIEW and FOR REFERENCE are only allowed in the outer query",
            ));
        }
        for clause in &query.with {
            match clause {
                // Every query runs with the rights of the user anyway.
                WithClause::SecurityEnforced(_)
                | WithClause::UserMode(_)
                | WithClause::SystemMode(_) => {}
                WithClause::DataCategory(category) => {
                    return Err(self.unsupported(category.span, "WITH DATA CATEGORY"));
                }
                WithClause::User(user) => return Err(self.unsupported(user.span, "WITH UserId")),
                WithClause::RecordVisibility(context) => {
                    return Err(self.unsupported(context.span, "WITH RecordVisibilityContext"));
                }
            }
        }
        Ok(())
    }

    /// Objects that may only be asked about particular records.
    fn require_filter(&self, object: &Object, query: &Query) -> Result<(), ApiError> {
        let open = object.name != "ContentDocumentLink" || (self.level > 0 && !self.inner);
        if open || query.filter.as_ref().is_some_and(names_a_link) {
            return Ok(());
        }
        let text = "Implementation restriction: ContentDocumentLink requires a filter by a single Id on \
                    ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the IN \
                    operator.";
        Err(self.malformed(query.from.object.span, text))
    }

    /// `ORDER BY` of a query without groups.
    pub(super) fn order(&self, object: &'a Object, query: &Query) -> Result<Vec<Order>, ApiError> {
        if let Some(item) = query.order_by.get(MOST_ORDER) {
            return Err(self.malformed(item.span, "Only 32 fields are allowed in ORDER BY"));
        }
        let mut order = Vec::with_capacity(query.order_by.len());
        for item in &query.order_by {
            if item.expression.is_aggregate() {
                let text = "Ordering by an aggregate is only allowed in a grouped query";
                return Err(self.malformed(item.span, text));
            }
            let operand = self.operand(object, &item.expression)?;
            self.require_sortable(&operand, &item.expression)?;
            order.push(Order {
                operand,
                descending: item.direction == Direction::Descending,
                nulls_last: item.nulls == Nulls::Last,
            });
        }
        Ok(order)
    }

    fn require_sortable(&self, operand: &Operand, expression: &Expression) -> Result<(), ApiError> {
        if let Some(field) = operand.field(self.schema)
            && !field.sortable()
            && matches!(operand, Operand::Column(_))
        {
            let message = format!("field '{}' can not be sorted in a query call", field.name);
            return Err(self.malformed(expression.span(), message));
        }
        Ok(())
    }
}
