//! Which org and which of its addresses a `Host` header names.
//!
//! Knows names only; which of them are served, and how, is decided by the server.

use std::net::IpAddr;

/// Names below the first need an entry in the resolver; those below the second lead to this machine everywhere.
const SUFFIXES: [&str; 2] = [".salesforce.com", ".localhost"];

/// One of the two orgs behind the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Production,
    Sandbox,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `login.salesforce.com` and `test.salesforce.com`, shared by all orgs.
    GeneralLogin,
    MyDomain,
    /// `na37.salesforce.com`: an instance by its number, as old connections have it stored.
    Instance,
}

/// What a `Host` header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The own address of this machine, which stands for every address of the production org.
    Plain,
    Named {
        which: Which,
        role: Role,
        /// Host of the My Domain of the same org, with the port of the request.
        my_domain: String,
    },
    Unknown,
}

/// The names of one practice org.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// Host name in the addresses the org hands out.
    pub(crate) own: &'a str,
    pub(crate) my_domain: &'a str,
    pub(crate) sandbox: &'a str,
}

impl Names<'_> {
    /// The names that a certificate has to carry: every one but the numbered instances, which are too many.
    pub(crate) fn certified(&self) -> Vec<String> {
        let my_domain = self.my_domain.to_ascii_lowercase();
        let sandbox = self.sandbox.to_ascii_lowercase();
        let mut names = ["localhost", "127.0.0.1", "::1"]
            .map(ToOwned::to_owned)
            .to_vec();
        if !names.iter().any(|name| name == self.own) {
            names.push(self.own.to_owned());
        }
        for suffix in SUFFIXES {
            names.extend([
                format!("login{suffix}"),
                format!("test{suffix}"),
                format!("{my_domain}.my{suffix}"),
                format!("{my_domain}--{sandbox}.sandbox.my{suffix}"),
            ]);
        }
        names
    }

    /// Reads a `Host` header; without one the request is for the plain address.
    pub(crate) fn place(&self, host: Option<&str>) -> Place {
        let Some(host) = host else {
            return Place::Plain;
        };
        let (name, port) = split_port(host);
        let name = name.to_ascii_lowercase();
        let named = SUFFIXES.into_iter().find_map(|suffix| {
            let (which, role) = self.role(name.strip_suffix(suffix)?)?;
            let my_domain = match which {
                Which::Production => format!("{}.my{suffix}{port}", self.my_domain),
                Which::Sandbox => {
                    let (domain, sandbox) = (self.my_domain, self.sandbox);
                    format!("{domain}--{sandbox}.sandbox.my{suffix}{port}")
                }
            };
            Some(Place::Named {
                which,
                role,
                my_domain,
            })
        });
        match named {
            Some(named) => named,
            None if self.is_plain(&name) => Place::Plain,
            None => Place::Unknown,
        }
    }

    fn role(&self, labels: &str) -> Option<(Which, Role)> {
        let my_domain = self.my_domain.to_ascii_lowercase();
        let sandbox = self.sandbox.to_ascii_lowercase();
        if labels == "login" {
            return Some((Which::Production, Role::GeneralLogin));
        }
        if labels == "test" {
            return Some((Which::Sandbox, Role::GeneralLogin));
        }
        if labels == format!("{my_domain}.my") {
            return Some((Which::Production, Role::MyDomain));
        }
        if labels == format!("{my_domain}--{sandbox}.sandbox.my") {
            return Some((Which::Sandbox, Role::MyDomain));
        }
        let (letters, digits) = labels.split_at_checked(2)?;
        let numbered = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        match letters {
            "na" | "eu" | "ap" | "um" if numbered => Some((Which::Production, Role::Instance)),
            "cs" if numbered => Some((Which::Sandbox, Role::Instance)),
            _ => None,
        }
    }

    fn is_plain(&self, name: &str) -> bool {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || name.ends_with(".localhost")
            || name.eq_ignore_ascii_case(self.own)
            || bare.parse::<IpAddr>().is_ok()
    }
}

/// Name and port, the port with its colon.
fn split_port(host: &str) -> (&str, &str) {
    match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => host.split_at(colon),
        _ => (host, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAMES: Names<'_> = Names {
        own: "practice.test",
        my_domain: "acme",
        sandbox: "uat",
    };

    fn named(host: &str) -> (Which, Role, String) {
        match NAMES.place(Some(host)) {
            Place::Named {
                which,
                role,
                my_domain,
            } => (which, role, my_domain),
            other => panic!("{host} is {other:?}"),
        }
    }

    // proves SFB-HOST-6, SFB-HOST-7
    #[test]
    fn hosts_have_their_org_and_their_purpose() {
        let production = "acme.my.salesforce.com";
        let sandbox = "acme--uat.sandbox.my.salesforce.com";
        for (host, which, role, my_domain) in [
            (
                "login.salesforce.com",
                Which::Production,
                Role::GeneralLogin,
                production,
            ),
            (
                "Test.Salesforce.com",
                Which::Sandbox,
                Role::GeneralLogin,
                sandbox,
            ),
            (production, Which::Production, Role::MyDomain, production),
            (sandbox, Which::Sandbox, Role::MyDomain, sandbox),
            (
                "na37.salesforce.com",
                Which::Production,
                Role::Instance,
                production,
            ),
            (
                "cs12.salesforce.com",
                Which::Sandbox,
                Role::Instance,
                sandbox,
            ),
            (
                "login.localhost:8181",
                Which::Production,
                Role::GeneralLogin,
                "acme.my.localhost:8181",
            ),
        ] {
            assert_eq!(named(host), (which, role, my_domain.to_owned()), "{host}");
        }
    }

    #[test]
    fn own_addresses_are_plain_and_others_unknown() {
        for host in [
            "localhost:8181",
            "127.0.0.1",
            "[::1]:9",
            "practice.test:1",
            "hub.localhost",
        ] {
            assert_eq!(NAMES.place(Some(host)), Place::Plain, "{host}");
        }
        assert_eq!(NAMES.place(None), Place::Plain);
        for host in [
            "other.my.salesforce.com",
            "acme--dev.sandbox.my.salesforce.com",
            "acme.lightning.force.com",
            "na.salesforce.com",
            "evil.example",
            "",
        ] {
            assert_eq!(NAMES.place(Some(host)), Place::Unknown, "{host}");
        }
    }

    #[test]
    fn every_certified_name_is_served() {
        let names = NAMES.certified();
        for name in &names {
            // RFC 3986 §3.2.2: an IPv6 address stands in brackets.
            let host = if name.contains(':') {
                format!("[{name}]")
            } else {
                name.clone()
            };
            assert_ne!(NAMES.place(Some(&host)), Place::Unknown, "{host}");
        }
        assert!(names.contains(&"acme--uat.sandbox.my.salesforce.com".to_owned()));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(host in "\\PC{0,40}") {
            NAMES.place(Some(&host));
        }
    }
}
