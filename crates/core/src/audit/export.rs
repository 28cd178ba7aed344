//! Handing the audit log out, a piece at a time, as of the moment at which it was asked for.
//!
//! Must not know: how a face writes events down.

use super::AuditFilter;
use crate::{Hub, Person, hub::event, people::require_overseer};
use gatelodge_model::{AuditEvent, AuditOutcome, OrganizationId, Result};
use serde_json::json;

/// Events in a piece.
const PIECE: u64 = 500;

/// An export under way. Only [`Hub::export_audit`] makes one, so each was asked for by somebody who may, and noted.
#[derive(Debug, Clone)]
pub struct AuditExport {
    organization: OrganizationId,
    filter: gatelodge_store::AuditFilter,
}

impl Hub {
    /// Begins an export of the events that a filter finds, the newest first. It is audited itself, and holds nothing
    /// that came later.
    ///
    /// # Errors
    /// `forbidden` for members, `step_up_needed`.
    pub async fn export_audit(
        &self,
        person: &Person,
        filter: AuditFilter,
        format: &'static str,
    ) -> Result<AuditExport> {
        require_overseer(person)?;
        self.require_step_up(person)?;
        let organization = person.context.organization;
        let detail = json!({
            "format": format,
            "person": filter.person,
            "agent": filter.agent,
            "action": filter.action,
            "outcome": filter.outcome,
            "face": filter.face,
            "target": filter.target,
            "since": filter.since,
            "until": filter.until,
        });
        let mut filter = filter.stored(person);
        let unit = self.store.begin(organization).await?;
        let exported = event(
            &person.context,
            "audit.exported",
            organization,
            AuditOutcome::Success,
            detail,
        );
        let written = unit.commit(vec![exported]).await?;
        filter.before = written.first().map(|event| event.id);
        Ok(AuditExport {
            organization,
            filter,
        })
    }

    /// The next piece; none after the last.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn audit_piece(&self, export: &mut AuditExport) -> Result<Option<Vec<AuditEvent>>> {
        let events = self
            .store
            .audit()
            .list(export.organization, &export.filter, PIECE)
            .await?;
        let Some(last) = events.last() else {
            return Ok(None);
        };
        export.filter.before = Some(last.id);
        Ok(Some(events))
    }
}
