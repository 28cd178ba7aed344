//! Users and the company as the sign-in side needs them.
//!
//! Must not know passwords or tokens.

use serde::{Deserialize, Serialize};

use super::id::Id;
use super::schema::{Object, Schema};
use super::state::{Record, State};
use super::value::{Value, order_text};
use super::{Org, seed};

/// 18-character id of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a record id; `None` only for text that did not come from this org.
    pub fn record(&self) -> Option<Id> {
        Id::parse(&self.0)
    }
}

impl From<Id> for UserId {
    fn from(id: Id) -> Self {
        Self(id.to_string())
    }
}

/// A user of the org.
#[derive(Clone, Debug)]
pub struct User {
    /// 18-character id.
    pub id: UserId,
    /// Sign-in name, of the form of a mail address.
    pub username: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Mail address.
    pub email: String,
    /// Name of the profile.
    pub profile: String,
    /// Locale, e.g. `en_US`.
    pub locale: String,
    /// Time zone, e.g. `Europe/Berlin`.
    pub time_zone: String,
    /// Whether the user may sign in.
    pub active: bool,
}

/// The company.
#[derive(Clone, Debug)]
pub struct Organization {
    /// 18-character id.
    pub id: String,
    /// Company name.
    pub name: String,
    /// Instance name, e.g. `PRA1`.
    pub instance_name: String,
    /// Whether it presents itself as a sandbox.
    pub is_sandbox: bool,
}

impl Org {
    /// A user by sign-in name, without regard to case.
    pub fn user_by_username(&self, username: &str) -> Option<User> {
        let state = self.snapshot();
        let users = self.schema().object("User")?;
        let same = |record: &Record| {
            record
                .get(users, "Username")
                .as_text()
                .is_some_and(|known| order_text(known, username).is_eq())
        };
        let record = state.live(users).find(|record| same(record))?;
        Some(user_of(self.schema(), &state, users, record))
    }

    /// A user by id.
    pub fn user(&self, id: &UserId) -> Option<User> {
        let state = self.snapshot();
        let users = self.schema().object("User")?;
        let record = state.record(users, id.record()?)?;
        Some(user_of(self.schema(), &state, users, record))
    }

    /// All users in the order of the seed.
    pub fn users(&self) -> Vec<User> {
        let state = self.snapshot();
        let Some(users) = self.schema().object("User") else {
            return Vec::new();
        };
        state
            .live(users)
            .map(|record| user_of(self.schema(), &state, users, record))
            .collect()
    }

    /// The company.
    pub fn organization(&self) -> Organization {
        let state = self.snapshot();
        let found = self
            .schema()
            .object("Organization")
            .and_then(|object| state.live(object).next().map(|record| (object, record)));
        let text = |name: &str| {
            found
                .and_then(|(object, record)| record.get(object, name).as_text())
                .unwrap_or_default()
                .to_owned()
        };
        Organization {
            id: found
                .map_or_else(seed::organization_id, |(_, record)| record.id)
                .to_string(),
            name: text("Name"),
            instance_name: text("InstanceName"),
            is_sandbox: found
                .is_some_and(|(object, record)| record.get(object, "IsSandbox").as_bool()),
        }
    }
}

fn user_of(schema: &Schema, state: &State, users: &Object, record: &Record) -> User {
    let text = |name: &str| {
        record
            .get(users, name)
            .as_text()
            .unwrap_or_default()
            .to_owned()
    };
    User {
        id: record.id.into(),
        username: text("Username"),
        first_name: text("FirstName"),
        last_name: text("LastName"),
        email: text("Email"),
        profile: profile_name(schema, state, users, record),
        locale: text("LocaleSidKey"),
        time_zone: text("TimeZoneSidKey"),
        active: record.get(users, "IsActive").as_bool(),
    }
}

/// Name of the profile of a user record.
pub(super) fn profile_name(
    schema: &Schema,
    state: &State,
    users: &Object,
    record: &Record,
) -> String {
    let Value::Id(profile) = record.get(users, "ProfileId") else {
        return String::new();
    };
    state
        .any_record(schema, *profile)
        .and_then(|(profiles, profile)| profile.get(profiles, "Name").as_text())
        .unwrap_or_default()
        .to_owned()
}
