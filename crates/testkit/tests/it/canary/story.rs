//! What people and agents do at the hub, from the first sign-in to the last look.

use gatelodge_model::Secret;
use gatelodge_testkit::browser::Reply;
use gatelodge_testkit::decider::link_to;
use gatelodge_testkit::hub::Agent;
use gatelodge_testkit::practice::{ADMIN, Decision, Visitor};
use serde_json::json;

use super::stage::{Story, local};

pub(super) const EMAIL: &str = "ada@gatelodge.example";
pub(super) const PASSWORD: &str = "a-long-canary-password";
const CLIENT_ID: &str = "3MVG9.canary.client";
pub(super) const CLIENT_SECRET: &str = "canary/client+secret 7B1FD2";
const SESSION_COOKIE: &str = "gatelodge";

impl Story {
    /// The whole story.
    pub(super) async fn tell(&mut self) {
        self.move_instance(Some(&local(&self.back))).await;
        self.set_up_app().await;
        // a consent that was given once is not asked for again, so it is denied first
        assert!(
            self.connect(None, Decision::Deny).await.is_none(),
            "a denied consent connects nothing"
        );
        let connection = self
            .connect(None, Decision::Allow)
            .await
            .expect("connected");
        let agent = self.make_agent().await;
        self.work(&agent).await;
        self.restore(&agent).await;
        self.refresh(&agent).await;
        self.provoke(&agent).await;
        self.be_told_elsewhere(&agent).await;
        self.come_back_wrongly().await;
        self.disconnect(&connection).await;
        let refused = agent.rest("salesforce_whoami", &json!({})).await;
        assert_eq!(refused.status.as_u16(), 409, "{}", refused.text);
        self.connect(Some(&connection), Decision::Allow)
            .await
            .expect("reconnected");
        agent.result("salesforce_whoami", json!({})).await;
        self.lose_the_grant(&agent).await;
        self.look_around(&agent, &connection).await;
        self.submit("/sign-out", &[]).await.expect(303);
    }

    pub(super) async fn sign_in(&mut self) {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", "/")];
        self.submit(
            "/sign-in",
            &[
                ("email", EMAIL),
                ("password", "not the password"),
                ("next", "/"),
            ],
        )
        .await;
        self.submit("/sign-in", &fields).await.expect(303);
        let session = self
            .browser
            .cookie(&self.public(), SESSION_COOKIE)
            .expect("a session")
            .to_owned();
        self.own.push(("session cookie", session));
    }

