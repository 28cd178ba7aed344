//! Which sign-in hosts and API bases are Salesforce's ("Salesforce Help, My Domain URL Formats").
//!
//! Must not know: how anything connects. What is not listed here is refused with the reason.

use gatelodge_model::{Environment, Error, Result};
use gatelodge_provider::{HostPattern, LoginHost};
use url::{Host, Position, Url};

/// The domain under which every org has its own host.
const MY_DOMAIN: &str = ".my.salesforce.com";

/// Parts of Salesforce's network whose orgs hold no company's live data.
const PARTITIONS: [&str; 6] = [
    "sandbox",
    "develop",
    "scratch",
    "trailblaze",
    "demo",
    "patch",
];

const EXAMPLE: &str = "https://login.salesforce.com, https://test.salesforce.com or https://<your domain>.my.salesforce.com";

/// Reads a sign-in host that somebody typed.
pub(super) fn parse_login_host(text: &str, practice_orgs: &[Url]) -> Result<LoginHost> {
    let given = text.trim();
    let without_slash = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
    if let Some(base) = practice_orgs
        .iter()
        .find(|org| origin(org).eq_ignore_ascii_case(&without_slash(given)))
    {
        return Ok(LoginHost {
            base: base.clone(),
            environment: Environment::Practice,
        });
    }
    let refuse = |reason: String| {
        Err(Error::invalid(
            "auth_base_url",
            format!("{reason} Give {EXAMPLE}."),
        ))
    };
    // The text is judged before a URL parser sees it: parsers drop tabs and turn backslashes around.
    let host = match given.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => without_slash(rest),
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => {
            return refuse(
                "http would send the sign-in in the clear; it must be https.".to_owned(),
            );
        }
        Some(_) => return refuse("Only https addresses are accepted.".to_owned()),
        None => return refuse("The address must begin with https://.".to_owned()),
    };
    if let Some(reason) = unwanted_part(&host) {
        return refuse(reason.to_owned());
    }
    let host = host.to_ascii_lowercase();
    match environment_of(&host) {
        Ok(environment) => {
            let base = Url::parse(&format!("https://{host}")).map_err(Error::internal)?;
            Ok(LoginHost { base, environment })
        }
        Err(reason) => refuse(reason),
    }
}

/// What stands in the text beside a host name.
fn unwanted_part(host: &str) -> Option<&'static str> {
    if host.is_empty() {
        Some("The host is missing.")
    } else if host.contains('@') {
        Some("A user name or password does not belong into this address.")
    } else if host.contains(['/', '\\']) {
        Some("A path does not belong into this address; end it after the host.")
    } else if host.contains(['?', '#']) {
        Some("A query or fragment does not belong into this address; end it after the host.")
    } else if host.contains(':') {
        Some("A port does not belong into this address.")
    } else if !host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    {
        Some("The host holds characters that no Salesforce host has.")
    } else {
        None
    }
}

/// What an org behind a sign-in host is; an error says why the host is none.
fn environment_of(host: &str) -> Result<Environment, String> {
    match host {
        "login.salesforce.com" => return Ok(Environment::Production),
        "test.salesforce.com" => return Ok(Environment::Sandbox),
        _ => {}
    }
    if let Some(domain) = host.strip_suffix(".lightning.force.com") {
        return Err(format!(
            "{host} shows pages and takes no sign-in for programs; use https://{domain}{MY_DOMAIN}."
        ));
    }
    let Some(labels) = host.strip_suffix(MY_DOMAIN) else {
        return Err(format!("'{host}' is no sign-in host of Salesforce."));
    };
    let (domain, partition) = match labels.split_once('.') {
        Some((domain, partition)) => (domain, Some(partition)),
        None => (labels, None),
    };
    if !is_label(domain) {
        return Err(format!(
            "'{domain}' before {MY_DOMAIN} is not the name of a domain."
        ));
    }
    match partition {
        // `acme--uat.my.salesforce.com`: a sandbox's form before enhanced domains.
        None if domain.contains("--") => Ok(Environment::Sandbox),
        None => Ok(Environment::Production),
        Some("sandbox") if !domain.contains("--") => Err(format!(
            "A sandbox's host has the form https://<domain>--<sandbox>.sandbox{MY_DOMAIN}."
        )),
        Some(partition) if PARTITIONS.contains(&partition) => Ok(Environment::Sandbox),
        Some(partition) => Err(format!(
            "'{partition}' is no part of My Domain; known are {}.",
            PARTITIONS.join(", ")
        )),
    }
}

