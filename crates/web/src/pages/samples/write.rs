//! Writes samples with a stylesheet that a browser finds beside them, and checks what holds for every page.

use crate::assets;
use askama::Template;
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/web-samples");
    fs::create_dir_all(folder.join("assets")).unwrap();
    folder
}

/// Renders, checks, keeps for eyes, and returns the markup.
pub(super) fn sample(name: &str, page: &impl Template) -> String {
    let html = page.render().unwrap();
    holds_for_every_page(name, &html);
    let folder = folder();
    for url in [
        assets::stylesheet(),
        assets::script(),
        assets::htmx(),
        assets::favicon(),
    ] {
        fs::write(
            folder.join(url.trim_start_matches('/')),
            assets::body_of(url).unwrap(),
        )
        .unwrap();
    }
    let local = html.replace("=\"/assets/", "=\"assets/");
    fs::write(folder.join(format!("{name}.html")), local).unwrap();
    html
}

/// What the policy of the site and of accessibility asks of each page.
fn holds_for_every_page(name: &str, html: &str) {
    // proves U1, U8: no inline code or style, nothing from elsewhere
    let lower = html.to_lowercase();
    for forbidden in [
        "<style",
        " style=",
        " onclick=",
        " onload=",
        "javascript:",
        "<iframe",
        "src=\"http",
    ] {
        assert!(!lower.contains(forbidden), "{name}: {forbidden}");
    }
    assert_eq!(
        lower.matches("<script").count(),
        lower.matches("<script src=\"/assets/").count(),
        "{name}"
    );
    assert_eq!(lower.matches("<h1").count(), 1, "{name}: one first heading");
    assert!(
        lower.contains("<html lang=\"en\">") && lower.contains("<title>"),
        "{name}"
    );
    headings_in_order(name, &lower);
    labels_lead_somewhere(name, html);
    ids_are_unique(name, html);
}

fn headings_in_order(name: &str, html: &str) {
    let mut last = 1;
    for part in html.split("<h").skip(1) {
        let Some(level) = part.chars().next().and_then(|digit| digit.to_digit(10)) else {
            continue;
        };
        assert!(level <= last + 1, "{name}: h{level} after h{last}");
        last = level;
    }
}

fn attribute_values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    html.split(&format!(" {attribute}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

fn ids_are_unique(name: &str, html: &str) {
    let mut ids = attribute_values(html, "id");
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{name}: an id stands twice");
}

fn labels_lead_somewhere(name: &str, html: &str) {
    let ids = attribute_values(html, "id");
    for attribute in [
        "for",
        "aria-labelledby",
        "aria-describedby",
        "aria-controls",
        "data-copy",
    ] {
        for value in attribute_values(html, attribute) {
            for id in value.split_whitespace() {
                assert!(ids.contains(&id), "{name}: {attribute} names {id}");
            }
        }
    }
}
