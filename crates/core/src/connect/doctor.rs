//! What is wrong with a connection, who must act, where exactly, and the message that they can be sent.
//!
//! Must not know: pages; and any secret: the message names app, organization, user and codes.

use crate::Hub;
use gatelodge_model::{
    Connection, ConnectionStatus, Error, GrantState, ProviderDetail, ReasonCode, Result, Timestamp,
    WhoMustAct,
};
use gatelodge_provider::Remedy;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;

/// What is wrong with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Why, as a stable code.
    pub reason: ReasonCode,
    /// A heading.
    pub title: String,
    /// What happened.
    pub what: String,
    /// What to do.
    pub to_do: String,
    /// Who must do it.
    pub who: WhoMustAct,
    /// The exact place to click.
    pub place: Option<String>,
    /// A message for the administrator who must act: nothing in it is secret.
    pub message: Option<String>,
    /// The host that was asked, where that matters.
    pub host: Option<String>,
    /// The provider's own answer.
    pub evidence: Option<ProviderDetail>,
    /// Since when.
    pub since: Timestamp,
    /// When it was seen last.
    pub seen_at: Timestamp,
    /// How many other connections hold a grant of the same account for the same app, and how many the provider
    /// keeps at most.
    pub grants: Option<(u32, u32)>,
}

impl Diagnosis {
    /// Whether connecting again is what helps.
    pub fn reconnect_helps(&self) -> bool {
        self.who == WhoMustAct::Person
            && !matches!(
                self.reason,
                ReasonCode::SandboxRefreshed | ReasonCode::RevocationUnconfirmed
            )
    }

    /// Whether it may work again without anybody connecting, so that looking again is worth it.
    pub fn may_heal(&self) -> bool {
        self.reason.grant() == GrantState::Lives
    }
}

/// What is wrong, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DiagnosisView {
    /// A stable code, such as `app_blocked`.
    pub reason: ReasonCode,
    /// What happened.
    pub what_happened: String,
    /// What to do.
    pub what_to_do: String,
    /// Who must do it: `person`, `admin`, `provider_admin`, `operator` or `nobody`.
    pub who_must_act: WhoMustAct,
    /// The exact place to click.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The provider's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_code: Option<String>,
    /// Since when, RFC 3339.
    pub since: String,
}

impl From<Diagnosis> for DiagnosisView {
    fn from(diagnosis: Diagnosis) -> Self {
        Self {
            reason: diagnosis.reason,
            what_happened: diagnosis.what,
            what_to_do: diagnosis.to_do,
            who_must_act: diagnosis.who,
            place: diagnosis.place,
            provider_code: diagnosis.evidence.map(|detail| detail.code),
            since: diagnosis.since.to_rfc3339(),
        }
    }
}

