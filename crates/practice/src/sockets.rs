//! The sockets of any practice server: both loopback addresses on one port, HTTP or HTTPS, a gentle end.
//!
//! Must not know what is served.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use crate::ambient::{Random, random_hex};
use crate::connection::CuttableAcceptor;
use crate::error::PracticeError;
use crate::tls::{self, Certificates};

/// How long requests that are under way may take after the order to stop.
const GRACE: Duration = Duration::from_secs(2);

/// How often another free port is tried when the second address family has it in use.
const PORT_ATTEMPTS: usize = 20;

/// What the certificate of a server must say.
pub(crate) struct Wanted<'a> {
    /// Folder of the certificate authority; absent means a temporary one.
    pub(crate) folder: Option<&'a Path>,
    /// Names and addresses of the server.
    pub(crate) names: Vec<String>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) random: &'a dyn Random,
}

/// Sockets that are bound and not served yet, so that what is served can know its address.
pub(crate) struct Sockets {
    listeners: Vec<TcpListener>,
    port: u16,
    certificates: Option<Certificates>,
    temporary: Option<PathBuf>,
}

/// Sockets that answer.
pub(crate) struct Serving {
    handles: Vec<Handle<SocketAddr>>,
    servers: Vec<JoinHandle<io::Result<()>>>,
    authority_path: Option<PathBuf>,
    temporary: Option<PathBuf>,
}

impl Sockets {
    /// Binds a port, 0 for any free one, and makes the certificate.
    pub(crate) fn bind(port: u16, wanted: Option<Wanted<'_>>) -> Result<Self, PracticeError> {
        let listeners = listen(port)?;
        let chosen = listeners
            .first()
            .and_then(|listener| listener.local_addr().ok());
        let port = chosen.map_or(port, |address| address.port());
        let (certificates, temporary) = match wanted {
            None => (None, None),
            Some(wanted) => {
                let (certificates, temporary) = certificates(wanted)?;
                (Some(certificates), temporary)
            }
        };
        Ok(Self {
            listeners,
            port,
            certificates,
            temporary,
        })
    }

    /// The address under this host name, without a slash at the end.
    pub(crate) fn base_url(&self, host: &str) -> String {
        let scheme = if self.certificates.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{host}:{}", self.port)
    }

    /// Begins to answer.
    pub(crate) async fn serve(self, app: Router) -> Result<Serving, PracticeError> {
        let mut handles = Vec::new();
        let mut servers = Vec::new();
        for listener in self.listeners {
            let handle = Handle::new();
            let server = serve(
                listener,
                self.certificates.as_ref(),
                handle.clone(),
                app.clone(),
                self.port,
            )?;
            servers.push(server);
            handle.listening().await;
            handles.push(handle);
        }
        Ok(Serving {
            handles,
            servers,
            authority_path: self
                .certificates
                .map(|certificates| certificates.authority_path),
            temporary: self.temporary,
        })
    }
}

impl Serving {
    /// Certificate file that a client must trust, with TLS.
    pub(crate) fn authority_path(&self) -> Option<&Path> {
        self.authority_path.as_deref()
    }

    /// Stops: no new connections, a moment for requests under way, then the end.
    pub(crate) async fn end(self) {
        for handle in &self.handles {
            handle.graceful_shutdown(Some(GRACE));
        }
        for server in self.servers {
            match server.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a practice server stopped with an error");
                }
                Err(error) => tracing::warn!(%error, "a practice server stopped in a panic"),
            }
        }
        if let Some(folder) = &self.temporary
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::debug!(%error, "a temporary folder stays behind");
        }
    }
}

/// Binds both loopback addresses with the same port; one is enough where the other does not exist.
fn listen(port: u16) -> Result<Vec<TcpListener>, PracticeError> {
    let fail = |source: io::Error| {
        if source.kind() == io::ErrorKind::AddrInUse {
            PracticeError::PortTaken { port }
        } else {
            PracticeError::Listen { port, source }
        }
    };
    for _ in 0..PORT_ATTEMPTS {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(fail)?;
        let chosen = first.local_addr().map_err(fail)?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, chosen)) {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                if port != 0 {
                    return Err(PracticeError::PortTaken { port });
                }
            }
            Err(error) => {
                tracing::debug!(%error, "no IPv6 loopback; listening on 127.0.0.1 only");
                return Ok(vec![first]);
            }
        }
    }
    Err(PracticeError::PortTaken { port })
}

fn certificates(wanted: Wanted<'_>) -> Result<(Certificates, Option<PathBuf>), PracticeError> {
    let (folder, temporary) = if let Some(folder) = wanted.folder {
        (folder.to_owned(), None)
    } else {
        let name = random_hex(wanted.random, 8);
        let folder = std::env::temp_dir().join(format!("gatelodge-practice-{name}"));
        (folder.clone(), Some(folder))
    };
    let certificates = tls::prepare(&folder, wanted.names, wanted.now)?;
    Ok((certificates, temporary))
}

fn serve(
    listener: TcpListener,
    certificates: Option<&Certificates>,
    handle: Handle<SocketAddr>,
    app: Router,
    port: u16,
) -> Result<JoinHandle<io::Result<()>>, PracticeError> {
    let server = axum_server::from_tcp(listener)
        .map_err(|source| PracticeError::Listen { port, source })?
        .handle(handle);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(match certificates {
        None => tokio::spawn(server.acceptor(CuttableAcceptor).serve(service)),
        Some(certificates) => {
            let config = RustlsConfig::from_config(Arc::clone(&certificates.config));
            let acceptor = RustlsAcceptor::new(config).acceptor(CuttableAcceptor);
            tokio::spawn(server.acceptor(acceptor).serve(service))
        }
    })
}
