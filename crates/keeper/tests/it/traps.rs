//! Traps: listeners at every kind of address that must never be reached, in a network of the test's own, where
//! names, addresses and the resolver are the attacker's. Nothing may arrive there, by none of the keeper's doors.
//!
//! The outer test runs the inner one inside of the namespace; where that cannot be made it fails.

use crate::{
    bench::{Bench, Otherwise},
    names::NameServer,
    server::Reply,
};
use gatelodge_keeper_client::{DeliverWebhook, Keeper, SaveWebhook};
use gatelodge_model::{ErrorKind, Secret, WebhookId};
use serde_json::json;
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use url::Url;

const LIST: &str = include_str!("../../src/egress/hostile.tsv");
const SECRET: &str = "whsec_Q0FOQVJZLXdlYmhvb2stc2VjcmV0LTMyLWJ5dGVzISE=";

/// Where the traps are, besides loopback.
const TRAPPED: [&str; 12] = [
    "10.0.0.1",
    "100.64.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "192.168.1.1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "64:ff9b::7f00:1",
    "2002:a00:1::1",
];

/// A public address; it belongs to this network, so that a connection to it is seen.
const PUBLIC: &str = "13.110.14.8";

const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Makes the network, then becomes the inner test. `$0` is this program.
const MAKE: &str = r#"
set -e
ip link set lo up
for address in $TRAPPED 13.110.14.8; do
  case $address in
    *:*) ip -6 addr add "$address/128" dev lo nodad ;;
    *) ip addr add "$address/32" dev lo ;;
  esac
done
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' > "$PLACE/resolv.conf"
printf '127.0.0.1 localhost\n10.0.0.1 hosts-file.small.test\n127.0.0.1 login.salesforce.com\n' > "$PLACE/hosts"
mount --bind "$PLACE/resolv.conf" "$(readlink -f /etc/resolv.conf)"
mount --bind "$PLACE/hosts" "$(readlink -f /etc/hosts)"
printf 'machine hosts-file.small.test login a password b\n' > "$PLACE/.netrc"
export HOME="$PLACE" HTTPS_PROXY=http://10.0.0.1:8080 https_proxy=http://10.0.0.1:8080
export HTTP_PROXY=http://10.0.0.1:8080 http_proxy=http://10.0.0.1:8080 ALL_PROXY=http://10.0.0.1:8080
exec "$0" --ignored --exact traps::inside --nocapture
"#;

#[test]
fn nothing_arrives_at_the_traps() {
    // proves S1, S2, S3, S4, S5, S6, S9, O11, O19
    let place = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--net",
            "--mount",
            "sh",
            "-c",
            MAKE,
        ])
        .arg(program)
        .env("PLACE", place.path())
        .env("TRAPPED", TRAPPED.join(" "))
        .output()
        .expect("unshare makes the namespace");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("1 passed"),
        "the inner test did not run: {said}"
    );
}

struct Traps {
    caught: Arc<AtomicUsize>,
    addresses: Vec<SocketAddr>,
}

