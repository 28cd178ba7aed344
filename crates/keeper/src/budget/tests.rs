//! What is left of a budget after any course of calls.

use super::*;
use proptest::prelude::*;

const LIMITS: BudgetAmounts = BudgetAmounts {
    rows: 1000,
    calls: 100,
    bytes: 10_000_000,
};

fn rows(rows: u64) -> BudgetAmounts {
    BudgetAmounts {
        rows,
        ..BudgetAmounts::default()
    }
}

#[test]
fn lots_grow_with_what_left_and_stay_small() {
    // proves P13: a keeper that is killed wastes at most as much as it let pass, and no more than a fiftieth
    let mut hour = Hour::default();
    let first = hour.lot(rows(1), LIMITS);
    assert_eq!((first.rows, first.calls), (21, 2));
    hour.add(first);
    assert!(hour.take(rows(21)) && !hour.take(rows(1)));
    assert_eq!(hour.lot(rows(1), LIMITS).rows, 1 + 20);
    let tiny = BudgetAmounts {
        rows: 10,
        calls: 10,
        bytes: 10,
    };
    assert_eq!(Hour::default().lot(rows(3), tiny), rows(3));
}

#[test]
fn hours_that_are_over_take_no_memory() {
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};
    let (clock, random) = (FixedClock::at(0), SeededRandom::new(7));
    let at = |millis| Timestamp::from_timestamp_millis(millis).unwrap();
    let organization = OrganizationId::generate(&clock, &random);
    let budgets = Budgets::new(BudgetSettings::UNLIMITED);
    let slot = |began: i64, released: Option<(i64, u32)>| {
        let connection = ConnectionId::generate(&clock, &random);
        let slot = budgets.slot(organization, connection);
        let mut inside = slot.try_lock().unwrap();
        inside.hour = Hour::begin(at(began), 0);
        inside.released = released;
        drop(inside);
        slot
    };
    let hour = 3_600_000;
    let in_use = slot(0, None);
    slot(0, None);
    slot(0, Some((0, 1)));
    slot(hour, None);
    budgets.forget_before(at(hour + 1));
    assert_eq!(
        budgets.all().len(),
        3,
        "what this hour, a caller and a release need"
    );
    drop(in_use);
    budgets.forget_before(at(2 * hour));
    assert_eq!(budgets.all().len(), 1);
}

#[test]
fn what_a_keeper_let_pass_counts_whatever_rows_say() {
    // proves P13
    let mut hour = Hour::default();
    hour.add(LIMITS);
    assert!(hour.take(rows(999)));
    assert!(hour.fits(rows(1), LIMITS) && !hour.fits(rows(2), LIMITS));
    assert_eq!(hour.left_of(BudgetAmounts::default()).rows, 999);
    assert_eq!(
        hour.exceeded(BudgetAmounts::default(), rows(2), LIMITS),
        BudgetMeasure::Rows
    );
}

proptest! {
    #[test]
    fn never_more_than_the_limit_leaves(asked in prop::collection::vec((0_u64..400, 0_u64..3), 1..60)) {
        // proves P13
        let mut hour = Hour::default();
        let (mut stored, mut left) = (0_u64, 0_u64);
        for (rows, calls) in asked {
            let amounts = BudgetAmounts { rows, calls, bytes: rows * 10 };
            if !hour.take(amounts) && hour.fits(amounts, LIMITS) {
                let lot = hour.lot(amounts, LIMITS);
                if stored + lot.rows <= LIMITS.rows {
                    stored += lot.rows;
                    hour.add(lot);
                    prop_assert!(hour.take(amounts));
                    left += rows;
                }
            } else if hour.fits(BudgetAmounts::default(), LIMITS) {
                left = hour.left_of(rows_only(stored)).rows;
            }
            prop_assert!(left <= LIMITS.rows);
            prop_assert!(hour.left_of(rows_only(stored)).rows <= stored);
        }
    }
}

fn rows_only(stored: u64) -> BudgetAmounts {
    rows(stored)
}
