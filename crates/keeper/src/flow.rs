//! Open flows: the verifier and everything that the exchange of the code needs, sealed until it comes.
//!
//! Must not know: how a code is exchanged.

use crate::{
    credential::{BoundApp, from_bytes, secret, to_bytes},
    keeper::Inner,
    sealing::Place,
};
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, Environment, Error, ErrorKind, OrganizationId, Secret,
    UserId, WhoMustAct,
};
use gatelodge_store::keeper::FlowSecret;
use serde::{Deserialize, Serialize};
use url::Url;

/// A verifier of a flow that never ended is deleted after this; `core` ends flows much earlier.
const FLOW_LIFE: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// A flow is sealed once.
const GENERATION: i64 = 1;

/// What is remembered of an open flow. The OAuth app is the one of its beginning, because the code is.
#[derive(Serialize, Deserialize)]
pub(crate) struct FlowRecord {
    pub(crate) provider: String,
    pub(crate) connection: ConnectionId,
    /// The person whose connection it is; none in flows that an older program began.
    #[serde(default)]
    pub(crate) owner: Option<UserId>,
    pub(crate) app: BoundApp,
    pub(crate) login_base: Url,
    pub(crate) environment: Environment,
    pub(crate) redirect_uri: String,
    #[serde(serialize_with = "secret")]
    pub(crate) verifier: Secret,
}

impl Inner {
    /// Keeps a flow, and forgets those that are too old to end.
    pub(crate) async fn keep_flow(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
        record: &FlowRecord,
    ) -> Result<(), Error> {
        let record = to_bytes(record)?;
        let sealed = self
            .sealing
            .seal(Place::Flow, organization, &flow, GENERATION, &record)
            .await?;
        let now = self.clock.now();
        let flows = self.store.flow_secrets();
        flows.purge_expired(now).await?;
        let secret = FlowSecret {
            record: sealed.record,
            expires_at: now + FLOW_LIFE,
        };
        flows.insert(organization, flow, secret).await?;
        Ok(())
    }

    /// Forgets a flow that ended without a code.
    pub(crate) async fn take_flow_away(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
    ) -> Result<(), Error> {
        self.store.flow_secrets().take(organization, flow).await?;
        Ok(())
    }

    /// The flow's record: of any number of callers one gets it (O14).
    pub(crate) async fn take_flow(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
    ) -> Result<FlowRecord, Error> {
        let secret = self
            .store
            .flow_secrets()
            .take(organization, flow)
            .await?
            .filter(|secret| secret.expires_at > self.clock.now());
        let Some(secret) = secret else {
            return Err(Error::new(
                ErrorKind::StateInvalid,
                "This attempt to connect is over or was finished already.",
            )
            .with_hint(WhoMustAct::Person, "Begin again from the connections page."));
        };
        let bytes = self
            .sealing
            .open(Place::Flow, organization, &flow, GENERATION, &secret.record)
            .await?;
        from_bytes(&bytes)
    }
}
