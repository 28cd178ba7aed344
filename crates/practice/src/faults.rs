//! Faults that a test orders: the next requests on a path fail, wait or lose their connection.
//!
//! Decides which fault hits a request; it must not know how an answer is built or a connection is cut.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// The moment at which the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Before the request is handled: it has no effect.
    Before,
    /// After the request was handled: it has its effect, and nobody is told.
    After,
}

/// An order for trouble.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Start of the paths it hits.
    pub path_prefix: String,
    /// Only this method; absent means all.
    #[serde(default)]
    pub method: Option<String>,
    /// Matching requests that pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// Matching requests that are hit.
    #[serde(default = "once")]
    pub times: u32,
    /// Wait this long before anything else happens.
    #[serde(default)]
    pub delay_ms: u64,
    /// Wait this long between the work and its answer.
    #[serde(default)]
    pub answer_delay_ms: u64,
    /// Answer with this status instead of handling the request.
    #[serde(default)]
    pub status: Option<u16>,
    /// Body of that answer.
    #[serde(default)]
    pub body: Option<String>,
    /// `Content-Type` of that answer.
    #[serde(default)]
    pub content_type: Option<String>,
    /// `Retry-After` of that answer.
    #[serde(default)]
    pub retry_after: Option<String>,
    /// `Location` of that answer.
    #[serde(default)]
    pub location: Option<String>,
    /// Cut the connection instead of answering.
    #[serde(default)]
    pub cut: Option<Cut>,
}

fn once() -> u32 {
    1
}

/// The orders that are still open.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds an order; earlier ones go first.
    pub fn order(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Forgets all orders.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Orders that have not run out.
    pub fn open(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The fault that hits this request, if any; uses it up by one.
    pub(crate) fn hit(&self, method: &str, path: &str) -> Option<Fault> {
        let mut orders = self.lock();
        let index = orders
            .iter()
            .position(|order| order.matches(method, path))?;
        let order = &mut orders[index];
        if order.skip > 0 {
            order.skip -= 1;
            return None;
        }
        order.times = order.times.saturating_sub(1);
        let fault = order.clone();
        if fault.times == 0 {
            orders.remove(index);
        }
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    fn matches(&self, method: &str, path: &str) -> bool {
        let wanted = self.method.as_deref();
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path.starts_with(&self.path_prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn skips_then_hits_then_is_gone() {
        let faults = Faults::default();
        faults.order(order(
            r#"{"path_prefix":"/services","method":"post","skip":1,"times":2,"status":503}"#,
        ));
        assert!(faults.hit("GET", "/services/data").is_none());
        assert!(faults.hit("POST", "/services/data").is_none());
        assert_eq!(
            faults.hit("POST", "/services/data").unwrap().status,
            Some(503)
        );
        assert!(faults.hit("POST", "/services/data").is_some());
        assert!(faults.hit("POST", "/services/data").is_none());
        assert!(faults.open().is_empty());
    }

    #[test]
    fn an_order_with_an_unknown_field_is_refused() {
        let order = serde_json::from_str::<Fault>(r#"{"path_prefix":"/","statsu":500}"#);
        assert!(order.unwrap_err().to_string().contains("statsu"));
    }
}
