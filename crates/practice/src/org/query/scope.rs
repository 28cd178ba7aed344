//! `USING SCOPE`: whose records are meant.
//!
//! Must not know other clauses. Source of the names: "USING SCOPE", SOQL and SOSL Reference.

use std::collections::HashSet;

use gatelodge_soql::ast::Name;

use super::compile::Compiler;
use super::filter::{Filter, Operand, Test};
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::Object;

impl<'a> Compiler<'a> {
    /// The condition together with that of the scope.
    pub(super) fn scoped(
        &self,
        object: &'a Object,
        scope: &Name,
        filter: Option<Filter>,
    ) -> Result<Option<Filter>, ApiError> {
        // No scoping rule is set up here, so the rules leave everything in.
        if scope.is("everything") || scope.is("scopingRule") {
            return Ok(filter);
        }
        let owners = self.owners(scope);
        let (Some(owner), Some(ids)) = (object.owner_field, owners) else {
            let message = format!("invalid scope '{}' for object {}", scope.text, object.name);
            let error = ApiError::new(400, "INVALID_QUERY_SCOPE", message);
            return Err(self.at(scope.span, error));
        };
        let owned = Filter::Test(
            Operand::own(object, owner),
            Test::Ids {
                ids,
                null: false,
                negated: false,
            },
        );
        Ok(Some(match filter {
            Some(filter) => Filter::And(vec![owned, filter]),
            None => owned,
        }))
    }

    /// Who must own a record of the scope; `None` for a scope that this org does not have.
    fn owners(&self, scope: &Name) -> Option<HashSet<Id>> {
        let mut owners = HashSet::from([self.asker.user]);
        if scope.is("mine") {
            return Some(owners);
        }
        if scope.is("mine_and_my_groups") {
            owners.extend(self.linked("GroupMember", "UserOrGroupId", "GroupId"));
            return Some(owners);
        }
        if scope.is("team") {
            // A team is who reports to the same person, with the people who report to the asking user.
            owners.extend(self.linked("User", "ManagerId", "Id"));
            let users = self.schema.object("User")?;
            let own = self.state.record(users, self.asker.user)?;
            let manager = users.field_index("ManagerId")?;
            if let Some(id) = own.values[manager].as_id() {
                owners.insert(id);
                let colleagues = self.state.pointing(users, manager, id);
                owners.extend(colleagues.map(|record| record.id));
            }
            return Some(owners);
        }
        None
    }

    /// Values of `wanted` in the records whose `field` is the asking user.
    fn linked(&self, object: &str, field: &str, wanted: &str) -> Vec<Id> {
        let Some(object) = self.schema.object(object) else {
            return Vec::new();
        };
        let (Some(field), Some(wanted)) = (object.field_index(field), object.field_index(wanted))
        else {
            return Vec::new();
        };
        self.state
            .pointing(object, field, self.asker.user)
            .filter(|record| !record.deleted(object))
            .filter_map(|record| record.values[wanted].as_id())
            .collect()
    }
}
