//! How far a panic is, what is still open, and asking again for one connection.
//!
//! The run itself is remembered by its process only: what it has not ended yet still shows as connected, and what
//! providers have not confirmed is in the database. Must not know: pages.

use super::{OpenGrant, PanicResult};
use crate::{Hub, Person, people::require_admin};
use gatelodge_model::{
    ConnectionId, ConnectionStatus, Error, ErrorKind, OrganizationId, Result, Timestamp, WhoMustAct,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicRun {
    /// Slug of the one provider; none for all.
    pub provider: Option<String>,
    /// When it was ordered.
    pub begun_at: Timestamp,
    /// How many connections it ends.
    pub connections: usize,
    /// Those that were tried.
    pub results: Vec<PanicResult>,
    /// Whether each was tried.
    pub ended: bool,
}

/// The last panic of each organization.
#[derive(Debug, Default)]
pub(crate) struct Panics(Mutex<HashMap<OrganizationId, PanicRun>>);

impl Panics {
    pub(super) fn begin(
        &self,
        organization: OrganizationId,
        provider: Option<String>,
        connections: usize,
        begun_at: Timestamp,
    ) -> Result<()> {
        let mut runs = self.lock();
        if runs.get(&organization).is_some_and(|run| !run.ended) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "Connections are being ended at this moment.",
            )
            .with_hint(
                WhoMustAct::Nobody,
                "Wait until each was tried, then order it for what is left.",
            ));
        }
        let run = PanicRun {
            provider,
            begun_at,
            connections,
            results: Vec::new(),
            ended: false,
        };
        runs.insert(organization, run);
        Ok(())
    }

    pub(super) fn forget(&self, organization: OrganizationId) {
        self.lock().remove(&organization);
    }

    /// Adds a result, or replaces that of an earlier try.
    pub(super) fn add(&self, organization: OrganizationId, result: PanicResult) {
        if let Some(run) = self.lock().get_mut(&organization) {
            run.results
                .retain(|old| old.connection != result.connection);
            run.results.push(result);
        }
    }

    pub(super) fn end(&self, organization: OrganizationId) {
        if let Some(run) = self.lock().get_mut(&organization) {
            run.ended = true;
        }
    }

    fn of(&self, organization: OrganizationId) -> Option<PanicRun> {
        self.lock().get(&organization).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, PanicRun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a panic would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicScope {
    /// Slug of the provider; none for all of them.
    pub provider: Option<String>,
    /// What must be typed to confirm.
    pub typed: String,
    /// How many connections live.
    pub connections: usize,
}

/// What whoever looks after the organization sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanicOverview {
    /// All connections first, then those of each provider that has some.
    pub scopes: Vec<PanicScope>,
    /// The last one of this process.
    pub run: Option<PanicRun>,
    /// What providers have not confirmed, whatever ended it.
    pub open: Vec<OpenGrant>,
}

impl Hub {
    /// How far a panic is, what is still open, and what could be ended.
    ///
    /// # Errors
    /// `forbidden` for who does not administer, `store_unavailable`, or what keeps the keeper from telling.
    pub async fn panic_overview(&self, person: &Person) -> Result<PanicOverview> {
        require_admin(person)?;
        let organization = person.context.organization;
        let living = self.living_connections(organization, None).await?;
        let mut scopes = vec![PanicScope {
            provider: None,
            typed: person.organization().name.clone(),
            connections: living.len(),
        }];
        for connection in &living {
            let slug = connection.provider.as_str();
            match scopes
                .iter_mut()
                .find(|scope| scope.provider.as_deref() == Some(slug))
            {
                Some(scope) => scope.connections += 1,
                None => scopes.push(PanicScope {
                    provider: Some(slug.to_owned()),
                    typed: slug.to_owned(),
                    connections: 1,
                }),
            }
        }
        Ok(PanicOverview {
            scopes,
            run: self.panics.of(organization),
            open: self.open_grants(person).await?,
        })
    }

    /// Asks the provider of one connection at once: to end it where that failed here, or to confirm that its
    /// grant ended. Whether nothing of it is open then.
    ///
    /// # Errors
    /// `forbidden` for who does not administer, `not_found`, `restored_copy`, or what keeps it from being tried.
    pub async fn end_again(&self, person: &Person, id: ConnectionId) -> Result<bool> {
        require_admin(person)?;
        self.refuse_in_a_copy().await?;
        let organization = person.context.organization;
        let connection = self
            .store
            .connections()
            .find(organization, id)
            .await?
            .ok_or_else(|| Error::not_found("connection"))?;
        if connection.status != ConnectionStatus::Disconnected {
            let result = self.end_one(&person.context, connection).await;
            let ended = result.revoked;
            self.panics.add(organization, result);
            return Ok(ended);
        }
        for ended in self.keeper.end_grants_now(organization, id).await? {
            self.note_ended(ended).await?;
        }
        let open = self.keeper.pending_revocations(organization).await?;
        Ok(open.iter().all(|grant| grant.connection != id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{
        Clock as _,
        clock::testing::{FixedClock, SeededRandom},
    };

    #[test]
    fn one_panic_runs_at_a_time_and_a_second_try_replaces_the_first() {
        let panics = Panics::default();
        let (clock, random) = (FixedClock::at(0), SeededRandom::new(1));
        let organization = OrganizationId::generate(&clock, &random);
        let connection = ConnectionId::generate(&clock, &random);
        let begin = || panics.begin(organization, None, 1, clock.now());
        begin().unwrap();
        assert_eq!(begin().unwrap_err().kind(), ErrorKind::Conflict);
        let result = |revoked| PanicResult {
            connection,
            provider: "salesforce".to_owned(),
            account: None,
            ended_here: revoked,
            revoked,
            unconfirmed: None,
        };
        panics.add(organization, result(false));
        panics.add(organization, result(true));
        panics.end(organization);
        let run = panics.of(organization).unwrap();
        assert_eq!((run.results, run.ended), (vec![result(true)], true));
        begin().unwrap();
        assert_eq!(panics.of(organization).unwrap().results, []);
    }
}
