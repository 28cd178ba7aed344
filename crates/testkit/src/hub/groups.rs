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
        self.make_group(name, None, &[who]).await
    }

    /// A group at this place of the order; gives its id as text.
    pub async fn group(&self, name: &str, position: u32, people: &[Who]) -> String {
        let group = self.make_group(name, Some(position), people).await;
        group.to_string()
    }

    async fn make_group(&self, name: &str, position: Option<u32>, people: &[Who]) -> GroupId {
        let options = DatabaseOptions {
            urls: self.config.database_urls(),
            max_connections: 2,
        };
        let time: Arc<dyn Clock> = self.clock.clone();
        let store = Store::connect(&options, time, Arc::new(SystemRandom))
            .await
            .expect("the database");
        let mut members = Vec::new();
        for who in people {
            let user = store.users().find_by_email(who.email()).await;
            members.push(user.expect("an answer").expect("a person"));
        }
        let organization = members
            .first()
            .map_or(self.app.organization, |user| user.organization);
        let unit = store.begin(organization).await.expect("a unit");
        let others = unit.groups().list(organization).await.expect("groups");
        let behind = u32::try_from(others.len()).expect("few groups");
        let group = Group {
            id: GroupId::generate(self.clock.as_ref(), &SystemRandom),
            organization,
            name: name.to_owned(),
            position: position.unwrap_or(behind),
            created_at: self.clock.now(),
        };
        unit.groups().insert(&group).await.expect("a row");
        for user in members {
            let added = unit.groups().add_member(group.id, user.id).await;
            added.expect("a row");
        }
        let made = NewAuditEvent {
            organization,
            actor: Actor::System,
            via: Face::Job,
            request: RequestId::generate(self.clock.as_ref(), &SystemRandom),
            action: "group.created",
            target: group.id.to_string(),
            outcome: AuditOutcome::Success,
            detail: serde_json::json!({ "name": name }),
        };
        unit.commit(vec![made]).await.expect("a commit");
        store.close().await;
        group.id
    }
}
