//! Groups of a test hub, made as another host would make them, so that a test of something else needs no pages for it.
//!
//! Must not know what a group is good for.

use std::sync::Arc;

use gatelodge_model::{Actor, AuditOutcome, Clock, Face, Group, GroupId, NewAuditEvent, RequestId};
use gatelodge_server::ambient::SystemRandom;
use gatelodge_store::{DatabaseOptions, Store};

use super::world::{TestHub, Who};

impl TestHub {
    /// A group with one person in it, behind the groups that are there.
    pub async fn group_of(&self, who: Who, name: &str) -> GroupId {
        let options = DatabaseOptions {
            urls: self.config.database_urls(),
            max_connections: 2,
        };
        let time: Arc<dyn Clock> = self.clock.clone();
        let store = Store::connect(&options, time, Arc::new(SystemRandom))
            .await
            .expect("the database");
        let user = store.users().find_by_email(who.email()).await;
        let user = user.expect("an answer").expect("a person");
        let unit = store.begin(user.organization).await.expect("a unit");
        let others = unit.groups().list(user.organization).await;
        let position = u32::try_from(others.expect("groups").len()).expect("few groups");
        let group = Group {
            id: GroupId::generate(self.clock.as_ref(), &SystemRandom),
            organization: user.organization,
            name: name.to_owned(),
            position,
            created_at: self.clock.now(),
        };
        unit.groups().insert(&group).await.expect("a row");
        let added = unit.groups().add_member(group.id, user.id).await;
        added.expect("a row");
        let made = NewAuditEvent {
            organization: user.organization,
            actor: Actor::System,
            via: Face::Job,
            request: RequestId::generate(self.clock.as_ref(), &SystemRandom),
            action: "group.created",
            target: group.id.to_string(),
            outcome: AuditOutcome::Success,
            detail: serde_json::json!({}),
        };
        unit.commit(vec![made]).await.expect("a commit");
        store.close().await;
        group.id
    }
}
