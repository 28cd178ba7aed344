//! Setup guides as pages: `CommonMark` to markup, without raw HTML and without anything fetched from elsewhere.
//!
//! Must not know: whose guide it is. Images become their words and only https links stay links, with the
//! host shown, so that no text can call home (security case U8).

use askama::filters::HtmlSafe;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use std::fmt;

/// Rendered guide; safe because only this module makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guide(String);

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Guide {}

/// Renders a guide or a document. Its headings keep their levels: the first is the page's own.
pub(crate) fn guide(source: &str) -> Guide {
    let mut options = Options::empty();
    options.insert(Options::ENABLE_TABLES);
    let mut rendered = String::new();
    let mut links = Vec::new();
    let events = Parser::new_ext(source, options).map(|event| harmless(event, &mut links));
    html::push_html(&mut rendered, events);
    Guide(rendered)
}

/// `links` remembers, for each open link, whether it was kept.
fn harmless<'a>(event: Event<'a>, links: &mut Vec<bool>) -> Event<'a> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level,
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::Start(Tag::Image { .. } | Tag::HtmlBlock)
        | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => Event::Text(CowStr::Borrowed("")),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let kept = dest_url.starts_with("https://");
            links.push(kept);
            if kept {
                event
            } else {
                Event::Text(CowStr::from(format!("[{dest_url}] ")))
            }
        }
        Event::End(TagEnd::Link) if links.pop() == Some(false) => Event::Text(CowStr::Borrowed("")),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guides_keep_their_shape_and_lose_their_teeth() {
        // proves U1, U8
        let html = guide(
            "## Set up\n\n1. Open *Setup*\n2. [Docs](https://help.salesforce.com/x)\n\n<script>alert(1)</script>\n\n![dot](https://evil.example/x.png) [x](javascript:alert(1))",
        )
        .to_string();
        assert!(html.contains("<h2>Set up</h2>"), "{html}");
        assert!(
            html.contains("<ol>") && html.contains("<em>Setup</em>"),
            "{html}"
        );
        assert!(
            html.contains(r#"href="https://help.salesforce.com/x""#),
            "{html}"
        );
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert!(!html.contains(r#"href="javascript"#), "{html}");
        assert_eq!(
            html.matches("<a ").count(),
            html.matches("</a>").count(),
            "{html}"
        );
    }
}
