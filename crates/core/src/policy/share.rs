//! The share of a provider's calls that agents may use; the rest is kept for people (their own programs, syncs, pages).
//!
//! The provider's own count is what decides, as it was seen last by any host. Must not know: how it is told.

use crate::{Hub, Person, hub::event, people::require_admin};
use gatelodge_model::{
    ApiCount, ApiUsage, AuditOutcome, Connection, Error, ErrorKind, Policy, Result, Timestamp,
    WhoMustAct, api_usage::BELIEVED,
};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Between two writes of a count that grows call by call; every host has its own count meanwhile.
const BETWEEN_WRITES: chrono::TimeDelta = chrono::TimeDelta::seconds(5);

/// Counts remembered at most; forgetting one costs a read.
const MOST: usize = 10_000;

type Key = (gatelodge_model::OrganizationId, String, String);

/// What this process saw of counts.
#[derive(Default)]
pub(crate) struct Counts(Mutex<HashMap<Key, Seen>>);

#[derive(Clone)]
struct Seen {
    usage: ApiUsage,
    written_at: Option<Timestamp>,
    read_at: Timestamp,
}

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where an account stands.
#[derive(Debug, Clone)]
pub struct ShareView {
    /// What the provider counted.
    pub count: ApiCount,
    /// When it told so.
    pub seen_at: Timestamp,
    /// How many of them agents may use; none where no share is set.
    pub for_agents: Option<u64>,
    /// Whether agents are refused now.
    pub is_used: bool,
}

impl Hub {
    /// Sets the share in per cent; none lets agents use all.
    ///
    /// # Errors
    /// `forbidden`, `step_up_needed`, `invalid_argument`.
    pub async fn set_agents_share(&self, person: &Person, share: Option<u8>) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        if share.is_some_and(|share| !(1..=100).contains(&share)) {
            return Err(Error::invalid("share", "The share is 1 to 100 per cent."));
        }
        let id = person.context.organization;
        let mut organization = self
            .store
            .organizations()
            .find(id)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let before = organization.policy.agents_share;
        organization.policy.agents_share = share;
        let unit = self.store.begin(id).await?;
        unit.organizations().update(&organization).await?;
        let detail = json!({ "before": before, "after": share });
        unit.commit(vec![event(
            &person.context,
            "organization.agents_share_set",
            id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.recent_callers.forget();
        Ok(())
    }

    /// Takes a count that came with an answer.
    pub(crate) async fn note_count(&self, connection: &Connection, count: ApiCount) -> Result<()> {
        let Some(key) = key(connection) else {
            return Ok(());
        };
        let now = self.now();
        let usage = ApiUsage {
            organization: key.0,
            provider: key.1.clone(),
            account: key.2.clone(),
            count,
            seen_at: now,
        };
        let due = {
            let mut counts = self.counts.lock();
            if counts.len() >= MOST {
                counts.clear();
            }
            let before = counts.get(&key);
            let written_at = before.and_then(|before| before.written_at);
            let due = written_at.is_none_or(|at| now - at >= BETWEEN_WRITES || now < at);
            let seen = Seen {
                usage: usage.clone(),
                written_at: if due { Some(now) } else { written_at },
                read_at: now,
            };
            counts.insert(key, seen);
            due
        };
        if due {
            self.store.api_usage().keep(&usage).await?;
        }
        Ok(())
    }

    /// Refuses a call of an agent where agents have used their share.
    pub(crate) async fn require_share(
        &self,
        policy: Policy,
        connection: &Connection,
    ) -> Result<()> {
        let Some(share) = policy.agents_share else {
            return Ok(());
        };
        let Some(usage) = self.usage_of(connection).await? else {
            return Ok(());
        };
        if !usage.is_share_used(share, self.now()) {
            return Ok(());
        }
        let (name, ends) = self
            .catalogue
            .provider(&connection.provider)
            .map_or(("The provider", "later"), |provider| {
                (provider.manifest().name.as_str(), provider.api_count_ends())
            });
        let again = (usage.seen_at + BELIEVED).format("%H:%M");
        Err(Error::new(
            ErrorKind::ProviderLimit,
            format!(
                "{name} has counted {} of {} API calls of this org. Agents may use {} of them ({share} %); the rest is kept for people. Nothing was sent.",
                usage.count.used,
                usage.count.allowed,
                usage.count.share(share),
            ),
        )
        .with_hint(
            WhoMustAct::Nobody,
            format!("The count goes down {ends}. It is asked again at {again} UTC; try then. An administrator sets the share under Policy."),
        ))
    }

    /// Where the org of a connection stands, for its page.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn share_of(
        &self,
        person: &Person,
        connection: &Connection,
    ) -> Result<Option<ShareView>> {
        let share = person.organization.policy.agents_share;
        Ok(self.usage_of(connection).await?.map(|usage| ShareView {
            count: usage.count,
            seen_at: usage.seen_at,
            for_agents: share.map(|share| usage.count.share(share)),
            is_used: share.is_some_and(|share| usage.is_share_used(share, self.now())),
        }))
    }

    async fn usage_of(&self, connection: &Connection) -> Result<Option<ApiUsage>> {
        let Some(key) = key(connection) else {
            return Ok(None);
        };
        let now = self.now();
        let known = self.counts.lock().get(&key).cloned();
        if let Some(seen) = &known
            && now - seen.read_at < BETWEEN_WRITES
        {
            return Ok(Some(seen.usage.clone()));
        }
        let stored = self.store.api_usage().find(key.0, &key.1, &key.2).await?;
        let newest = match (known, stored) {
            (Some(seen), Some(stored)) if stored.seen_at > seen.usage.seen_at => Seen {
                usage: stored,
                read_at: now,
                ..seen
            },
            (Some(seen), _) => Seen {
                read_at: now,
                ..seen
            },
            (None, Some(stored)) => Seen {
                written_at: Some(stored.seen_at),
                usage: stored,
                read_at: now,
            },
            (None, None) => return Ok(None),
        };
        let usage = newest.usage.clone();
        self.counts.lock().insert(key, newest);
        Ok(Some(usage))
    }
}

fn key(connection: &Connection) -> Option<Key> {
    let account = connection.account.as_ref()?;
    Some((
        connection.organization,
        connection.provider.clone(),
        account.organization_id.clone(),
    ))
}
