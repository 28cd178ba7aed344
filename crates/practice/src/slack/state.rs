//! Everything that a practice Slack remembers: workspaces, apps, channels, messages, grants.
//!
//! Finds and keeps; must not know the words of the interface.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::authorize::Code;
use super::channels::{Channel, Kind};
use super::grants::Grants;
use super::message::Message;
use super::{SlackApp, SlackOptions, seed};

/// A workspace.
#[derive(Clone, Debug)]
pub(super) struct Team {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
    /// Apps need an administrator's approval.
    pub(super) asks_for_approval: bool,
    /// Client ids of approved apps.
    pub(super) approved: BTreeSet<String>,
    /// Client ids of apps that an administrator refused.
    pub(super) restricted: BTreeSet<String>,
    /// Client id and user id of open requests.
    pub(super) requests: Vec<(String, String)>,
    pub(super) members: Vec<Member>,
}

/// Somebody in a workspace; the same person has another id in another workspace.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) user_id: String,
    pub(super) username: String,
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) admin: bool,
    pub(super) active: bool,
}

pub(super) struct State {
    pub(super) teams: Vec<Team>,
    pub(super) apps: Vec<SlackApp>,
    pub(super) channels: Vec<Channel>,
    pub(super) messages: Vec<Message>,
    pub(super) grants: Grants,
    /// Codes that were not exchanged yet.
    pub(super) codes: BTreeMap<String, Code>,
    /// Scopes that consent does not give, whatever is asked.
    pub(super) withheld: BTreeSet<String>,
    /// Microseconds of the last message; a later one never gets the same or a smaller number.
    last: i64,
}

impl State {
    pub(super) fn new(options: &SlackOptions) -> Self {
        let teams = seed::teams();
        Self {
            channels: seed::channels(&teams),
            teams,
            apps: options.apps.clone(),
            messages: Vec::new(),
            grants: Grants::default(),
            codes: BTreeMap::new(),
            withheld: BTreeSet::new(),
            last: 0,
        }
    }

    pub(super) fn app(&self, client_id: &str) -> Option<&SlackApp> {
        self.apps.iter().find(|app| app.client_id == client_id)
    }

    pub(super) fn team(&self, id: &str) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }

    pub(super) fn team_mut(&mut self, id: &str) -> Option<&mut Team> {
        self.teams.iter_mut().find(|team| team.id == id)
    }

    /// The workspaces of somebody.
    pub(super) fn teams_of<'a>(&'a self, username: &'a str) -> impl Iterator<Item = &'a Team> {
        self.teams
            .iter()
            .filter(move |team| team.member_named(username).is_some())
    }

    pub(super) fn member(&self, team: &str, user_id: &str) -> Option<&Member> {
        let members = &self.team(team)?.members;
        members.iter().find(|member| member.user_id == user_id)
    }

    /// The channel that somebody means, as far as they may know of it.
    pub(super) fn channel(&self, team: &str, wanted: &str, user_id: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| {
            channel.team == team && channel.is_called(wanted) && channel.shows_to(user_id)
        })
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// The direct messages between two, made where there are none yet.
    pub(super) fn direct(&mut self, team: &str, one: &str, other: &str) -> Channel {
        let members = BTreeSet::from([one.to_owned(), other.to_owned()]);
        let found = self.channels.iter().find(|channel| {
            channel.kind == Kind::Direct && channel.team == team && channel.members == members
        });
        if let Some(found) = found {
            return found.clone();
        }
        let channel = Channel {
            id: format!("D01DIRECT{:03}", self.channels.len()),
            team: team.to_owned(),
            name: String::new(),
            kind: Kind::Direct,
            archived: false,
            members,
        };
        self.channels.push(channel.clone());
        channel
    }

    /// The number of a message: seconds and microseconds, each number once.
    pub(super) fn next_number(&mut self, now: DateTime<Utc>) -> String {
        self.last = (self.last + 1).max(now.timestamp_micros());
        format!("{}.{:06}", self.last / 1_000_000, self.last % 1_000_000)
    }
}

impl Team {
    pub(super) fn member_named(&self, username: &str) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.active && member.username == username)
    }

    /// Whether somebody may install an app without asking.
    pub(super) fn lets_install(&self, client_id: &str, member: &Member) -> bool {
        !self.asks_for_approval || member.admin || self.approved.contains(client_id)
    }
}
