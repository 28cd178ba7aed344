//! Connections.
//!
//! Must not know: credentials.

use crate::{
    Access, Result, StoreError, Unit,
    access::repository,
    row::{connection as row, oauth_app, user},
};
use gatelodge_model::{
    AttentionReason, Connection, ConnectionId, ConnectionStatus, OAuthAppId, OrganizationId,
    Timestamp, UserId,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait as _, Query},
};

repository! {
    /// Connections.
    Connections
}

impl<A: Access> Connections<'_, A> {
    /// One connection of an organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Connection>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Connection::try_from)
            .transpose()
    }

    /// The connections of a person, oldest first, in whatever status.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list_for_user(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<Connection>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Connection::try_from)
            .collect()
    }

    /// Connections of removed people that did not end yet, instance-wide, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn of_removed_people(&self, limit: u64) -> Result<Vec<Connection>> {
        let removed = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::RemovedAt.is_not_null())
            .into_query();
        row::Entity::find()
            .filter(row::Column::UserId.in_subquery(removed))
            .filter(row::Column::Status.ne(ConnectionStatus::Disconnected.as_str()))
            .order_by_asc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Connection::try_from)
            .collect()
    }

    /// The connections of an organization, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<Connection>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Connection::try_from)
            .collect()
    }

    /// How many connections are bound to an OAuth app, or to apps that fill it in, and can be used.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count_bound(&self, organization: OrganizationId, app: OAuthAppId) -> Result<u64> {
        Ok(row::Entity::find()
            .filter(bound_to(organization, app))
            .count(self.0.connection())
            .await?)
    }

    /// The first connections that are bound to an OAuth app and can be used, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn first_bound(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
        limit: u64,
    ) -> Result<Vec<Connection>> {
        row::Entity::find()
            .filter(bound_to(organization, app))
            .order_by_asc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Connection::try_from)
            .collect()
    }
}

/// Usable connections of an app, and of the personal apps that fill it in.
fn bound_to(organization: OrganizationId, app: OAuthAppId) -> Condition {
    let filled = Query::select()
        .column(oauth_app::Column::Id)
        .from(oauth_app::Entity)
        .and_where(oauth_app::Column::OrganizationId.eq(organization.as_uuid()))
        .and_where(oauth_app::Column::FillsId.eq(app.as_uuid()))
        .to_owned();
    let usable =
        [ConnectionStatus::Active, ConnectionStatus::Limited].map(ConnectionStatus::as_str);
    Condition::all()
        .add(row::Column::OrganizationId.eq(organization.as_uuid()))
        .add(row::Column::Status.is_in(usable))
        .add(
            Condition::any()
                .add(row::Column::OauthAppId.eq(app.as_uuid()))
                .add(row::Column::OauthAppId.in_subquery(filled)),
        )
}

impl Connections<'_, Unit> {
    /// Says of every usable connection of an OAuth app, and of apps that fill it in, that somebody must act before
    /// it works again; how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn stop_bound(
        &self,
        app: OAuthAppId,
        reason: AttentionReason,
        at: Timestamp,
    ) -> Result<u64> {
        let changed = row::Entity::update_many()
            .col_expr(
                row::Column::Status,
                Expr::value(ConnectionStatus::Attention(reason).as_str()),
            )
            .col_expr(row::Column::Reason, Expr::value(reason.as_str()))
            .col_expr(row::Column::StatusChangedAt, Expr::value(at))
            .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
            .filter(bound_to(self.0.organization(), app))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected)
    }

    /// Adds a connection.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    pub async fn insert(&self, connection: &Connection) -> Result<()> {
        self.0.owns(connection.organization, "the connection")?;
        row::Entity::insert(row::Model::try_from(connection)?.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity, if the row still has the version of `connection`; gives
    /// back what is stored then, with the next version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody was faster, [`StoreError::NotFound`].
    pub async fn update(&self, connection: &Connection) -> Result<Connection> {
        self.0.owns(connection.organization, "the connection")?;
        let next = Connection {
            version: connection.version + 1,
            ..connection.clone()
        };
        let changed = row::Entity::update_many()
            .set(row::Model::try_from(&next)?.into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(connection.organization.as_uuid()))
            .filter(row::Column::Id.eq(connection.id.as_uuid()))
            .filter(row::Column::Version.eq(connection.version))
            .exec(self.0.connection())
            .await?;
        if changed.rows_affected == 1 {
            return Ok(next);
        }
        match self.find(connection.organization, connection.id).await? {
            Some(_) => Err(StoreError::conflict("The connection")),
            None => Err(StoreError::NotFound { what: "connection" }),
        }
    }

    /// Removes a connection that never became one (a first flow that failed); whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn delete(&self, id: ConnectionId) -> Result<bool> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }
}