impl Traps {
    fn set(hosts: &[&str]) -> Self {
        let caught = Arc::new(AtomicUsize::new(0));
        let mut addresses = Vec::new();
        for host in hosts {
            for port in PORTS {
                let address = SocketAddr::new(host.parse().unwrap(), port);
                let listener = TcpListener::bind(address).unwrap();
                addresses.push(address);
                let count = Arc::clone(&caught);
                std::thread::spawn(move || {
                    while listener.accept().is_ok() {
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        }
        Self { caught, addresses }
    }

    fn caught(&self) -> usize {
        self.caught.load(Ordering::SeqCst)
    }

    /// Every trap catches.
    fn prove(&self) {
        for address in &self.addresses {
            let before = self.caught();
            std::net::TcpStream::connect(address).unwrap();
            while self.caught() == before {
                std::thread::yield_now();
            }
        }
        self.caught.store(0, Ordering::SeqCst);
    }
}

/// How many connections this network's programs began, as its kernel counts them: also those that no trap
/// listens for.
fn connections_begun() -> u64 {
    let text = fs::read_to_string("/proc/self/net/snmp").unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with("Tcp:"));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let place = names.split(' ').position(|name| name == "ActiveOpens");
    values
        .split(' ')
        .nth(place.unwrap())
        .unwrap()
        .parse()
        .unwrap()
}

fn hostile() -> Vec<String> {
    LIST.lines()
        .map(|line| {
            let text = line.split('\t').nth(1).unwrap();
            text.replace("\\u00ad", "\u{ad}")
                .replace("\\u2024", "\u{2024}")
                .replace("\\\\", "\\")
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test above, inside of the namespace that it makes"]
async fn inside() {
    let mut hosts = vec!["127.0.0.1", "::1"];
    hosts.extend(TRAPPED);
    let traps = Traps::set(&hosts);
    traps.prove();
    let public = Traps::set(&[PUBLIC]);
    public.prove();

    by_address_of_a_connection(&traps).await;
    by_webhook(&traps).await;
    by_token_answer(&traps).await;
    by_redirect(&traps).await;
    by_name(&traps, &public).await;
    assert_eq!(traps.caught(), 0);
}

async fn by_address_of_a_connection(traps: &Traps) {
    let bench = credulous().await;
    let before = connections_begun();
    for text in hostile() {
        let Ok(url) = Url::parse(&text) else {
            continue;
        };
        let mut begin = bench.begin();
        begin.login_base = url;
        let failure = bench.keeper.begin_authorization(begin).await;
        assert!(failure.is_err(), "{text}");
    }
    assert_eq!((traps.caught(), connections_begun() - before), (0, 0));
}

async fn by_webhook(traps: &Traps) {
    let bench = credulous().await;
    let before = connections_begun();
    let mut harmless = 0;
    for text in hostile() {
        let Ok(url) = Url::parse(&text) else {
            continue;
        };
        // A path, and any public host that an administrator names, are a webhook's right; the rest is not.
        let host = url.host_str().map(str::to_owned);
        if let Err(kind) = save(&bench, url).await {
            assert_eq!(kind, ErrorKind::EgressDenied, "{text}");
        } else {
            let public = ["acme.my.salesforce.com", "evil.tld"];
            assert!(public.contains(&&*host.unwrap()), "{text}");
            harmless += 1;
        }
    }
    assert!(harmless <= 6, "{harmless}");
    assert_eq!((traps.caught(), connections_begun() - before), (0, 0));
}

async fn save(bench: &Bench, url: Url) -> Result<WebhookId, ErrorKind> {
    let webhook = WebhookId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let save = SaveWebhook {
        organization: bench.organization,
        webhook,
        url,
        secret: Some(Secret::new(SECRET)),
    };
    let saved = bench.keeper.save_webhook(save).await;
    saved
        .map(|_| webhook)
        .map_err(|failure| failure.error.kind())
}

async fn by_token_answer(traps: &Traps) {
    let bench = credulous().await;
    for text in hostile() {
        bench
            .server
            .reply(Reply::GrantWith(json!({"instance_url": text})));
        let failure = bench.try_connect(None).await;
        assert!(failure.is_err(), "{text}");
    }
    assert_eq!(traps.caught(), 0);
}

async fn by_redirect(traps: &Traps) {
    let bench = Bench::connected().await;
    for place in [
        "https://10.0.0.1/x",
        "http://169.254.169.254/latest",
        "//127.0.0.1:80/",
    ] {
        bench.server.redirect_to(place);
        let answer = bench.read("/data/redirect").await.unwrap();
        assert_eq!(answer.status, 302, "{place}");
    }
    assert_eq!(traps.caught(), 0);
}

async fn by_name(traps: &Traps, public: &Traps) {
    let names = NameServer::start("127.0.0.1:53").await;
    names.answer("private.small.test", &[&["10.0.0.1"]]);
    names.answer("metadata.small.test", &[&["169.254.169.254"]]);
    names.answer("shared.small.test", &[&["100.64.0.1", "192.168.1.1"]]);
    names.answer(
        "six.small.test",
        &[&["::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"]],
    );
    names.answer(
        "mixed.small.test",
        &[&["10.0.0.1", PUBLIC, "::1", "127.0.0.1"]],
    );
    names.answer("rebind.small.test", &[&[PUBLIC], &["127.0.0.1"]]);
    names.alias("alias.small.test", "private.small.test");
    let bench = credulous().await;
    for name in [
        "private.small.test",
        "metadata.small.test",
        "shared.small.test",
        "six.small.test",
        "alias.small.test",
        "hosts-file.small.test",
        "login.salesforce.com",
    ] {
        let failure = connect_at(&bench, name).await;
        assert_eq!(failure, ErrorKind::EgressDenied, "{name}");
        assert_eq!(
            deliver_to(&bench, name).await,
            ErrorKind::EgressDenied,
            "{name}"
        );
    }
    assert_eq!((traps.caught(), public.caught()), (0, 0));
    assert!(
        names.asked("private.small.test") > 0,
        "the test's own name server is asked"
    );

    // Of mixed addresses only the public one is connected to; it speaks no TLS, so nothing came of it.
    assert_ne!(
        connect_at(&bench, "mixed.small.test").await,
        ErrorKind::EgressDenied
    );
    assert!(public.caught() > 0);
    // Public at first, private from then on: connected to is what was vetted.
    for _ in 0..4 {
        connect_at(&bench, "rebind.small.test").await;
    }
    assert!(names.asked("rebind.small.test") >= 2);
    assert_eq!(traps.caught(), 0);
}

async fn connect_at(bench: &Bench, name: &str) -> ErrorKind {
    let mut begin = bench.begin();
    begin.login_base = Url::parse(&format!("https://{name}")).unwrap();
    let failure = bench.try_connect_with(begin, None).await.unwrap_err();
    failure.error.kind()
}

async fn deliver_to(bench: &Bench, name: &str) -> ErrorKind {
    let url = Url::parse(&format!("https://{name}/hook")).unwrap();
    let webhook = save(bench, url).await.unwrap();
    let message = DeliverWebhook {
        organization: bench.organization,
        webhook,
        message: "msg_1".to_owned(),
        body: "{}".to_owned(),
    };
    let failure = bench.keeper.deliver_webhook(message).await.unwrap_err();
    failure.error.kind()
}

async fn credulous() -> Bench {
    Bench::open_otherwise(Otherwise {
        credulous: true,
        ..Otherwise::default()
    })
    .await
}
