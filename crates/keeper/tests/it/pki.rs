//! An authority of a test's own, and servers with certificates of every kind.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// What a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presented {
    Good,
    /// Good, and nothing newer than TLS 1.2.
    Tls12,
    Expired,
    NotYetValid,
    OtherHost,
    SelfSigned,
}

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

pub(crate) struct TlsServer {
    pub(crate) base: String,
    requests: Arc<AtomicUsize>,
}

impl TlsServer {
    /// How many requests came through a finished handshake.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        let certificate: &rcgen::Certificate = self.0.as_ref();
        certificate.pem().into_bytes()
    }

    fn certificate(&self, presented: Presented) -> (CertificateDer<'static>, KeyPair) {
        let host = match presented {
            Presented::OtherHost => "other.example.com",
            _ => "localhost",
        };
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        match presented {
            Presented::Expired => {
                params.not_before = date_time_ymd(2020, 1, 1);
                params.not_after = date_time_ymd(2021, 1, 1);
            }
            Presented::NotYetValid => {
                params.not_before = date_time_ymd(2090, 1, 1);
                params.not_after = date_time_ymd(2091, 1, 1);
            }
            _ => {}
        }
        let key = KeyPair::generate().unwrap();
        let certificate = if presented == Presented::SelfSigned {
            params.self_signed(&key).unwrap()
        } else {
            params.signed_by(&key, &self.0).unwrap()
        };
        (certificate.der().clone(), key)
    }

    /// Certificate and key for `localhost`, as files.
    pub(crate) fn files(&self) -> (PathBuf, PathBuf, Arc<tempfile::TempDir>) {
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        fs::write(&first, certificate.pem()).unwrap();
        fs::write(&second, key.serialize_pem()).unwrap();
        (first, second, Arc::new(folder))
    }

    /// What takes handshakes as `localhost`.
    pub(crate) fn acceptor(&self, presented: Presented) -> TlsAcceptor {
        let (certificate, key) = self.certificate(presented);
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let versions = match presented {
            Presented::Tls12 => &[&rustls::version::TLS12],
            _ => rustls::ALL_VERSIONS,
        };
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)
        .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    pub(crate) async fn serve(&self, presented: Presented) -> TlsServer {
        let acceptor = self.acceptor(presented);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = [0; 8192];
                if stream
                    .read(&mut request)
                    .await
                    .is_ok_and(|length| length > 0)
                {
                    count.fetch_add(1, Ordering::SeqCst);
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    // The client may be gone already.
                    let _ = stream.write_all(answer).await;
                }
            }
        });
        TlsServer { base, requests }
    }
}
