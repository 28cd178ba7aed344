//! Listening, and ending gracefully.
//!
//! Must not know: signals to end; it is given a future that ends when the server shall.

use super::{
    client::{self, Proxies},
    health, host, measure, request_id, tls,
};
use crate::{
    config::{Config, Tls},
    figures::page::{self, Figures},
};
use anyhow::anyhow;
use axum::{Router, extract::DefaultBodyLimit, middleware};
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use gatelodge_api::ApiState;
use gatelodge_core::Hub;
use gatelodge_mcp::McpState;
use gatelodge_model::Secret;
use gatelodge_web::{WebOptions, WebState};
use metrics::gauge;
use rustls::ServerConfig;
use std::{
    future::Future,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

/// Largest request body of any face.
const BODY_LIMIT: usize = 1024 * 1024;

/// How long requests under way may last after the end was asked for.
const DRAIN: Duration = Duration::from_secs(3);

/// How long a client may take over the head of a request.
const HEAD: Duration = Duration::from_secs(30);

/// A server that listens and does not serve yet.
pub struct Listening {
    listener: TcpListener,
    tls: Option<(Tls, Arc<ServerConfig>)>,
    /// The address it got; the port is real even where 0 was asked for.
    pub address: SocketAddr,
}

/// What stands in front of the faces.
#[derive(Clone)]
pub struct Front {
    proxies: Proxies,
    token: Option<Arc<Secret>>,
}

impl Front {
    /// As configured.
    ///
    /// # Errors
    /// When the token of the figures cannot be read.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            proxies: Proxies::of(&config.server),
            token: config.metrics_token()?.map(Arc::new),
        })
    }

    /// No proxy and no figures.
    pub fn plain() -> Self {
        Self {
            proxies: Proxies::none(),
            token: None,
        }
    }
}

/// Takes the port. Needs no runtime, because a process binds before it gives rights up, and that before there
/// are threads.
///
/// # Errors
/// When it is taken or may not be used; the caller knows where another one is set.
pub fn listen(address: SocketAddr) -> anyhow::Result<Listening> {
    let listener = TcpListener::bind(address).map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => anyhow!("{address} is used by another program"),
        ErrorKind::PermissionDenied => anyhow!("this user may not listen on {address}"),
        _ => anyhow!("cannot listen on {address}: {cause}"),
    })?;
    let address = listener.local_addr()?;
    Ok(Listening {
        listener,
        tls: None,
        address,
    })
}

/// All faces behind the common checks.
///
/// # Errors
/// When a public URL cannot be used as an origin.
pub fn application(hub: &Arc<Hub>, front: &Front) -> anyhow::Result<Router> {
    let public_urls = &hub.settings().public_urls;
    // Browsers take secure cookies over http from loopback, so one https address decides for all.
    let secure = public_urls.iter().any(|url| url.scheme() == "https");
    let hosts: Vec<String> = public_urls.iter().filter_map(host::authority).collect();
    let origins: Vec<String> = public_urls.iter().map(origin).collect();
    let pages = gatelodge_web::router(WebState {
        hub: Arc::clone(hub),
        options: WebOptions {
            secure_cookies: secure,
        },
    })?;
    let figures = front.token.as_ref().map(|token| {
        page::router(Figures {
            hub: Arc::clone(hub),
            token: Some(Arc::clone(token)),
        })
    });
    Ok(Router::new()
        .merge(pages)
        .merge(gatelodge_api::router(ApiState {
            hub: Arc::clone(hub),
        }))
        .merge(gatelodge_mcp::router(McpState {
            hub: Arc::clone(hub),
            allowed_hosts: hosts,
            allowed_origins: origins,
        }))
        .merge(health::router(
            Arc::clone(hub),
            health::Told::ByToken(front.token.clone()),
        ))
        .merge(figures.unwrap_or_default())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(
            host::AllowedHosts::of(public_urls),
            host::check,
        ))
        .layer(middleware::from_fn_with_state(
            front.proxies.clone(),
            client::identify,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(
            Arc::clone(hub),
            request_id::assign,
        ))
        .layer(middleware::from_fn(measure::measure)))
}

/// Figures and health with reasons, for a listener that only operators reach.
pub fn operators(hub: &Arc<Hub>) -> Router {
    page::router(Figures {
        hub: Arc::clone(hub),
        token: None,
    })
    .merge(health::router(Arc::clone(hub), health::Told::Everybody))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl Listening {
    /// Ends TLS here, where files for it are configured.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn with_tls(mut self, files: Option<Tls>) -> anyhow::Result<Self> {
        self.tls = match files {
            Some(files) => {
                let read = tls::read(&files)?;
                Some((files, read))
            }
            None => None,
        };
        Ok(self)
    }

    /// Serves until `end` is done, then lets requests under way finish for a while.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn serve(
        self,
        application: Router,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let handle = Handle::new();
        let mut server = axum_server::from_tcp(self.listener)?.handle(handle.clone());
        server
            .http_builder()
            .http1()
            .header_read_timeout(Some(HEAD));
        let server = server.first_request_timeout(HEAD);
        let service = application.into_make_service_with_connect_info::<SocketAddr>();
        let ending = tokio::spawn(end_gracefully(handle.clone(), end));
        let counting = tokio::spawn(count_connections(handle));
        let serving = self
            .tls
            .map(|(files, read)| (files, RustlsConfig::from_config(read)));
        let renewing = tokio::spawn(tls::renew(serving.clone()));
        let served = match serving {
            Some((_, config)) => {
                server
                    .acceptor(
                        RustlsAcceptor::new(config).acceptor(axum_server::accept::NoDelayAcceptor),
                    )
                    .serve(service)
                    .await
            }
            None => {
                server
                    .acceptor(axum_server::accept::NoDelayAcceptor)
                    .serve(service)
                    .await
            }
        };
        for task in [ending, counting, renewing] {
            task.abort();
        }
        Ok(served?)
    }
}

async fn end_gracefully(handle: Handle<SocketAddr>, end: impl Future<Output = ()> + Send) {
    end.await;
    handle.graceful_shutdown(Some(DRAIN));
    tokio::time::sleep(DRAIN).await;
    tracing::warn!(
        connections = handle.connection_count(),
        "requests were still under way after {} seconds; ending without them",
        DRAIN.as_secs()
    );
}

async fn count_connections(handle: Handle<SocketAddr>) {
    let mut turns = tokio::time::interval(Duration::from_secs(1));
    loop {
        turns.tick().await;
        #[expect(clippy::cast_precision_loss, reason = "nobody holds 2^52 connections")]
        gauge!("gatelodge_http_connections").set(handle.connection_count() as f64);
    }
}
