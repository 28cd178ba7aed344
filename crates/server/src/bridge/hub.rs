//! The hub as the bridge reaches it: one POST for each message, and clear words where it fails.
//!
//! Must not know: standard input and output.

use super::{
    events::Events,
    message::{HUB_ERROR, Message, failure},
};
use anyhow::{Context as _, bail};
use gatelodge_model::Secret;
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use serde_json::Value;
use std::{fs, path::Path, time::Duration};
use tokio::sync::mpsc::Sender;
use url::{Host, Url};

/// How long reaching the hub may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the hub may be silent: longer than the longest wait for a proposal.
const SILENCE: Duration = Duration::from_mins(2);

/// Sends messages to one hub with one token.
pub(super) struct HubClient {
    client: Client,
    url: Url,
    token: Secret,
}

impl HubClient {
    /// Prepares it; nothing is sent yet.
    ///
    /// # Errors
    /// An address over which the token would travel readable, or an unusable certificate file.
    pub(super) fn new(url: Url, token: Secret, ca: Option<&Path>) -> anyhow::Result<Self> {
        let local = is_loopback(&url);
        if url.scheme() != "https" && !(url.scheme() == "http" && local) {
            bail!(
                "{url}: the address must begin with https://, because the agent's token travels to it; http:// is taken for this machine only"
            );
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            bail!(
                "the address must hold no user, password or query; the token comes from GATELODGE_AGENT_TOKEN"
            );
        }
        if token.is_empty() {
            bail!(
                "the agent's token is empty; set GATELODGE_AGENT_TOKEN to the token that Gatelodge showed under Agents"
            );
        }
        let client = client(local, ca)?;
        Ok(Self { client, url, token })
    }

    /// Sends a message; every answer goes into `answers`. The last one is given back too, so that a
    /// handshake can be read.
    pub(super) async fn send(
        &self,
        message: &Message,
        negotiated: Option<&str>,
        answers: &Sender<String>,
    ) -> Option<Value> {
        let outcome = match self.post(message, negotiated).await {
            Ok(response) => forward(message, response, answers).await,
            Err(error) => Err(self.unreachable(&error)),
        };
        match outcome {
            Ok(last) => last,
            Err(words) => {
                tracing::warn!("{words}");
                let answer = failure(message.id()?, HUB_ERROR, &words);
                // The receiver is gone only when standard output is.
                let _ = answers.send(answer.to_string()).await;
                None
            }
        }
    }

    async fn post(&self, message: &Message, negotiated: Option<&str>) -> reqwest::Result<Response> {
        let mut request = self
            .client
            .post(self.url.clone())
            .bearer_auth(self.token.expose())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        for (name, value) in message.headers(negotiated) {
            request = request.header(name, value);
        }
        request.body(message.text().to_owned()).send().await
    }

    fn unreachable(&self, error: &reqwest::Error) -> String {
        let place = self.url.origin().ascii_serialization();
        if error.is_timeout() {
            return format!(
                "The hub at {place} did not answer in time. Whether the request was done is not known."
            );
        }
        if error.is_connect() {
            return format!(
                "The hub at {place} cannot be reached ({}). Is it running, and is the address right?",
                root_cause(error)
            );
        }
        format!(
            "The hub at {place} could not be asked ({}).",
            root_cause(error)
        )
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bridge runs on the client's machine, as its own program, and talks to the hub alone"
)]
fn client(local: bool, ca: Option<&Path>) -> anyhow::Result<Client> {
    let mut builder = Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        // A redirect would carry the token to wherever it points.
        .redirect(Policy::none())
        .user_agent(concat!("gatelodge-mcp/", env!("CARGO_PKG_VERSION")));
    if local {
        builder = builder.no_proxy();
    }
    if let Some(path) = ca {
        let pem = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .ok()
            .filter(|list| !list.is_empty())
            .with_context(|| format!("{} holds no PEM certificate", path.display()))?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().context("the HTTP client cannot be made")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Writes what the hub answered, whether in one piece or as a stream.
async fn forward(
    message: &Message,
    mut response: Response,
    answers: &Sender<String>,
) -> Result<Option<Value>, String> {
    let broke = |error: reqwest::Error| {
        format!(
            "The hub's answer broke off ({}). Whether the request was done is not known.",
            root_cause(&error)
        )
    };
    let status = response.status();
    let is_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.starts_with("text/event-stream"));
    if status.is_success() && is_stream {
        let mut events = Events::default();
        let mut last = None;
        while let Some(bytes) = response.chunk().await.map_err(broke)? {
            for data in events.push(&bytes) {
                last = serde_json::from_str(&data).ok();
                // The receiver is gone only when standard output is.
                let _ = answers.send(one_line(&data)).await;
            }
        }
        return Ok(last);
    }
    let text = response.text().await.map_err(broke)?;
    let Some(id) = message.id() else {
        return if status.is_success() {
            Ok(None)
        } else {
            Err(refused(status, &text))
        };
    };
    let Ok(mut answer) = serde_json::from_str::<Value>(&text) else {
        return Err(refused(status, &text));
    };
    if answer.get("jsonrpc").is_none() {
        return Err(refused(status, &text));
    }
    if answer.get("id").is_none_or(Value::is_null) {
        // The hub could not read the id; the client must still find its request.
        answer["id"] = id.clone();
        let _ = answers.send(answer.to_string()).await;
    } else {
        let _ = answers.send(one_line(&text)).await;
    }
    Ok(Some(answer))
}

/// JSON text without line breaks; inside its strings they are escaped anyway (RFC 8259 §7).
fn one_line(json: &str) -> String {
    json.replace(['\r', '\n'], " ")
}

/// A refusal before the protocol, in words.
fn refused(status: StatusCode, body: &str) -> String {
    if status == StatusCode::UNAUTHORIZED {
        return "The hub refused the agent's token: it is unknown or revoked. Make a new one under Agents in Gatelodge and set GATELODGE_AGENT_TOKEN.".to_owned();
    }
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    let member = |name: &str| problem.get(name).and_then(Value::as_str);
    match member("detail") {
        Some(detail) => {
            let hint = member("hint").map_or_else(String::new, |hint| format!(" {hint}"));
            format!(
                "The hub refused the request ({}): {detail}{hint}",
                status.as_u16()
            )
        }
        None => format!(
            "The address answered with HTTP status {}, which is no answer of a hub. Does it end in /mcp?",
            status.as_u16()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(url: &str) -> anyhow::Result<HubClient> {
        HubClient::new(url.parse().unwrap(), Secret::new("gla_x"), None)
    }

    #[test]
    fn the_token_travels_readable_on_this_machine_only() {
        for good in [
            "https://hub.example.com/mcp",
            "http://127.0.0.1:8420/mcp",
            "http://localhost:8420/mcp",
            "http://[::1]:8420/mcp",
        ] {
            assert!(new(good).is_ok(), "{good}");
        }
        for bad in [
            "http://hub.example.com/mcp",
            "http://127.0.0.1.example.com/mcp",
            "ftp://localhost/mcp",
            "https://a:b@hub.example.com/mcp",
            "https://hub.example.com/mcp?token=x",
        ] {
            assert!(new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wrong_certificate_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let url: Url = "https://hub.example.com/mcp".parse().unwrap();
        let error = HubClient::new(url, Secret::new("gla_x"), Some(file.path()))
            .err()
            .unwrap();
        assert!(error.to_string().contains("no PEM certificate"));
    }
}
