//! Listening, and ending gracefully.
//!
//! Must not know: signals; it is given a future that ends when the server shall.

use super::{health, host, request_id};
use anyhow::anyhow;
use axum::{Router, extract::DefaultBodyLimit, middleware};
use gatelodge_api::ApiState;
use gatelodge_core::Hub;
use gatelodge_mcp::McpState;
use gatelodge_web::{WebOptions, WebState};
use std::{
    future::{Future, IntoFuture as _},
    io::ErrorKind,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, time::timeout};
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

/// Largest request body of any face.
const BODY_LIMIT: usize = 1024 * 1024;

/// How long requests under way may last after the end was asked for.
const DRAIN: Duration = Duration::from_secs(3);

/// A server that listens and does not serve yet.
pub struct Listening {
    listener: std::net::TcpListener,
    /// The address it got; the port is real even where 0 was asked for.
    pub address: SocketAddr,
}

/// Takes the port. Needs no runtime, because a process binds before it gives rights up, and that before there
/// are threads.
///
/// # Errors
/// When it is taken or may not be used; the caller knows where another one is set.
pub fn listen(address: SocketAddr) -> anyhow::Result<Listening> {
    let listener = std::net::TcpListener::bind(address).map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => anyhow!("{address} is used by another program"),
        ErrorKind::PermissionDenied => anyhow!("this user may not listen on {address}"),
        _ => anyhow!("cannot listen on {address}: {cause}"),
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok(Listening { listener, address })
}

/// All faces behind the common checks.
///
/// # Errors
/// When a public URL cannot be used as an origin.
pub fn application(hub: &Arc<Hub>) -> anyhow::Result<Router> {
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
        .merge(health::router(Arc::clone(hub)))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(
            host::AllowedHosts::of(public_urls),
            host::check,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(
            Arc::clone(hub),
            request_id::assign,
        )))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl Listening {
    /// Serves until `end` is done, then lets requests under way finish for a while.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn serve(
        self,
        application: Router,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let (ending, ended) = tokio::sync::oneshot::channel::<()>();
        let service = application.into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::from_std(self.listener)?;
        let server = axum::serve(listener, service).with_graceful_shutdown(async move {
            end.await;
            // The receiver is gone only when the server ended by itself.
            let _ = ending.send(());
        });
        let mut server = std::pin::pin!(server.into_future());
        tokio::select! {
            result = &mut server => return Ok(result?),
            _ = ended => {}
        }
        if let Ok(result) = timeout(DRAIN, server).await {
            return Ok(result?);
        }
        tracing::warn!(
            "requests were still under way after {} seconds; ending without them",
            DRAIN.as_secs()
        );
        Ok(())
    }
}
