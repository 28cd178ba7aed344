//! A client of the REST resources, signed in as one user of the practice org.

use gatelodge_practice::org::Id;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{TestOrg, text};

pub(crate) const ADMIN: &str = "admin@northwind-practice.example";
pub(crate) const MARIA: &str = "maria.lopez@northwind-practice.example";
pub(crate) const BEN: &str = "ben.carter@northwind-practice.example";
pub(crate) const RUTH: &str = "ruth.adeyemi@northwind-practice.example";
pub(crate) const SOFIE: &str = "sofie.nygaard@northwind-practice.example";
pub(crate) const VICTOR: &str = "victor.stahl@northwind-practice.example";

/// One user's access to one org.
pub(crate) struct Rest<'a> {
    org: &'a TestOrg,
    token: String,
}

/// Status, headers and body of an answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) raw: String,
}

impl Reply {
    /// The error code of the first entry.
    pub(crate) fn code(&self) -> &str {
        self.body[0]["errorCode"]
            .as_str()
            .unwrap_or_else(|| panic!("no error in {}", self.raw))
    }

    pub(crate) fn message(&self) -> &str {
        self.body[0]["message"].as_str().unwrap()
    }

    pub(crate) fn id(&self) -> String {
        text(&self.body, "id").to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.raw);
        self
    }
}

impl TestOrg {
    /// Signs in through the whole OAuth flow.
    pub(crate) async fn rest(&self, username: &str) -> Rest<'_> {
        let (_, password) = self
            .running
            .sign_ins()
            .into_iter()
            .find(|(known, _)| known == username)
            .unwrap();
        let mut browser = self.browser();
        let back = browser
            .authorize(&self.authorize_url(&[]), username, &password)
            .await;
        let (status, answer) = self.exchange(&back["code"], &[]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        Rest {
            org: self,
            token: text(&answer, "access_token").to_owned(),
        }
    }

    /// How often a record was written since the seed, and by which clients.
    pub(crate) fn writers(&self, id: &str) -> Vec<Option<String>> {
        let writes = self.running.practice().org.writes(Id::parse(id).unwrap());
        writes.into_iter().map(|write| write.client).collect()
    }
}

impl Rest<'_> {
    /// The access token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A request below `/services/data`, with headers and a body of any form.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .org
            .http
            .request(method, self.org.url(&format!("/services/data{path}")))
            .bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let raw = response.text().await.unwrap();
        Reply {
            status,
            headers,
            body: serde_json::from_str(&raw).unwrap_or(Value::Null),
            raw,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", &format!("/v66.0{path}"), &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(
            "POST",
            &format!("/v66.0{path}"),
            &[],
            Some(body.to_string()),
        )
        .await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(
            "PATCH",
            &format!("/v66.0{path}"),
            &[],
            Some(body.to_string()),
        )
        .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", &format!("/v66.0{path}"), &[], None)
            .await
    }

    pub(crate) async fn query(&self, soql: &str) -> Reply {
        let encoded: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
        self.get(&format!("/query?q={encoded}")).await
    }

    /// The records of a query that must succeed.
    pub(crate) async fn records(&self, soql: &str) -> Vec<Value> {
        let reply = self.query(soql).await.expect(200);
        reply.body["records"].as_array().unwrap().clone()
    }

    /// The id of the first record of a query.
    pub(crate) async fn first_id(&self, soql: &str) -> String {
        text(&self.records(soql).await[0], "Id").to_owned()
    }
}
