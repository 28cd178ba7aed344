//! What happened when, oldest first.
//!
//! Must not know: what the moments belong to.

use crate::text::{Moment, Visible};
use askama::{Template, filters::HtmlSafe};

/// One moment.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Moment,
    pub(crate) what: &'static str,
    pub(crate) detail: Option<Visible>,
}

/// A list of moments.
#[derive(Debug, Clone, Default, Template)]
#[template(
    source = r#"<ol class="timeline">{% for entry in entries %}<li><span class="timeline-what">{{ entry.what }}</span>{% if let Some(detail) = entry.detail %} <span class="quiet">{{ detail }}</span>{% endif %} <span class="timeline-at">{{ entry.at }}</span></li>{% endfor %}</ol>"#,
    ext = "html"
)]
pub(crate) struct Moments {
    pub(crate) entries: Vec<Entry>,
}

impl HtmlSafe for Moments {}
