//! What the start page of a practice Slack shows.
//!
//! Must not change anything.

use super::grants::Grant;
use super::scopes::Kind;
use super::state::{State, Team};
use super::{Slack, seed};
use crate::vendor::{Front, Order, Row, Section};

/// Messages on the page.
const SHOWN: usize = 50;

/// The start page.
pub(super) fn front(slack: &Slack) -> Front {
    let url = slack.ground.base_url();
    let state = slack.state();
    Front {
        lead: "A Slack to practise with. It speaks OAuth and the methods that post and read messages, and keeps everything in memory.".to_owned(),
        facts: vec![
            ("Authorize".to_owned(), format!("{url}/oauth/v2/authorize")),
            ("Web API".to_owned(), format!("{url}/api/")),
        ],
        sections: vec![
            Section::people(&slack.ground, |username| workspaces(&state, username)),
            apps(&state),
            channels(&state),
            grants(&state),
            messages(&state),
        ],
    }
}

fn workspaces(state: &State, username: &str) -> String {
    let names: Vec<String> = state
        .teams_of(username)
        .map(|team| {
            let member = team.member_named(username);
            let admin = member.is_some_and(|member| member.admin);
            let role = if admin { "administrator" } else { "member" };
            format!("{role} of {}", team.name)
        })
        .collect();
    names.join(", ")
}

fn apps(state: &State) -> Section {
    let northwind = state.team(seed::NORTHWIND);
    let rows = state.apps.iter().map(|app| {
        let order = |name, words| Order {
            name,
            words,
            with: vec![("client_id", app.client_id.clone())],
        };
        let standing = northwind.map_or("", |team| standing(team, &app.client_id));
        Row {
            cells: vec![
                app.name.clone(),
                app.client_id.clone(),
                app.redirect_urls.join(", "),
                standing.to_owned(),
            ],
            orders: vec![
                order("make_bot_token", "Make a bot token"),
                order("approve_app", "Approve"),
                order("restrict_app", "Restrict"),
                order("uninstall", "Uninstall"),
            ],
        }
    });
    Section {
        title: "Apps",
        empty: "None is registered yet.",
        head: vec!["Name", "Client id", "Redirect URLs", "In Northwind"],
        rows: rows.collect(),
    }
}

fn standing(team: &Team, client_id: &str) -> &'static str {
    if team.restricted.contains(client_id) {
        "restricted"
    } else if team.approved.contains(client_id) {
        "approved"
    } else if team.requests.iter().any(|(asked, _)| asked == client_id) {
        "requested"
    } else {
        "no decision"
    }
}

fn channels(state: &State) -> Section {
    let rows = state.channels.iter().map(|channel| Row {
        cells: vec![
            channel.name.clone(),
            channel.id.clone(),
            state
                .team(&channel.team)
                .map(|team| team.name.clone())
                .unwrap_or_default(),
            channel
                .members
                .iter()
                .map(|id| holder(state, &channel.team, id))
                .collect::<Vec<_>>()
                .join(", "),
        ],
        orders: bots_outside(state, channel),
    });
    Section {
        title: "Channels",
        empty: "",
        head: vec!["Name", "Id", "Workspace", "Members"],
        rows: rows.collect(),
    }
}

/// Invitations for living bots that are not in the channel yet.
fn bots_outside(state: &State, channel: &super::channels::Channel) -> Vec<Order> {
    let outside = |grant: &&Grant| {
        grant.kind == Kind::Bot
            && grant.ended.is_none()
            && grant.team == channel.team
            && channel.team == seed::NORTHWIND
            && !channel.has(&grant.user_id)
            && channel.kind != super::channels::Kind::Direct
    };
    let bots = state.grants.all().iter().filter(outside);
    bots.map(|grant| Order {
        name: "invite",
        words: "Invite the bot",
        with: vec![
            ("channel", channel.id.clone()),
            ("user_id", grant.user_id.clone()),
        ],
    })
    .collect()
}

/// The name of a person or of an app's bot.
fn holder(state: &State, team: &str, user_id: &str) -> String {
    if let Some(member) = state.member(team, user_id) {
        return member.name.clone();
    }
    let bot = state
        .grants
        .all()
        .iter()
        .find(|grant| grant.user_id == user_id);
    let app = bot.and_then(|grant| state.app(&grant.client_id));
    app.map_or_else(|| user_id.to_owned(), |app| app.name.clone())
}

fn grants(state: &State) -> Section {
    let rows = state.grants.all().iter().map(|grant| {
        let alive = grant.ended.is_none();
        let revoke = Order {
            name: "revoke_grant",
            words: "Revoke",
            with: vec![("grant", grant.id.to_string())],
        };
        Row {
            cells: vec![
                holder(state, &grant.team, &grant.user_id),
                state
                    .app(&grant.client_id)
                    .map(|app| app.name.clone())
                    .unwrap_or_default(),
                grant.scopes.join(", "),
                if alive { "alive" } else { "ended" }.to_owned(),
            ],
            orders: if alive { vec![revoke] } else { Vec::new() },
        }
    });
    Section {
        title: "Grants",
        empty: "Nothing was granted yet.",
        head: vec!["Holder", "App", "Scopes", "State"],
        rows: rows.collect(),
    }
}

fn messages(state: &State) -> Section {
    let rows = state.messages.iter().rev().take(SHOWN).map(|message| Row {
        cells: vec![
            message.ts.clone(),
            message.channel.clone(),
            holder(state, &message.team, &message.user_id),
            message.text.clone(),
        ],
        orders: Vec::new(),
    });
    Section {
        title: "Messages",
        empty: "None was posted yet.",
        head: vec!["Number", "Channel", "From", "Text"],
        rows: rows.collect(),
    }
}
