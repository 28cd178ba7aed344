//! Two switches in front of every provider (ADM-1 to ADM-3): off hides it from people and agents and refuses calls,
//! also those under way; connections are kept and work again once it is on.
//!
//! A write that was sent is not cut off: what became of it must be known. Must not know: tools.

use crate::{Hub, Person, hub::event, people::require_admin};
use gatelodge_model::{
    AuditOutcome, Connection, Error, ErrorKind, Organization, OrganizationId, Result, Switch,
    SwitchedOff, WhoMustAct,
};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio_util::sync::CancellationToken;

/// Ends reads under way, by organization and provider. A token stays cancelled while its provider is off, so that a
/// call that passed its checks just before is ended too.
#[derive(Default)]
pub(crate) struct Stops(Mutex<HashMap<(OrganizationId, String), CancellationToken>>);

impl Stops {
    fn of(&self, organization: OrganizationId, provider: &str) -> CancellationToken {
        let key = (organization, provider.to_owned());
        self.lock().entry(key).or_default().clone()
    }

    fn set(&self, organization: OrganizationId, provider: &str, off: bool) {
        let key = (organization, provider.to_owned());
        let mut stops = self.lock();
        if off {
            stops.entry(key).or_default().cancel();
        } else {
            stops.retain(|known, stop| *known != key || !stop.is_cancelled());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(OrganizationId, String), CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Refuses what needs a provider that the organization switched off.
    pub(crate) fn require_on(&self, organization: &Organization, provider: &str) -> Result<()> {
        match organization.off.by(provider) {
            Some(switch) => Err(self.switched_off(provider, Some(switch))),
            None => Ok(()),
        }
    }

    fn switched_off(&self, provider: &str, switch: Option<Switch>) -> Error {
        let name = self.provider_name(provider);
        let what = match switch {
            Some(Switch::Integrations) => {
                "Integrations are switched off in this organization.".to_owned()
            }
            Some(Switch::Provider) | None => {
                format!("{name} is switched off in this organization.")
            }
        };
        Error::new(
            ErrorKind::ProviderDisabled,
            format!("{what} Nothing was sent, and connections are kept."),
        )
        .with_hint(
            WhoMustAct::Admin,
            format!("An administrator switches {name} on under Admin, Providers."),
        )
    }

    /// Does the work unless the connection's provider is switched off meanwhile.
    pub(crate) async fn unless_stopped<T>(
        &self,
        connection: &Connection,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let stop = self.stops.of(connection.organization, &connection.provider);
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(self.switched_off(&connection.provider, None)),
            result = work => result,
        }
    }

    /// Switches all providers at once off, or on again: each then is as its own switch says.
    ///
    /// # Errors
    /// `forbidden`, `step_up_needed`.
    pub async fn switch_integrations(&self, person: &Person, on: bool) -> Result<()> {
        self.switch(person, "integrations", |off| {
            std::mem::replace(&mut off.integrations, !on) == on
        })
        .await
    }

    /// Switches a provider off or on.
    ///
    /// # Errors
    /// `not_found` for an unknown provider, `forbidden`, `step_up_needed`.
    pub async fn switch_provider(&self, person: &Person, provider: &str, on: bool) -> Result<()> {
        let slug = self.known_provider(provider)?.manifest().slug.clone();
        self.switch(person, provider, |off| {
            if on {
                off.providers.remove(&slug)
            } else {
                off.providers.insert(slug.clone())
            }
        })
        .await
    }

    /// `change` says whether it changed anything.
    async fn switch(
        &self,
        person: &Person,
        what: &str,
        change: impl FnOnce(&mut SwitchedOff) -> bool,
    ) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let id = person.context.organization;
        let unit = self.store.begin(id).await?;
        let mut organization = unit
            .organizations()
            .find(id)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let before = organization.off.clone();
        if !change(&mut organization.off) {
            return Ok(());
        }
        unit.organizations().update(&organization).await?;
        let switched = event(
            &person.context,
            "provider.switched",
            what,
            AuditOutcome::Success,
            json!({ "before": &before, "after": &organization.off }),
        );
        unit.commit(vec![switched]).await?;
        for provider in self.catalogue.providers() {
            let slug = &provider.manifest().slug;
            self.stops
                .set(id, slug, organization.off.by(slug).is_some());
        }
        self.recent_callers.forget();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};

    #[test]
    fn a_stop_lasts_until_it_is_taken_back_and_meets_only_its_own() {
        // proves ADM-2
        let (clock, random) = (FixedClock::at(1), SeededRandom::new(1));
        let here = OrganizationId::generate(&clock, &random);
        let there = OrganizationId::generate(&clock, &random);
        let stops = Stops::default();
        let running = stops.of(here, "salesforce");
        let elsewhere = stops.of(there, "salesforce");
        stops.set(here, "salesforce", true);
        assert!(running.is_cancelled());
        assert!(stops.of(here, "salesforce").is_cancelled());
        assert!(!elsewhere.is_cancelled());
        stops.set(here, "salesforce", false);
        assert!(!stops.of(here, "salesforce").is_cancelled());
    }
}
