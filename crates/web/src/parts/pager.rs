//! The way through a list that is longer than a page.
//!
//! Must not know: what is listed.

use askama::{Template, filters::HtmlSafe};
use url::form_urlencoded;

/// Where in a list one is, with links to the pages before and after.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<nav class="row" aria-label="Pages of the list"><span class="quiet">{{ total }}{% if pages > 1 %}, page {{ page }} of {{ pages }}{% endif %}</span>{% if let Some(before) = before %} <a class="button small" rel="prev" href="{{ before }}">Previous page</a>{% endif %}{% if let Some(after) = after %} <a class="button small" rel="next" href="{{ after }}">Next page</a>{% endif %}</nav>"#,
    ext = "html"
)]
pub(crate) struct Pager {
    total: String,
    page: u64,
    pages: u64,
    before: Option<String>,
    after: Option<String>,
}

impl HtmlSafe for Pager {}

impl Pager {
    /// For a list at `path` with these parameters; `page` is counted from 0.
    pub(crate) fn of(
        total: String,
        page: u64,
        pages: u64,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Self {
        let at = |page: u64| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
            if page > 0 {
                query.append_pair("page", &(page + 1).to_string());
            }
            match query.finish() {
                query if query.is_empty() => path.to_owned(),
                query => format!("{path}?{query}"),
            }
        };
        Self {
            total,
            page: page + 1,
            pages,
            before: page.checked_sub(1).map(|before| at(before.min(pages - 1))),
            after: (page + 1 < pages).then(|| at(page + 1)),
        }
    }
}

/// The page that an address asks for, counted from 0; the first one for what is no number.
pub(crate) fn asked_page(text: &str) -> u64 {
    text.parse::<u64>().unwrap_or(1).saturating_sub(1)
}

/// "1 person", "412 people".
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", crate::text::grouped(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_what_was_searched() {
        let parameters = [("search", "a&b"), ("role", "")];
        let pager = Pager::of("120 people".into(), 1, 3, "/admin/people", &parameters);
        assert_eq!(pager.before.as_deref(), Some("/admin/people?search=a%26b"));
        assert_eq!(
            pager.after.as_deref(),
            Some("/admin/people?search=a%26b&page=3")
        );
        let beyond = Pager::of("3 people".into(), 9, 1, "/admin/people", &[]);
        assert_eq!(beyond.before.as_deref(), Some("/admin/people"));
        assert_eq!(beyond.after, None);
        for (text, page) in [("", 0), ("0", 0), ("1", 0), ("7", 6), ("x", 0), ("-1", 0)] {
            assert_eq!(asked_page(text), page, "{text}");
        }
    }
}
