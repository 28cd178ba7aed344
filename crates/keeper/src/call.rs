//! Reads and writes for a connection: a fresh credential is added, and a 401 leads to one refresh and one
//! repetition (R7); to one more where the token that was refused again was not granted for this call. A host that the account seems to have left leads to one refresh, which tells where it is (R19).
//!
//! A write is taken from the sealed proposal and checked against the credential before anything is sent
//! (P2, P9), and its approval is used up first (P4). Must not know: tools and policy.

use crate::{
    credential::AccountIds,
    credentials::version_of,
    download::Passing,
    egress::{Body, Exchange, Pieces, SendFailure, host_of},
    failure,
    keeper::Inner,
    redact,
    refresh::{Cause, bearer},
    slot::Opened,
    soap_session::fill,
};
use chrono::TimeDelta;
use gatelodge_keeper_client::{KeeperResult, SealedKind, SendRead, SendWrite, Viewer};
use gatelodge_model::{
    ConnectionId, CredentialPlace, Error, ErrorKind, FrozenProposal, OrganizationId, RequestId,
    WhoMustAct,
};
use gatelodge_provider::{Download, ProviderResponse};
use std::sync::Arc;
use tokio::time::Instant;

/// HTTP methods that a write may use.
const WRITE_METHODS: [&str; 4] = ["POST", "PATCH", "PUT", "DELETE"];

/// A token that is younger than this came with the host that it belongs to: nobody asks again where that is.
const KNOWS_ITS_HOST: TimeDelta = TimeDelta::minutes(1);

/// A request that got no answer, in the words of its kind.
struct Unanswered {
    error: Error,
    /// Nobody listens there; nothing was sent.
    unreachable: bool,
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self {
            error,
            unreachable: false,
        }
    }
}

/// A request relative to a connection.
struct Outgoing<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a [(String, String)],
    headers: &'a [(String, String)],
    body: Option<&'a str>,
    /// The empty element of the body that takes the session; none where a header does.
    session: Option<&'static str>,
    request_id: RequestId,
    /// Its answer is handed on only within the budget.
    is_read: bool,
    /// The body of a success is handed on while it arrives.
    streamed: bool,
    /// What a failure of sending means.
    failed: fn(&str, SendFailure) -> Error,
}

/// What came: whole, or with its body still on the way.
struct Answer {
    response: ProviderResponse,
    coming: Option<Passing>,
}

impl From<ProviderResponse> for Answer {
    fn from(response: ProviderResponse) -> Self {
        Self {
            response,
            coming: None,
        }
    }
}

impl Inner {
    pub(crate) async fn read(self: &Arc<Self>, call: SendRead) -> KeeperResult<ProviderResponse> {
        Ok(self.ask(call, false).await?.response)
    }

    /// As a read, but the body of a success is handed on while it arrives. Whether the token is taken shows before
    /// that: a refusal is read whole.
    pub(crate) async fn download(self: &Arc<Self>, call: SendRead) -> KeeperResult<Download> {
        let Answer { response, coming } = self.ask(call, true).await?;
        let mut download = Download::from(response);
        if let Some(passing) = coming {
            // What is taken out of a body on the way is not known yet.
            download
                .headers
                .retain(|(name, _)| name != "content-length");
            download.body = passing.stream();
        }
        Ok(download)
    }

