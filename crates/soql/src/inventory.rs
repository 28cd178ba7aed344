//! Which objects and fields a statement names, for permission hints and audit. Names stay as
//! written, without aliases. Must not know an org: that `Owner` leads to `User` is the
//! describe's matter, so a parent's field stays a path.

use std::collections::{HashMap, HashSet};

use crate::ast::{
    Condition, Expression, FieldPath, FieldSet, From, MembershipSource, Query, SelectItem, TypeOf,
};
use crate::sosl::Search;

/// One object named in a statement and what is used of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectUse {
    /// The object, or for [`ObjectRole::Child`] the child relationship, as written.
    pub object: String,
    /// How it is named.
    pub role: ObjectRole,
    /// Fields and paths, each once without regard to case, in the order met.
    pub fields: Vec<String>,
    /// The sets that `FIELDS()` asks for.
    pub field_sets: Vec<FieldSet>,
}

/// How a statement names an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectRole {
    /// In the outer `FROM`.
    Main,
    /// In a child subquery: the name is a child relationship of the object before it.
    Child,
    /// In a semi-join or anti-join.
    Join,
    /// In `TYPEOF … WHEN`.
    Type,
    /// In `RETURNING` of a search.
    Returned,
}

/// The objects and fields that a query names, the outer object first.
pub fn inventory(query: &Query) -> Vec<ObjectUse> {
    let mut found = Vec::new();
    of_query(query, ObjectRole::Main, &mut found);
    found
}

/// The objects and fields that a search names, in the order of `RETURNING`.
pub fn search_inventory(search: &Search) -> Vec<ObjectUse> {
    let mut found = Vec::new();
    for returning in &search.returning {
        let mut scope = Scope::new(&returning.object.text, ObjectRole::Returned, &mut found);
        scope.items(&returning.fields);
        if let Some(filter) = &returning.filter {
            scope.condition(filter);
        }
        for item in &returning.order_by {
            scope.expression(&item.expression);
        }
    }
    found
}

fn of_query(query: &Query, role: ObjectRole, found: &mut Vec<ObjectUse>) {
    let object = query
        .from
        .object
        .field()
        .map_or("", |name| name.text.as_str());
    let mut scope = Scope::new(object, role, found);
    scope.names(&query.from);
    scope.items(&query.select);
    for condition in query.filter.iter().chain(&query.having) {
        scope.condition(condition);
    }
    for expression in query
        .group_by
        .iter()
        .flat_map(|group_by| &group_by.expressions)
    {
        scope.expression(expression);
    }
    for item in &query.order_by {
        scope.expression(&item.expression);
    }
}

/// No path the vendor takes is longer; a longer one is left as written.
const LONGEST_PATH: usize = 16;

struct Scope<'tree, 'found> {
    /// Where each alias, and the object's own name, leads to from the object.
    aliases: HashMap<String, Vec<&'tree str>>,
    /// The fields listed, in lower case.
    seen: HashSet<String>,
    /// Where in `found` the object of this scope stands.
    place: usize,
    found: &'found mut Vec<ObjectUse>,
}

impl<'tree, 'found> Scope<'tree, 'found> {
    fn new(object: &str, role: ObjectRole, found: &'found mut Vec<ObjectUse>) -> Self {
        let place = found.len();
        let object = object.to_owned();
        found.push(ObjectUse {
            object,
            role,
            fields: Vec::new(),
            field_sets: Vec::new(),
        });
        Self {
            aliases: HashMap::new(),
            seen: HashSet::new(),
            place,
            found,
        }
    }

    /// Takes in the names that `FROM` gives; each entry may lead on from those before it.
    fn names(&mut self, from: &'tree From) {
        for name in from.object.field().into_iter().chain(&from.alias) {
            self.aliases
                .insert(name.text.to_ascii_lowercase(), Vec::new());
        }
        for join in &from.joins {
            let path = self.resolve(&join.path);
            if let Some(alias) = &join.alias {
                self.aliases.insert(alias.text.to_ascii_lowercase(), path);
            }
        }
    }

