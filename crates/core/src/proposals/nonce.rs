//! The mark that a confirmation comes from a review page shown in this very session.
//!
//! It is a hash over the session's secret key, the proposal and the hash of what is approved, so a page of
//! another site, another session or another proposal cannot make it. Single use comes from the state
//! machine: a proposal leaves `pending` once.

use crate::Person;
use gatelodge_model::{Digest, Error, ErrorKind, Proposal, Result, WhoMustAct};

const TAG: &str = "gatelodge.review-nonce.v1";

/// The nonce of a review page.
pub(super) fn of(person: &Person, proposal: &Proposal) -> String {
    Digest::of(
        TAG,
        &[
            person.session_key.as_bytes(),
            proposal.id.to_string().as_bytes(),
            proposal.digest.as_bytes(),
        ],
    )
    .to_string()
}

/// Refuses a confirmation that is not from such a page.
pub(super) fn check(person: &Person, proposal: &Proposal, nonce: &str) -> Result<()> {
    let given: Digest = nonce.parse().map_err(|_| foreign())?;
    let expected: Digest = of(person, proposal).parse().map_err(Error::internal)?;
    if subtle::ConstantTimeEq::ct_eq(&given.as_bytes()[..], &expected.as_bytes()[..]).into() {
        Ok(())
    } else {
        Err(foreign())
    }
}

fn foreign() -> Error {
    Error::new(
        ErrorKind::Forbidden,
        "This confirmation does not come from the review page of your session. Nothing was sent.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Open the review page again and decide there.",
    )
}
