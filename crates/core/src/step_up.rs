//! Step-up: what changes who may do what, or shows what is secret, needs a proof of the person that is minutes old,
//! so that a browser left open is not enough (ADM-9, APR-8).
//!
//! Must not know: pages, or how a form waits for the proof.

use crate::{
    Hub, Person,
    hub::event,
    sign_in::{MAX_INPUT, signed_out},
};
use chrono::TimeDelta;
use gatelodge_keeper_client::{Ceremony, CeremonyProgress, CeremonyPurpose};
use gatelodge_model::{AuditOutcome, Error, ErrorKind, Result, Secret, WhoMustAct};
use serde_json::json;
use std::net::IpAddr;

/// How old the proof may be.
const FRESH: TimeDelta = TimeDelta::minutes(5);

/// What a signed-in person shows to prove again who they are.
#[derive(Debug)]
pub enum Proof {
    /// Their password.
    Password(Secret),
    /// What a passkey of theirs signed.
    Passkey {
        /// The state of [`Hub::begin_step_up`].
        state: Vec<u8>,
        /// What the browser gave, as JSON.
        answer: String,
    },
}

impl Hub {
    /// Whether the person proved within the last five minutes who they are.
    pub fn is_proved(&self, person: &Person) -> bool {
        self.now() - person.session.proved_at <= FRESH
    }

    /// Refuses people whose proof is older.
    pub(crate) fn require_step_up(&self, person: &Person) -> Result<()> {
        if self.is_proved(person) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::StepUpNeeded,
            "This needs a sign-in that is at most five minutes old. Nothing was changed.",
        )
        .with_hint(
            WhoMustAct::Person,
            "Confirm with your password or passkey that it is you, and do it again.",
        ))
    }

    /// What a passkey of the person is asked to sign; none where they have no passkey, or none can be asked now. The
    /// password is good in any case.
    pub async fn begin_step_up(&self, person: &Person) -> Option<Ceremony> {
        match self
            .begin_ceremony(person, CeremonyPurpose::ProveAgain)
            .await
        {
            Ok(ceremony) => Some(ceremony),
            Err(error) => {
                tracing::debug!(error = ?error, "no passkey is asked for a step-up");
                None
            }
        }
    }

    /// Takes the proof of a signed-in person, who may then do for five minutes what needs one. Wrong passwords count
    /// like those of a sign-in.
    ///
    /// # Errors
    /// `unauthenticated` for a wrong password or a session that ended, `rate_limited` after too many failures,
    /// `passkey_refused`, or what keeps the keeper from judging.
    pub async fn prove(&self, person: &Person, proof: Proof, address: IpAddr) -> Result<Person> {
        let by = match proof {
            Proof::Password(password) => {
                self.prove_by_password(person, password, address).await?;
                "password"
            }
            Proof::Passkey { state, answer } => {
                match self.continue_ceremony(person, state, answer).await? {
                    CeremonyProgress::Proved => "passkey",
                    _ => return Err(no_proof()),
                }
            }
        };
        let mut proved = person.clone();
        proved.session.proved_at = self.now();
        let unit = self.store.begin(person.context.organization).await?;
        let kept = unit
            .sessions()
            .prove(proved.session.id, proved.session.proved_at)
            .await?;
        if !kept {
            return Err(signed_out());
        }
        let detail = json!({
            "by": by,
            "proved_at": {
                "before": person.session.proved_at,
                "after": proved.session.proved_at,
            },
        });
        unit.commit(vec![event(
            &person.context,
            "session.proved",
            proved.session.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok(proved)
    }

    async fn prove_by_password(
        &self,
        person: &Person,
        password: Secret,
        address: IpAddr,
    ) -> Result<()> {
        let user = &person.user;
        self.check_throttle(&user.email, address).await?;
        let right = password.expose().len() <= MAX_INPUT
            && self
                .verify_password(user.password_hash.clone(), password)
                .await?;
        if right {
            return Ok(());
        }
        self.record_failure(&user.email, address).await?;
        let refused = event(
            &person.context,
            "session.proof_refused",
            person.session.id,
            AuditOutcome::Denied,
            json!({ "by": "password" }),
        );
        self.store.journal().append(refused).await?;
        Err(wrong_password())
    }
}

fn wrong_password() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "The password is wrong. Nothing was changed.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Type the password with which you sign in.",
    )
}

fn no_proof() -> Error {
    Error::new(
        ErrorKind::PasskeyRefused,
        "What the passkey signed was for something else. Nothing was changed.",
    )
    .with_hint(WhoMustAct::Person, "Confirm again that it is you.")
}
