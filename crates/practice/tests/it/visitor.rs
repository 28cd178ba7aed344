//! A client of any practice server: forms and JSON for programs, pages with cookies for a person.

use std::collections::BTreeMap;

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::support::{client_builder, flow_of, location};

/// The administrator, and somebody who is none.
pub(crate) const ADMIN: &str = "admin@northwind-practice.example";
pub(crate) const MARIA: &str = "maria.lopez@northwind-practice.example";
pub(crate) const BEN: &str = "ben.carter@northwind-practice.example";

pub(crate) struct Visitor {
    pub(crate) http: Client,
    base: String,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub(crate) fn at(base: &str) -> Self {
        Self::with(client_builder().build().unwrap(), base)
    }

    pub(crate) fn with(http: Client, base: &str) -> Self {
        Self {
            http,
            base: base.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    pub(crate) fn url(&self, address: &str) -> String {
        if address.starts_with('/') {
            format!("{}{address}", self.base)
        } else {
            address.to_owned()
        }
    }

    pub(crate) async fn get(&mut self, address: &str) -> Response {
        let request = self.http.get(self.url(address));
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Response {
        let request = self.http.post(self.url(address)).form(form);
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let pairs = self.cookies.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        let response = request.header("cookie", cookies).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    /// Opens an address and signs in where asked; the page that decides, with its flow.
    pub(crate) async fn reach(&mut self, address: &str, username: &str) -> (String, String) {
        let mut next = location(&self.get(address).await);
        let flow = flow_of(&next);
        let mut page = self.get(&next).await;
        if page.status().is_redirection() {
            next = location(&page);
            assert!(next.starts_with("/login"), "{next}");
            let part = username.split('@').next().unwrap();
            let password = format!("practice-{part}");
            let form = [
                ("flow", flow.as_str()),
                ("username", username),
                ("password", password.as_str()),
            ];
            let signed_in = self.post("/login", &form).await;
            page = self.get(&location(&signed_in)).await;
        }
        assert_eq!(page.status(), StatusCode::OK);
        (flow, page.text().await.unwrap())
    }

    /// Presses a button of the page that decides.
    pub(crate) async fn decide(&mut self, flow: &str, form: &[(&str, &str)]) -> Response {
        let mut form = form.to_vec();
        form.push(("flow", flow));
        self.post("/consent", &form).await
    }

    /// Goes the whole way and presses this button; the parameters that come back to the app.
    pub(crate) async fn come_back(
        &mut self,
        address: &str,
        username: &str,
        decision: &str,
    ) -> BTreeMap<String, String> {
        let (flow, _) = self.reach(address, username).await;
        let response = self.decide(&flow, &[("decision", decision)]).await;
        parameters(&location(&response))
    }
}

/// The parameters of an address.
pub(crate) fn parameters(address: &str) -> BTreeMap<String, String> {
    let url = Url::parse(address).unwrap();
    url.query_pairs().into_owned().collect()
}

/// Status, a header, and the body as JSON.
pub(crate) async fn told(response: Response, header: &str) -> (StatusCode, String, Value) {
    let status = response.status();
    let value = response.headers().get(header);
    let value = value.map_or("", |value| value.to_str().unwrap()).to_owned();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, value, body)
}
