//! What leaves to tell people: webhooks and mail, each by its own rules.

use crate::{
    bench::{Bench, Otherwise},
    mailbox::Mailbox,
    receiver::Receiver,
};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatelodge_keeper::{MailSecurity, MailSettings};
use gatelodge_keeper_client::{DeliverMail, DeliverWebhook, Keeper, SaveWebhook};
use gatelodge_model::{ErrorKind, Retry, Secret, WebhookId};
use url::Url;

/// `whsec_` and 32 bytes.
const SECRET: &str = "whsec_Q0FOQVJZLXdlYmhvb2stc2VjcmV0LTMyLWJ5dGVzISE=";

async fn bench(receiver: &Receiver) -> Bench {
    Bench::open_otherwise(Otherwise {
        receivers: vec![receiver.base.clone()],
        ..Otherwise::default()
    })
    .await
}

async fn save(bench: &Bench, url: &str) -> Result<WebhookId, ErrorKind> {
    let webhook = WebhookId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let save = SaveWebhook {
        organization: bench.organization,
        webhook,
        url: Url::parse(url).unwrap(),
        secret: Some(Secret::new(SECRET)),
    };
    match bench.keeper.save_webhook(save).await {
        Ok(_) => Ok(webhook),
        Err(failure) => Err(failure.error.kind()),
    }
}

fn message(bench: &Bench, webhook: WebhookId) -> DeliverWebhook {
    DeliverWebhook {
        organization: bench.organization,
        webhook,
        message: "msg_1".to_owned(),
        body: r#"{"type":"connection.needs_you"}"#.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_signed_and_kept_sealed() {
    // proves S9: signed as Standard Webhooks has it, to the address that was kept
    let receiver = Receiver::start().await;
    let bench = bench(&receiver).await;
    let webhook = save(
        &bench,
        receiver.base.join("hook?key=CANARY-path").unwrap().as_str(),
    )
    .await
    .unwrap();
    let answer = bench
        .keeper
        .deliver_webhook(message(&bench, webhook))
        .await
        .unwrap();
    assert!(answer.is_taken());
    let (uri, headers, body) = receiver.taken().pop().unwrap();
    assert_eq!(uri, "/hook?key=CANARY-path");
    assert_eq!(headers["webhook-id"], "msg_1");
    assert_eq!(headers["webhook-timestamp"], "1793491200");
    assert_eq!(
        headers["webhook-signature"].to_str().unwrap(),
        receiver_signature("msg_1.1793491200.", &body)
    );
    for canary in ["CANARY-path", "CANARY-webhook", SECRET] {
        let found = bench
            .database_bytes()
            .windows(canary.len())
            .any(|bytes| bytes == canary.as_bytes());
        assert!(!found, "{canary} is in the database");
    }

    // The address moves and the secret stays.
    let moved = SaveWebhook {
        organization: bench.organization,
        webhook,
        url: receiver.base.join("elsewhere").unwrap(),
        secret: None,
    };
    bench.keeper.save_webhook(moved).await.unwrap();
    let answer = bench.keeper.deliver_webhook(message(&bench, webhook)).await;
    assert!(answer.unwrap().is_taken());
    assert_eq!(receiver.taken().pop().unwrap().0, "/elsewhere");

    bench
        .keeper
        .delete_webhook(bench.organization, webhook)
        .await
        .unwrap();
    let failure = bench
        .keeper
        .deliver_webhook(message(&bench, webhook))
        .await
        .unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::NotFound);
}

