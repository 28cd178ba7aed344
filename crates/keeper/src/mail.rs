//! Mail: one message, to the one mail server of the configuration, over an encrypted connection to a vetted
//! address.
//!
//! Must not know: what a message says, or when to repeat it.

use crate::{egress::SendFailure, keeper::Inner, webhook::check_message_id};
use gatelodge_keeper_client::{DeliverMail, KeeperResult};
use gatelodge_model::{Error, ErrorKind, Retry, Secret, WhoMustAct};
use lettre::{
    Message,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters, TlsVersion},
        extension::ClientId,
    },
};
use std::{net::SocketAddr, time::SystemTime};

/// The longest text.
const LONGEST_TEXT: usize = 64 * 1024;

/// What the configuration says about mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Name or address of the mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Who the mail is from, such as `Gatelodge <gatelodge@example.com>`.
    pub from: String,
    /// Name and password, where the server asks for them.
    pub login: Option<(String, Secret)>,
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// Begins in clear and must change to TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In clear: for a relay on this machine.
    None,
}

/// At what point something went wrong.
enum MailFailure {
    Egress(SendFailure),
    Setup(lettre::transport::smtp::Error),
    Message(lettre::transport::smtp::Error),
}

impl Inner {
    pub(crate) async fn deliver_mail(&self, mail: DeliverMail) -> KeeperResult<()> {
        let Some(settings) = &self.mail else {
            return Err(Error::new(
                ErrorKind::Misconfigured,
                "This installation has no mail server.",
            )
            .with_hint(
                WhoMustAct::Operator,
                "Name one in the section [mail] of the configuration.",
            )
            .into());
        };
        let message = compose(settings, &mail, self.clock.now().into())?;
        let sent = tokio::time::timeout(self.timeouts.mail, self.submit(settings, &message)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(failure)) => Err(undelivered(&settings.host, failure).into()),
            Err(_) => {
                Err(undelivered(&settings.host, MailFailure::Egress(SendFailure::Timeout)).into())
            }
        }
    }

    async fn submit(&self, settings: &MailSettings, message: &Message) -> Result<(), MailFailure> {
        let addresses = self
            .egress
            .mail_server(&settings.host, settings.port)
            .await
            .map_err(MailFailure::Egress)?;
        let hello = hello(settings);
        let tls = match settings.security {
            MailSecurity::None => None,
            MailSecurity::StartTls | MailSecurity::Tls => {
                Some(self.mail_tls(settings).map_err(MailFailure::Setup)?)
            }
        };
        let mut connection = connect(settings, &addresses, &hello, tls.clone())
            .await
            .map_err(MailFailure::Setup)?;
        if let (MailSecurity::StartTls, Some(tls)) = (settings.security, tls) {
            connection
                .starttls(tls, &hello)
                .await
                .map_err(MailFailure::Setup)?;
        }
        if let Some((name, password)) = &settings.login {
            let credentials = Credentials::new(name.clone(), password.expose().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(MailFailure::Setup)?;
        }
        let sent = connection
            .send(message.envelope(), &message.formatted())
            .await;
        // The server has answered for the message; how it says goodbye changes nothing.
        connection.abort().await;
        sent.map(drop).map_err(MailFailure::Message)
    }

    fn mail_tls(
        &self,
        settings: &MailSettings,
    ) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut builder =
            TlsParameters::builder(settings.host.clone()).set_min_tls_version(TlsVersion::Tlsv12);
        for pem in &self.egress.settings().extra_ca {
            builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
        }
        builder.build_rustls()
    }
}

/// Tries each vetted address; the last failure counts.
async fn connect(
    settings: &MailSettings,
    addresses: &[SocketAddr],
    hello: &ClientId,
    tls: Option<TlsParameters>,
) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
    let at_once = tls.filter(|_| settings.security == MailSecurity::Tls);
    AsyncSmtpConnection::connect_tokio1(addresses, None, hello, at_once, None).await
}

fn hello(settings: &MailSettings) -> ClientId {
    let domain = settings
        .from
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .trim_end_matches('>');
    ClientId::Domain(domain.to_owned())
}

fn compose(settings: &MailSettings, mail: &DeliverMail, now: SystemTime) -> Result<Message, Error> {
    check_message_id(&mail.message)?;
    if mail.text.len() > LONGEST_TEXT {
        return Err(Error::invalid("text", "The message is too long."));
    }
    if mail.subject.chars().any(char::is_control) || mail.subject.len() > 200 {
        return Err(Error::invalid(
            "subject",
            "A subject is one line of 200 bytes at most.",
        ));
    }
    let from: Mailbox = settings.from.parse().map_err(|cause| {
        Error::new(
            ErrorKind::Misconfigured,
            "The sender of mail in the configuration is no mail address.",
        )
        .with_context("cause", cause)
    })?;
    let to: Mailbox = mail
        .to
        .parse()
        .map_err(|_| Error::invalid("to", "This is no mail address."))?;
    let id = format!("<{}@{}>", mail.message, from.email.domain());
    Message::builder()
        .from(from)
        .to(to)
        .subject(&mail.subject)
        .message_id(Some(id))
        .date(now)
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(Error::internal)
}

fn undelivered(host: &str, failure: MailFailure) -> Error {
    let unavailable = |cause: String| {
        Error::new(
            ErrorKind::ProviderUnavailable,
            format!("The mail server {host} did not take the message."),
        )
        .with_retry(Retry::Later)
        .with_context("cause", cause)
    };
    match failure {
        MailFailure::Egress(SendFailure::Denied(error)) => error,
        MailFailure::Egress(SendFailure::Unsent(cause) | SendFailure::Broken(cause)) => {
            unavailable(cause)
        }
        MailFailure::Egress(SendFailure::Timeout | SendFailure::TooLarge { .. } | SendFailure::HeadTooLarge) => {
            unavailable("it did not answer in time".to_owned())
        }
        MailFailure::Setup(cause) if cause.is_permanent() || cause.is_tls() || cause.is_client() => {
            Error::new(
                ErrorKind::Misconfigured,
                format!("The mail server {host} does not take mail from this installation: {cause}."),
            )
            .with_hint(
                WhoMustAct::Operator,
                "See the section [mail] of the configuration: host, port, security, name and password.",
            )
        }
        MailFailure::Message(cause) if cause.is_permanent() => Error::new(
            ErrorKind::ProviderRejected,
            format!("The mail server {host} refused the message: {cause}."),
        ),
        MailFailure::Setup(cause) | MailFailure::Message(cause) => unavailable(cause.to_string()),
    }
}
