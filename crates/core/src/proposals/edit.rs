//! Changing values before approving: a new proposal takes the old one's place, and is reviewed like any other.
//!
//! Must not know: forms.

use super::{
    decide::Confirmation,
    propose::{Freezing, created},
};
use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::{ConnectionCaller, Viewer};
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, Proposal, ProposalId, ProposalStatus, Requester, Result,
    Touches, numbers,
};
use gatelodge_provider::ToolKind;
use gatelodge_store::{ProposalChanges, StoreError};
use serde_json::{Map, Value, json};
use std::sync::Arc;

impl Hub {
    /// Proposes the same change with other values, in the person's own name. Only fields that the proposal
    /// names can get another value.
    ///
    /// # Errors
    /// As [`Hub::approve`]; `invalid_argument` for a field that the proposal does not name, and whatever
    /// preparing the change gives.
    pub async fn edit(
        &self,
        person: &Person,
        id: ProposalId,
        confirmation: Confirmation,
        fields: Map<String, Value>,
    ) -> Result<Proposal> {
        let old = self.decidable(person, id, &confirmation).await?;
        let frozen = self.open_frozen(&old, Viewer::User(person.user.id)).await?;
        let connection = self
            .store
            .connections()
            .find(old.organization, old.connection)
            .await?
            .filter(|connection| connection.status.is_usable())
            .ok_or_else(|| {
                Error::new(ErrorKind::NotConnected, "The connection is not usable now.")
            })?;
        let Some((_, tool)) = self.catalogue.tool(frozen.tool.as_str()) else {
            return Err(Error::not_found("tool"));
        };
        let ToolKind::Write(write) = tool.kind() else {
            return Err(Error::internal("a proposal of a reading tool"));
        };
        let arguments = with_fields(frozen.arguments.clone(), fields)?;
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            connection.clone(),
            person.context.request,
            frozen.requester.name.clone(),
        );
        let prepared = write.prepare(&client, arguments.clone()).await?;
        let judge = self.judge_of(&frozen, person.organization.policy).await?;
        let ruled = judge.admit(&Touches::of_preview(&prepared.preview))?;
        let requester = Requester {
            agent: old.agent,
            name: person.user.name.clone(),
            on_behalf_of: person.user.id,
        };
        let proposal = self
            .freeze(Freezing {
                descriptor: tool.descriptor(),
                connection: &connection,
                arguments,
                prepared,
                requester,
                reason: frozen.reason.clone(),
                supersedes: Some(old.id),
            })
            .await?;
        let changes = ProposalChanges {
            decided_by: Some(person.user.id),
            superseded_by: Some(proposal.id),
            ..ProposalChanges::default()
        };
        let unit = self.store.begin(old.organization).await?;
        match unit
            .proposals()
            .transition(&old, ProposalStatus::Superseded, changes)
            .await
        {
            Ok(_) => {}
            Err(StoreError::Conflict { .. }) => {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "This proposal was decided meanwhile.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
        self.store_proposal(&unit, &proposal).await?;
        if ruled.demands.four_eyes {
            unit.second_looks()
                .want(&self.wanted_look(&proposal))
                .await?;
        }
        let detail = json!({ "superseded_by": proposal.id });
        unit.commit(vec![
            event(
                &person.context,
                "proposal.superseded",
                old.id,
                AuditOutcome::Success,
                detail,
            ),
            created(&person.context, &proposal, tool.descriptor()),
        ])
        .await?;
        self.announce(old.id);
        Ok(proposal)
    }
}

fn with_fields(mut arguments: Value, fields: Map<String, Value>) -> Result<Value> {
    let Some(known) = arguments.get_mut("fields").and_then(Value::as_object_mut) else {
        return Err(Error::new(
            ErrorKind::Conflict,
            "This proposal has no field values to edit.",
        ));
    };
    for (name, value) in fields {
        let Some(slot) = known.get_mut(&name) else {
            return Err(Error::invalid(
                name,
                "The proposal does not name this field.",
            ));
        };
        *slot = value;
    }
    match numbers::first_inexact(&arguments) {
        Some(pointer) => Err(Error::invalid(
            pointer,
            "This number has more digits than can be kept exactly.",
        )),
        None => Ok(arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_fields_can_change() {
        let arguments = json!({"object": "Account", "fields": {"Phone": "1"}});
        let edited = with_fields(
            arguments.clone(),
            Map::from_iter([("Phone".to_owned(), json!("2"))]),
        )
        .unwrap();
        assert_eq!(edited["fields"]["Phone"], json!("2"));
        let foreign = Map::from_iter([("OwnerId".to_owned(), json!("x"))]);
        assert_eq!(
            with_fields(arguments, foreign).unwrap_err().field(),
            Some("OwnerId")
        );
    }
}
