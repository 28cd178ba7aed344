//! What a request carries, read so that anything unreadable ends as a page of ours.
//!
//! Must not know: pages.

use crate::{
    fault::Fault,
    visitor::{Asked, Visitor},
};
use axum::{
    Form,
    extract::{FromRequest, Request},
};
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// Reads an identifier: text that is none looks exactly like something that does not exist.
pub(crate) fn id<T: FromStr>(text: &str, what: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found(what))
}

/// A form that cannot be read.
pub(crate) fn unreadable() -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        "The form that was sent is not the one of this page, or it is too large. Nothing was changed.",
    )
    .with_hint(WhoMustAct::Person, "Load the page again and fill it in there.")
}

/// The fields of a form. What the reader complains about is not repeated: it may quote what was typed.
pub(crate) struct Fields<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Fields<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, Fault> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let asked = request
            .extensions()
            .get::<Asked>()
            .map(|asked| asked.request);
        if let Ok(Form(fields)) = Form::<T>::from_request(request, state).await {
            return Ok(Self(fields));
        }
        let error = unreadable();
        Err(match visitor {
            Some(visitor) => visitor.fault(error),
            None => Fault::plain(error, asked),
        })
    }
}