/// RFC 1123 §2.1: letters, digits, hyphens inside, at most 63.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether an API base may be used: https at a host of the manifest and nothing else in the address, or
/// exactly a practice org of the configuration file.
pub(super) fn accepts_instance(
    instance: &Url,
    patterns: &[HostPattern],
    practice_orgs: &[Url],
) -> bool {
    let bare = instance.username().is_empty()
        && instance.password().is_none()
        && matches!(&instance[Position::BeforePath..], "" | "/");
    if !bare {
        return false;
    }
    if practice_orgs
        .iter()
        .any(|org| org.origin() == instance.origin())
    {
        return true;
    }
    let Some(Host::Domain(host)) = instance.host() else {
        return false;
    };
    instance.scheme() == "https"
        && instance.port().is_none()
        && patterns.iter().any(|pattern| pattern.matches(host))
}

/// A practice org's address: scheme, host, port and nothing else.
pub(super) fn check_practice_org(org: &Url) -> Result<()> {
    let fits = matches!(org.scheme(), "http" | "https")
        && org.has_host()
        && org.username().is_empty()
        && org.password().is_none()
        && matches!(&org[Position::BeforePath..], "" | "/");
    if fits {
        Ok(())
    } else {
        Err(Error::new(
            gatelodge_model::ErrorKind::Misconfigured,
            "The address of a practice org must be scheme, host and port only, such as https://localhost:8443.",
        ))
    }
}