impl Hub {
    /// What is wrong with a connection; none where all is well.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn diagnose(&self, connection: &Connection) -> Result<Option<Diagnosis>> {
        let trouble = self
            .store
            .troubles()
            .find(connection.organization, connection.id)
            .await?;
        let stated = match connection.status {
            ConnectionStatus::Attention(reason) => Some(ReasonCode::from(reason)),
            ConnectionStatus::Limited => Some(ReasonCode::RefreshTokenMissing),
            ConnectionStatus::Disconnected => Some(ReasonCode::Disconnected),
            ConnectionStatus::Active | ConnectionStatus::Pending => None,
        };
        let Some(reason) = trouble.as_ref().map(|trouble| trouble.reason).or(stated) else {
            return Ok(None);
        };
        let name = self.provider_name(&connection.provider);
        let remedy = self.remedy(&connection.provider, reason);
        let app = self
            .store
            .oauth_apps()
            .find(connection.organization, connection.oauth_app)
            .await?;
        let who = remedy
            .and_then(|remedy| remedy.who_must_act)
            .unwrap_or_else(|| reason.who_must_act());
        let grants = match self.grants_per_user(connection) {
            Some(limit) if reason == ReasonCode::FiveGrants => {
                Some((self.grants_beside(connection).await?, limit))
            }
            _ => None,
        };
        let mut diagnosis = Diagnosis {
            reason,
            title: reason.title_at(name),
            what: reason.what_happened(name),
            to_do: remedy
                .and_then(|remedy| remedy.ask.clone())
                .unwrap_or_else(|| reason.what_to_do(name)),
            who,
            place: remedy
                .map(|remedy| remedy.place.clone())
                .or_else(|| here(who, reason, app.as_ref().map(|app| app.name.as_str()), name)),
            message: None,
            host: trouble
                .as_ref()
                .and_then(|trouble| trouble.host.clone())
                .or_else(|| connection.host.clone()),
            since: trouble
                .as_ref()
                .map_or(connection.status_changed_at, |trouble| trouble.since),
            seen_at: trouble
                .as_ref()
                .map_or(connection.status_changed_at, |trouble| trouble.seen_at),
            evidence: trouble.and_then(|trouble| trouble.evidence),
            grants,
        };
        if matches!(who, WhoMustAct::ProviderAdmin | WhoMustAct::Admin) {
            let app = app.map(|app| (app.name, app.client_id));
            diagnosis.message = Some(self.message(connection, &diagnosis, name, app.as_ref()));
        }
        Ok(Some(diagnosis))
    }

    /// Where exactly somebody acts at the provider.
    pub(crate) fn remedy(&self, provider: &str, reason: ReasonCode) -> Option<&Remedy> {
        self.catalogue
            .provider(provider)?
            .manifest()
            .remedies
            .iter()
            .find(|remedy| remedy.reasons.contains(&reason))
    }

    /// Ready to be sent. Ids, names, codes and times; no token, no secret, no records.
    fn message(
        &self,
        connection: &Connection,
        diagnosis: &Diagnosis,
        name: &str,
        app: Option<&(String, String)>,
    ) -> String {
        let mut text = format!(
            "Hello,\n\nGatelodge{} cannot use {name} for me: {} ({}).\n\n{}\nPlease: {}\n",
            self.first_public_url()
                .map_or_else(String::new, |url| format!(
                    " ({})",
                    url.as_str().trim_end_matches('/')
                )),
            diagnosis.title,
            diagnosis.reason,
            diagnosis.what,
            diagnosis.to_do,
        );
        let mut line = |label: &str, value: &str| {
            if !value.is_empty() {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{label}: {}", one_line(value));
            }
        };
        line("Where", diagnosis.place.as_deref().unwrap_or_default());
        if let Some((app, client_id)) = app {
            line("OAuth app", app);
            line("Its client id (consumer key)", client_id);
        }
        if let Some(account) = &connection.account {
            line(
                "User",
                &format!("{} ({})", account.username, account.user_id),
            );
            let organization = match &account.organization_name {
                Some(known) => format!("{known} ({})", account.organization_id),
                None => account.organization_id.clone(),
            };
            line("Organization", &organization);
        }
        line("Environment", connection.environment.as_str());
        line("Host", diagnosis.host.as_deref().unwrap_or_default());
        if let Some(detail) = &diagnosis.evidence {
            line(
                &format!("{name} answered"),
                &format!("{}: {}", detail.code, detail.message),
            );
            line(
                "Its request id",
                detail.request_id.as_deref().unwrap_or_default(),
            );
        }
        line(
            "Seen last",
            &diagnosis
                .seen_at
                .format("%Y-%m-%d %H:%M:%S UTC")
                .to_string(),
        );
        line("Connection in Gatelodge", &connection.id.to_string());
        text.push_str("\nThis message holds no password and no token.\n");
        text
    }

    /// The refusal that a call through an unusable connection gets: with the reason, and who must act.
    pub(crate) async fn unusable(&self, connection: &Connection) -> Result<Error> {
        let status = self.connection_status_in_words(connection);
        let error = Error::new(
            gatelodge_model::ErrorKind::ReconnectNeeded,
            format!("{status}."),
        );
        let Some(diagnosis) = self.diagnose(connection).await? else {
            return Ok(error);
        };
        let mut hint = format!("{} {}", diagnosis.what, diagnosis.to_do);
        if let Some(place) = &diagnosis.place {
            let _ = write!(hint, " Where: {place}.");
        }
        let mut error = error
            .with_hint(diagnosis.who, hint)
            .with_reason(diagnosis.reason);
        if let Some(detail) = diagnosis.evidence {
            error = error.with_provider(detail);
        }
        Ok(error)
    }
}

/// Where to click in Gatelodge itself.
fn here(who: WhoMustAct, reason: ReasonCode, app: Option<&str>, provider: &str) -> Option<String> {
    match who {
        WhoMustAct::Admin if reason == ReasonCode::BudgetHold => {
            Some("Gatelodge: Settings > Way out > Let a held connection go on".to_owned())
        }
        WhoMustAct::Admin => Some(match app {
            Some(app) => format!("Gatelodge: Admin > OAuth apps > {app}"),
            None => "Gatelodge: Admin > OAuth apps".to_owned(),
        }),
        WhoMustAct::Person if reason.grant() != GrantState::None => Some(format!(
            "Gatelodge: Connections > this connection > Reconnect {provider}"
        )),
        WhoMustAct::Person => Some("Gatelodge: Connections > Connect an account".to_owned()),
        _ => None,
    }
}

/// A value in a message of several lines must not look like another line of it.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
