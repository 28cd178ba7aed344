//! Why an order of a tester was not carried out.

/// An order that was refused, with the reason in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Refused {
    /// Nobody knows what the order means.
    pub(crate) fn unknown_order(order: &str) -> Self {
        Self(format!("there is no order {order:?}"))
    }

    /// The order is about something that is not there.
    pub(crate) fn unknown(what: &str, name: &str) -> Self {
        Self(format!("there is no {what} {name:?}"))
    }
}
