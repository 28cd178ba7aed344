//! A mail server that takes messages for one host, with TLS as a test wants it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatelodge_keeper::MailSecurity;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

#[derive(Default, Clone)]
pub(crate) struct Message {
    pub(crate) encrypted: bool,
    pub(crate) login: Option<String>,
    pub(crate) to: String,
    pub(crate) text: String,
}

pub(crate) struct Mailbox {
    pub(crate) port: u16,
    /// Who signed the server's certificate, in PEM.
    pub(crate) authority: Vec<u8>,
    taken: Arc<Mutex<Vec<Message>>>,
}

impl Mailbox {
    pub(crate) async fn start(security: MailSecurity) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let shelf = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(meet(stream, security, acceptor.clone(), Arc::clone(&shelf)));
            }
        });
        Self {
            port,
            authority: certificate.pem().into_bytes(),
            taken,
        }
    }

    pub(crate) fn taken(&self) -> MutexGuard<'_, Vec<Message>> {
        self.taken.lock().unwrap()
    }
}

type Shelf = Arc<Mutex<Vec<Message>>>;

/// Ends early where the client hangs up; that is its right.
async fn meet(
    stream: TcpStream,
    security: MailSecurity,
    acceptor: TlsAcceptor,
    shelf: Shelf,
) -> Option<()> {
    match security {
        MailSecurity::Tls => {
            let stream = acceptor.accept(stream).await.ok()?;
            talk(BufReader::new(stream), true, true, false, &shelf).await?;
        }
        MailSecurity::None => {
            talk(BufReader::new(stream), false, true, false, &shelf).await?;
        }
        MailSecurity::StartTls => {
            let stream = talk(BufReader::new(stream), false, true, true, &shelf).await?;
            let stream = acceptor.accept(stream.into_inner()).await.ok()?;
            talk(BufReader::new(stream), true, false, false, &shelf).await?;
        }
    }
    Some(())
}

/// Gives the stream back where TLS shall begin on it.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    encrypted: bool,
    greet: bool,
    offer: bool,
    shelf: &Shelf,
) -> Option<BufReader<S>> {
    if greet {
        say(&mut stream, "220 mail.test").await?;
    }
    let mut message = Message {
        encrypted,
        ..Message::default()
    };
    loop {
        let line = line(&mut stream).await?;
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO") && offer {
            "250-mail.test\r\n250 STARTTLS"
        } else if upper.starts_with("EHLO") {
            "250-mail.test\r\n250 AUTH PLAIN"
        } else if upper == "STARTTLS" {
            say(&mut stream, "220 go").await?;
            return Some(stream);
        } else if let Some(login) = line.strip_prefix("AUTH PLAIN ") {
            message.login = String::from_utf8(STANDARD.decode(login).ok()?).ok();
            "235 ok"
        } else if upper.starts_with("RCPT TO:<NOBODY") {
            "550 no such person"
        } else if upper.starts_with("RCPT TO:<FULL") {
            "452 no room now"
        } else if let Some(to) = line.strip_prefix("RCPT TO:") {
            to.clone_into(&mut message.to);
            "250 ok"
        } else if upper == "DATA" {
            say(&mut stream, "354 go").await?;
            loop {
                let line = self::line(&mut stream).await?;
                if line == "." {
                    break;
                }
                message.text.push_str(&line);
                message.text.push('\n');
            }
            shelf.lock().unwrap().push(message.clone());
            "250 taken"
        } else if upper == "QUIT" {
            "221 bye"
        } else {
            "250 ok"
        };
        say(&mut stream, answer).await?;
    }
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut text = String::new();
    let read = stream.read_line(&mut text).await.ok()?;
    (read > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    text: &str,
) -> Option<()> {
    stream
        .write_all(format!("{text}\r\n").as_bytes())
        .await
        .ok()?;
    stream.flush().await.ok()
}
