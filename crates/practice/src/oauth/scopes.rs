//! The OAuth scopes of Salesforce: names, words for people, and what follows from them.
//!
//! A table and rules over it; must not know apps or users.

/// Scope names with the words of the consent page.
const KNOWN: [(&str, &str); 26] = [
    ("api", "Access and manage your data through the APIs"),
    (
        "refresh_token",
        "Perform requests at any time, also when you are away",
    ),
    ("full", "Full access to everything you can reach"),
    ("web", "Use your account in a web browser"),
    (
        "id",
        "See who you are: name, email address, phone and photo",
    ),
    ("profile", "See your profile"),
    ("email", "See your email address"),
    ("address", "See your postal address"),
    ("phone", "See your phone number"),
    ("openid", "Sign you in with your identity"),
    ("chatter_api", "Read and write your feed posts"),
    ("visualforce", "Open custom pages as you"),
    ("content", "Read and write your files"),
    ("custom_permissions", "See your custom permissions"),
    ("lightning", "Use the web application as you"),
    ("wave_api", "Read your analytics"),
    ("eclair_api", "Read your charts"),
    ("pardot_api", "Manage your marketing automation"),
    ("cdp_api", "Manage your customer data platform"),
    ("cdp_query_api", "Query your customer data platform"),
    (
        "cdp_ingest_api",
        "Load data into your customer data platform",
    ),
    ("sfap_api", "Use the platform's AI services as you"),
    ("chatbot_api", "Talk to chatbots as you"),
    ("einstein_gpt_api", "Use generative AI services as you"),
    ("interaction_api", "Run guided interactions as you"),
    ("mcp_api", "Use the hosted tool servers as you"),
];

/// Names of all known scopes.
pub(crate) fn names() -> Vec<&'static str> {
    KNOWN.iter().map(|(name, _)| *name).collect()
}

/// The words for a scope, or the scope itself where there are none.
pub(crate) fn words(scope: &str) -> &str {
    let known = KNOWN.iter().find(|(name, _)| *name == scope);
    known.map_or(scope, |(_, words)| words)
}

/// Splits a scope parameter; `offline_access` is another name of `refresh_token`.
pub(crate) fn parse(text: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for name in text.split_whitespace() {
        let name = canonical(name);
        if !scopes.iter().any(|known| known == name) {
            scopes.push(name.to_owned());
        }
    }
    scopes
}

fn canonical(name: &str) -> &str {
    if name == "offline_access" {
        "refresh_token"
    } else {
        name
    }
}

/// The scopes of a request: the named ones if the app has them all, or all of the app's when none is named.
pub(crate) fn requested(app_scopes: &[String], text: &str) -> Option<Vec<String>> {
    let own = parse(&app_scopes.join(" "));
    let wanted = parse(text);
    if wanted.is_empty() {
        return Some(own);
    }
    let covered = |scope: &String| own.contains(scope) || is_part_of(&own, scope);
    wanted.iter().all(covered).then_some(wanted)
}

/// `id` stands for its four parts, `full` for everything but the refresh token.
fn is_part_of(own: &[String], scope: &str) -> bool {
    let has = |name: &str| own.iter().any(|one| one == name);
    let identity = matches!(scope, "profile" | "email" | "address" | "phone");
    (identity && has("id")) || (scope != "refresh_token" && has("full"))
}

/// Whether a refresh token is given; `full` does not include it.
pub(crate) fn allow_refresh(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| scope == "refresh_token")
}

/// Whether the data interface may be used.
pub(crate) fn allow_api(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| scope == "api" || scope == "full")
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_granted_is_never_more_than_the_app_has(text in "(api|id|full|email|refresh_token|x| ){0,6}") {
            let app = own("api id refresh_token");
            let allowed = ["api", "id", "refresh_token", "profile", "email", "address", "phone"];
            let granted = requested(&app, &text).unwrap_or_default();
            proptest::prop_assert!(granted.iter().all(|scope| allowed.contains(&scope.as_str())));
        }
    }

    fn own(text: &str) -> Vec<String> {
        parse(text)
    }

    #[test]
    fn none_named_gives_all_of_the_app() {
        let scopes = requested(&own("api offline_access"), "").unwrap();
        assert_eq!(scopes, ["api", "refresh_token"]);
        assert!(allow_refresh(&scopes) && allow_api(&scopes));
    }

    #[test]
    fn a_scope_the_app_lacks_is_refused() {
        assert_eq!(requested(&own("api id"), "api web"), None);
        assert!(requested(&own("api id"), "api email").is_some());
    }

    #[test]
    fn full_leaves_out_the_refresh_token() {
        assert!(requested(&own("full"), "api").is_some());
        assert_eq!(requested(&own("full"), "full refresh_token"), None);
        assert!(!allow_refresh(&own("full")));
    }

    #[test]
    fn every_scope_has_words() {
        assert!(KNOWN.iter().all(|(name, words)| words.len() > name.len()));
        assert_eq!(words("unheard_of"), "unheard_of");
    }
}
