//! The documents that come with the product.
//!
//! Must not know: what they say.

use crate::{
    fault::PageResult,
    parts::{Frame, Section},
    respond,
    text::markdown::{Guide, guide},
    visitor::Visitor,
};
use askama::Template;
use axum::extract::Path;
use gatelodge_model::Error;

/// A document.
pub(crate) struct Document {
    pub(crate) slug: &'static str,
    /// Its title, and its text below that.
    pub(crate) title: &'static str,
    text: &'static str,
}

const DOCUMENTS: [Document; 2] = [
    Document {
        slug: "security",
        title: "Security overview",
        text: include_str!("../../../../docs/security-overview.md"),
    },
    Document {
        slug: "single-sign-on",
        title: "Single sign-on",
        text: include_str!("../../../../docs/single-sign-on.md"),
    },
];

#[derive(Template)]
#[template(path = "help.html")]
pub(crate) struct HelpPage {
    pub(crate) frame: Frame,
    pub(crate) title: &'static str,
    pub(crate) text: Guide,
    pub(crate) others: Vec<&'static Document>,
}

impl HelpPage {
    pub(crate) fn of(frame: Frame, slug: &str) -> Result<Self, Error> {
        let document = DOCUMENTS
            .iter()
            .find(|document| document.slug == slug)
            .ok_or_else(|| Error::not_found("document"))?;
        // The page has the title as its own heading.
        let (_, text) = document.text.split_once('\n').unwrap_or_default();
        Ok(Self {
            frame,
            title: document.title,
            text: guide(text),
            others: DOCUMENTS
                .iter()
                .filter(|other| other.slug != slug)
                .collect(),
        })
    }
}

/// `GET /help/{document}`.
pub(crate) async fn show(visitor: Visitor, Path(document): Path<String>) -> PageResult {
    let frame = visitor.frame().at(Section::Nowhere);
    let page = HelpPage::of(frame, &document).map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_begins_with_its_title() {
        // proves ADM-25a
        for document in &DOCUMENTS {
            let title = document.text.lines().next();
            assert_eq!(title, Some(format!("# {}", document.title).as_str()));
        }
    }
}
