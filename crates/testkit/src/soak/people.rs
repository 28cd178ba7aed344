//! People of a hub by the dozen, each with accounts of the practice org and an agent.
//!
//! Must not know what a run does with them.

use gatelodge_core::NewUser;
use gatelodge_model::{AgentAccess, Role, Secret};
use tokio::task::JoinSet;

use crate::hub::{Agent, Person, TestHub};
use crate::practice::{ADMIN, BEN, MARIA, RUTH};

/// Users of the practice org who may use its API; each may hold five grants of one app, unless the org is told otherwise.
const USERS: [&str; 4] = [ADMIN, MARIA, BEN, RUTH];

const PASSWORD: &str = "a password of this run";

/// Somebody who connected accounts.
pub(super) struct Member {
    /// In front of a browser.
    pub(super) person: Person,
    /// Acts for them.
    pub(super) agent: Agent,
    /// Their connections.
    pub(super) connections: Vec<String>,
}

/// So many people, each with so many connections.
pub(super) async fn members(hub: &TestHub, people: usize, connections: usize) -> Vec<Member> {
    let mut members = Vec::new();
    for number in 0..people {
        let email = format!("person{number}@northwind.example");
        let new = NewUser {
            email: email.clone(),
            name: format!("Person {number}"),
            role: Role::Member,
        };
        hub.hub()
            .add_user_with_password(hub.app.organization, new, Secret::new(PASSWORD))
            .await
            .expect("a person");
        let mut person = hub.anonymous();
        person.sign_in(&email, PASSWORD).await;
        let agent = hub.agent_of(&mut person, AgentAccess::ReadAndPropose).await;
        members.push(Member {
            person,
            agent,
            connections: Vec::new(),
        });
    }
    for round in 0..connections {
        for (number, member) in members.iter_mut().enumerate() {
            let user = USERS[(number + round) % USERS.len()];
            let connection = member.person.connect(hub, user).await;
            member.connections.push(connection);
        }
    }
    members
}

/// Runs all of these, so many at a time, and gives what they gave.
pub(super) async fn at_once<T: Send + 'static>(
    most: usize,
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running = JoinSet::new();
    let mut results = Vec::new();
    for one in work {
        if running.len() == most
            && let Some(done) = running.join_next().await
        {
            results.push(done.expect("no panic"));
        }
        running.spawn(one);
    }
    results.extend(running.join_all().await);
    results
}