    async fn ask(self: &Arc<Self>, call: SendRead, streamed: bool) -> KeeperResult<Answer> {
        let opened = self.usable(call.organization, call.connection).await?;
        let mut headers = call.request.headers;
        for (name, value) in opened.provider.client_headers(&call.agent) {
            if !headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(&name))
            {
                headers.push((name, value));
            }
        }
        if let Some(body) = &call.request.start {
            // The one way for a read to be more than GET: the provider's own code agrees to exactly this.
            opened.provider.may_start(&call.request.path, body)?;
        }
        let outgoing = Outgoing {
            method: if call.request.start.is_some() {
                "POST"
            } else {
                "GET"
            },
            path: &call.request.path,
            query: &call.request.query,
            headers: &headers,
            body: call.request.start.as_deref(),
            session: None,
            request_id: call.request_id,
            is_read: true,
            streamed,
            failed: failure::read,
        };
        self.call(opened, &outgoing).await
    }

    pub(crate) async fn write(self: &Arc<Self>, call: SendWrite) -> KeeperResult<ProviderResponse> {
        let bytes = self
            .open_sealed(
                call.organization,
                call.sealed,
                Viewer::Execution,
                Some(SealedKind::Proposal),
            )
            .await?;
        let frozen = FrozenProposal::thaw(&bytes, call.digest)?;
        if frozen.organization != call.organization || frozen.proposal != call.proposal {
            return Err(changed("it belongs to another proposal").into());
        }
        if frozen.expires_at <= self.clock.now() {
            return Err(Error::new(
                ErrorKind::Expired,
                "The proposal's time is over. Nothing was sent.",
            )
            .into());
        }
        let opened = self.usable(call.organization, frozen.connection).await?;
        if let Err(error) = fits(&frozen, &opened) {
            if frozen.host != host_of(opened.instance.base()) {
                // The hub does not know it yet, or would never learn it: the next proposal shall fit.
                self.note_move(&opened);
            }
            return Err(error.into());
        }
        let session = match frozen.request.credential {
            CredentialPlace::Header => None,
            // The one way for a token to be in a body: the provider's own code agrees to exactly this.
            CredentialPlace::SoapSession => Some(opened.provider.session_element(&frozen.request)?),
        };
        let approval = self.demand_approval(&call, &frozen, &opened).await?;
        self.spend_approval(&call, &frozen, &approval).await?;
        let outgoing = Outgoing {
            method: &frozen.request.method,
            path: &frozen.request.path,
            query: &[],
            headers: &frozen.request.headers,
            body: frozen.request.body.as_deref(),
            session,
            request_id: call.request_id,
            is_read: false,
            streamed: false,
            failed: failure::write,
        };
        Ok(self.call(opened, &outgoing).await?.response)
    }

    /// The credential, refreshed first where its declared life is nearly over (CRED-3).
    async fn usable(
        self: &Arc<Self>,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Arc<Opened>> {
        let opened = self.credential(organization, connection).await?;
        let now = self.clock.now();
        let refreshable = opened.credential.refresh_token.is_some();
        if !opened.credential.is_ageing(now) || !refreshable {
            return Ok(opened);
        }
        match self.refreshed(&opened, Cause::Asked).await {
            Ok(fresh) => Ok(fresh),
            // The token still works; trouble at the sign-in service is no reason to stop.
            Err(failure) if failure.attention.is_none() && !opened.credential.is_over(now) => {
                Ok(opened)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn call(
        self: &Arc<Self>,
        opened: Arc<Opened>,
        outgoing: &Outgoing<'_>,
    ) -> KeeperResult<Answer> {
        let first = self.send(&opened, outgoing).await;
        // Whatever the body says: vendors have many words for an ended token.
        let refused =
            matches!(&first, Ok(answer) if opened.provider.refuses_token(&answer.response));
        if !refused && !self.seems_left(&opened, &first) {
            return first.map_err(|unanswered| unanswered.error.into());
        }
        let asked_at = Instant::now();
        let mut fresh = match self.refreshed(&opened, Cause::Asked).await {
            Ok(fresh) => fresh,
            Err(failure) if refused || failure.attention.is_some() => return Err(failure),
            // Nobody says where the account is; what was met there stands.
            Err(_) => return first.map_err(|unanswered| unanswered.error.into()),
        };
        if !refused && fresh.instance == opened.instance {
            return first.map_err(|unanswered| unanswered.error.into());
        }
        let mut last = false;
        loop {
            if !outgoing.is_read && fresh.instance != opened.instance {
                return Err(changed(MOVED).into());
            }
            let answer = self
                .send(&fresh, outgoing)
                .await
                .map_err(|unanswered| unanswered.error)?;
            if !fresh.provider.refuses_token(&answer.response) {
                return Ok(answer);
            }
            if last || self.is_newest(&fresh, asked_at).await? {
                let refusal = fresh.provider.read_error(&answer.response);
                return Err(failure::refused_twice(fresh.provider_name(), &refusal));
            }
            last = true;
            fresh = self.refreshed(&fresh, Cause::Asked).await?;
        }
    }

    /// Whether nobody has a newer token than this one, and it was granted for who asked at this moment. One that
    /// somebody else had renewed before may have ended since, and one that somebody else renewed meanwhile may have
    /// been ended by that: its refusal says nothing about the grant.
    async fn is_newest(&self, opened: &Opened, asked_at: Instant) -> Result<bool, Error> {
        let row = self.row(opened.organization, opened.connection).await?;
        let stored = row.is_some_and(|row| version_of(&row) == opened.version);
        Ok(stored && opened.granted_here.is_some_and(|at| at >= asked_at))
    }

    /// Whether the account may be at another host by now, which a fresh token would tell. A connection that broke, or
    /// an answer that did not come in time, says nothing of the kind: a network in trouble is no time to spend a
    /// refresh token.
    fn seems_left(&self, opened: &Opened, met: &Result<Answer, Unanswered>) -> bool {
        let left = match met {
            Ok(answer) => opened.provider.has_left(&answer.response),
            Err(unanswered) => unanswered.unreachable,
        };
        let credential = &opened.credential;
        let age = self.clock.now() - credential.issued_at;
        left && credential.refresh_token.is_some() && age >= KNOWS_ITS_HOST
    }

    async fn send(
        self: &Arc<Self>,
        opened: &Arc<Opened>,
        outgoing: &Outgoing<'_>,
    ) -> Result<Answer, Unanswered> {
        let token = &opened.credential.access_token;
        let body = outgoing.body.unwrap_or_default();
        let (authorization, body) = match outgoing.session {
            Some(element) => (None, Some(Body::Session(fill(body, element, token)?))),
            None => (
                Some(bearer(token)),
                outgoing.body.map(|text| Body::Exact(text.to_owned())),
            ),
        };
        self.count_call(opened.organization, opened.connection)
            .await?;
        let mut record = self.journal.begin(
            (opened.organization, opened.connection),
            outgoing.request_id,
            outgoing.method,
            outgoing.path,
        );
        let exchange = Exchange {
            origin: &opened.instance,
            method: outgoing.method,
            path: outgoing.path,
            query: outgoing.query,
            headers: outgoing.headers,
            authorization,
            body,
            time: if outgoing.streamed {
                self.timeouts.download
            } else {
                self.timeouts.call
            },
        };
        let result = if outgoing.streamed {
            self.begin_download(exchange).await
        } else {
            self.egress.send(exchange).await.map(|whole| (whole, None))
        };
        record.denied = matches!(result, Err(SendFailure::Denied(_)));
        let (response, pieces) = result.map_err(|cause| Unanswered {
            unreachable: matches!(cause, SendFailure::Unsent(_)),
            error: (outgoing.failed)(opened.provider_name(), cause),
        })?;
        record.answer = Some((&response).into());
        if let Some(pieces) = pieces {
            let rows = opened
                .provider
                .row_counter(outgoing.path, &response.headers);
            let opened = Arc::clone(opened);
            return Ok(Answer {
                response: redact::response(response, opened.credential.secrets()),
                coming: Some(Passing::new(Arc::clone(self), opened, pieces, rows, record)),
            });
        }
        drop(record);
        let counted = self.count_answer(opened, outgoing.path, &response).await;
        // A write has happened; keeping its answer back would only hide that.
        if outgoing.is_read {
            counted?;
        }
        Ok(redact::response(response, opened.credential.secrets()).into())
    }

    /// Of a success the head and what follows; everything else whole.
    async fn begin_download(
        &self,
        exchange: Exchange<'_>,
    ) -> Result<(ProviderResponse, Option<Pieces>), SendFailure> {
        let settings = self.egress.settings();
        let begun = async {
            let arriving = self.egress.begin(exchange).await?;
            if arriving.head.is_success() {
                let (head, pieces) =
                    arriving.parted(settings.download_bytes, Some(self.timeouts.piece))?;
                return Ok((head, Some(pieces)));
            }
            Ok((arriving.whole(settings.response_bytes).await?, None))
        };
        tokio::time::timeout(self.timeouts.call, begun)
            .await
            .map_err(|_| SendFailure::Timeout)?
    }
}

/// Compares what was approved with where it would go now.
fn fits(frozen: &FrozenProposal, opened: &Opened) -> Result<(), Error> {
    let credential = &opened.credential;
    let account = AccountIds::from(&frozen.account);
    let difference = if frozen.provider != credential.provider {
        "the connection leads to another provider"
    } else if frozen.host != host_of(opened.instance.base()) {
        MOVED
    } else if frozen.environment != credential.environment {
        "the connection leads to another environment"
    } else if credential.account.as_ref() != Some(&account) {
        "the connection leads to another account"
    } else if !WRITE_METHODS.contains(&frozen.request.method.as_str()) {
        "its request is none that writes"
    } else {
        return Ok(());
    };
    Err(changed(difference))
}

/// Why a proposal does not fit any more.
const MOVED: &str = "the account moved to another host";

fn changed(difference: &str) -> Error {
    Error::new(
        ErrorKind::ProposalChanged,
        format!("What would be sent is not what was approved: {difference}. Nothing was sent."),
    )
    .with_hint(WhoMustAct::Caller, "Propose it again.")
}
