//! Passkeys: what the browser is asked, and whether what came back is an answer to exactly that (WebAuthn Level 3,
//! §7.1 and §7.2; the checks themselves are webauthn-rs's).
//!
//! The challenges are ours: the hash of a proposal, or of what a person is about to do with passkeys. Host and
//! addresses come from the keeper's own settings. Must not know: what a challenge stands for, or where passkeys are
//! kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_model::{Digest, Error, ErrorKind, Result, Timestamp, UserId, WhoMustAct};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

/// Longest answer of a browser, in bytes.
const MAX_ANSWER: usize = 32 * 1024;

/// A passkey of a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Enrolled {
    pub(crate) passkey: Passkey,
    /// What the person calls it.
    pub(crate) name: String,
    pub(crate) added_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

impl Enrolled {
    /// What it is known by: the credential id as browsers write it.
    pub(crate) fn id(&self) -> String {
        id_of(&self.passkey)
    }
}

/// The credential id as browsers write it.
pub(crate) fn id_of(passkey: &Passkey) -> String {
    URL_SAFE_NO_PAD.encode(passkey.cred_id())
}

/// Who passkeys are made for and used at.
#[derive(Debug)]
pub(crate) struct RelyingParty(Webauthn);

/// What a person is asked to make, and what is kept until they did.
pub(crate) struct Creation {
    pub(crate) options: Value,
    pub(crate) state: PasskeyRegistration,
}

impl RelyingParty {
    /// The first address with a name gives the relying party's id; other addresses of that name and below it may
    /// be used too. None where no address has a name: passkeys cannot be bound to numbers.
    pub(crate) fn of(public_urls: &[Url]) -> Option<Self> {
        let named = |url: &&Url| url.domain().is_some();
        let first = public_urls.iter().find(named)?;
        let id = first.domain()?.to_owned();
        let below = format!(".{id}");
        let others = public_urls.iter().filter(|url| {
            *url != first
                && url
                    .domain()
                    .is_some_and(|name| name == id || name.ends_with(&below))
        });
        let builder = WebauthnBuilder::new(&id, first).ok()?.rp_name("Gatelodge");
        let builder = others.fold(builder, WebauthnBuilder::append_allowed_origin);
        builder.build().ok().map(Self)
    }

    /// What to ask a browser for to make a passkey that is none of `known`.
    pub(crate) fn creation(
        &self,
        user: UserId,
        name: &str,
        display_name: &str,
        known: &[Enrolled],
        challenge: &Digest,
    ) -> Result<Creation> {
        let known = known
            .iter()
            .map(|enrolled| enrolled.passkey.cred_id().clone())
            .collect();
        let (options, state) = self
            .0
            .start_passkey_registration(user.as_uuid(), name, display_name, Some(known))
            .map_err(Error::internal)?;
        let mut options = serde_json::to_value(options).map_err(Error::internal)?;
        let ours = text_of(challenge);
        options["publicKey"]["challenge"] = ours.clone().into();
        let mut state = serde_json::to_value(state).map_err(Error::internal)?;
        state["rs"]["challenge"] = ours.into();
        Ok(Creation {
            options,
            state: serde_json::from_value(state).map_err(Error::internal)?,
        })
    }

    /// The passkey that was made.
    pub(crate) fn created(&self, answer: &str, state: &PasskeyRegistration) -> Result<Passkey> {
        let answer: RegisterPublicKeyCredential = read(answer)?;
        self.0
            .finish_passkey_registration(&answer, state)
            .map_err(refused)
    }

    /// What to ask a browser for so that one of these passkeys signs the challenge.
    pub(crate) fn request(&self, passkeys: &[Enrolled], challenge: &Digest) -> Result<Value> {
        let (options, _) = self
            .0
            .start_passkey_authentication(&keys(passkeys))
            .map_err(Error::internal)?;
        let mut options = serde_json::to_value(options).map_err(Error::internal)?;
        options["publicKey"]["challenge"] = text_of(challenge).into();
        Ok(options)
    }

    /// Whether one of these passkeys signed the challenge, here, with its person verified, and not with a counter
    /// that went back.
    pub(crate) fn verify(
        &self,
        passkeys: &[Enrolled],
        challenge: &Digest,
        answer: &str,
    ) -> Result<AuthenticationResult> {
        if passkeys.is_empty() {
            return Err(refused(WebauthnError::CredentialNotFound));
        }
        let answer: PublicKeyCredential = read(answer)?;
        let (_, state) = self
            .0
            .start_passkey_authentication(&keys(passkeys))
            .map_err(Error::internal)?;
        // The library draws a challenge of its own and takes no other; ours is put in its place.
        let mut state = serde_json::to_value(state).map_err(Error::internal)?;
        state["ast"]["challenge"] = text_of(challenge).into();
        let state: PasskeyAuthentication =
            serde_json::from_value(state).map_err(Error::internal)?;
        self.0
            .finish_passkey_authentication(&answer, &state)
            .map_err(refused)
    }
}

fn keys(passkeys: &[Enrolled]) -> Vec<Passkey> {
    passkeys
        .iter()
        .map(|enrolled| enrolled.passkey.clone())
        .collect()
}

fn text_of(challenge: &Digest) -> String {
    URL_SAFE_NO_PAD.encode(challenge.as_bytes())
}

fn read<T: DeserializeOwned>(answer: &str) -> Result<T> {
    if answer.len() > MAX_ANSWER {
        return Err(refusal("The answer of the browser is too long."));
    }
    serde_json::from_str(answer).map_err(|cause| {
        refusal("The answer of the browser is none of a passkey.").with_context("cause", cause)
    })
}

fn refused(cause: WebauthnError) -> Error {
    let words = match cause {
        WebauthnError::MismatchedChallenge => "It was made for something else than what was asked.",
        WebauthnError::InvalidRPOrigin => "It was made for another address.",
        WebauthnError::InvalidRPIDHash => "It was made for another site.",
        WebauthnError::UserNotPresent | WebauthnError::UserNotVerified => {
            "The device did not verify who holds it (PIN, fingerprint or face)."
        }
        WebauthnError::CredentialNotFound => "It was made with a passkey that is not enrolled.",
        WebauthnError::CredentialPossibleCompromise => {
            "Its counter did not go forward: it was used before, or there is a copy of the passkey."
        }
        WebauthnError::AuthenticationFailure => "Its signature is wrong.",
        WebauthnError::InvalidClientDataType => "It is an answer to another kind of question.",
        _ => "It does not hold.",
    };
    refusal(words).with_context("cause", cause)
}

fn refusal(words: &str) -> Error {
    Error::new(
        ErrorKind::PasskeyRefused,
        format!("The passkey's answer was refused. {words} Nothing was sent or changed."),
    )
    .with_hint(
        WhoMustAct::Person,
        "Open the page again and use one of your enrolled passkeys.",
    )
}

/// What a page may tell of the answer that it needs where there is no passkey.
pub(crate) fn unnamed() -> Error {
    Error::new(
        ErrorKind::Misconfigured,
        "Passkeys need an address with a name: none of server.public_urls has one.",
    )
    .with_context("public_urls", json!("numbers only"))
    .with_hint(
        WhoMustAct::Operator,
        "Give the installation an address such as https://gatelodge.example.com, or http://localhost:8420 on one machine.",
    )
}