/// Scheme, host and port as text.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn practice() -> Vec<Url> {
        vec![Url::parse("https://localhost:8443/").unwrap()]
    }

    fn accepts(instance: &str) -> bool {
        let patterns = [HostPattern::new("*.my.salesforce.com")];
        Url::parse(instance).is_ok_and(|url| accepts_instance(&url, &patterns, &practice()))
    }

    #[test]
    fn every_form_of_my_domain_is_read() {
        // proves ADM-6, SF-14, CON-2
        use Environment::{Practice, Production, Sandbox};
        for (text, base, environment) in [
            (
                "https://login.salesforce.com",
                "https://login.salesforce.com/",
                Production,
            ),
            (
                "https://login.salesforce.com/",
                "https://login.salesforce.com/",
                Production,
            ),
            (
                "  https://login.salesforce.com \n",
                "https://login.salesforce.com/",
                Production,
            ),
            (
                "https://test.salesforce.com",
                "https://test.salesforce.com/",
                Sandbox,
            ),
            (
                "HTTPS://Acme.My.Salesforce.Com",
                "https://acme.my.salesforce.com/",
                Production,
            ),
            (
                "https://acme-2.my.salesforce.com/",
                "https://acme-2.my.salesforce.com/",
                Production,
            ),
            (
                "https://acme--uat.sandbox.my.salesforce.com",
                "https://acme--uat.sandbox.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://acme--uat.my.salesforce.com",
                "https://acme--uat.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://orgfarm-86-dev-ed.develop.my.salesforce.com",
                "https://orgfarm-86-dev-ed.develop.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://a.scratch.my.salesforce.com",
                "https://a.scratch.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://a.trailblaze.my.salesforce.com",
                "https://a.trailblaze.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://playful-otter-dev-ed.trailblaze.my.salesforce.com/",
                "https://playful-otter-dev-ed.trailblaze.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://acme--dev-1.scratch.my.salesforce.com",
                "https://acme--dev-1.scratch.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://a.demo.my.salesforce.com",
                "https://a.demo.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://a.patch.my.salesforce.com",
                "https://a.patch.my.salesforce.com/",
                Sandbox,
            ),
            (
                "https://localhost:8443",
                "https://localhost:8443/",
                Practice,
            ),
            (
                "https://LOCALHOST:8443/",
                "https://localhost:8443/",
                Practice,
            ),
        ] {
            let host = parse_login_host(text, &practice()).unwrap();
            assert_eq!(host.base.as_str(), base, "{text}");
            assert_eq!(host.environment, environment, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_the_reason() {
        // proves ADM-6, O10, O11
        for (text, reason) in [
            ("", "begin with https://"),
            ("login.salesforce.com", "begin with https://"),
            ("//login.salesforce.com", "begin with https://"),
            ("http://login.salesforce.com", "must be https"),
            ("HTTP://acme.my.salesforce.com", "must be https"),
            ("ftp://login.salesforce.com", "Only https"),
            ("javascript://login.salesforce.com", "Only https"),
            ("https://", "host is missing"),
            ("https:///login.salesforce.com", "path"),
            ("https://login.salesforce.com/services", "path"),
            ("https://login.salesforce.com//", "path"),
            ("https://login.salesforce.com\\", "path"),
            ("https://evil.tld\\.my.salesforce.com", "path"),
            ("https://login.salesforce.com?x", "query"),
            ("https://login.salesforce.com#x", "query"),
            ("https://login.salesforce.com:443", "port"),
            ("https://acme.my.salesforce.com:8443", "port"),
            ("https://user@login.salesforce.com", "user name"),
            ("https://login.salesforce.com@evil.tld", "user name"),
            ("https://a:b@login.salesforce.com", "user name"),
            ("https://login.salesforce.com.evil.tld", "no sign-in host"),
            ("https://evil-login.salesforce.com", "no sign-in host"),
            ("https://login.salesforce.co", "no sign-in host"),
            ("https://login-salesforce.com", "no sign-in host"),
            ("https://login.salesf0rce.com", "no sign-in host"),
            ("https://login.sa\u{13cf}esforce.com", "characters"),
            ("https://acme.my-salesforce.com", "no sign-in host"),
            ("https://salesforce.com", "no sign-in host"),
            ("https://na37.salesforce.com", "no sign-in host"),
            ("https://login.salesforce.com.", "no sign-in host"),
            ("https://my.salesforce.com", "no sign-in host"),
            ("https://.my.salesforce.com", "not the name"),
            ("https://-a.my.salesforce.com", "not the name"),
            ("https://a-.my.salesforce.com", "not the name"),
            ("https://acme.my.salesforce.com.evil.tld", "no sign-in host"),
            ("https://acme.evilmy.salesforce.com", "no sign-in host"),
            (
                "https://acme.sandbox.my.salesforce.com",
                "<domain>--<sandbox>",
            ),
            (
                "https://acme.evil.my.salesforce.com",
                "no part of My Domain",
            ),
            (
                "https://a.b.develop.my.salesforce.com",
                "no part of My Domain",
            ),
            ("https://acme..my.salesforce.com", "no part of My Domain"),
            (
                "https://acme.lightning.force.com",
                "https://acme.my.salesforce.com",
            ),
            ("https://acme.my.site.com", "no sign-in host"),
            ("https://acme_1.my.salesforce.com", "characters"),
            ("https://ácme.my.salesforce.com", "characters"),
            ("https://acme\t.my.salesforce.com", "characters"),
            ("https://acme%2e.my.salesforce.com", "characters"),
            ("https://127.0.0.1", "no sign-in host"),
            ("https://[::1]", "port"),
            ("https://localhost", "no sign-in host"),
            ("https://localhost:8444", "port"),
            ("http://localhost:8443", "must be https"),
            ("https://localhost:8443/x", "path"),
            ("https://localhost:8443@evil.tld", "user name"),
        ] {
            let error = parse_login_host(text, &practice()).unwrap_err();
            assert!(error.message().contains(reason), "{text}: {error}");
            assert_eq!(error.field(), Some("auth_base_url"));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_salesforces(
            text in "https://[a-z@:/.\\\\#?%-]{0,12}(login|test|acme|a--b)[.@:/\\\\#?-]{0,2}(sandbox|demo|my)?[.]?(my)?[.]?(salesforce)[.-](com|net)[.:/@?#\\\\a-z]{0,9}"
        ) {
            // proves ADM-6, O11
            if let Ok(accepted) = parse_login_host(&text, &practice()) {
                let host = accepted.base.host_str().unwrap_or_default();
                prop_assert!(
                    host == "login.salesforce.com"
                        || host == "test.salesforce.com"
                        || host.ends_with(MY_DOMAIN),
                    "{} gave {}", text, host
                );
                prop_assert_eq!(accepted.base.path(), "/");
                prop_assert_eq!(accepted.base.port(), None);
                // What was typed is what is used: nothing was normalised away.
                let typed = text.trim_end_matches('/').to_ascii_lowercase();
                prop_assert_eq!(format!("https://{host}"), typed);
            }
        }
    }

    #[test]
    fn an_instance_is_ours_or_refused() {
        // proves O11, SF-14
        for good in [
            "https://acme.my.salesforce.com",
            "https://acme.my.salesforce.com/",
            "https://acme--uat.sandbox.my.salesforce.com",
            "https://x-dev-ed.develop.my.salesforce.com",
            "https://localhost:8443",
        ] {
            assert!(accepts(good), "{good}");
        }
        for bad in [
            "http://acme.my.salesforce.com",
            "https://acme.my.salesforce.com:8443",
            "https://acme.my.salesforce.com/services",
            "https://acme.my.salesforce.com?x",
            "https://acme.my.salesforce.com#x",
            "https://user@acme.my.salesforce.com",
            "https://user:pw@acme.my.salesforce.com",
            "https://acme.my.salesforce.com@evil.tld",
            "https://acme.my.salesforce.com.evil.tld",
            "https://acme.my.salesforce.com\\@evil.tld",
            "https://my.salesforce.com",
            "https://evilmy.salesforce.com",
            "https://acme.my.salesforce.com.",
            "https://93.184.216.34",
            "https://[::1]",
            "https://localhost",
            "http://localhost:8443",
            "https://localhost:8443/x",
            "https://user@localhost:8443",
            "ftp://acme.my.salesforce.com",
            "https://evil.tld",
        ] {
            assert!(!accepts(bad), "{bad}");
        }
    }
}
