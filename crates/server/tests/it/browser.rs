//! A browser without pages: forms, one cookie, no redirects followed.
//!
//! Must not know what a test proves.

use reqwest::{Client, Response, header, redirect::Policy};

/// A client that goes straight to the hub.
#[expect(
    clippy::disallowed_methods,
    reason = "a test plays a browser, which is no part of the hub"
)]
pub(crate) fn client() -> Client {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

pub(crate) struct Browser {
    client: Client,
    hub: String,
    cookie: Option<String>,
}

impl Browser {
    pub(crate) fn at(hub: &str) -> Self {
        Self {
            client: client(),
            hub: hub.to_owned(),
            cookie: None,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.hub));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request.send().await.unwrap()
    }

    /// Sends a form as a page of the hub would.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut request = self
            .client
            .post(format!("{}{path}", self.hub))
            .header(header::ORIGIN, &self.hub);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request.form(fields).send().await.unwrap()
    }

    /// Signs in and keeps the session; gives the status.
    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> u16 {
        let answer = self
            .post("/sign-in", &[("email", email), ("password", password)])
            .await;
        let cookie = answer
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|value| value.to_str().ok());
        self.cookie = cookie
            .and_then(|text| text.split(';').next())
            .map(str::to_owned);
        answer.status().as_u16()
    }

    /// Opens a one-time link and sets a password; gives the status.
    pub(crate) async fn set_password(&self, link: &str, password: &str) -> u16 {
        let answer = self
            .post(link, &[("password", password), ("again", password)])
            .await;
        answer.status().as_u16()
    }
}
