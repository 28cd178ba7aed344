//! The record that is sealed for a connection: tokens, and everything that decides where they may go.
//!
//! Host, token endpoint and OAuth app are inside the seal, so that nobody who can write rows can send a
//! token elsewhere. Must not know: how it is sealed or refreshed.

use gatelodge_model::{
    Environment, Error, ErrorKind, ExternalAccount, OAuthAppId, Secret, Timestamp, UserId,
    WhoMustAct,
};
use gatelodge_oauth::{ClientCredentials, TokenAnswer};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Format of the sealed bytes.
pub(crate) const FORMAT: u8 = 1;

/// A connection's credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Credential {
    pub(crate) format: u8,
    pub(crate) provider: String,
    pub(crate) environment: Environment,
    #[serde(serialize_with = "secret")]
    pub(crate) access_token: Secret,
    #[serde(serialize_with = "optional_secret")]
    pub(crate) refresh_token: Option<Secret>,
    /// Base of the API: the only host that the access token goes to.
    pub(crate) instance_url: Url,
    /// Base of the token and revocation endpoints.
    pub(crate) login_base: Url,
    pub(crate) token_path: String,
    pub(crate) revoke_path: String,
    pub(crate) app: BoundApp,
    pub(crate) granted_scopes: Vec<String>,
    /// The person whose connection it is; none in records that are older than sealed approvals.
    #[serde(default)]
    pub(crate) owner: Option<UserId>,
    /// Names the grant, through all its refreshes; none in records of older programs.
    #[serde(default)]
    pub(crate) grant: Option<Uuid>,
    /// Ids at the provider; none until they are known.
    pub(crate) account: Option<AccountIds>,
    pub(crate) issued_at: Timestamp,
    /// When the access token ends, where the provider declares it.
    pub(crate) expires_at: Option<Timestamp>,
}

/// The OAuth app that issued a grant, as it was then (CON-30).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BoundApp {
    pub(crate) id: OAuthAppId,
    pub(crate) client_id: String,
    #[serde(serialize_with = "optional_secret")]
    pub(crate) client_secret: Option<Secret>,
}

impl BoundApp {
    pub(crate) fn client(&self) -> ClientCredentials {
        ClientCredentials {
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
        }
    }
}

/// Who we are at the provider, as far as a credential must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountIds {
    pub(crate) organization_id: String,
    pub(crate) user_id: String,
}

impl From<&ExternalAccount> for AccountIds {
    fn from(account: &ExternalAccount) -> Self {
        Self {
            organization_id: account.organization_id.clone(),
            user_id: account.user_id.clone(),
        }
    }
}

impl Credential {
    /// What a refresh makes of it: a token that did not come back stays as it is (CON-6).
    pub(crate) fn renewed(&self, answer: TokenAnswer, instance_url: Url, now: Timestamp) -> Self {
        Self {
            expires_at: end_of_life(&answer, now),
            access_token: answer.access_token,
            refresh_token: answer.refresh_token.or_else(|| self.refresh_token.clone()),
            instance_url,
            granted_scopes: answer.scopes.unwrap_or_else(|| self.granted_scopes.clone()),
            issued_at: now,
            ..self.clone()
        }
    }

    /// The bytes to seal.
    pub(crate) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        to_bytes(self)
    }

    /// Reads opened bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let credential: Self = from_bytes(bytes)?;
        if credential.format == FORMAT {
            Ok(credential)
        } else {
            Err(unreadable("a newer version of Gatelodge wrote it"))
        }
    }

    /// Whether a fifth of a declared life or less is left (CRED-3).
    pub(crate) fn is_ageing(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| {
            let life = end - self.issued_at;
            now + life / 5 >= end
        })
    }

    /// Whether a declared life is over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }

    /// Every value that must not come back to a caller (L2).
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> + Clone {
        [Some(&self.access_token)]
            .into_iter()
            .chain([self.refresh_token.as_ref(), self.app.client_secret.as_ref()])
            .flatten()
    }
}

/// When a declared life ends.
pub(crate) fn end_of_life(answer: &TokenAnswer, now: Timestamp) -> Option<Timestamp> {
    let life = chrono::TimeDelta::from_std(answer.expires_in?).ok()?;
    now.checked_add_signed(life)
}

/// The bytes of anything that is sealed as JSON.
pub(crate) fn to_bytes<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, Error> {
    serde_json::to_vec(value)
        .map(Zeroizing::new)
        .map_err(Error::internal)
}

/// Reads anything that was sealed as JSON. The cause stays out of the error: it could quote a value.
pub(crate) fn from_bytes<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|_| unreadable("its content has another form"))
}

fn unreadable(cause: &str) -> Error {
    Error::new(
        ErrorKind::Integrity,
        "A stored secret was opened and cannot be read.",
    )
    .with_context("cause", cause)
    .with_hint(
        WhoMustAct::Operator,
        "Run the version of Gatelodge that wrote the data, or connect again.",
    )
}

/// The one place where a secret is written out: into bytes that are sealed at once.
pub(crate) fn secret<S: Serializer>(value: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.expose())
}

/// As [`secret`].
#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn optional_secret<S: Serializer>(
    value: &Option<Secret>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.serialize_some(value.expose()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};

    pub(crate) fn sample(expires_at: Option<i64>) -> Credential {
        let moment = |millis| Timestamp::from_timestamp_millis(millis).unwrap();
        Credential {
            format: FORMAT,
            provider: "practice".to_owned(),
            environment: Environment::Sandbox,
            access_token: Secret::new("CANARY-access!token"),
            refresh_token: Some(Secret::new("CANARY-refresh==")),
            instance_url: Url::parse("https://acme.my.salesforce.com").unwrap(),
            login_base: Url::parse("https://login.salesforce.com").unwrap(),
            token_path: "/t".to_owned(),
            revoke_path: "/r".to_owned(),
            app: BoundApp {
                id: OAuthAppId::generate(&FixedClock::at(0), &SeededRandom::new(1)),
                client_id: "client".to_owned(),
                client_secret: Some(Secret::new("CANARY-client-secret")),
            },
            granted_scopes: vec!["api".to_owned()],
            owner: None,
            grant: None,
            account: None,
            issued_at: moment(0),
            expires_at: expires_at.map(moment),
        }
    }

    #[test]
    fn a_record_round_trips_and_never_prints_its_secrets() {
        // proves CRED-2, L1
        let credential = sample(None);
        let bytes = credential.to_bytes().unwrap();
        let back = Credential::from_bytes(&bytes).unwrap();
        assert_eq!(back.access_token, credential.access_token);
        assert_eq!(back.refresh_token, credential.refresh_token);
        assert_eq!(back.app.client_secret, credential.app.client_secret);
        assert!(!format!("{credential:?}").contains("CANARY"));
        let error = Credential::from_bytes(br#"{"access_token":"CANARY"}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(!format!("{error:?}").contains("CANARY"));
    }

    #[test]
    fn a_declared_life_ends_early_and_an_unknown_one_never() {
        // proves CRED-3, R5
        let moment = |millis| Timestamp::from_timestamp_millis(millis).unwrap();
        let declared = sample(Some(1000));
        assert!(!declared.is_ageing(moment(799)));
        assert!(declared.is_ageing(moment(800)) && !declared.is_over(moment(999)));
        assert!(declared.is_over(moment(1000)));
        assert!(!sample(None).is_ageing(moment(i64::from(i32::MAX))));
    }
}
