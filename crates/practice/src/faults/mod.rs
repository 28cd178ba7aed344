//! Faults on purpose: what a tester ordered goes wrong for the next requests, exactly as often as ordered.
//!
//! Decides which fault hits which request and what it does; must not know resources or how tokens are kept.

mod answer;
mod body;
mod caller;
mod carry_out;
mod course;
mod kind;
mod order;
mod pattern;
mod rows;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use kind::Kind;
pub use order::{Cut, Fault, FaultError};

pub(crate) use caller::Caller;
pub(crate) use carry_out::disturb;
pub(crate) use course::disturb_plainly;
pub(crate) use pattern::matches as path_matches;

/// More open orders than this are refused: each one is looked at for each request.
pub const MOST_OPEN: usize = 200;

/// What can be known about a request before it is handled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) caller: Caller,
}

/// The orders that are still open.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    orders: Vec<Fault>,
    last: u64,
}

impl Faults {
    /// Adds an order and gives it with its number; earlier ones go first.
    ///
    /// # Errors
    /// The order makes no sense, or too many are open.
    pub fn order(&self, mut fault: Fault) -> Result<Fault, FaultError> {
        fault.check()?;
        let mut inner = self.lock();
        if inner.orders.len() >= MOST_OPEN {
            return Err(FaultError::TooMany);
        }
        inner.last += 1;
        fault.id = inner.last;
        inner.orders.push(fault.clone());
        Ok(fault)
    }

    /// Forgets one order, and says whether it was there.
    pub fn remove(&self, id: u64) -> bool {
        let mut inner = self.lock();
        let before = inner.orders.len();
        inner.orders.retain(|order| order.id != id);
        inner.orders.len() < before
    }

    /// Forgets all orders.
    pub fn clear(&self) {
        self.lock().orders.clear();
    }

    /// Orders that have not run out.
    pub fn open(&self) -> Vec<Fault> {
        self.lock().orders.clone()
    }

    /// Whether nothing is ordered, so that nobody has to be looked at closely.
    pub(crate) fn none(&self) -> bool {
        self.lock().orders.is_empty()
    }

    /// The fault that hits this request, if any; uses it up by one.
    pub(crate) fn hit(&self, asked: &Asked) -> Option<Fault> {
        let mut inner = self.lock();
        let wanted = |order: &Fault| !order.is_about_rows() && order.matches(asked);
        let index = inner.orders.iter().position(wanted)?;
        inner.use_up(index)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Uses an order up by one; nothing while it lets requests pass first.
    fn use_up(&mut self, index: usize) -> Option<Fault> {
        let order = &mut self.orders[index];
        if order.skip > 0 {
            order.skip -= 1;
            return None;
        }
        order.hits += 1;
        if !order.until_cleared {
            order.times = order.times.saturating_sub(1);
        }
        let fault = order.clone();
        if order.times == 0 {
            self.orders.remove(index);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    fn asked(method: &str, path: &str) -> Asked {
        Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            caller: Caller::default(),
        }
    }

    #[test]
    fn skips_then_hits_then_is_gone() {
        let faults = Faults::default();
        let fault =
            r#"{"path_prefix":"/services","method":"post","skip":1,"times":2,"status":503}"#;
        faults.order(order(fault)).unwrap();
        let (get, post) = (
            asked("GET", "/services/data"),
            asked("POST", "/services/data"),
        );
        assert!(faults.hit(&get).is_none());
        assert!(faults.hit(&post).is_none());
        assert_eq!(faults.hit(&post).unwrap().status, Some(503));
        assert!(faults.hit(&post).is_some());
        assert!(faults.hit(&post).is_none());
        assert!(faults.open().is_empty());
    }

    #[test]
    fn one_that_lasts_until_it_is_cleared_counts_its_hits() {
        let faults = Faults::default();
        let fault = order(r#"{"fault":"maintenance","until_cleared":true}"#);
        let id = faults.order(fault).unwrap().id;
        let query = asked("GET", "/services/data/v66.0/query");
        for _ in 0..3 {
            assert!(faults.hit(&query).is_some());
        }
        assert_eq!(faults.open()[0].hits, 3);
        assert!(faults.remove(id) && !faults.remove(id) && faults.none());
    }

    #[test]
    fn more_than_the_most_are_refused() {
        let faults = Faults::default();
        let fault = order(r#"{"path":"/x","status":500}"#);
        for _ in 0..MOST_OPEN {
            faults.order(fault.clone()).unwrap();
        }
        assert!(matches!(faults.order(fault), Err(FaultError::TooMany)));
    }
}