    pub(super) async fn set_up_app(&mut self) {
        let made = self
            .submit("/admin/oauth-apps", &[("provider", "salesforce")])
            .await
            .expect(303);
        let place = made.location().unwrap();
        let base = local(&self.back);
        let page = self.browser.get(&place).await.expect(200);
        let mut words = page.text.split(['"', '<', '>', ' ', '\n']);
        let callback = words
            .find(|word| word.contains("/api/integrations/callback/"))
            .expect("the callback to copy");
        let app = json!({
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "name": "Canary",
            "callbacks": [callback], "rotate_refresh_tokens": true,
        });
        self.org.admin("apps", &app).await;
        let fields = [
            ("name", "Canary"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("auth_base_url", base.as_str()),
            ("enabled", "yes"),
        ];
        // a save that is refused must not show what was typed
        let mut wrong = fields;
        wrong[3].1 = "ftp://nowhere.example";
        self.browser.post(&place, &wrong).await.expect(400);
        self.browser.post(&place, &fields).await.expect(303);
        self.browser.get(&place).await.expect(200);
    }

    /// Connects by the pages; the connection's id when it was allowed.
    pub(super) async fn connect(
        &mut self,
        reconnect: Option<&str>,
        decision: Decision,
    ) -> Option<String> {
        let site = local(&self.back);
        let page = self.open("/connections/new").await.expect(200);
        let app = page.hidden("app").expect("an app");
        let mut fields = vec![("app", app.as_str()), ("login_host", site.as_str())];
        fields.extend(reconnect.map(|id| ("reconnect", id)));
        let sent = self.submit("/connections/new", &fields).await.expect(303);
        let page = self
            .browser
            .get(&sent.location().unwrap())
            .await
            .expect(200);
        let authorize = link_to(&page.text, &site).expect("a link to the practice org");
        let mut visitor = Visitor::at(site.parse().unwrap());
        let back = visitor
            .follow(&authorize, ADMIN, &self.org.password(ADMIN), decision)
            .await;
        let reply = self.browser.get(&back).await;
        let place = reply.location()?;
        self.browser.get(&place).await;
        let id = place.path().rsplit('/').next()?.to_owned();
        id.starts_with("con_").then_some(id)
    }

    pub(super) async fn make_agent(&mut self) -> Agent {
        let start = self.front.recording().to_client.len();
        let page = self
            .submit(
                "/agents",
                &[("name", "Canary agent"), ("access", "read_and_propose")],
            )
            .await
            .expect(200);
        self.shown_once
            .push((start, self.front.recording().to_client.len()));
        let rest = page.text.split("gla_").nth(1).expect("a token on the page");
        let token: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c))
            .collect();
        let token = format!("gla_{token}");
        self.own.push(("agent token", token.clone()));
        Agent::new(self.public(), Secret::new(token))
    }

    pub(super) async fn work(&mut self, agent: &Agent) {
        agent.get("/api/v1/tools").await.expect(200);
        agent.get("/api/v1/connections").await.expect(200);
        agent.tool_names().await;
        agent.call("gatelodge_list_connections", json!({})).await;
        let soql = json!({ "soql": "SELECT Id, Name FROM Contact LIMIT 3" });
        agent.call("salesforce_query", soql.clone()).await;
        let found = agent.result("salesforce_query", soql).await;
        for decision in ["approve", "reject"] {
            let change = json!({ "object": "Contact", "id": found["records"][0]["Id"], "fields": { "Title": decision } });
            let proposal = agent.propose("salesforce_update_record", change).await;
            self.decide(&proposal, decision).await.expect(303);
            agent
                .call(
                    "gatelodge_get_proposal",
                    json!({ "id": proposal, "wait_seconds": 20 }),
                )
                .await;
            self.open(&format!("/approvals/{proposal}"))
                .await
                .expect(200);
        }
    }

    /// The one write that carries the session in its body.
    pub(super) async fn restore(&mut self, agent: &Agent) {
        let soql = json!({ "soql": "SELECT Id FROM Lead WHERE IsConverted = false LIMIT 1" });
        let found = agent.result("salesforce_query", soql).await;
        let lead = json!({ "object": "Lead", "id": found["records"][0]["Id"] });
        for tool in ["salesforce_delete_record", "salesforce_undelete_record"] {
            let proposal = agent.propose(tool, lead.clone()).await;
            self.decide(&proposal, "approve").await.expect(303);
            let question = json!({ "id": proposal, "wait_seconds": 20 });
            let seen = agent.call_result("gatelodge_get_proposal", question).await;
            assert_eq!(seen["status"], "done", "{seen}");
            self.open(&format!("/approvals/{proposal}"))
                .await
                .expect(200);
        }
        let sent = self.sent_to_provider();
        assert!(
            sent.contains("<urn:sessionId>00D"),
            "it carried the session"
        );
    }

    pub(super) async fn decide(&mut self, proposal: &str, decision: &str) -> Reply {
        let page = self
            .open(&format!("/approvals/{proposal}"))
            .await
            .expect(200);
        let hidden = |name| page.hidden(name).expect("a form");
        let (digest, nonce) = (hidden("digest"), hidden("nonce"));
        let fields = [
            ("digest", digest.as_str()),
            ("nonce", nonce.as_str()),
            ("note", "no"),
            ("read_all", "yes"),
        ];
        self.submit(&format!("/approvals/{proposal}/{decision}"), &fields)
            .await
    }

    pub(super) async fn refresh(&mut self, agent: &Agent) {
        for _ in 0..2 {
            self.org.admin("expire-access-tokens", &json!({})).await;
            agent.result("salesforce_whoami", json!({})).await;
        }
    }
}
