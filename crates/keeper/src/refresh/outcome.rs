//! What the outcome of a try is told as: to the caller, in the timeline, and to whoever must act.
//!
//! Only an `invalid_grant` that holds against the row as it is stored now ends a grant; trouble of any other kind
//! destroys nothing (R6). Must not know: how a try is made.

use super::{Cause, round::Round, schedule};
use crate::{
    egress::{SendFailure, host_of},
    failure,
    keeper::Inner,
    redact,
    slot::Opened,
    timeline::Happened,
};
use gatelodge_keeper_client::{KeeperFailure, KeeperResult};
use gatelodge_model::{
    AttentionReason, ConnectionEventDetail, ConnectionEventKind as Kind, Error, ErrorKind,
    Timestamp, WhoMustAct,
};
use gatelodge_oauth::{Dialect, FormRequest, Introspection, TokenError, TokenHint};
use gatelodge_provider::Expiry;
use gatelodge_store::keeper::RefreshIntent;
use std::sync::Arc;

impl Inner {
    /// A refusal: terminal only if nobody stored a newer token meanwhile.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call site, and all of it matters"
    )]
    pub(super) async fn refused(
        &self,
        stale: &Opened,
        intent: RefreshIntent,
        refusal: &TokenError,
        request_id: Option<String>,
        failure: KeeperFailure,
        doubtful: bool,
        failures: u32,
    ) -> KeeperResult<Round> {
        let terminal = refusal.is_terminal();
        let lost = terminal && doubtful && stale.provider.manifest().refresh.rotation.can_lose();
        tracing::warn!(
            connection = %stale.connection, status = refusal.status, terminal, doubtful,
            "the provider refused to refresh a credential"
        );
        let secrets = || stale.credential.secrets();
        let detail = ConnectionEventDetail {
            code: Some(if refusal.error.is_empty() {
                format!("HTTP {}", refusal.status)
            } else {
                redact::text(&refusal.error, secrets())
            }),
            message: Some(redact::text(&refusal.description, secrets()))
                .filter(|text| !text.is_empty()),
            request_id,
            host: None,
        };
        let failure = if lost {
            lost_rotation(stale.provider_name(), &failure.error)
        } else {
            failure
        };
        let kind = if lost { Kind::Lost } else { Kind::Refused };
        let Some(reason) = failure.attention else {
            self.note(stale, kind, Some(detail));
            self.end(stale, intent, self.retry_at(failures)).await;
            return Ok(Round::Failed {
                failure,
                terminal: false,
                ambiguous: false,
            });
        };
        let row = self.row(stale.organization, stale.connection).await?;
        if row.is_none_or(|row| (row.generation, row.fence) != (intent.generation, intent.fence)) {
            return Ok(Round::Again);
        }
        // First somebody is told, then the intent ends: cut off in between, it is found out again.
        let happened = happened(stale, kind, Some(detail));
        self.timeline
            .tell(happened, reason)
            .await
            .map_err(Error::from)?;
        if lost {
            self.figures.lost();
        }
        let (ended, next) = if terminal {
            (Some(reason), None)
        } else {
            (None, Some(self.retry_at(failures)))
        };
        self.store
            .credentials()
            .release_intent(stale.organization, stale.connection, intent, ended, next)
            .await
            .map_err(Error::from)?;
        Ok(Round::Failed {
            failure,
            terminal,
            ambiguous: false,
        })
    }

    /// Nothing usable came back.
    pub(super) fn failed(&self, stale: &Opened, cause: SendFailure, ambiguous: bool) -> Round {
        let error = failure::read(stale.provider_name(), cause);
        let detail = ConnectionEventDetail {
            message: Some(error.message().to_owned()),
            ..ConnectionEventDetail::default()
        };
        self.note(stale, Kind::Failed, Some(detail));
        Round::Failed {
            failure: error.into(),
            terminal: false,
            ambiguous,
        }
    }

    /// The breaker is open: nothing is sent, and nobody tries before it may close again.
    pub(super) async fn held_back(&self, stale: &Opened, until: Timestamp) -> KeeperFailure {
        self.note(stale, Kind::BreakerOpen, None);
        let spread = schedule::after_failure(1, until, self.random.as_ref());
        let set = self
            .store
            .credentials()
            .set_due(
                stale.organization,
                stale.connection,
                stale.version.0,
                Some(spread),
            )
            .await;
        if let Err(error) = set {
            tracing::warn!(connection = %stale.connection, %error, "the next try could not be noted");
        }
        Error::new(
            ErrorKind::ProviderUnavailable,
            format!(
                "The sign-in service of {} is in trouble; nothing is sent there for a while.",
                stale.provider_name()
            ),
        )
        .with_hint(
            WhoMustAct::Nobody,
            "The connection is not lost. Try again later.",
        )
        .into()
    }

    /// A refresh that worked.
    pub(super) fn renewed(
        self: &Arc<Self>,
        stale: &Opened,
        opened: &Arc<Opened>,
        cause: Cause,
        moved: bool,
    ) {
        let idle = cause == Cause::Due && stale.credential.expires_at.is_none();
        let kind = if idle {
            Kind::KeptAlive
        } else {
            Kind::Refreshed
        };
        self.note(stale, kind, None);
        if moved {
            self.note_move(opened);
        }
        self.learn_end(opened);
    }

    /// The account is at another host than before; the hub takes it up from there.
    pub(crate) fn note_move(&self, opened: &Opened) {
        let detail = ConnectionEventDetail {
            host: Some(host_of(opened.instance.base())),
            ..ConnectionEventDetail::default()
        };
        self.note(opened, Kind::MovedHost, Some(detail));
    }

    /// Where only introspection tells how long a token lives: asks, and sets the next refresh.
    pub(crate) fn learn_end(self: &Arc<Self>, opened: &Arc<Opened>) {
        let auth = &opened.provider.manifest().auth;
        let credential = &opened.credential;
        let Some(path) = auth.introspect_path.clone() else {
            return;
        };
        if auth.expiry != Expiry::Introspected
            || credential.expires_at.is_some()
            || credential.refresh_token.is_none()
        {
            return;
        }
        let (inner, opened) = (Arc::clone(self), Arc::clone(opened));
        self.tasks.spawn(async move {
            let credential = &opened.credential;
            let request = FormRequest::introspect(
                &path,
                &credential.app.client(),
                Dialect::default(),
                &credential.access_token,
                TokenHint::Access,
            );
            let sent = inner
                .post_form(&credential.login_base, &request, inner.timeouts.token)
                .await;
            let end = sent
                .ok()
                .filter(gatelodge_provider::ProviderResponse::is_success)
                .and_then(|response| Introspection::parse(&response.body).ok())
                .and_then(|told| Timestamp::from_timestamp(told.expires_at?, 0));
            let Some(end) = end else { return };
            let random = inner.random.as_ref();
            let next = schedule::after_introspection(credential.issued_at, end, random);
            let set = inner
                .store
                .credentials()
                .set_due(
                    opened.organization,
                    opened.connection,
                    opened.version.0,
                    Some(next),
                )
                .await;
            if let Err(error) = set {
                tracing::warn!(connection = %opened.connection, %error, "the end of a token could not be noted");
            }
        });
    }

    pub(super) fn retry_at(&self, failures: u32) -> Timestamp {
        let random = self.random.as_ref();
        schedule::after_failure(failures + 1, self.clock.now(), random)
    }

    pub(crate) fn note(&self, stale: &Opened, kind: Kind, detail: Option<ConnectionEventDetail>) {
        self.timeline.add(happened(stale, kind, detail));
    }
}

fn happened(stale: &Opened, kind: Kind, detail: Option<ConnectionEventDetail>) -> Happened {
    Happened {
        organization: stale.organization,
        connection: stale.connection,
        kind,
        detail: detail.unwrap_or_default(),
    }
}

/// The refresh token was used up by a request whose answer never arrived.
fn lost_rotation(name: &str, cause: &Error) -> KeeperFailure {
    let mut error = Error::new(
        ErrorKind::ReconnectNeeded,
        format!("A refresh of the connection to {name} was cut off, and its new token is lost."),
    )
    .with_hint(WhoMustAct::Person, format!("Reconnect {name}."));
    if let Some(detail) = cause.provider() {
        error = error.with_provider(detail.clone());
    }
    failure::attention(error, AttentionReason::LostRotation)
}
