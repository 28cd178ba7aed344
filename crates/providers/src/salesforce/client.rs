//! The client name that Salesforce keeps with each change ("REST API Developer Guide, Call Options Header"),
//! so that the org's own logs tell which agent wrote.
//!
//! Must not know: who the agent works for.

/// The header's name.
const HEADER: &str = "Sforce-Call-Options";

/// How much of an agent's name is passed on.
const LENGTH: usize = 64;

/// `Sforce-Call-Options: client=gatelodge/<agent>`.
pub(super) fn headers(agent: &str) -> Vec<(String, String)> {
    let name = sanitised(agent);
    let value = if name.is_empty() {
        "client=gatelodge".to_owned()
    } else {
        format!("client=gatelodge/{name}")
    };
    vec![(HEADER.to_owned(), value)]
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
