//! Asking people to connect: a notice and a mail to each who has not, at most one within a day.
//!
//! Must not know: how a message leaves.

use crate::{Hub, Person, hub::event, people::require_admin, telling::words};
use chrono::TimeDelta;
use gatelodge_model::{AuditOutcome, Error, GroupId, NewNotice, Result};
use gatelodge_store::PersonPlace;
use serde_json::json;

/// People asked in one unit of work: others write meanwhile.
const BATCH: u64 = 100;

/// Nobody is asked twice within it.
const BETWEEN: TimeDelta = TimeDelta::days(1);

/// Whom an administrator asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AskedToConnect {
    /// How many were told now.
    pub told: u64,
    /// How many had been asked within the last day.
    pub asked_before: u64,
}

impl Hub {
    /// Asks everybody to connect to whom the provider is open and who has no connection that works, or those of a
    /// group. Each batch commits with its audit event; who was asked within the last day is left out.
    ///
    /// # Errors
    /// `forbidden` for people who do not administer, `not_found` for an unknown provider or group.
    pub async fn ask_to_connect(
        &self,
        person: &Person,
        provider: &str,
        group: Option<GroupId>,
    ) -> Result<AskedToConnect> {
        require_admin(person)?;
        let organization = person.context.organization;
        let provider = self.rolled_out(Some(provider))?;
        let groups = match group {
            Some(id) => {
                if self.store.groups().find(organization, id).await?.is_none() {
                    return Err(Error::not_found("group"));
                }
                Some(vec![id])
            }
            None => self.open_groups(organization, &provider).await?,
        };
        let mut asked = AskedToConnect::default();
        let mut behind: Option<PersonPlace> = None;
        loop {
            let unit = self.store.begin(organization).await?;
            let coverage = unit.coverage();
            let people = coverage
                .missing(
                    organization,
                    &provider,
                    groups.as_deref(),
                    behind.as_ref(),
                    BATCH,
                )
                .await?;
            let Some(last) = people.last() else { break };
            behind = Some(PersonPlace {
                name: last.name.clone(),
                user: last.id,
            });
            let ids: Vec<_> = people.iter().map(|person| person.id).collect();
            let before = coverage
                .last_asked(organization, &provider, &ids, self.now() - BETWEEN)
                .await?;
            let name = self.provider_name(&provider);
            let notices: Vec<NewNotice> = people
                .iter()
                .filter(|user| !before.contains_key(&user.id))
                .map(|user| {
                    words::connect_asked(user, &provider, name, &person.user.name, self.now())
                })
                .collect();
            let told = unit
                .notices()
                .tell_people(&notices, self.settings.mail)
                .await?;
            asked.told += told.len() as u64;
            asked.asked_before += (people.len() - told.len()) as u64;
            if !told.is_empty() {
                unit.commit(vec![event(
                    &person.context,
                    "connection.asked_for",
                    &provider,
                    AuditOutcome::Success,
                    json!({ "people": told, "group": group }),
                )])
                .await?;
            }
        }
        self.outbox_filled.notify_one();
        Ok(asked)
    }
}
