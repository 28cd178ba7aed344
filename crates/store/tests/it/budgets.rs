//! Hours of connections: what was set aside, by however many keepers, and which marks somebody must be told of.

use crate::bench::Bench;
use chrono::TimeDelta;
use gatelodge_model::ConnectionId;
use gatelodge_store::keeper::{BudgetAmounts, BudgetHour, KeeperStore};
use tokio::task::JoinSet;

const NO_LIMIT: u64 = u64::MAX;

fn calls(calls: u64) -> BudgetAmounts {
    BudgetAmounts {
        calls,
        ..BudgetAmounts::default()
    }
}

async fn hour(bench: &Bench) -> BudgetHour {
    let (organization, _) = bench.organization().await;
    BudgetHour {
        organization,
        connection: ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        hour: bench.now(),
    }
}

pub(crate) async fn no_more_is_set_aside_than_the_limits_allow(bench: &Bench) {
    // proves P13: of forty that ask at once, on two hosts, as many get some as there is
    let hour = hour(bench).await;
    let limits = BudgetAmounts {
        rows: NO_LIMIT,
        calls: 25,
        bytes: NO_LIMIT,
    };
    let other = bench.another_store().await;
    let mut asking = JoinSet::new();
    for number in 0..40 {
        let store = if number % 2 == 0 {
            bench.store.clone()
        } else {
            other.clone()
        };
        asking.spawn(async move {
            let budgets = KeeperStore::new(store);
            let aside = budgets.budgets().set_aside(hour, calls(1), limits).await;
            aside.unwrap().is_some()
        });
    }
    let given = asking.join_all().await;
    assert_eq!(given.into_iter().filter(|given| *given).count(), 25);
    let keeper = KeeperStore::new(bench.store.clone());
    let budgets = keeper.budgets();
    assert_eq!(
        budgets.load(hour).await.unwrap().unwrap().amounts,
        calls(25)
    );

    // all of it or nothing
    budgets.give_back(hour, calls(2)).await.unwrap();
    assert_eq!(
        budgets.set_aside(hour, calls(3), limits).await.unwrap(),
        None
    );
    let both = BudgetAmounts {
        rows: 7,
        ..calls(2)
    };
    let now = budgets
        .set_aside(hour, both, limits)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((now.rows, now.calls), (7, 25));

    // another connection, and another hour, have their own
    let elsewhere = self::hour(bench).await;
    let later = BudgetHour {
        hour: hour.hour + TimeDelta::hours(1),
        ..hour
    };
    for fresh in [elsewhere, later] {
        let aside = budgets.set_aside(fresh, calls(25), limits).await.unwrap();
        assert_eq!(aside, Some(calls(25)));
    }

    // what another place counted is never lowered
    budgets.raise(hour, calls(20)).await.unwrap();
    assert_eq!(budgets.load(hour).await.unwrap().unwrap().amounts.calls, 25);
    budgets.raise(hour, calls(31)).await.unwrap();
    assert_eq!(budgets.load(hour).await.unwrap().unwrap().amounts.calls, 31);
    other.close().await;
}

pub(crate) async fn marks_are_told_once_and_old_hours_go(bench: &Bench) {
    // proves P13
    let first = hour(bench).await;
    let keeper = KeeperStore::new(bench.store.clone());
    let budgets = keeper.budgets();
    let limits = calls(100);
    budgets.set_aside(first, calls(1), limits).await.unwrap();
    assert!(budgets.take_untold(first.hour).await.unwrap().is_empty());
    budgets.reach(first, 80).await.unwrap();
    budgets.reach(first, 50).await.unwrap();
    let told = budgets.take_untold(first.hour).await.unwrap();
    assert_eq!((told.len(), told[0].mark, told[0].hour), (1, 80, first));
    assert!(budgets.take_untold(first.hour).await.unwrap().is_empty());
    budgets.reach(first, 100).await.unwrap();
    assert_eq!(budgets.take_untold(first.hour).await.unwrap()[0].mark, 100);
    budgets.forget_marks(first).await.unwrap();
    budgets.reach(first, 80).await.unwrap();
    assert_eq!(budgets.take_untold(first.hour).await.unwrap()[0].mark, 80);

    let second = BudgetHour {
        hour: first.hour + TimeDelta::hours(1),
        ..first
    };
    budgets.set_aside(second, calls(1), limits).await.unwrap();
    assert_eq!(budgets.purge(second.hour).await.unwrap(), 1);
    assert_eq!(budgets.load(first).await.unwrap(), None);
    assert!(budgets.load(second).await.unwrap().is_some());
}
