//! Visits every place in a tree, so that trees can be compared, moved or made without places.
//! Must not know what the places are used for.

use crate::Span;
use crate::ast::{
    Condition, Count, DataCategory, Expression, FieldPath, From, GroupBy, Literal,
    MembershipSource, Name, OrderItem, Query, SelectItem, WithClause,
};
use crate::sosl::{Returning, Search, SearchWith, SearchWithKind};

type Visit<'visitor> = &'visitor mut dyn FnMut(&mut Span);

trait Places {
    fn places(&mut self, visit: Visit<'_>);
}

impl Query {
    /// The same tree with every place at the start of the text; two statements that mean the
    /// same structure are then equal. Presence of clauses that are a place only is kept.
    #[must_use]
    pub fn without_spans(mut self) -> Self {
        self.places(&mut |span| *span = Span::default());
        self
    }
}

impl Search {
    /// The same tree with every place at the start of the text; see [`Query::without_spans`].
    #[must_use]
    pub fn without_spans(mut self) -> Self {
        self.places(&mut |span| *span = Span::default());
        self
    }
}

impl<T: Places> Places for Vec<T> {
    fn places(&mut self, visit: Visit<'_>) {
        for item in self {
            item.places(visit);
        }
    }
}

impl<T: Places> Places for Option<T> {
    fn places(&mut self, visit: Visit<'_>) {
        if let Some(item) = self {
            item.places(visit);
        }
    }
}

impl Places for Span {
    fn places(&mut self, visit: Visit<'_>) {
        visit(self);
    }
}

impl Places for Name {
    fn places(&mut self, visit: Visit<'_>) {
        visit(&mut self.span);
    }
}

impl Places for Count {
    fn places(&mut self, visit: Visit<'_>) {
        visit(&mut self.span);
    }
}

impl Places for Literal {
    fn places(&mut self, visit: Visit<'_>) {
        visit(&mut self.span);
    }
}

impl Places for FieldPath {
    fn places(&mut self, visit: Visit<'_>) {
        self.segments.places(visit);
        visit(&mut self.span);
    }
}

impl Places for Query {
    fn places(&mut self, visit: Visit<'_>) {
        self.select.places(visit);
        self.from.places(visit);
        self.scope.places(visit);
        self.filter.places(visit);
        self.with.places(visit);
        self.group_by.places(visit);
        self.having.places(visit);
        self.order_by.places(visit);
        self.limit.places(visit);
        self.offset.places(visit);
        self.for_view.places(visit);
        self.for_reference.places(visit);
        self.update_tracking.places(visit);
        self.update_viewstat.places(visit);
        visit(&mut self.span);
    }
}

impl Places for From {
    fn places(&mut self, visit: Visit<'_>) {
        self.object.places(visit);
        self.alias.places(visit);
        for join in &mut self.joins {
            join.path.places(visit);
            join.alias.places(visit);
        }
    }
}

impl Places for SelectItem {
    fn places(&mut self, visit: Visit<'_>) {
        match self {
            Self::Expression(selected) => {
                selected.expression.places(visit);
                selected.alias.places(visit);
                visit(&mut selected.span);
            }
            Self::CountAll(span) => visit(span),
            Self::Subquery(query) => query.places(visit),
            Self::TypeOf(choice) => {
                choice.relationship.places(visit);
                for branch in &mut choice.branches {
                    branch.object.places(visit);
                    branch.fields.places(visit);
                }
                choice.otherwise.places(visit);
                visit(&mut choice.span);
            }
            Self::Fields(call) => visit(&mut call.span),
        }
    }
}

impl Places for Expression {
    fn places(&mut self, visit: Visit<'_>) {
        let (field, span) = match self {
            Self::Field(path) => return path.places(visit),
            Self::Format(call) => {
                call.argument.places(visit);
                return visit(&mut call.span);
            }
            Self::Aggregate(call) => (&mut call.field, &mut call.span),
            Self::Date(call) => (&mut call.field, &mut call.span),
            Self::Grouping(call) | Self::ToLabel(call) | Self::ConvertCurrency(call) => {
                (&mut call.field, &mut call.span)
            }
            Self::Distance(call) => (&mut call.field, &mut call.span),
        };
        field.places(visit);
        visit(span);
    }
}

impl Places for Condition {
    fn places(&mut self, visit: Visit<'_>) {
        let (left, span) = match self {
            Self::And(members) | Self::Or(members) => return members.places(visit),
            Self::Not(inner) => return inner.places(visit),
            Self::Comparison(comparison) => {
                comparison.value.places(visit);
                (&mut comparison.left, &mut comparison.span)
            }
            Self::Like(like) => {
                visit(&mut like.pattern_span);
                (&mut like.left, &mut like.span)
            }
            Self::In(membership) => {
                match &mut membership.source {
                    MembershipSource::Values(values) => values.places(visit),
                    MembershipSource::Query(query) => query.places(visit),
                }
                (&mut membership.left, &mut membership.span)
            }
            Self::Includes(inclusion) => {
                inclusion.values.places(visit);
                (&mut inclusion.left, &mut inclusion.span)
            }
        };
        left.places(visit);
        visit(span);
    }
}

impl Places for GroupBy {
    fn places(&mut self, visit: Visit<'_>) {
        self.expressions.places(visit);
        visit(&mut self.span);
    }
}

impl Places for OrderItem {
    fn places(&mut self, visit: Visit<'_>) {
        self.expression.places(visit);
        visit(&mut self.span);
    }
}

impl Places for WithClause {
    fn places(&mut self, visit: Visit<'_>) {
        match self {
            Self::SecurityEnforced(span) | Self::UserMode(span) | Self::SystemMode(span) => {
                visit(span);
            }
            Self::DataCategory(category) => category.places(visit),
            Self::User(filter) => {
                filter.user.places(visit);
                visit(&mut filter.span);
            }
            Self::RecordVisibility(context) => {
                for setting in &mut context.settings {
                    setting.name.places(visit);
                    setting.value.places(visit);
                }
                visit(&mut context.span);
            }
        }
    }
}

impl Places for DataCategory {
    fn places(&mut self, visit: Visit<'_>) {
        for selection in &mut self.selections {
            selection.group.places(visit);
            selection.categories.places(visit);
        }
        visit(&mut self.span);
    }
}

impl Places for Search {
    fn places(&mut self, visit: Visit<'_>) {
        visit(&mut self.term_span);
        self.returning.places(visit);
        self.with.places(visit);
        self.limit.places(visit);
        self.update_tracking.places(visit);
        self.update_viewstat.places(visit);
        visit(&mut self.span);
    }
}

impl Places for Returning {
    fn places(&mut self, visit: Visit<'_>) {
        self.object.places(visit);
        self.fields.places(visit);
        self.list_view.places(visit);
        self.filter.places(visit);
        self.order_by.places(visit);
        self.limit.places(visit);
        self.offset.places(visit);
        visit(&mut self.span);
    }
}

impl Places for SearchWith {
    fn places(&mut self, visit: Visit<'_>) {
        match &mut self.kind {
            SearchWithKind::Division(value)
            | SearchWithKind::Pricebook(value)
            | SearchWithKind::Metadata(value) => value.places(visit),
            SearchWithKind::Network(values) => values.places(visit),
            SearchWithKind::DataCategory(category) => category.places(visit),
            SearchWithKind::Snippet(length) => length.places(visit),
            SearchWithKind::Highlight | SearchWithKind::SpellCorrection(_) => {}
        }
        visit(&mut self.span);
    }
}
