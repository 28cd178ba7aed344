//! A restored copy: it may be read, and does nothing until the operator activates it (R16).
//!
//! The keeper alone keeps it from sending; here it is said, and nothing is begun that would end at the keeper's
//! door. Must not know: seals.

use crate::{Hub, proposals::Ending};
use gatelodge_model::{
    AttentionReason, ConnectionId, ConnectionStatus, Error, ErrorKind, OrganizationId,
    ProposalStatus, Result, Timestamp, WhoMustAct,
};
use gatelodge_store::ProposalFilter;
use std::sync::atomic::Ordering;

/// Proposals that are looked at in one step.
const PAGE: u64 = 200;

/// This installation is a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoredCopy {
    /// When the original was backed up; unknown where the database was filled by other means.
    pub backed_up_at: Option<Timestamp>,
}

impl RestoredCopy {
    /// What people and agents are told.
    pub fn in_words(&self) -> String {
        let from = self.backed_up_at.map_or_else(String::new, |moment| {
            format!(" of {}", moment.format("%Y-%m-%d %H:%M UTC"))
        });
        format!(
            "This is a restored copy{from}. It shows what was stored then and sends nothing until its operator activates it."
        )
    }

    /// What its operator does when it shall send.
    pub const WHAT_TO_DO: &str = "Make sure that the original is stopped for good, then run 'gatelodge restore activate' on this host.";

    fn refusal(self) -> Error {
        Error::new(ErrorKind::RestoredCopy, self.in_words())
            .with_hint(WhoMustAct::Operator, Self::WHAT_TO_DO)
    }
}

impl Hub {
    /// Whether this installation is a copy that may not send.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn restored_copy(&self) -> Result<Option<RestoredCopy>> {
        if self.may_send.load(Ordering::Acquire) {
            return Ok(None);
        }
        let copy = match self.store.settings().instance().await? {
            Some(instance) if instance.activation.is_some() => None,
            Some(instance) => Some(RestoredCopy {
                backed_up_at: instance.restored.map(|restored| restored.backed_up_at),
            }),
            // Its keeper has not sent anything yet, and decides when it is asked to.
            None => return Ok(None),
        };
        // An installation that may send stays one; a copy is looked at again until it is activated.
        if copy.is_none() {
            self.may_send.store(true, Ordering::Release);
        }
        Ok(copy)
    }

    /// Refuses what a copy must not even begin.
    pub(crate) async fn refuse_in_a_copy(&self) -> Result<()> {
        match self.restored_copy().await? {
            None => Ok(()),
            Some(copy) => Err(copy.refusal()),
        }
    }

    /// Ends every proposal that a copy brought along undecided or unfinished: whether the original has done it
    /// after the backup is not known here, and doing it again would be a second write.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn end_restored_proposals(&self) -> Result<usize> {
        let mut ended = 0;
        for organization in self.store.organizations().list().await? {
            ended += self.end_proposals_of(organization.id).await?;
        }
        Ok(ended)
    }

    async fn end_proposals_of(&self, organization: OrganizationId) -> Result<usize> {
        let context = self.system_context(organization);
        let filter = ProposalFilter {
            statuses: vec![
                ProposalStatus::Pending,
                ProposalStatus::Approved,
                ProposalStatus::Executing,
            ],
            ..ProposalFilter::default()
        };
        let mut ended = 0;
        let mut before = None;
        loop {
            let page = self
                .store
                .proposals()
                .list(organization, &filter, PAGE, before)
                .await?;
            let Some(last) = page.last() else {
                return Ok(ended);
            };
            before = Some(last.id);
            for proposal in &page {
                let (status, kind) = match proposal.status {
                    ProposalStatus::Executing => {
                        (ProposalStatus::Unknown, ErrorKind::UnknownOutcome)
                    }
                    _ => (ProposalStatus::Stale, ErrorKind::Stale),
                };
                let error = Error::new(
                    kind,
                    "This Gatelodge was restored from a backup. Whether the change was made after the backup is not known here.",
                )
                .with_hint(
                    WhoMustAct::Person,
                    "Look at the record at the provider, and have it proposed again if it is still wanted.",
                );
                self.settle(&context, proposal, Ending::failed(status, error))
                    .await?;
                ended += 1;
            }
        }
    }

    /// Marks connections whose stored token the original has replaced since the backup: it may be spent.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn mark_spent_connections(
        &self,
        spent: &[(OrganizationId, ConnectionId)],
    ) -> Result<usize> {
        let mut marked = 0;
        for (organization, id) in spent {
            let Some(connection) = self.store.connections().find(*organization, *id).await? else {
                continue;
            };
            if connection.status == ConnectionStatus::Disconnected {
                continue;
            }
            let context = self.system_context(*organization);
            self.mark_attention(&context, &connection, AttentionReason::LostRotation, None)
                .await?;
            marked += 1;
        }
        Ok(marked)
    }

    /// Notes that the operator activated this copy, in every organization.
    ///
    /// # Errors
    /// `audit_unavailable`.
    pub async fn note_activation(&self, backed_up_at: Option<Timestamp>) -> Result<()> {
        for organization in self.store.organizations().list().await? {
            let activated = crate::hub::event(
                &self.system_context(organization.id),
                "instance.activated",
                "instance",
                gatelodge_model::AuditOutcome::Success,
                serde_json::json!({ "backed_up_at": backed_up_at }),
            );
            self.store.journal().append(activated).await?;
        }
        Ok(())
    }
}
