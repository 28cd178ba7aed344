//! The workspaces, people and channels that every practice Slack begins with.
//!
//! Must not know what apps do with them.

use std::collections::BTreeSet;

use super::channels::{Channel, Kind};
use super::state::{Member, Team};
use crate::vendor::STAFF;

/// The workspace of the whole company.
pub(super) const NORTHWIND: &str = "T01NORTHWIND";
/// A second workspace, which only some people belong to.
pub(super) const LABS: &str = "T02LABS";

pub(super) fn teams() -> Vec<Team> {
    vec![
        team(NORTHWIND, "Northwind", "northwind-practice", "U01", 4),
        team(LABS, "Northwind Labs", "northwind-labs", "U02", 2),
    ]
}

fn team(id: &str, name: &str, domain: &str, ids: &str, people: usize) -> Team {
    let member = |employee: &crate::vendor::Employee| Member {
        user_id: format!(
            "{ids}{}{}",
            employee.first_name.to_uppercase(),
            employee.last_name.to_uppercase()
        ),
        username: employee.username.to_owned(),
        handle: employee
            .username
            .split('@')
            .next()
            .unwrap_or_default()
            .to_owned(),
        name: employee.name(),
        admin: employee.username == STAFF[0].username,
        active: true,
    };
    Team {
        id: id.to_owned(),
        name: name.to_owned(),
        domain: domain.to_owned(),
        asks_for_approval: false,
        approved: BTreeSet::new(),
        restricted: BTreeSet::new(),
        requests: Vec::new(),
        members: STAFF.iter().take(people).map(member).collect(),
    }
}

pub(super) fn channels(teams: &[Team]) -> Vec<Channel> {
    let mut channels = Vec::new();
    for team in teams {
        let ids: Vec<&str> = team
            .members
            .iter()
            .map(|one| one.user_id.as_str())
            .collect();
        let number = team.id.get(1..3).unwrap_or_default();
        let mut add = |name: &str, kind, archived, members: &[&str]| {
            channels.push(Channel {
                id: format!("C{number}{}", name.to_uppercase().replace('-', "")),
                team: team.id.clone(),
                name: name.to_owned(),
                kind,
                archived,
                members: members.iter().map(|&id| id.to_owned()).collect(),
            });
        };
        add("general", Kind::Public, false, &ids);
        add("sales", Kind::Public, false, &ids[1..]);
        add("leadership", Kind::Private, false, &ids[..2]);
        add("project-2019", Kind::Public, true, &ids);
    }
    channels
}
