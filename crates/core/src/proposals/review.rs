//! What the review page shows: the stored bytes, and a live look at the record.
//!
//! Must not know: pages.

use super::nonce;
use crate::{Hub, Person};
use gatelodge_keeper_client::{ConnectionCaller, Viewer};
use gatelodge_model::{
    Connection, Error, FrozenProposal, Outcome, Preview, Proposal, ProposalId, ProposalStatus,
    RecordChange, Result, policy::Demands,
};
use gatelodge_provider::ToolKind;
use std::sync::Arc;
use url::Url;

/// Whether the record is still what the preview shows.
#[derive(Debug, Clone)]
pub enum Live {
    /// It is.
    Same,
    /// It changed meanwhile; approving would end as stale.
    Changed {
        /// In words.
        detail: String,
    },
    /// The provider could not be asked.
    Unavailable {
        /// Why.
        error: Error,
    },
    /// There is no record to compare, or nothing is to be decided any more.
    NotNeeded,
}

/// Whether approving takes a passkey.
#[derive(Debug, Clone)]
pub enum PasskeyDemand {
    /// It does not, or nothing is to be decided any more.
    None,
    /// It does, and this is what to ask the browser for.
    Asked(serde_json::Value),
    /// It does, and the person has none.
    NotEnrolled,
    /// Nobody can tell now: then nothing can be approved.
    Unclear {
        /// Why.
        error: Error,
    },
}

/// A proposal as its person reviews it.
#[derive(Debug, Clone)]
pub struct Review {
    /// The row.
    pub proposal: Proposal,
    /// What will happen, from the stored bytes.
    pub frozen: FrozenProposal,
    /// The connection used.
    pub connection: Connection,
    /// How it ended, once it did.
    pub outcome: Option<Outcome>,
    /// The live look.
    pub live: Live,
    /// Goes into the forms of the page.
    pub nonce: String,
    /// The record in the provider's own pages.
    pub record_url: Option<Url>,
    /// Whether the person can change values before approving.
    pub editable: bool,
    /// Whether approving takes a passkey.
    pub passkey: PasskeyDemand,
    /// What else approving takes, by the rules of this moment.
    pub demands: Demands,
    /// Whether a second person confirmed it, where that is demanded.
    pub confirmed: bool,
}

impl Hub {
    /// Opens a proposal for its person.
    ///
    /// # Errors
    /// `not_found` for somebody else's proposal, `integrity_error` or `proposal_changed` when what is
    /// stored is not what was frozen.
    pub async fn review(&self, person: &Person, id: ProposalId) -> Result<Review> {
        let proposal = self.own_proposal(person, id).await?;
        self.audit_opening(&person.context, &[id]).await?;
        let viewer = Viewer::User(person.user.id);
        let frozen = self.open_frozen(&proposal, viewer).await?;
        let outcome = self.open_outcome(&proposal, viewer).await?;
        let connection = self
            .store
            .connections()
            .find(proposal.organization, proposal.connection)
            .await?
            .ok_or_else(|| Error::not_found("connection"))?;
        let live = match proposal.status {
            ProposalStatus::Pending => self.look(person, &frozen, &connection).await,
            _ => Live::NotNeeded,
        };
        let passkey = match proposal.status {
            ProposalStatus::Pending => self.passkey_demand(person, &proposal).await,
            _ => PasskeyDemand::None,
        };
        let editable = proposal.status == ProposalStatus::Pending
            && !removes(&frozen.preview)
            && frozen.arguments.get("fields").is_some();
        let demands = match proposal.status {
            ProposalStatus::Pending => self.demands_of(person, &frozen).await?,
            _ => Demands::default(),
        };
        let confirmed = demands.four_eyes && self.is_confirmed(&proposal).await?;
        Ok(Review {
            demands,
            confirmed,
            nonce: nonce::of(person, &proposal),
            record_url: self.record_url(&frozen, outcome.as_ref()),
            proposal,
            frozen,
            connection,
            outcome,
            live,
            editable,
            passkey,
        })
    }

    async fn passkey_demand(&self, person: &Person, proposal: &Proposal) -> PasskeyDemand {
        let terms = self
            .keeper
            .approval_terms(person.holder(), proposal.digest)
            .await;
        match terms {
            Err(failure) => PasskeyDemand::Unclear {
                error: failure.error,
            },
            Ok(terms) if !terms.sealed => PasskeyDemand::None,
            Ok(terms) => terms
                .request
                .map_or(PasskeyDemand::NotEnrolled, PasskeyDemand::Asked),
        }
    }

    /// Where one of the person's proposals stands, without opening it.
    ///
    /// # Errors
    /// `not_found` for somebody else's proposal.
    pub async fn proposal(&self, person: &Person, id: ProposalId) -> Result<Proposal> {
        self.own_proposal(person, id).await
    }

    async fn look(
        &self,
        person: &Person,
        frozen: &FrozenProposal,
        connection: &Connection,
    ) -> Live {
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            connection.clone(),
            person.context.request,
            frozen.requester.name.clone(),
        );
        match self.versions_now(&client, frozen).await {
            // A record that shall be made is not there: nothing to compare.
            Ok(now) if now.is_empty() && frozen.record_versions.is_empty() => Live::NotNeeded,
            Ok(now) if now == frozen.record_versions => Live::Same,
            Ok(_) => Live::Changed {
                detail: "The record was changed since this was proposed.".to_owned(),
            },
            Err(error) => Live::Unavailable { error },
        }
    }

    /// The versions that the records have now.
    pub(super) async fn versions_now(
        &self,
        client: &ConnectionCaller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<gatelodge_model::RecordVersion>> {
        let Some((_, tool)) = self.catalogue.tool(frozen.tool.as_str()) else {
            return Err(Error::not_found("tool"));
        };
        match tool.kind() {
            ToolKind::Write(write) => write.current_versions(client, frozen).await,
            ToolKind::Read(_) => Err(Error::internal("a proposal of a reading tool")),
        }
    }

    fn record_url(&self, frozen: &FrozenProposal, outcome: Option<&Outcome>) -> Option<Url> {
        let Preview::FieldDiff(diff) = &frozen.preview else {
            return None;
        };
        let made = outcome.and_then(|outcome| outcome.result.as_ref()?.get("id")?.as_str());
        let id = diff
            .record
            .as_ref()
            .map(|record| record.id.as_str())
            .or(made)?;
        let provider = self.catalogue.provider(&frozen.provider)?;
        // A proposal holds the host alone. The provider refuses the scheme that its host does not speak; only a
        // practice org on this machine may speak http.
        ["https", "http"].into_iter().find_map(|scheme| {
            let instance = Url::parse(&format!("{scheme}://{}", frozen.host)).ok()?;
            provider.record_url(&instance, &diff.object, id)
        })
    }
}

fn removes(preview: &Preview) -> bool {
    match preview {
        Preview::FieldDiff(diff) => diff.change == RecordChange::Delete,
        _ => true,
    }
}
