//! Where to go after signing in: a path of this site, or the start page.
//!
//! Must not know: sessions. Anything that a browser could read as another site is refused (security case U7).

use url::Url;

/// The longest path that is kept.
const LONGEST: usize = 1_024;

/// The path to go to; `/` for anything that is not plainly a path here.
pub(crate) fn safe_next(given: &str) -> String {
    if is_path_here(given) {
        given.to_owned()
    } else {
        "/".to_owned()
    }
}

fn is_path_here(given: &str) -> bool {
    // Browsers drop tabs and line ends inside an address and read a backslash as a slash.
    let plain = given.len() <= LONGEST
        && given.starts_with('/')
        && !given.starts_with("//")
        && given
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !plain {
        return false;
    }
    // The judge is a parser like the browser's: joined to a site, the result must still be that site.
    Url::parse("https://here.invalid")
        .and_then(|base| base.join(given))
        .is_ok_and(|joined| {
            joined.host_str() == Some("here.invalid")
                && joined.scheme() == "https"
                && joined.port().is_none()
        })
        && !is_sign_in(given)
}

/// Going from the page of a proof to itself helps nobody, and `/sign-out` would undo what was just done.
fn is_sign_in(given: &str) -> bool {
    let path = given.split(['?', '#']).next().unwrap_or_default();
    matches!(path, "/sign-in" | "/sign-out" | "/step-up")
}

/// A path as the value of a query parameter.
pub(crate) fn encode(path: &str) -> String {
    url::form_urlencoded::byte_serialize(path.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_here_are_kept() {
        for path in [
            "/",
            "/approvals/prp_1?done=approved",
            "/a%2Fb",
            "/audit?action=a.b#x",
        ] {
            assert_eq!(safe_next(path), path);
        }
    }

    #[test]
    fn other_sites_are_refused() {
        // proves U7
        for path in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            " /approvals",
            "approvals",
            "/sign-in?next=/",
            "/sign-out",
            "/step-up?next=/",
            "/ä",
            "///evil.example",
        ] {
            assert_eq!(safe_next(path), "/", "{path:?}");
        }
        assert_eq!(safe_next(&format!("/{}", "a".repeat(2_000))), "/");
    }

    proptest! {
        #[test]
        fn the_result_never_leaves_this_site(given in "[/\\\\.:@a-z?#%\t\n ]{0,24}") {
            // proves U7
            let next = safe_next(&given);
            let joined = Url::parse("https://gate.example").unwrap().join(&next).unwrap();
            prop_assert_eq!(joined.host_str(), Some("gate.example"));
        }
    }
}
