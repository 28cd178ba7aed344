//! TLS: 1.2 or newer, with certificates that are checked; and a proxy that opens connections.

use crate::{
    bench::{Bench, Otherwise},
    pki::{Authority, Presented},
    proxy::ConnectProxy,
};
use gatelodge_keeper_client::{DeliverWebhook, Keeper, SaveWebhook};
use gatelodge_model::{Error, ErrorKind, Secret, WebhookId};
use std::{process::Stdio, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    process::Command,
};
use url::Url;

const SECRET: &str = "whsec_Q0FOQVJZLXdlYmhvb2stc2VjcmV0LTMyLWJ5dGVzISE=";

/// Sends a webhook to a local origin, which is how the guard's own client is reached from here.
async fn send(base: &str, trusted: Vec<Vec<u8>>, proxy: Option<Url>) -> Result<u16, Error> {
    let base = Url::parse(base).unwrap();
    let bench = Bench::open_otherwise(Otherwise {
        receivers: if proxy.is_none() {
            vec![base.clone()]
        } else {
            Vec::new()
        },
        extra_ca: trusted,
        proxy,
        ..Otherwise::default()
    })
    .await;
    let webhook = WebhookId::generate(bench.clock.as_ref(), bench.random.as_ref());
    bench
        .keeper
        .save_webhook(SaveWebhook {
            organization: bench.organization,
            webhook,
            url: base.join("hook").unwrap(),
            secret: Some(Secret::new(SECRET)),
        })
        .await
        .map_err(|failure| failure.error)?;
    let message = DeliverWebhook {
        organization: bench.organization,
        webhook,
        message: "msg_1".to_owned(),
        body: "{\"secret\":\"CANARY-body\"}".to_owned(),
    };
    let answer = bench.keeper.deliver_webhook(message).await;
    answer
        .map(|answer| answer.status)
        .map_err(|failure| failure.error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_checked_certificate_is_spoken_to() {
    // proves S5, O11: expired, of another host, self-signed, of an unknown authority
    let authority = Authority::new();
    let good = authority.serve(Presented::Good).await;
    assert_eq!(
        send(&good.base, vec![authority.pem()], None).await.unwrap(),
        200
    );
    assert_eq!(good.requests(), 1, "the test's own server answers");
    for presented in [
        Presented::Expired,
        Presented::NotYetValid,
        Presented::OtherHost,
        Presented::SelfSigned,
    ] {
        let server = authority.serve(presented).await;
        let error = send(&server.base, vec![authority.pem()], None)
            .await
            .unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::ProviderUnavailable,
            "{presented:?}"
        );
        assert_eq!(server.requests(), 0, "{presented:?}");
    }
    let unknown = authority.serve(Presented::Good).await;
    assert!(
        send(&unknown.base, vec![Authority::new().pem()], None)
            .await
            .is_err()
    );
    assert!(send(&unknown.base, Vec::new(), None).await.is_err());
    assert_eq!(unknown.requests(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_tls_is_refused_in_the_handshake() {
    // design invariant 2: TLS 1.2 or newer, against a server that speaks 1.1 and 1.0 only
    let authority = Authority::new();
    let files = authority.files();
    for version in ["-tls1_1", "-tls1"] {
        let (status, port) = openssl(&files, &[version, "-cipher", "ALL:@SECLEVEL=0"]).await;
        let base = format!("https://localhost:{port}");
        let error = send(&base, vec![authority.pem()], None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderUnavailable, "{version}");
        drop(status);
    }
    let newer = authority.serve(Presented::Tls12).await;
    assert_eq!(
        send(&newer.base, vec![authority.pem()], None)
            .await
            .unwrap(),
        200
    );
}

/// A server that chooses TLS 1.1 whatever it is offered, byte by byte: what is left of it where OpenSSL was
/// built without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_answers_with_tls_1_1_gets_an_alert() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 4096];
        let length = stream.read(&mut hello).await.unwrap();
        // RFC 4346 §7.4.1.3: ServerHello, version 3.2, random, no session, RSA with AES-128-CBC, no compression
        let mut body = vec![3, 2];
        body.extend([7; 32]);
        body.extend([0, 0, 0x2f, 0]);
        let mut message = vec![2, 0, 0, u8::try_from(body.len()).unwrap()];
        message.extend(body);
        let mut record = vec![22, 3, 2, 0, u8::try_from(message.len()).unwrap()];
        record.extend(message);
        stream.write_all(&record).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        (length, answer)
    });
    let error = send(&format!("https://localhost:{port}"), Vec::new(), None).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::ProviderUnavailable);
    let (asked, answer) = heard.await.unwrap();
    assert!(asked > 0);
    // A fatal alert (RFC 8446 §6): protocol_version, or illegal_parameter for a TLS 1.3 client.
    assert_eq!((answer[0], answer[5]), (21, 2), "{answer:?}");
}

/// Runs `openssl s_server` and waits until it takes connections. It ends with the value.
async fn openssl(
    files: &(
        std::path::PathBuf,
        std::path::PathBuf,
        Arc<tempfile::TempDir>,
    ),
    more: &[&str],
) -> (tokio::process::Child, u16) {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut child = Command::new("openssl")
        .args(["s_server", "-quiet", "-naccept", "8", "-accept"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("-cert")
        .arg(&files.0)
        .arg("-key")
        .arg(&files.1)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("openssl plays the old server");
    while tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .is_err()
    {
        assert!(
            child.try_wait().unwrap().is_none(),
            "openssl ended: {more:?}"
        );
        tokio::task::yield_now().await;
    }
    (child, port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_is_asked_for_vetted_names_only() {
    // proves S1, S3: with a proxy the guard looks names up itself first
    let proxy = ConnectProxy::start().await;
    for base in [
        "https://10.0.0.1",
        "https://[::ffff:127.0.0.1]",
        "https://localhost",
        "http://hooks.example.com",
        proxy.base.as_str(),
    ] {
        let error = send(base, Vec::new(), Some(proxy.base.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::EgressDenied, "{base}");
    }
    // A literal public address needs no look-up, and the proxy refuses it here: it was asked, by CONNECT.
    let error = send("https://13.110.14.8", Vec::new(), Some(proxy.base.clone())).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::ProviderUnavailable);
    assert_eq!(proxy.asked(), ["CONNECT 13.110.14.8:443 HTTP/1.1"]);
}
