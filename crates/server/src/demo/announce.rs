//! What the demo prints when it is ready: one line of JSON for programs, or a few lines for people.
//!
//! Must not know: how anything was made.

use super::{
    practice_org::PracticeOrg,
    seed::{Person, Seeded},
};
use crate::commands::say;
use serde_json::{Value, json};
use url::Url;

pub(super) fn announce(
    as_json: bool,
    hub: &Url,
    practice_url: &Url,
    practice: &PracticeOrg,
    seeded: &Seeded,
) {
    let practice_url = practice_url.origin().ascii_serialization();
    let hub = hub.origin().ascii_serialization();
    if as_json {
        say(as_value(&hub, &practice_url, practice, seeded));
    } else {
        for_people(&hub, &practice_url, practice, seeded);
    }
}

fn as_value(hub: &str, practice_url: &str, practice: &PracticeOrg, seeded: &Seeded) -> Value {
    let usernames: Vec<&str> = seeded
        .people
        .iter()
        .map(|person| person.practice_username)
        .collect();
    let people: Vec<Value> = seeded
        .people
        .iter()
        .map(|person| {
            json!({
                "name": person.name,
                "email": person.email,
                "password": person.password,
                "role": person.role,
                "connected": person.connected,
            })
        })
        .collect();
    let users: Vec<Value> = practice
        .sign_ins(&usernames)
        .into_iter()
        .map(|(username, password)| json!({ "username": username, "password": password }))
        .collect();
    json!({
        "hub": hub,
        "mcp": format!("{hub}/mcp"),
        "rest": format!("{hub}/api/v1"),
        "practice_org": practice_url,
        "agent_token": seeded.agent_token.expose(),
        "people": people,
        "practice_users": users,
    })
}

fn for_people(hub: &str, practice_url: &str, practice: &PracticeOrg, seeded: &Seeded) {
    let [first, second] = &seeded.people;
    let [first_state, second_state] = [first, second].map(|person| state(person, practice));
    let token = seeded.agent_token.expose();
    let snippet = json!({
        "mcpServers": { "gatelodge": { "type": "http", "url": format!("{hub}/mcp"), "headers": { "Authorization": format!("Bearer {token}") } } }
    });
    say(format!(
        "Gatelodge is ready.

  1. Open {hub}
     Sign in as {} ({} / {}): {first_state}
     Or as {} ({} / {}): {second_state}

  2. Give an agent this MCP server (it acts for {}):
     {snippet}

  3. Ask it to read or to change a record. It reads at once; a change waits for you at {hub}/approvals

  Practice org: {}   REST: {hub}/api/v1   Ctrl-C ends everything.",
        first.name,
        first.email,
        first.password,
        second.name,
        second.email,
        second.password,
        first.name,
        practice_url,
    ));
}

fn state(person: &Person, practice: &PracticeOrg) -> String {
    if person.connected {
        return "connected to the practice org already.".to_owned();
    }
    let password = practice
        .sign_ins(&[person.practice_username])
        .into_iter()
        .find(|(username, _)| username == person.practice_username)
        .map_or_else(String::new, |(_, password)| password);
    format!(
        "connects by hand, in the practice org as\n     {} / {password}",
        person.practice_username
    )
}