    /// The path from the object, aliases written out.
    fn resolve(&self, path: &'tree FieldPath) -> Vec<&'tree str> {
        let written: Vec<&str> = path
            .segments
            .iter()
            .map(|name| name.text.as_str())
            .collect();
        match written.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                let known = self.aliases.get(&first.to_ascii_lowercase());
                match known.filter(|known| known.len() + rest.len() <= LONGEST_PATH) {
                    Some(known) => [known, rest].concat(),
                    None => written,
                }
            }
            _ => written,
        }
    }

    fn items(&mut self, items: &'tree [SelectItem]) {
        for item in items {
            match item {
                SelectItem::Expression(selected) => self.expression(&selected.expression),
                SelectItem::CountAll(_) => {}
                SelectItem::Subquery(query) => of_query(query, ObjectRole::Child, self.found),
                SelectItem::TypeOf(choice) => self.type_of(choice),
                SelectItem::Fields(call) => {
                    if let Some(object) = self.found.get_mut(self.place) {
                        object.field_sets.push(call.set);
                    }
                }
            }
        }
    }

    fn type_of(&mut self, choice: &'tree TypeOf) {
        for branch in &choice.branches {
            let mut scope = Scope::new(&branch.object.text, ObjectRole::Type, self.found);
            for field in &branch.fields {
                scope.add(field.to_string());
            }
        }
        let relationship = self.resolve(&choice.relationship).join(".");
        for field in &choice.otherwise {
            self.add(format!("{relationship}.{field}"));
        }
    }

    fn expression(&mut self, expression: &'tree Expression) {
        let path = self.resolve(expression.path()).join(".");
        self.add(path);
    }

    fn add(&mut self, field: String) {
        if self.seen.insert(field.to_ascii_lowercase())
            && let Some(object) = self.found.get_mut(self.place)
        {
            object.fields.push(field);
        }
    }

    fn condition(&mut self, condition: &'tree Condition) {
        match condition {
            Condition::And(members) | Condition::Or(members) => {
                for member in members {
                    self.condition(member);
                }
            }
            Condition::Not(inner) => self.condition(inner),
            Condition::Comparison(comparison) => self.expression(&comparison.left),
            Condition::Like(like) => self.expression(&like.left),
            Condition::Includes(inclusion) => self.expression(&inclusion.left),
            Condition::In(membership) => {
                self.expression(&membership.left);
                if let MembershipSource::Query(query) = &membership.source {
                    of_query(query, ObjectRole::Join, self.found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ObjectRole, inventory, search_inventory};
    use crate::{parse, parse_search};

    fn summary(text: &str) -> Vec<(String, ObjectRole, String)> {
        let found = inventory(&parse(text).unwrap());
        found
            .into_iter()
            .map(|one| (one.object, one.role, one.fields.join(" ")))
            .collect()
    }

    #[test]
    fn lists_each_object_with_its_fields_without_aliases() {
        let found = summary(
            "SELECT c.Name, a.Owner.Name, Contact.Id, (SELECT Subject FROM Tasks), \
             TYPEOF c.What WHEN Lead THEN Company ELSE Name END \
             FROM Contact c, c.Account a \
             WHERE c.AccountId IN (SELECT Id FROM Account WHERE Type = 'x') AND c.name LIKE 'a%' \
             ORDER BY Birthdate",
        );
        let expected = [
            (
                "Contact",
                ObjectRole::Main,
                "Name Account.Owner.Name Id What.Name AccountId Birthdate",
            ),
            ("Tasks", ObjectRole::Child, "Subject"),
            ("Lead", ObjectRole::Type, "Company"),
            ("Account", ObjectRole::Join, "Id Type"),
        ];
        let expected = expected.map(|(object, role, fields)| (object.into(), role, fields.into()));
        assert_eq!(found, expected);
    }

    #[test]
    fn lists_what_a_search_returns() {
        let text = "FIND {a} RETURNING Account(Id, Name WHERE Type = 'x'), Lead";
        let found = search_inventory(&parse_search(text).unwrap());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].fields, ["Id", "Name", "Type"]);
        assert_eq!(
            (found[1].object.as_str(), found[1].fields.len()),
            ("Lead", 0)
        );
    }
}
