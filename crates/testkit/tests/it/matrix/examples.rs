//! An example of each thing that a path can name, and what a form needs to succeed.
//!
//! Whoever adds a route with a new parameter adds its example here: the walk stops with the name of the route else.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::browser::Reply;
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;

use crate::proposals::{account, propose_phone};

/// Whose a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The member's alone.
    Member,
    /// The agent's that made it.
    Agent,
    /// The organization's; its administrators and auditors reach it.
    Organization,
    /// Nobody's: a name, or a secret that is unknown on purpose.
    Nobody,
}

/// A hub in which one of each thing exists.
pub(crate) struct Furnished {
    pub(crate) hub: TestHub,
    pub(crate) member: Person,
    pub(crate) agent: Agent,
    pub(crate) agent_id: String,
    pub(crate) connection: String,
    pub(crate) proposal: String,
    pub(crate) session: String,
    pub(crate) member_id: String,
    pub(crate) group: String,
    pub(crate) invitation: String,
    pub(crate) rule: String,
}

pub(crate) async fn furnished() -> Furnished {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let connection = member.connect(&hub, MARIA).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    // a rule, by which the proposal wants a second look
    let mut admin = hub.person(Who::Admin).await;
    let four_eyes = [
        ("name", "Four eyes"),
        ("decision", "ask"),
        ("effect", "change"),
        ("four_eyes", "yes"),
    ];
    admin
        .post("/admin/policy/new", &four_eyes)
        .await
        .expect(303);
    let rule = find(&admin.get("/admin/policy").await, "rul_");
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "1").await;
    // another session of the member, so that the page offers to end it
    hub.person(Who::Member).await;
    let group = hub.group("Walkers", 0, &[Who::Member]).await;
    let mut admin = hub.person(Who::Admin).await;
    let invite = [("emails", "invited@example.com"), ("role", "member")];
    admin.post("/admin/invitations", &invite).await.expect(200);
    let invitation = find(&admin.get("/admin/invitations").await, "inv_");
    let agent_id = find(&member.get("/agents").await, "agt_");
    let settings = member.get("/settings").await;
    Furnished {
        agent_id,
        session: find(&settings, "ses_"),
        member_id: find(&settings, "usr_"),
        hub,
        member,
        agent,
        connection,
        proposal,
        group,
        invitation,
        rule,
    }
}

/// An id that was never given.
fn nothing(prefix: &str) -> String {
    format!("{prefix}_{}", "0".repeat(32))
}

/// The first identifier of a kind on a page.
fn find(page: &Reply, prefix: &str) -> String {
    let start = page
        .text
        .find(prefix)
        .unwrap_or_else(|| panic!("no {prefix} in {}", page.text));
    page.text[start..start + 36].to_owned()
}

impl Furnished {
    /// The path with examples, and whose they are; none where the path names nothing.
    pub(crate) fn example(&self, path: &str) -> Option<(String, Owner)> {
        if !path.contains('{') {
            return None;
        }
        let mut filled = path.to_owned();
        let mut whose = Owner::Nobody;
        for (prefix, parameter, value, owner) in self.examples() {
            if path.starts_with(prefix) && filled.contains(parameter) {
                filled = filled.replace(parameter, &value);
                if owner != Owner::Nobody {
                    whose = owner;
                }
            }
        }
        assert!(
            !filled.contains('{'),
            "no example for a parameter of {path}: add one in crates/testkit/tests/it/matrix/examples.rs"
        );
        Some((filled, whose))
    }

    /// Beginning of a path, parameter, example, and whose it is; the first that fits counts.
    fn examples(&self) -> Vec<(&'static str, &'static str, String, Owner)> {
        let app = self.hub.app.id.to_string();
        let id = |path, id: &String, owner| (path, "{id}", id.clone(), owner);
        let word = |path, parameter, word: &str| (path, parameter, word.to_owned(), Owner::Nobody);
        vec![
            id("/approvals/", &self.proposal, Owner::Member),
            id("/connections/", &self.connection, Owner::Member),
            id("/agents/", &self.agent_id, Owner::Member),
            id("/settings/sessions/", &self.session, Owner::Member),
            id("/admin/oauth-apps/", &app, Owner::Organization),
            id("/admin/people/", &self.member_id, Owner::Organization),
            id("/admin/groups/", &self.group, Owner::Organization),
            id("/admin/invitations/", &self.invitation, Owner::Organization),
            id("/admin/panic/", &self.connection, Owner::Organization),
            id("/admin/policy/", &self.rule, Owner::Organization),
            id("/admin/second-looks/", &self.proposal, Owner::Organization),
            id("/admin/webhooks/", &nothing("whk"), Owner::Nobody),
            id("/api/v1/proposals/", &self.proposal, Owner::Agent),
            id("/api/v1/connections/", &self.connection, Owner::Member),
            word("/api/v1/exports/", "{id}", "7500000000000AAAAA"),
            word("/api/v1/tools/", "{name}", "salesforce_whoami"),
            word("/assets/", "{name}", "unknown"),
            word("/help/", "{document}", "security"),
            word("/link/", "{token}", "unknown"),
            word("/invitation/", "{token}", "unknown"),
            word("/api/integrations/callback/", "{app}", &app),
            word("", "{provider}", "salesforce"),
        ]
    }

    /// The path with examples.
    pub(crate) fn filled(&self, path: &str) -> String {
        self.example(path)
            .map_or_else(|| path.to_owned(), |(filled, _)| filled)
    }
}

/// The same path with an id that was never given.
pub(crate) fn nothing_like(path: &str) -> String {
    let start = path.find('_').expect("an id") + 1;
    format!(
        "{}{}{}",
        &path[..start],
        "0".repeat(32),
        &path[start + 32..]
    )
}

/// The answer without what differs in every answer.
pub(crate) fn without_request(reply: &Reply) -> String {
    let mut text = reply.text.clone();
    while let Some(start) = text.find("req_") {
        text.replace_range(start..start + 36, "");
    }
    text
}
