//! What goes wrong on the way: errors of callers, answers of a provider that repeat secrets or lead elsewhere.

use gatelodge_testkit::hub::Agent;
use serde_json::json;

use super::stage::{Story, local};

impl Story {
    /// Errors of the caller, and errors of the provider that repeat the token that they were asked with.
    pub(super) async fn provoke(&mut self, agent: &Agent) {
        let wrong = json!({ "soql": "SELECT Nothing FROM Contact" });
        agent.rest("salesforce_query", &wrong).await.expect(422);
        agent.call("salesforce_query", wrong).await;
        agent
            .rest("salesforce_query", &json!({ "sql": "x" }))
            .await
            .expect(400);
        agent.rest("no_such_tool", &json!({})).await.expect(404);
        let found = agent
            .result(
                "salesforce_query",
                json!({ "soql": "SELECT Id FROM Contact LIMIT 1" }),
            )
            .await;
        let change = json!({ "object": "Contact", "id": found["records"][0]["Id"], "fields": { "Title": "echo" } });
        let proposal = agent.propose("salesforce_update_record", change).await;
        let token = self.latest("authorization: Bearer ", "\r\n");
        let body = json!([{ "errorCode": "INVALID_FIELD", "message": format!("Bad request with {token} in it"),
            "fields": [token] }]);
        for status in [400, 403, 500] {
            let fault = json!({ "path_prefix": "/services/data", "method": "GET", "status": status,
                "body": body.to_string(), "times": 8 });
            self.org.admin("faults", &fault).await;
            let question = json!({ "soql": "SELECT Id FROM Contact LIMIT 1" });
            for _ in 0..2 {
                let reply = agent.rest("salesforce_query", &question).await;
                assert!(!reply.status.is_success(), "{}", reply.text);
                assert_eq!(
                    agent.call("salesforce_query", question.clone()).await["isError"],
                    true
                );
            }
            self.clear_faults().await;
        }
        let page = self
            .open(&format!("/approvals/{proposal}"))
            .await
            .expect(200);
        let hidden = |name| page.hidden(name).expect("a form");
        let fields = [("digest", hidden("digest")), ("nonce", hidden("nonce"))];
        let fault = json!({ "path_prefix": "/services/data", "method": "PATCH", "status": 400, "body": body.to_string() });
        self.org.admin("faults", &fault).await;
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.submit(&format!("/approvals/{proposal}/approve"), &fields)
            .await
            .expect(303);
        let seen = agent
            .call_result(
                "gatelodge_get_proposal",
                json!({ "id": proposal, "wait_seconds": 20 }),
            )
            .await;
        assert_eq!(seen["status"], "failed", "{seen}");
        self.open(&format!("/approvals/{proposal}"))
            .await
            .expect(200);
        self.clear_faults().await;
    }

    /// A token answer that names another host is not followed.
    pub(super) async fn be_told_elsewhere(&mut self, agent: &Agent) {
        self.move_instance(Some(&local(&self.elsewhere))).await;
        self.org.admin("expire-access-tokens", &json!({})).await;
        let reply = agent.rest("salesforce_whoami", &json!({})).await;
        assert!(!reply.status.is_success(), "{}", reply.text);
        self.move_instance(Some(&local(&self.back))).await;
    }

    pub(super) async fn come_back_wrongly(&mut self) {
        for query in [
            "state=forged&code=aPrx.forged",
            "error=access_denied&state=forged",
            "",
        ] {
            let reply = self
                .open(&format!("/api/integrations/callback/salesforce?{query}"))
                .await;
            assert!(!reply.status.is_success(), "{query}: {}", reply.text);
        }
    }

    pub(super) async fn disconnect(&mut self, connection: &str) {
        self.submit(&format!("/connections/{connection}/disconnect"), &[])
            .await
            .expect(303);
        self.open(&format!("/connections/{connection}"))
            .await
            .expect(200);
    }

    /// The token endpoint refuses for good, and repeats the refresh token in its words.
    pub(super) async fn lose_the_grant(&mut self, agent: &Agent) {
        let token = self.latest("\"refresh_token\":\"", "\"");
        let body =
            json!({ "error": "invalid_grant", "error_description": format!("expired: {token}") });
        let fault = json!({ "path_prefix": "/services/oauth2/token", "status": 400, "body": body.to_string() });
        self.org.admin("faults", &fault).await;
        self.org.admin("expire-access-tokens", &json!({})).await;
        let reply = agent.rest("salesforce_whoami", &json!({})).await;
        assert_eq!(reply.json()["code"], "reconnect_needed", "{}", reply.text);
        agent.call("salesforce_whoami", json!({})).await;
    }

    pub(super) async fn look_around(&mut self, agent: &Agent, connection: &str) {
        let connection = format!("/connections/{connection}");
        for path in [
            "/",
            "/approvals",
            "/connections",
            &connection,
            "/agents",
            "/audit",
            "/settings",
            "/admin/oauth-apps",
            "/admin/people",
            "/admin/invitations",
            "/admin/groups",
            "/step-up",
            "/nowhere",
        ] {
            self.open(path).await;
        }
        self.submit("/audit/verify", &[]).await;
        for path in [
            "/api/v1/openapi.json",
            "/api/v1/connections",
            "/api/v1/proposals/none",
            "/readyz",
        ] {
            agent.get(path).await;
        }
    }
}