/// What a receiver computes with the secret that it was given.
fn receiver_signature(prefix: &str, body: &[u8]) -> String {
    let key = STANDARD
        .decode(SECRET.strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = [prefix.as_bytes(), body].concat();
    format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_goes_to_public_places_only() {
    // proves S1, S4, S9
    let receiver = Receiver::start().await;
    let bench = bench(&receiver).await;
    for url in [
        "https://127.0.0.1/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/hook",
        "https://printer.local/hook",
        "https://user:pass@hooks.example.com/hook",
        "https://hooks.example.com:25/hook",
        "https://hooks.example.com/a#b",
        "http://hooks.example.com/hook",
        bench.server.base.as_str(),
    ] {
        assert_eq!(
            save(&bench, url).await,
            Err(ErrorKind::EgressDenied),
            "{url}"
        );
    }
    let webhook = save(&bench, receiver.base.join("redirect").unwrap().as_str())
        .await
        .unwrap();
    let answer = bench
        .keeper
        .deliver_webhook(message(&bench, webhook))
        .await
        .unwrap();
    assert_eq!((answer.status, answer.is_taken()), (302, false));
    assert_eq!(receiver.taken().len(), 1, "the redirect was not followed");

    let busy = save(&bench, receiver.base.join("busy").unwrap().as_str())
        .await
        .unwrap();
    let answer = bench.keeper.deliver_webhook(message(&bench, busy)).await;
    assert_eq!(answer.unwrap().retry_after_seconds, Some(120));

    let mut odd = message(&bench, webhook);
    odd.message = "a.b".to_owned();
    let failure = bench.keeper.deliver_webhook(odd).await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::InvalidArgument);
}

fn mail(to: &str) -> DeliverMail {
    DeliverMail {
        message: "msg_7".to_owned(),
        to: to.to_owned(),
        subject: "Ein Anschluß wartet".to_owned(),
        text: "A connection needs you.\n.\nhttps://hub.test/connections\n".to_owned(),
    }
}

async fn mailing(mailbox: &Mailbox, security: MailSecurity) -> Bench {
    Bench::open_otherwise(Otherwise {
        mail: Some(MailSettings {
            host: "localhost".to_owned(),
            port: mailbox.port,
            security,
            from: "Gatelodge <gatelodge@hub.test>".to_owned(),
            login: Some(("hub".to_owned(), Secret::new("CANARY-mail-password"))),
        }),
        extra_ca: vec![mailbox.authority.clone()],
        ..Otherwise::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_reaches_the_configured_server_encrypted() {
    // design invariant 2: mail only to the configured server, and nothing is said before TLS
    for security in [MailSecurity::Tls, MailSecurity::StartTls] {
        let mailbox = Mailbox::start(security).await;
        let bench = mailing(&mailbox, security).await;
        bench
            .keeper
            .deliver_mail(mail("Ada <ada@small.test>"))
            .await
            .unwrap();
        let taken = mailbox.taken().pop().unwrap();
        assert!(taken.encrypted);
        assert_eq!(taken.to, "<ada@small.test>");
        assert_eq!(taken.login.as_deref(), Some("\0hub\0CANARY-mail-password"));
        assert!(
            taken.text.contains("Message-ID: <msg_7@hub.test>"),
            "{}",
            taken.text
        );
        assert!(taken.text.contains("From: Gatelodge <gatelodge@hub.test>"));
        assert!(taken.text.contains("Date: Sun, 01 Nov 2026 00:00:00 +0000"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_fails_in_words_that_say_who_must_act() {
    let mailbox = Mailbox::start(MailSecurity::Tls).await;
    let bench = mailing(&mailbox, MailSecurity::Tls).await;
    let refused = bench
        .keeper
        .deliver_mail(mail("nobody@small.test"))
        .await
        .unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::ProviderRejected);
    assert_eq!(refused.error.retry(), Retry::Never);
    let later = bench
        .keeper
        .deliver_mail(mail("full@small.test"))
        .await
        .unwrap_err();
    assert_eq!(later.error.retry(), Retry::Later);
    for to in ["ada", "ada@small.test\r\nBcc: eve@evil.test", ""] {
        let wrong = bench.keeper.deliver_mail(mail(to)).await.unwrap_err();
        assert_eq!(wrong.error.kind(), ErrorKind::InvalidArgument, "{to:?}");
    }
    let mut split = mail("ada@small.test");
    split.subject = "one\r\nBcc: eve@evil.test".to_owned();
    let wrong = bench.keeper.deliver_mail(split).await.unwrap_err();
    assert_eq!(wrong.error.kind(), ErrorKind::InvalidArgument);

    // A server that offers no TLS gets nothing, not even the password.
    let plain = Mailbox::start(MailSecurity::None).await;
    let bench = mailing(&plain, MailSecurity::StartTls).await;
    let failure = bench.keeper.deliver_mail(mail("ada@small.test")).await;
    assert_eq!(failure.unwrap_err().error.kind(), ErrorKind::Misconfigured);
    assert!(plain.taken().is_empty());
    // A certificate of an authority that nobody trusts.
    let strange = Mailbox::start(MailSecurity::Tls).await;
    let mut settings = Otherwise {
        extra_ca: vec![mailbox.authority.clone()],
        ..Otherwise::default()
    };
    settings.mail = Some(MailSettings {
        host: "localhost".to_owned(),
        port: strange.port,
        security: MailSecurity::Tls,
        from: "gatelodge@hub.test".to_owned(),
        login: None,
    });
    let bench = Bench::open_otherwise(settings).await;
    let failure = bench.keeper.deliver_mail(mail("ada@small.test")).await;
    assert!(failure.is_err());
    assert!(strange.taken().is_empty());

    let none = Bench::open().await;
    let failure = none.keeper.deliver_mail(mail("ada@small.test")).await;
    assert_eq!(failure.unwrap_err().error.kind(), ErrorKind::Misconfigured);
}
