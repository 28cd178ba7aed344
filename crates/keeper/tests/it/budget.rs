//! What may leave through a connection in an hour.

use crate::bench::{Bench, Otherwise};
use gatelodge_keeper::BudgetSettings;
use gatelodge_keeper_client::{
    BudgetMeasure, BudgetState, ConnectionBudget, Keeper, ReleaseBudget,
};
use gatelodge_model::{ErrorKind, Retry, UserId, WhoMustAct};
use gatelodge_store::{
    StoreError,
    keeper::{BudgetAmounts, BudgetHour, KeeperStore},
};

const HOUR: i64 = 3_600_000;

fn rows(rows: u64) -> BudgetSettings {
    BudgetSettings {
        rows: Some(rows),
        calls: Some(1000),
        bytes: Some(10_000_000),
        alert_percent: 80,
        releases: 1,
    }
}

fn with(budget: BudgetSettings) -> Otherwise {
    Otherwise {
        budget: Some(budget),
        ..Otherwise::default()
    }
}

async fn connected(budget: BudgetSettings) -> Bench {
    let bench = Bench::open_otherwise(with(budget)).await;
    bench.try_connect(None).await.unwrap();
    bench
}

async fn standing(bench: &Bench) -> ConnectionBudget {
    bench
        .keeper
        .budget(bench.organization, bench.connection)
        .await
        .unwrap()
}

fn used(budget: &ConnectionBudget, measure: BudgetMeasure) -> u64 {
    let found = budget.uses.iter().find(|used| used.measure == measure);
    found.unwrap().used
}

async fn alerts(keeper: &dyn Keeper) -> Vec<BudgetState> {
    let alerts = keeper.take_budget_alerts().await.unwrap();
    alerts.into_iter().map(|alert| alert.budget.state).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_leave_up_to_the_budget_and_then_none() {
    // proves P13, S9
    let bench = connected(rows(100)).await;
    let mut left = 0;
    for _ in 0..4 {
        left += bench.read("/data/rows/20").await.unwrap().body.len() / 4;
    }
    assert_eq!(left, 80);
    assert_eq!(alerts(&*bench.keeper).await, [BudgetState::Alert]);
    assert!(alerts(&*bench.keeper).await.is_empty(), "told once");
    assert_eq!(standing(&bench).await.state, BudgetState::Alert);

    // An answer that does not fit is kept back, and from then on also one that would.
    for path in ["/data/rows/21", "/data/rows/1"] {
        let failure = bench.read(path).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::BudgetExceeded, "{path}");
        assert_eq!(failure.error.retry(), Retry::Later);
        assert!(failure.error.to_string().contains("01:00 UTC"));
        let hint = failure.error.hint().unwrap();
        assert_eq!(hint.who_must_act, WhoMustAct::Admin);
    }
    let held = standing(&bench).await;
    assert_eq!(held.state, BudgetState::Held);
    assert_eq!(alerts(&*bench.keeper).await, [BudgetState::Held]);

    // Another hour, another budget.
    bench.clock.advance_millis(HOUR);
    assert_eq!(bench.read("/data/rows/20").await.unwrap().status, 200);
    assert_eq!(used(&standing(&bench).await, BudgetMeasure::Rows), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_counted_before_they_leave() {
    // proves P13
    let bench = connected(BudgetSettings {
        calls: Some(3),
        ..rows(100)
    })
    .await;
    for _ in 0..3 {
        bench.read("/data/one").await.unwrap();
    }
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::BudgetExceeded);
    assert_eq!(
        bench.server.script().calls.len(),
        3,
        "the fourth never left"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_restart_nor_another_keeper_begins_anew() {
    // proves P13: whatever keepers do, no more rows than the budget leave in the hour
    let bench = connected(rows(1000)).await;
    let mut left = 0;
    let mut keepers = Vec::new();
    for _ in 0..4 {
        let keeper = bench.another_keeper_with(with(rows(1000))).await;
        // Killed in the middle: it gives nothing back.
        for _ in 0..20 {
            let Ok(answer) = keeper.read(bench.request("/data/rows/20")).await else {
                break;
            };
            left += answer.body.len() / 4;
        }
        keepers.push(keeper);
    }
    assert!(left <= 1000, "{left} rows left");
    assert!(left >= 800, "only {left} rows left");
    let failure = bench.read("/data/rows/20").await;
    assert_eq!(failure.unwrap_err().error.kind(), ErrorKind::BudgetExceeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_ends_in_order_wastes_nothing() {
    // proves P13
    let bench = connected(rows(1000)).await;
    for round in 1..=5 {
        let keeper = bench.another_keeper_with(with(rows(1000))).await;
        keeper.read(bench.request("/data/rows/5")).await.unwrap();
        keeper.shutdown().await;
        let stored = stored(&bench).await;
        assert_eq!((stored.rows, stored.calls), (round * 5, round));
    }
}

async fn stored(bench: &Bench) -> BudgetAmounts {
    let store = KeeperStore::new(bench.store.clone());
    store
        .budgets()
        .load(hour(bench))
        .await
        .unwrap()
        .unwrap()
        .amounts
}

fn hour(bench: &Bench) -> BudgetHour {
    use gatelodge_model::Clock as _;
    BudgetHour {
        organization: bench.organization,
        connection: bench.connection,
        hour: bench.clock.now(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_rows_gains_nothing() {
    // proves P13: a taken-over web role that writes the counts itself
    let bench = connected(BudgetSettings {
        releases: 0,
        ..rows(100)
    })
    .await;
    let store = KeeperStore::new(bench.store.clone());
    let mut left = 0;
    for _ in 0..20 {
        if let Ok(answer) = bench.read("/data/rows/20").await {
            left += answer.body.len() / 4;
        }
        let all = stored(&bench).await;
        store.budgets().give_back(hour(&bench), all).await.unwrap();
    }
    assert_eq!(left, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_released_with_a_trace_and_not_without_end() {
    // proves P13
    let bench = connected(rows(20)).await;
    let by = UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let release = ReleaseBudget {
        organization: bench.organization,
        connection: bench.connection,
        by,
    };
    let early = bench.keeper.release_budget(release).await.unwrap_err();
    assert_eq!(early.error.kind(), ErrorKind::Conflict);
    bench.read("/data/rows/20").await.unwrap();
    bench.read("/data/rows/20").await.unwrap_err();
    let after = bench.keeper.release_budget(release).await.unwrap();
    assert_eq!((after.releases, after.releases_left), (1, 0));
    bench.read("/data/rows/20").await.unwrap();
    bench.read("/data/rows/1").await.unwrap_err();
    // Another keeper knows of it, and of its end.
    let another = bench.another_keeper_with(with(rows(20))).await;
    let known = another.budget(bench.organization, bench.connection).await;
    let known = known.unwrap();
    assert_eq!((known.releases, known.state), (1, BudgetState::Held));
    for keeper in [&bench.keeper, &another] {
        let failure = keeper.release_budget(release).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Forbidden);
    }
    // The next hour has no release, and none is left for the day.
    bench.clock.advance_millis(HOUR);
    bench.read("/data/rows/20").await.unwrap();
    bench.read("/data/rows/20").await.unwrap_err();
    let next = standing(&bench).await;
    assert_eq!((next.releases, next.releases_left), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_nothing_leaves() {
    // proves P13, L5
    let bench = connected(rows(100)).await;
    bench.store.clone().close().await;
    let failure = bench.read("/data/rows/1").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::StoreUnavailable);
    assert_eq!(bench.server.script().calls.len(), 0);
    let closed = KeeperStore::new(bench.store.clone());
    let refused = closed.budgets().load(hour(&bench)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }));
}
