//! Stylesheet, scripts and icon, compiled in and served under addresses that carry their hash, so that a
//! browser may keep them for ever.
//!
//! Must not know: pages or people.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatelodge_model::Digest;
use std::sync::LazyLock;

/// The vendored htmx; its hash is compared by a test.
const HTMX: &str = include_str!("../assets/vendor/htmx-2.0.11.min.js");

/// The layers in their order; one sheet leaves.
const STYLE_LAYERS: [&str; 5] = [
    include_str!("../assets/style/1-tokens.css"),
    include_str!("../assets/style/2-base.css"),
    include_str!("../assets/style/3-layout.css"),
    include_str!("../assets/style/4-components.css"),
    include_str!("../assets/style/5-pages.css"),
];

struct Asset {
    url: String,
    content_type: &'static str,
    body: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, body: String) -> Self {
        let hash: String = Digest::of("gatelodge.asset.v1", &[body.as_bytes()])
            .to_string()
            .chars()
            .take(16)
            .collect();
        Self {
            url: format!("/assets/{stem}-{hash}.{extension}"),
            content_type,
            body,
        }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "gatelodge",
        "css",
        "text/css; charset=utf-8",
        STYLE_LAYERS.concat(),
    )
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let body = include_str!("../assets/app.js").to_owned();
    Asset::new("gatelodge", "js", "text/javascript; charset=utf-8", body)
});
static PASSKEYS: LazyLock<Asset> = LazyLock::new(|| {
    let body = include_str!("../assets/passkeys.js").to_owned();
    Asset::new("passkeys", "js", "text/javascript; charset=utf-8", body)
});
static VENDOR: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "htmx",
        "js",
        "text/javascript; charset=utf-8",
        HTMX.to_owned(),
    )
});
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "favicon",
        "svg",
        "image/svg+xml",
        include_str!("../assets/favicon.svg").to_owned(),
    )
});

/// Address of the stylesheet.
pub(crate) fn stylesheet() -> &'static str {
    &STYLE.url
}

/// Address of our script.
pub(crate) fn script() -> &'static str {
    &SCRIPT.url
}

/// Address of the script that speaks with passkeys.
pub(crate) fn passkeys() -> &'static str {
    &PASSKEYS.url
}

/// Address of htmx.
pub(crate) fn htmx() -> &'static str {
    &VENDOR.url
}

/// Address of the icon.
pub(crate) fn favicon() -> &'static str {
    &ICON.url
}

fn find(name: &str) -> Option<&'static Asset> {
    [&*STYLE, &*SCRIPT, &*PASSKEYS, &*VENDOR, &*ICON]
        .into_iter()
        .find(|asset| asset.url.strip_prefix("/assets/") == Some(name))
}

fn answer(asset: &'static Asset, cache: &'static str) -> Response {
    (
        [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static(asset.content_type),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        ],
        asset.body.as_str(),
    )
        .into_response()
}

/// The text behind one of our addresses.
#[cfg(test)]
pub(crate) fn body_of(url: &str) -> Option<&'static str> {
    find(url.strip_prefix("/assets/")?).map(|asset| asset.body.as_str())
}

/// `GET /assets/{name}`.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    find(&name).map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |asset| answer(asset, "public, max-age=31536000, immutable"),
    )
}

/// `GET /favicon.ico`: browsers ask for it where a page names no icon.
pub(crate) async fn icon() -> Response {
    answer(&ICON, "public, max-age=86400")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    #[test]
    fn the_vendored_file_is_the_one_written_down() {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA384, HTMX.as_bytes());
        let hash = STANDARD.encode(digest.as_ref());
        assert!(
            include_str!("../assets/vendor/README.md").contains(&hash),
            "{hash}"
        );
        assert!(HTMX.contains(r#"version:"2.0.11""#));
    }

    #[test]
    fn every_address_leads_to_its_file_and_an_old_hash_to_none() {
        for url in [stylesheet(), script(), passkeys(), htmx(), favicon()] {
            assert!(find(url.trim_start_matches("/assets/")).is_some(), "{url}");
        }
        assert!(find("gatelodge-0000000000000000.css").is_none());
    }

    #[test]
    fn nothing_of_ours_needs_eval_inline_code_or_another_site() {
        // proves U1, U8
        let script = [
            include_str!("../assets/app.js"),
            include_str!("../assets/passkeys.js"),
        ]
        .concat();
        for forbidden in ["eval(", "new Function", "innerHTML", "http://", "https://"] {
            assert!(!script.contains(forbidden), "{forbidden}");
        }
        assert!(!STYLE.body.contains("url(") && !STYLE.body.contains("@import"));
    }
}
