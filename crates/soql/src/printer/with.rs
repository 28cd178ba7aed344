//! Prints `WITH` clauses, without the keyword itself. Must not know what they demand.

use std::fmt::{Display, Formatter, Result};

use super::list;
use crate::ast::{
    CategorySelection, CategorySelector, DataCategory, VisibilitySetting, WithClause,
};

impl Display for WithClause {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::SecurityEnforced(_) => formatter.write_str("SECURITY_ENFORCED"),
            Self::UserMode(_) => formatter.write_str("USER_MODE"),
            Self::SystemMode(_) => formatter.write_str("SYSTEM_MODE"),
            Self::DataCategory(category) => category.fmt(formatter),
            Self::User(filter) => write!(formatter, "UserId = {}", filter.user),
            Self::RecordVisibility(context) => {
                formatter.write_str("RecordVisibilityContext (")?;
                list(formatter, &context.settings)?;
                formatter.write_str(")")
            }
        }
    }
}

impl Display for VisibilitySetting {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        write!(formatter, "{}={}", self.name, self.value)
    }
}

impl Display for DataCategory {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        for (index, selection) in self.selections.iter().enumerate() {
            formatter.write_str(if index == 0 {
                "DATA CATEGORY "
            } else {
                " AND "
            })?;
            selection.fmt(formatter)?;
        }
        Ok(())
    }
}

impl Display for CategorySelection {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let selector = match self.selector {
            CategorySelector::At => "AT",
            CategorySelector::Above => "ABOVE",
            CategorySelector::Below => "BELOW",
            CategorySelector::AboveOrBelow => "ABOVE_OR_BELOW",
        };
        write!(formatter, "{} {selector} (", self.group)?;
        list(formatter, &self.categories)?;
        formatter.write_str(")")
    }
}
