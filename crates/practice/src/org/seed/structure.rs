//! The roles of the users, the members of the queues and the permission sets.
//!
//! Must not know customers. Takes no dice, so that adding here never changes another record.

use super::people::People;
use super::{Seeder, t};
use crate::org::access;
use crate::org::dml::ASSIGNMENT_RULES;
use crate::org::id::Id;
use crate::org::value::Value;

/// Developer name, name, and the position of the role above.
const ROLES: [(&str, &str, Option<usize>); 6] = [
    ("Managing_Director", "Managing Director", None),
    ("Head_of_Sales", "Head of Sales", Some(0)),
    ("Account_Manager", "Account Manager", Some(1)),
    ("Head_of_Service", "Head of Service", Some(0)),
    ("Service_Engineer", "Service Engineer", Some(3)),
    ("Finance", "Finance", Some(0)),
];

/// Position of the role of each seeded user, in the order of the users.
const ROLE_OF_USER: [Option<usize>; 9] = [
    None,
    Some(2),
    Some(2),
    Some(5),
    None,
    Some(3),
    Some(4),
    Some(1),
    Some(2),
];

pub(super) fn structure(seeder: &mut Seeder<'_>, people: &People) {
    let at = seeder.start();
    let admin = people.admin;
    let mut roles: Vec<Id> = Vec::new();
    for (name, label, above) in ROLES {
        let parent = above.and_then(|above| roles.get(above).copied());
        let fields = [
            ("Name", t(label)),
            ("DeveloperName", t(name)),
            ("RollupDescription", t(label)),
            ("ParentRoleId", parent.map_or(Value::Null, Value::Id)),
        ];
        roles.push(seeder.add("UserRole", at, admin, &fields));
    }
    if let Some(users) = seeder.schema.object("User") {
        for (id, role) in people.users.iter().zip(ROLE_OF_USER) {
            let role = role.and_then(|role| roles.get(role).copied());
            if let (Some(role), Some(record)) = (role, seeder.state.record(users, *id)) {
                let mut record = record.as_ref().clone();
                record.set(users, "UserRoleId", Value::Id(role));
                seeder.state.put(users, record);
            }
        }
    }
    for (queue, object, members) in [
        (people.lead_queue, "Lead", &people.sales),
        (people.case_queue, "Case", &people.service),
        (people.urgent_queue, "Case", &people.service),
    ] {
        let link = [("QueueId", Value::Id(queue)), ("SobjectType", t(object))];
        seeder.add("QueueSobject", at, admin, &link);
        for member in members {
            let link = [
                ("GroupId", Value::Id(queue)),
                ("UserOrGroupId", Value::Id(*member)),
            ];
            seeder.add("GroupMember", at, admin, &link);
        }
    }
    for (name, object, active) in ASSIGNMENT_RULES {
        let rule = [
            ("Name", t(name)),
            ("SobjectType", t(object)),
            ("Active", Value::Bool(active)),
        ];
        seeder.add("AssignmentRule", at, admin, &rule);
    }
    let schema = seeder.schema;
    for object in &schema.objects {
        for kind in &object.rules.record_types {
            let fields = [
                ("Name", t(&kind.name)),
                ("DeveloperName", t(&kind.developer_name)),
                ("SobjectType", t(&object.name)),
                ("IsActive", Value::Bool(true)),
            ];
            seeder.add("RecordType", at, admin, &fields);
        }
    }
    permission_sets(seeder, people);
}

fn permission_sets(seeder: &mut Seeder<'_>, people: &People) {
    let at = seeder.start();
    let Some(profiles) = seeder.schema.object("Profile") else {
        return;
    };
    let known: Vec<(Id, String)> = seeder
        .state
        .live(profiles)
        .map(|profile| {
            let name = profile.get(profiles, "Name").as_text().unwrap_or_default();
            (profile.id, name.to_owned())
        })
        .collect();
    for (profile, name) in known {
        let all = Value::Bool(name == access::ADMINISTRATOR);
        let fields = [
            ("Name", t(format!("X{}", profile.short()))),
            ("Label", t(&name)),
            ("IsOwnedByProfile", Value::Bool(true)),
            ("ProfileId", Value::Id(profile)),
            ("PermissionsApiEnabled", Value::Bool(name != access::NO_API)),
            ("PermissionsModifyAllData", all.clone()),
            ("PermissionsViewAllData", all.clone()),
            ("PermissionsViewSetup", all),
        ];
        let set = seeder.add("PermissionSet", at, people.admin, &fields);
        let Some(users) = seeder.schema.object("User") else {
            return;
        };
        for user in &people.users {
            let record = seeder.state.record(users, *user);
            if record.is_some_and(|record| *record.get(users, "ProfileId") == Value::Id(profile)) {
                let link = [
                    ("PermissionSetId", Value::Id(set)),
                    ("AssigneeId", Value::Id(*user)),
                ];
                seeder.add("PermissionSetAssignment", at, people.admin, &link);
            }
        }
    }
}
