//! Tree to text: `Display` for every part of the tree. The text parses to the same tree, apart
//! from places. Only the parentheses that carry meaning are written, keywords in capitals. Must
//! not know how the text is read, beyond the words that could be read as something else.

mod clause;
mod condition;
mod expression;
mod pretty;
mod search;
mod value;
mod with;

use std::fmt::{Display, Formatter, Result};

use self::clause::clauses;
pub use self::pretty::{pretty, pretty_search};
use crate::ast::{
    Direction, FieldSet, FieldsCall, From, GroupBy, Grouping, Name, Nulls, OrderItem, Query,
    SelectItem, Selected, TypeOf,
};

/// Writes the items with `", "` between.
pub(crate) fn list<T: Display>(formatter: &mut Formatter<'_>, items: &[T]) -> Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        item.fmt(formatter)?;
    }
    Ok(())
}

impl Display for Query {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        formatter.write_str("SELECT ")?;
        list(formatter, &self.select)?;
        for clause in clauses(self) {
            write!(formatter, " {clause}")?;
        }
        Ok(())
    }
}

impl Display for From {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.object.fmt(formatter)?;
        alias(formatter, self.alias.as_ref())?;
        for join in &self.joins {
            write!(formatter, ", {}", join.path)?;
            alias(formatter, join.alias.as_ref())?;
        }
        Ok(())
    }
}

/// An alias of `FROM`. The words that also start a clause are safe only behind `AS`.
fn alias(formatter: &mut Formatter<'_>, alias: Option<&Name>) -> Result {
    let Some(alias) = alias else { return Ok(()) };
    let ambiguous = ["OFFSET", "ORDER", "GROUP"]
        .iter()
        .any(|word| alias.is(word));
    write!(formatter, "{}{alias}", if ambiguous { " AS " } else { " " })
}

impl Display for SelectItem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Expression(selected) => selected.fmt(formatter),
            Self::CountAll(_) => formatter.write_str("COUNT()"),
            Self::Subquery(query) => write!(formatter, "({query})"),
            Self::TypeOf(choice) => choice.fmt(formatter),
            Self::Fields(call) => call.fmt(formatter),
        }
    }
}

impl Display for Selected {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.expression.fmt(formatter)?;
        self.alias
            .as_ref()
            .map_or(Ok(()), |alias| write!(formatter, " {alias}"))
    }
}

impl Display for TypeOf {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(formatter, "TYPEOF {}", self.relationship)?;
        for branch in &self.branches {
            write!(formatter, " WHEN {} THEN ", branch.object)?;
            list(formatter, &branch.fields)?;
        }
        if !self.otherwise.is_empty() {
            formatter.write_str(" ELSE ")?;
            list(formatter, &self.otherwise)?;
        }
        formatter.write_str(" END")
    }
}

impl Display for FieldsCall {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        formatter.write_str(match self.set {
            FieldSet::All => "FIELDS(ALL)",
            FieldSet::Standard => "FIELDS(STANDARD)",
            FieldSet::Custom => "FIELDS(CUSTOM)",
        })
    }
}

impl Display for GroupBy {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let (open, close) = match self.kind {
            Grouping::Plain => ("GROUP BY ", ""),
            Grouping::Rollup => ("GROUP BY ROLLUP(", ")"),
            Grouping::Cube => ("GROUP BY CUBE(", ")"),
        };
        formatter.write_str(open)?;
        list(formatter, &self.expressions)?;
        formatter.write_str(close)
    }
}

impl Display for OrderItem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        self.expression.fmt(formatter)?;
        if self.direction == Direction::Descending {
            formatter.write_str(" DESC")?;
        }
        if self.nulls == Nulls::Last {
            formatter.write_str(" NULLS LAST")?;
        }
        Ok(())
    }
}
