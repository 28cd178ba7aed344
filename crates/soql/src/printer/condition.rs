//! Prints conditions. A group inside a group keeps its parentheses, so that the tree keeps its
//! shape. Must not know fields' types.

use std::fmt::{Display, Formatter, Result};

use super::list;
use crate::ast::{ComparisonOperator, Condition, MembershipSource};
use crate::{Pattern, PatternPiece, escape_like};

impl Display for Condition {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::And(all) => joined(formatter, all, " AND "),
            Self::Or(any) => joined(formatter, any, " OR "),
            Self::Not(inner) => {
                formatter.write_str("NOT ")?;
                member(formatter, inner)
            }
            Self::Comparison(comparison) => {
                let operator = comparison.operator.symbol();
                write!(
                    formatter,
                    "{} {operator} {}",
                    comparison.left, comparison.value
                )
            }
            Self::Like(like) => {
                write!(
                    formatter,
                    "{} LIKE '{}'",
                    like.left,
                    LikeText(&like.pattern)
                )
            }
            Self::In(membership) => {
                let operator = if membership.negated { "NOT IN" } else { "IN" };
                write!(formatter, "{} {operator} (", membership.left)?;
                match &membership.source {
                    MembershipSource::Values(values) => list(formatter, values)?,
                    MembershipSource::Query(query) => query.fmt(formatter)?,
                }
                formatter.write_str(")")
            }
            Self::Includes(inclusion) => {
                let operator = if inclusion.negated {
                    "EXCLUDES"
                } else {
                    "INCLUDES"
                };
                write!(formatter, "{} {operator} (", inclusion.left)?;
                list(formatter, &inclusion.values)?;
                formatter.write_str(")")
            }
        }
    }
}

fn joined(formatter: &mut Formatter<'_>, members: &[Condition], operator: &str) -> Result {
    for (index, condition) in members.iter().enumerate() {
        if index > 0 {
            formatter.write_str(operator)?;
        }
        member(formatter, condition)?;
    }
    Ok(())
}

fn member(formatter: &mut Formatter<'_>, condition: &Condition) -> Result {
    match condition {
        Condition::And(_) | Condition::Or(_) | Condition::Not(_) => {
            write!(formatter, "({condition})")
        }
        _ => condition.fmt(formatter),
    }
}

impl ComparisonOperator {
    /// The operator as written; `!=` for "not equal".
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

struct LikeText<'pattern>(&'pattern Pattern);

impl Display for LikeText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        for piece in &self.0.pieces {
            match piece {
                PatternPiece::Text(text) => formatter.write_str(&escape_like(text))?,
                PatternPiece::AnyRun => formatter.write_str("%")?,
                PatternPiece::AnyOne => formatter.write_str("_")?,
            }
        }
        Ok(())
    }
}
