//! The client name that Salesforce keeps with each change ("REST API Developer Guide, Call Options Header"),
//! so that the org's own logs tell which agent wrote.
//!
//! Must not know: who the agent works for.

/// The header's name.
const HEADER: &str = "Sforce-Call-Options";

/// What every name begins with.
const PRODUCT: &str = "gatelodge";

/// How much of an agent's name is passed on.
const LENGTH: usize = 64;

/// `Sforce-Call-Options: client=gatelodge/<agent>`.
pub(super) fn headers(agent: &str) -> Vec<(String, String)> {
    vec![(HEADER.to_owned(), format!("client={}", name(agent)))]
}

/// `gatelodge/<agent>`.
pub(super) fn name(agent: &str) -> String {
    let name = sanitised(agent);
    if name.is_empty() {
        PRODUCT.to_owned()
    } else {
        format!("{PRODUCT}/{name}")
    }
}

/// Whether [`name`] could have made this.
pub(super) fn is_name(text: &str) -> bool {
    text.strip_prefix(PRODUCT)
        .is_some_and(|agent| name(agent.trim_start_matches('/')) == text)
}

/// Letters, digits, `.`, `_` and `-`; anything else, such as the comma that parts the header's options,
/// becomes one hyphen.
fn sanitised(agent: &str) -> String {
    let mut name = String::new();
    for character in agent.chars() {
        if name.len() >= LENGTH {
            break;
        }
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-') {
            name.push(character);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agents_name_cannot_add_options_or_headers() {
        for (agent, value) in [
            ("Claude Desktop", "client=gatelodge/Claude-Desktop"),
            (
                "a, defaultNamespace=x",
                "client=gatelodge/a-defaultNamespace-x",
            ),
            ("a\r\nX-Evil: 1", "client=gatelodge/a-X-Evil-1"),
            ("Ünïcode", "client=gatelodge/n-code"),
            ("", "client=gatelodge"),
            ("///", "client=gatelodge"),
        ] {
            assert_eq!(headers(agent), [(HEADER.to_owned(), value.to_owned())]);
        }
        assert!(headers(&"x".repeat(500))[0].1.len() <= LENGTH + 17);
    }
}
