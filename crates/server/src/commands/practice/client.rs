//! Asks the administration interface of a practice org that runs.
//!
//! Must not know: the orders.

use crate::cli::Target;
use anyhow::{Context as _, bail, ensure};
use reqwest::{Certificate, Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use std::{fs, time::Duration};
use url::{Host, Url};

/// How long an order may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One practice org, with the right to give it orders.
pub(super) struct Orders {
    client: Client,
    base: Url,
    token: Option<String>,
}

impl Orders {
    pub(super) fn to(target: &Target) -> anyhow::Result<Self> {
        ensure!(
            is_this_machine(&target.url),
            "{} is not on this machine; a practice org takes orders on localhost only",
            target.url
        );
        let token = match &target.admin_token_file {
            None => None,
            Some(path) => {
                let text = fs::read_to_string(path)
                    .with_context(|| format!("{} cannot be read", path.display()))?;
                Some(text.trim().to_owned())
            }
        };
        let ca = match &target.ca_file {
            None => None,
            Some(path) => {
                let pem =
                    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
                let certificate = Certificate::from_pem(&pem)
                    .with_context(|| format!("{} holds no PEM certificate", path.display()))?;
                Some(certificate)
            }
        };
        Ok(Self {
            client: client(ca)?,
            base: target.url.join("/practice/admin/")?,
            token,
        })
    }

    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        let request = self.request(Method::GET, path)?.query(query);
        self.answer(request).await
    }

    pub(super) async fn post(&self, path: &str, order: &Value) -> anyhow::Result<Value> {
        self.answer(self.request(Method::POST, path)?.json(order))
            .await
    }

    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.answer(self.request(Method::DELETE, path)?).await
    }

    fn request(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let mut request = self.client.request(method, self.base.join(path)?);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Ok(request)
    }

    async fn answer(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let place = self.base.origin().ascii_serialization();
        let answer = request.send().await.map_err(|error| {
            let why = if error.is_connect() {
                "start one with `gatelodge practice`, or name another address with --url"
            } else {
                "it gave no answer"
            };
            anyhow::anyhow!("cannot reach a practice org at {place}: {why}")
        })?;
        let status = answer.status();
        let text = answer.text().await?;
        let value: Option<Value> = serde_json::from_str(&text).ok();
        match value {
            Some(value) if status.is_success() => Ok(value),
            Some(value) => match value["error"].as_str() {
                Some(error) => bail!("{error}"),
                None => bail!("the practice org at {place} answered {status}"),
            },
            None => {
                bail!("what answers at {place} ({status}) is no practice org that takes orders")
            }
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a terminal command that asks a practice org on this machine, and no other host"
)]
fn client(ca: Option<Certificate>) -> anyhow::Result<Client> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(PATIENCE);
    if let Some(ca) = ca {
        builder = builder.tls_certs_merge([ca]);
    }
    builder.build().context("the HTTP client cannot be made")
}
