//! The receiver of webhooks.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use url::Url;

/// Address, headers and body of each message.
type Taken = Vec<(String, HeaderMap, Vec<u8>)>;

#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) base: Url,
    taken: Arc<Mutex<Taken>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let receiver = Self {
            base,
            taken: Arc::default(),
        };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    pub(crate) fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap()
    }
}

async fn take(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receiver
        .taken()
        .push((uri.to_string(), headers, body.to_vec()));
    match uri.path() {
        "/redirect" => (
            StatusCode::FOUND,
            [(header::LOCATION, receiver.base.to_string())],
        )
            .into_response(),
        "/busy" => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, "120")],
        )
            .into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}
