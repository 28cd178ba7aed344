//! Path patterns of orders: `*` stands for any characters, also none, also slashes.
//!
//! Pure text; must not know what a path means.

/// Whether the whole path fits the pattern, in linear time per star.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        // The leftmost place leaves the most for the parts that follow.
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, path, fits) in [
            ("/a", "/a", true),
            ("/a", "/a/b", false),
            ("/a*", "/a/b", true),
            ("*query*", "/services/data/v66.0/query/0r8-2000", true),
            ("/services/data/*/query", "/services/data/v66.0/query", true),
            (
                "/services/data/*/query",
                "/services/data/v66.0/query/x",
                false,
            ),
            ("/x*/x", "/x", false),
            ("*", "", true),
            ("*ab", "/aab", true),
            ("/a*b*b", "/ab", false),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
    }
}
