//! A small browser without pages: it signs in at the practice org and allows access, over HTTP like a person.
//!
//! Must not know: the hub's side of the flow.

use anyhow::{Context as _, bail};
use reqwest::{Client, Response, header, redirect};
use url::Url;

/// More steps than any real flow has.
const MAX_STEPS: usize = 10;

/// Holds one session at the practice org.
pub(super) struct Visitor {
    client: Client,
    cookie: Option<String>,
}

impl Visitor {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            client: client()?,
            cookie: None,
        })
    }

    /// Signs in, allows, and gives the address at the hub that the browser would go to.
    pub(super) async fn allow(
        &mut self,
        start: &Url,
        username: &str,
        password: &str,
        hub: &Url,
    ) -> anyhow::Result<Url> {
        let mut at = start.clone();
        for _ in 0..MAX_STEPS {
            if at.origin() == hub.origin() {
                return Ok(at);
            }
            let page = self.get(&at).await?;
            if let Some(next) = next_address(&at, &page)? {
                at = next;
                continue;
            }
            let text = page.text().await?;
            let flow = hidden_value(&text, "flow")
                .context("the practice org showed neither sign-in nor consent")?;
            let (path, fields) = if text.contains("name=\"password\"") {
                (
                    "/login",
                    vec![
                        ("flow", flow),
                        ("username", username.to_owned()),
                        ("password", password.to_owned()),
                    ],
                )
            } else {
                (
                    "/consent",
                    vec![("flow", flow), ("decision", "allow".to_owned())],
                )
            };
            let action = at.join(path)?;
            let answer = self.post(&action, &fields).await?;
            match next_address(&action, &answer)? {
                Some(next) => at = next,
                None => bail!("the practice org did not accept the {} form", &path[1..]),
            }
        }
        bail!("the practice org's sign-in did not come to an end")
    }

    async fn get(&mut self, url: &Url) -> anyhow::Result<Response> {
        let mut request = self.client.get(url.clone());
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = request.send().await?;
        self.keep_cookie(&response);
        Ok(response)
    }

    async fn post(&mut self, url: &Url, fields: &[(&str, String)]) -> anyhow::Result<Response> {
        let mut request = self.client.post(url.clone()).form(fields);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = request.send().await?;
        self.keep_cookie(&response);
        Ok(response)
    }

    fn keep_cookie(&mut self, response: &Response) {
        let set = response
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|value| value.to_str().ok());
        if let Some(pair) = set.and_then(|text| text.split(';').next()) {
            self.cookie = Some(pair.to_owned());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demo plays the person's browser, which is no part of the hub"
)]
pub(super) fn client() -> anyhow::Result<Client> {
    Ok(Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()?)
}

fn next_address(base: &Url, response: &Response) -> anyhow::Result<Option<Url>> {
    if !response.status().is_redirection() {
        return Ok(None);
    }
    let location = response
        .headers()
        .get(header::LOCATION)
        .context("a redirect without an address")?;
    Ok(Some(base.join(location.to_str()?)?))
}

fn hidden_value(page: &str, name: &str) -> Option<String> {
    let marker = format!("name=\"{name}\" value=\"");
    let start = page.find(&marker)? + marker.len();
    let length = page[start..].find('"')?;
    Some(page[start..start + length].to_owned())
}
