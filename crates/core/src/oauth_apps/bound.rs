//! Connections are bound to the OAuth app that issued them (CON-30): who would feel a change of it, and its end.
//!
//! Must not know: pages.

use crate::{
    Hub, Person,
    hub::event,
    people::{require_admin, require_overseer},
};
use gatelodge_model::{
    AttentionReason, AuditOutcome, Environment, Error, OAuthApp, OAuthAppId, Result,
};
use serde_json::json;

/// How many are named.
const NAMED: u64 = 10;

/// The usable connections of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundConnections {
    /// All of them.
    pub count: u64,
    /// The oldest ones.
    pub first: Vec<BoundConnection>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundConnection {
    /// Whose it is.
    pub person: String,
    /// Which account.
    pub account: String,
    /// Where it lives.
    pub environment: Environment,
}

impl Hub {
    /// The connections that a change of the app would hurt: how many, and the first of them.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn bound_connections(
        &self,
        person: &Person,
        app: &OAuthApp,
    ) -> Result<BoundConnections> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let count = self
            .store
            .connections()
            .count_bound(organization, app.id)
            .await?;
        let mut first = Vec::new();
        if count > 0 {
            let connections = self
                .store
                .connections()
                .first_bound(organization, app.id, NAMED)
                .await?;
            for connection in connections {
                let owner = self
                    .store
                    .users()
                    .find(organization, connection.user)
                    .await?;
                first.push(BoundConnection {
                    person: owner.map_or_else(String::new, |owner| owner.name),
                    account: connection.label(),
                    environment: connection.environment,
                });
            }
        }
        Ok(BoundConnections { count, first })
    }

    /// Refuses a change that connections would feel unless the app's name was typed.
    pub(super) async fn require_agreed(
        &self,
        app: &OAuthApp,
        typed: Option<&str>,
        what: &str,
    ) -> Result<u64> {
        let bound = self
            .store
            .connections()
            .count_bound(app.organization, app.id)
            .await?;
        if bound == 0 || typed.is_some_and(|typed| typed.trim() == app.name) {
            return Ok(bound);
        }
        let connections = if bound == 1 {
            "1 connection is".to_owned()
        } else {
            format!("{bound} connections are")
        };
        Err(Error::invalid(
            "confirm",
            format!(
                "{connections} bound to this OAuth app. {what} Type the app's name, {}, if that is meant. Nothing was changed.",
                app.name
            ),
        ))
    }

    /// Deletes an app. Connections bound to it say so and cannot be used until they are reconnected.
    ///
    /// # Errors
    /// `invalid_argument` for `confirm` where connections are bound and the name was not typed; `forbidden`,
    /// `not_found`, `step_up_needed`.
    pub async fn delete_oauth_app(
        &self,
        person: &Person,
        app: OAuthAppId,
        typed: Option<&str>,
    ) -> Result<u64> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let app = self.changeable_app(person, app).await?;
        self.require_agreed(
            &app,
            typed,
            "Deleting it ends their use until each person reconnects.",
        )
        .await?;
        let organization = app.organization;
        let filled = self
            .store
            .oauth_apps()
            .filling(organization, app.id)
            .await?;
        let unit = self.store.begin(organization).await?;
        let stopped = unit
            .connections()
            .stop_bound(app.id, AttentionReason::AppDeleted, self.now())
            .await?;
        for id in filled.iter().chain([&app.id]) {
            unit.oauth_apps().delete(*id).await?;
        }
        let deleted = event(
            &person.context,
            "oauth_app.deleted",
            app.id,
            AuditOutcome::Success,
            json!({ "before": super::facts(&app), "connections_stopped": stopped }),
        );
        unit.commit(vec![deleted]).await?;
        self.recent_connections.forget();
        for id in filled.into_iter().chain([app.id]) {
            self.keeper.delete_oauth_app(organization, id).await?;
        }
        Ok(stopped)
    }
}
