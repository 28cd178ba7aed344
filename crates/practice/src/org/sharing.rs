//! Who may see, change and delete one particular record, beside the rights on its object.
//!
//! The rule of an object says what everyone may do; owners, those above them in the hierarchy of roles, members of
//! the owning queue and administrators may do everything. Must not know HTTP.
//! Source of the rules: "Organization-Wide Sharing Defaults" and "Role Hierarchy", Salesforce Help.

use std::collections::{HashMap, HashSet};

use super::id::Id;
use super::schema::{Object, Schema};
use super::state::{Record, State};

/// Most levels of the hierarchy of roles that are followed.
const MOST_LEVELS: usize = 50;

/// What everyone may do with the records of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Private,
    /// See them.
    Read,
    /// See and change them.
    Edit,
    /// See, change and delete them.
    #[default]
    Full,
}

impl Level {
    /// Reads the word of a schema table.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "private" => Self::Private,
            "read" => Self::Read,
            "edit" => Self::Edit,
            "full" => Self::Full,
            _ => return None,
        })
    }

    /// The word of the fields `Default…Access` of Organization.
    pub fn access_word(self) -> &'static str {
        match self {
            Self::Private => "None",
            Self::Read => "Read",
            Self::Edit | Self::Full => "Edit",
        }
    }
}

/// What sharing needs to know of all users; made once per change of users, roles or queues.
#[derive(Debug, Default)]
pub struct People(HashMap<Id, Person>);

#[derive(Debug, Default)]
struct Person {
    /// The permissions "View All Data" and "Modify All Data".
    views_all: bool,
    modifies_all: bool,
    /// The users below in the hierarchy of roles, and the queues the user belongs to.
    owners: HashSet<Id>,
}

/// Whether a change of this object makes [`People`] outdated.
pub(super) fn concerns(object: &Object) -> bool {
    matches!(
        object.name.as_str(),
        "User" | "UserRole" | "GroupMember" | "Profile"
    )
}

impl People {
    /// Reads users, roles and queues.
    pub(super) fn of(schema: &Schema, state: &State) -> Self {
        let (Some(users), Some(roles), Some(members), Some(profiles)) = (
            schema.object("User"),
            schema.object("UserRole"),
            schema.object("GroupMember"),
            schema.object("Profile"),
        ) else {
            return Self::default();
        };
        let role_of = |user: &Record| user.get(users, "UserRoleId").as_id();
        let above = |role: Id| {
            let role = state.record(roles, role)?;
            role.get(roles, "ParentRoleId").as_id()
        };
        let mut people: HashMap<Id, Person> = HashMap::new();
        let mut by_role: HashMap<Id, Vec<Id>> = HashMap::new();
        for user in state.live(users) {
            let profile = user.get(users, "ProfileId").as_id();
            let profile = profile.and_then(|id| state.record(profiles, id));
            let may = |name| profile.is_some_and(|found| found.get(profiles, name).as_bool());
            let modifies_all = may("PermissionsModifyAllData");
            let person = Person {
                views_all: modifies_all || may("PermissionsViewAllData"),
                modifies_all,
                owners: HashSet::from([user.id]),
            };
            people.insert(user.id, person);
            if let Some(role) = role_of(user) {
                by_role.entry(role).or_default().push(user.id);
            }
        }
        for user in state.live(users) {
            let mut role = role_of(user).and_then(above);
            for _ in 0..MOST_LEVELS {
                let Some(id) = role else { break };
                for boss in by_role.get(&id).into_iter().flatten() {
                    if let Some(person) = people.get_mut(boss) {
                        person.owners.insert(user.id);
                    }
                }
                role = above(id);
            }
        }
        for member in state.live(members) {
            let queue = member.get(members, "GroupId").as_id();
            let user = member.get(members, "UserOrGroupId").as_id();
            if let (Some(queue), Some(person)) =
                (queue, user.and_then(|user| people.get_mut(&user)))
            {
                person.owners.insert(queue);
            }
        }
        Self(people)
    }
}

/// What a user may do with one record.
pub fn level(schema: &Schema, state: &State, user: Id, object: &Object, record: &Record) -> Level {
    let open = open_level(object, record);
    if open == Level::Full {
        return Level::Full;
    }
    let people = state.people(schema);
    let Some(person) = people.0.get(&user) else {
        return open;
    };
    let owner = object
        .owner_field
        .and_then(|field| record.values[field].as_id());
    if person.modifies_all || owner.is_some_and(|owner| person.owners.contains(&owner)) {
        return Level::Full;
    }
    if person.views_all {
        return open.max(Level::Read);
    }
    open
}

/// Whether a user may see a record.
pub fn may_read(
    schema: &Schema,
    state: &State,
    user: Id,
    object: &Object,
    record: &Record,
) -> bool {
    open_level(object, record) >= Level::Read
        || level(schema, state, user, object, record) >= Level::Read
}

/// Whether everyone may see all records of an object.
pub fn is_public(object: &Object) -> bool {
    object.sharing >= Level::Read && object.private_field.is_none()
}

/// What everyone may do with a record.
fn open_level(object: &Object, record: &Record) -> Level {
    match object.private_field {
        Some(field) if record.values[field].as_bool() => Level::Private,
        _ => object.sharing,
    }
}
