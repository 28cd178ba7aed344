//! Joining the text of two processes: each family stands once, with the lines of both.
//!
//! Prometheus refuses a page on which a family is opened twice (exposition format, "Grouping and sorting").
//! Must not know: which figures there are.

use std::collections::BTreeMap;

/// Lines about a family, and its samples.
#[derive(Default)]
struct Family<'a> {
    about: Vec<&'a str>,
    samples: Vec<&'a str>,
}

/// Joins two texts.
pub fn join(first: &str, second: &str) -> String {
    let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
    for text in [first, second] {
        let mut current = "";
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(about) = line.strip_prefix("# ") {
                current = about.split(' ').nth(1).unwrap_or_default();
                let family = families.entry(current).or_default();
                // the first word tells HELP from TYPE
                let known = family
                    .about
                    .iter()
                    .any(|known| known.split(' ').nth(1) == line.split(' ').nth(1));
                if !known {
                    family.about.push(line);
                }
            } else {
                families.entry(current).or_default().samples.push(line);
            }
        }
    }
    let mut joined = String::with_capacity(first.len() + second.len());
    for family in families.values() {
        for line in family.about.iter().chain(&family.samples) {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_once_with_the_samples_of_both() {
        let web = "# HELP a Text.\n# TYPE a counter\na{role=\"web\"} 1\n\n# TYPE b gauge\nb{role=\"web\"} 2\n";
        let keeper = "# HELP a Text.\n# TYPE a counter\na{role=\"keeper\"} 3\n\n# TYPE c histogram\nc_bucket{le=\"1\"} 1\nc_sum 1\n";
        let expected = "# HELP a Text.\n# TYPE a counter\na{role=\"web\"} 1\na{role=\"keeper\"} 3\n\
            # TYPE b gauge\nb{role=\"web\"} 2\n# TYPE c histogram\nc_bucket{le=\"1\"} 1\nc_sum 1\n";
        assert_eq!(join(web, keeper), expected);
        assert_eq!(join(web, "").lines().count(), 5);
    }
}
