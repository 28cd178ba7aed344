//! Hostile destinations, as attackers write them (S1, S2, S5): each must be refused as text, before any
//! name is resolved.

use super::origin::Origin;
use gatelodge_model::ErrorKind;
use url::Url;

const HOSTILE: &[&str] = &[
    // S1: loopback, in every spelling
    "https://127.0.0.1",
    "https://127.1",
    "https://127.0.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://0177.1",
    "https://017700000001",
    "https://127.0.0.1.",
    "https://127.000.000.001",
    "https://１２７.０.０.１",
    "https://①②⑦.⓪.⓪.①",
    "https://127。0。0。1",
    "https://127%2e0%2e0%2e1",
    "https://localhost",
    "https://LOCALHOST",
    "https://localhost.",
    "https://foo.localhost",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    // S1: nothing, private, link-local, shared, reserved
    "https://0",
    "https://0.0.0.0",
    "https://0x0",
    "https://10.0.0.1",
    "https://10.1",
    "https://0xa.1",
    "https://012.0.0.1",
    "https://100.64.0.1",
    "https://169.254.169.254",
    "https://0xa9fea9fe",
    "https://2852039166",
    "https://0251.0376.0251.0376",
    "https://169.254.43518",
    "https://172.16.0.1",
    "https://172.31.255.254",
    "https://192.168.1.1",
    "https://192.168.257",
    "https://192.0.0.192",
    "https://198.18.0.1",
    "https://203.0.113.1",
    "https://224.0.0.1",
    "https://240.0.0.1",
    "https://255.255.255.255",
    "https://168.63.129.16",
    "https://999.1.1.1",
    // S2
    "https://[::]",
    "https://[::1]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[::ffff:169.254.169.254]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::7f00:1]",
    "https://[64:ff9b::169.254.169.254]",
    "https://[64:ff9b:1::1]",
    "https://[2002:7f00:1::]",
    "https://[2001:0:7f00:1::]",
    "https://[2001:db8::1]",
    "https://[fc00::1]",
    "https://[fd00:ec2::254]",
    "https://[fe80::1]",
    "https://[fe80::1%25eth0]",
    "https://[fec0::1]",
    "https://[ff02::1]",
    "https://[100::1]",
    // S5: schemes, userinfo, ports, control characters, odd hosts
    "http://acme.my.salesforce.com",
    "http://169.254.169.254",
    "file:///etc/passwd",
    "file://acme.my.salesforce.com",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:text/plain,hello",
    "ftp://acme.my.salesforce.com",
    "ws://acme.my.salesforce.com",
    "javascript:alert(1)",
    "unix:/run/docker.sock",
    "https://acme.my.salesforce.com@evil.tld",
    "https://user:pass@acme.my.salesforce.com",
    "https://user@acme.my.salesforce.com",
    "https://acme.my.salesforce.com:8443",
    "https://acme.my.salesforce.com:80",
    "https://acme.my.salesforce.com:22",
    "https://acme.my.salesforce.com.",
    "https://acme.my.salesforce.com/path",
    "https://acme.my.salesforce.com?x=y",
    "https://acme.my.salesforce.com#x",
    "https://acme.my.salesforce.com\\@evil.tld",
    "https://acme.my.salesforce.com%00.evil.tld",
    "https://acme my.salesforce.com",
    "https://sаlesforce.com",
    "https://xn--slesforce-w4g.com",
    "https://acme_x.salesforce.com",
    "https://metadata.google.internal",
    "https://printer.local",
    "https://router.home.arpa",
    "https://intranet",
    "https://metadata",
    "https://",
    "https:///",
    "//acme.my.salesforce.com",
    "acme.my.salesforce.com",
    "",
];

#[test]
fn every_hostile_destination_is_refused() {
    // proves S1, S2, S5
    assert!(HOSTILE.len() >= 60);
    for text in HOSTILE {
        let error = Origin::parse(text, &[]).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{text}");
    }
}

#[test]
fn a_practice_origin_allows_exactly_itself() {
    // proves S10
    let practice = [Url::parse("http://127.0.0.1:8844").unwrap()];
    assert!(Origin::parse("http://127.0.0.1:8844", &practice).is_ok());
    for text in [
        "https://127.0.0.1:8844",
        "http://127.0.0.1:8845",
        "http://127.0.0.1",
        "http://127.0.0.2:8844",
        "http://localhost:8844",
        "http://user@127.0.0.1:8844",
        "http://127.0.0.1:8844/path",
        "http://[::1]:8844",
    ] {
        assert!(Origin::parse(text, &practice).is_err(), "{text}");
    }
    for text in HOSTILE {
        assert!(Origin::parse(text, &practice).is_err(), "{text}");
    }
    let named = [Url::parse("http://practice.example.com:8844").unwrap()];
    assert!(Origin::parse("http://practice.example.com:8844", &named).is_ok());
    assert!(Origin::parse("https://practice.example.com", &named).is_err());
}

#[test]
fn providers_hosts_pass() {
    for text in [
        "https://login.salesforce.com",
        "https://test.salesforce.com/",
        "https://acme--uat.sandbox.my.salesforce.com:443",
        "https://ACME.my.salesforce.com",
    ] {
        assert!(Origin::parse(text, &[]).is_ok(), "{text}");
    }
}
