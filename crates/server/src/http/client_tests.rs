//! Chains as proxies and forgers write them.
//!
//! Must not know: sockets.

use super::*;
use proptest::prelude::*;

fn proxies(header: ProxyHeader) -> Proxies {
    Proxies::of(&Server {
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        proxy_header: header,
        public_urls: vec!["https://hub.example.com".parse().unwrap()],
        ..Server::default()
    })
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    lines
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

#[test]
fn the_rightmost_stranger_is_the_client() {
    let proxies = proxies(ProxyHeader::XForwardedFor);
    for (chain, expected) in [
        ("203.0.113.7", Some("203.0.113.7")),
        // whatever a client wrote itself stands before what the proxy saw
        ("1.2.3.4, 203.0.113.7", Some("203.0.113.7")),
        (
            "127.0.0.1, 10.9.9.9, 203.0.113.7, 10.0.0.2",
            Some("203.0.113.7"),
        ),
        ("203.0.113.7:1234", Some("203.0.113.7")),
        ("[2001:db8::1]:443, 10.0.0.2", Some("2001:db8::1")),
        ("::ffff:203.0.113.7", Some("203.0.113.7")),
        ("::ffff:10.0.0.9", Some("10.0.0.9")),
        // only our own: the farthest of them
        ("10.0.0.3, 10.0.0.2", Some("10.0.0.3")),
        // what cannot be read is no address, nor is anything beyond it
        ("203.0.113.7, unknown", None),
        ("203.0.113.7, unknown, 10.0.0.2", None),
        ("", None),
        ("203.0.113.7,", None),
    ] {
        let said = proxies.hear(&headers(&[("x-forwarded-for", chain)]));
        let expected = expected.map(|text| text.parse().unwrap());
        assert_eq!(said.client, expected, "{chain}");
    }
    // several lines are one list
    let said = proxies.hear(&headers(&[
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-for", "203.0.113.7"),
    ]));
    assert_eq!(said.client, Some("203.0.113.7".parse().unwrap()));
}

#[test]
fn only_the_configured_header_is_heard() {
    let both = headers(&[
        ("forwarded", "for=198.51.100.1;proto=http;host=evil.example"),
        ("x-forwarded-for", "203.0.113.7"),
    ]);
    let said = proxies(ProxyHeader::XForwardedFor).hear(&both);
    assert_eq!(said.client, Some("203.0.113.7".parse().unwrap()));
    assert_eq!((said.scheme, said.host), (None, None));
    let said = proxies(ProxyHeader::Forwarded).hear(&both);
    assert_eq!(said.client, Some("198.51.100.1".parse().unwrap()));
}

#[test]
fn forwarded_is_read_as_its_rule_says() {
    // RFC 7239 §4 and §6
    let proxies = proxies(ProxyHeader::Forwarded);
    for (value, client) in [
        ("for=203.0.113.7", Some("203.0.113.7")),
        (
            r#"For="[2001:db8:cafe::17]:4711""#,
            Some("2001:db8:cafe::17"),
        ),
        (
            "for=1.2.3.4, for=203.0.113.7;proto=https, for=10.0.0.2",
            Some("203.0.113.7"),
        ),
        ("for=_hidden", None),
        ("by=10.0.0.1", None),
    ] {
        let said = proxies.hear(&headers(&[("forwarded", value)]));
        assert_eq!(
            said.client,
            client.map(|text| text.parse().unwrap()),
            "{value}"
        );
    }
    let said = proxies.hear(&headers(&[(
        "forwarded",
        "for=1.2.3.4;host=evil.example;proto=http, for=203.0.113.7;host=hub.example.com;proto=https",
    )]));
    assert_eq!(said.host.as_deref(), Some("hub.example.com"));
    assert_eq!(said.scheme.as_deref(), Some("https"));
}

proptest! {
    #[test]
    fn nothing_that_a_client_writes_moves_its_address(written in "[ -~]{0,60}") {
        let proxies = proxies(ProxyHeader::XForwardedFor);
        let chain = format!("{written}, 203.0.113.7, 10.0.0.2");
        let said = proxies.hear(&headers(&[("x-forwarded-for", &chain)]));
        prop_assert_eq!(said.client, Some("203.0.113.7".parse().unwrap()));
    }
}
