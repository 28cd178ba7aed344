//! Whoever reaches the database past the program: every kind of change to the log is noticed and named.

use crate::bench::Bench;
use gatelodge_model::OrganizationId;
use gatelodge_store::{AuditFault, AuditFaultKind};
use sea_orm::{
    ConnectionTrait, DatabaseConnection,
    sea_query::{Expr, ExprTrait, Query, UpdateStatement},
};

const EVENTS: &str = "audit_events";
const HEADS: &str = "audit_heads";

struct Attacker<'a> {
    database: DatabaseConnection,
    bench: &'a Bench,
}

impl Attacker<'_> {
    /// An organization whose chain has eight events.
    async fn victim(&self) -> OrganizationId {
        let (organization, _) = self.bench.organization().await;
        let unit = self.bench.store.begin(organization).await.unwrap();
        let events = vec![self.bench.event(organization, "tool.called"); 7];
        unit.commit(events).await.unwrap();
        assert_eq!(self.fault(organization).await, None);
        organization
    }

    async fn fault(&self, organization: OrganizationId) -> Option<AuditFault> {
        self.bench
            .store
            .audit()
            .verify(organization)
            .await
            .unwrap()
            .first_fault
    }

    async fn expect(&self, organization: OrganizationId, sequence: i64, kind: AuditFaultKind) {
        let fault = self
            .fault(organization)
            .await
            .expect("the change is noticed");
        assert_eq!((fault.sequence, fault.kind), (sequence, kind), "{fault}");
        assert_eq!(fault.event.is_some(), kind == AuditFaultKind::Changed);
    }

    async fn update(
        &self,
        organization: OrganizationId,
        sequence: i64,
        update: &mut UpdateStatement,
    ) {
        let update = update
            .and_where(Expr::col("organization_id").eq(organization.as_uuid()))
            .and_where(Expr::col("sequence").eq(sequence));
        assert_eq!(
            self.database.execute(update).await.unwrap().rows_affected(),
            1
        );
    }

    async fn renumber(&self, organization: OrganizationId, from: i64, to: i64) {
        let mut update = Query::update();
        update.table(EVENTS).value("sequence", to);
        self.update(organization, from, &mut update).await;
    }

    async fn delete(&self, table: &'static str, organization: OrganizationId, from: i64, to: i64) {
        let mut delete = Query::delete();
        delete
            .from_table(table)
            .and_where(Expr::col("organization_id").eq(organization.as_uuid()))
            .and_where(Expr::col("sequence").between(from, to));
        assert!(
            self.database
                .execute(&delete)
                .await
                .unwrap()
                .rows_affected()
                > 0
        );
    }
}

pub(crate) async fn every_kind_is_named(bench: &Bench) {
    // proves L4
    let attacker = Attacker {
        database: bench.back_door().await,
        bench,
    };
    let untouched = attacker.victim().await;

    let edited = attacker.victim().await;
    let mut update = Query::update();
    update.table(EVENTS).value("canonical", "{}");
    attacker.update(edited, 3, &mut update).await;
    attacker.expect(edited, 3, AuditFaultKind::Changed).await;

    // The text is whole, but lists would not find it.
    let hidden = attacker.victim().await;
    let mut update = Query::update();
    update.table(EVENTS).value("action", "nothing.happened");
    attacker.update(hidden, 5, &mut update).await;
    attacker.expect(hidden, 5, AuditFaultKind::Changed).await;

    let deleted = attacker.victim().await;
    attacker.delete(EVENTS, deleted, 4, 4).await;
    attacker.expect(deleted, 4, AuditFaultKind::Missing).await;

    let closed_up = attacker.victim().await;
    attacker.delete(EVENTS, closed_up, 8, 8).await;
    attacker.renumber(closed_up, 7, 8).await;
    attacker.expect(closed_up, 7, AuditFaultKind::Missing).await;

    let reordered = attacker.victim().await;
    attacker.renumber(reordered, 2, 1000).await;
    attacker.renumber(reordered, 3, 2).await;
    attacker.renumber(reordered, 1000, 3).await;
    attacker.expect(reordered, 2, AuditFaultKind::Changed).await;

    let cut = attacker.victim().await;
    attacker.delete(EVENTS, cut, 6, 8).await;
    attacker.expect(cut, 6, AuditFaultKind::Cut).await;

    let emptied = attacker.victim().await;
    attacker.delete(EVENTS, emptied, 1, 8).await;
    attacker.expect(emptied, 1, AuditFaultKind::Cut).await;

    let forgotten = attacker.victim().await;
    attacker.delete(HEADS, forgotten, 8, 8).await;
    attacker.expect(forgotten, 8, AuditFaultKind::End).await;

    assert_eq!(attacker.fault(untouched).await, None);
    attacker.database.close().await.unwrap();
}
