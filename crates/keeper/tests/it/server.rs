//! The server that plays the provider. Its refresh tokens rotate strictly: each works once.

use crate::{
    bodies,
    pki::{Authority, Presented},
    provider::SESSION_ENDED,
};
use axum::{
    Form, Json, Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get, post},
    serve::Listener,
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicUsize},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower_http::compression::CompressionLayer;
use url::Url;

/// What the token endpoint does next; without an entry it grants.
pub(crate) enum Reply {
    /// Grants, with these members instead of the usual ones; null removes one.
    GrantWith(Value),
    /// Refuses or fails.
    Answer(u16, &'static str),
    /// Rotates, then cuts the answer off in the middle.
    RotateAndCut,
    /// Rotates, then sends so many bytes of the answer and cuts it off.
    RotateAndCutAfter(usize),
}

#[derive(Default)]
pub(crate) struct Script {
    pub(crate) replies: VecDeque<Reply>,
    pub(crate) token_requests: Vec<HashMap<String, String>>,
    pub(crate) revoked: Vec<String>,
    pub(crate) revoke_status: Option<u16>,
    /// Every request below `/data`: method, path with query, headers, body.
    pub(crate) calls: Vec<(String, String, HeaderMap, Vec<u8>)>,
    pub(crate) stolen: usize,
    /// How long a token request waits before it is worked on.
    pub(crate) token_delay: Duration,
    /// How many seconds access tokens live, as told.
    pub(crate) life: Option<u32>,
    /// Refresh tokens that came a second time.
    pub(crate) twice: usize,
    /// No access token is taken, however fresh.
    pub(crate) deaf: bool,
    redirect: Option<String>,
    valid: HashSet<String>,
    current_refresh: HashSet<String>,
    serial: usize,
    /// Who `/me` says we are.
    pub(crate) user: String,
    /// What introspection answers instead of the truth.
    pub(crate) introspection: Option<(u16, &'static str)>,
    pub(crate) introspected: usize,
    /// The members of a grant besides the tokens.
    grant: Value,
}

impl Script {
    /// Ends all access tokens.
    pub(crate) fn expire(&mut self) {
        self.valid.clear();
    }

    /// A token of its own for whoever asks without a keeper.
    pub(crate) fn access_token(&mut self) -> String {
        let grant = self.rotate();
        grant["access_token"].as_str().unwrap().to_owned()
    }

    /// Ends everything, as when a person takes the grant back.
    pub(crate) fn revoke_all(&mut self) {
        self.valid.clear();
        self.current_refresh.clear();
    }

    fn rotate(&mut self) -> Value {
        self.serial += 1;
        let access = format!("access/{:04}!CANARY", self.serial);
        let refresh = format!("refresh/{:04}==CANARY", self.serial);
        self.valid.insert(access.clone());
        self.current_refresh.insert(refresh.clone());
        let mut grant = self.grant.clone();
        grant["access_token"] = json!(access);
        grant["refresh_token"] = json!(refresh);
        if let Some(life) = self.life {
            grant["expires_in"] = json!(life);
        }
        grant
    }
}

/// Hands out connections after their handshake.
struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// The running server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) base: Url,
    script: Arc<Mutex<Script>>,
    /// Each token answer and each call takes one permit, where a test closed the gate.
    pub(crate) token_gate: Arc<Semaphore>,
    pub(crate) call_gate: Arc<Semaphore>,
    pub(crate) identity_gate: Arc<Semaphore>,
    /// Each answer to a refresh takes one, after the token was rotated.
    pub(crate) answer_gate: Arc<Semaphore>,
    /// One permit for each token request and call that arrived.
    pub(crate) arrivals: Arc<Semaphore>,
    /// One permit for each question who we are.
    pub(crate) introductions: Arc<Semaphore>,
    /// Bytes of the large body that were given to the network.
    pub(crate) sent: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (server, router) = Self::new(base);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// As [`Self::start`], spoken to over TLS as every real provider is.
    pub(crate) async fn start_secure(authority: &Authority) -> Self {
        let listener = TlsListener {
            tcp: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            acceptor: authority.acceptor(Presented::Good),
        };
        let port = listener.tcp.local_addr().unwrap().port();
        let (server, router) = Self::new(format!("https://localhost:{port}").parse().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    fn new(base: Url) -> (Self, Router) {
        let script = Script {
            user: "U1".to_owned(),
            grant: json!({
                "instance_url": base.as_str(), "scope": "api refresh_token", "token_type": "Bearer",
                "organization_id": "O1", "user_id": "U1",
            }),
            ..Script::default()
        };
        let server = Self {
            base,
            script: Arc::new(Mutex::new(script)),
            token_gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS / 2)),
            call_gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS / 2)),
            identity_gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS / 2)),
            answer_gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS / 2)),
            arrivals: Arc::new(Semaphore::new(0)),
            introductions: Arc::new(Semaphore::new(0)),
            sent: Arc::default(),
        };
        let router = Router::new()
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/introspect", post(introspect))
            .route("/me", get(me))
            .route("/steal", any(steal))
            .route("/data/{*path}", any(data))
            .layer(CompressionLayer::new())
            .with_state(server.clone());
        (server, router)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    pub(crate) fn reply(&self, reply: Reply) {
        self.script().replies.push_back(reply);
    }

    /// Everything that arrived.
    pub(crate) fn traffic(&self) -> usize {
        let script = self.script();
        script.token_requests.len() + script.calls.len() + script.revoked.len()
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.script()
            .token_requests
            .iter()
            .filter(|form| form["grant_type"] == "refresh_token")
            .count()
    }

    /// Sends whoever asks for the redirect there.
    pub(crate) fn redirect_to(&self, place: &str) {
        self.script().redirect = Some(place.to_owned());
    }

    /// How many grants live.
    pub(crate) fn living_grants(&self) -> usize {
        self.script().current_refresh.len()
    }

    /// Waits until one more token request or call arrived.
    pub(crate) async fn arrival(&self) {
        self.arrivals.acquire().await.unwrap().forget();
    }
}

/// Lets nothing pass any more.
pub(crate) fn close(gate: &Semaphore) {
    gate.forget_permits(Semaphore::MAX_PERMITS);
}

async fn token(
    State(server): State<Server>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    server.arrivals.add_permits(1);
    server.token_gate.acquire().await.unwrap().forget();
    let delay = server.script().token_delay;
    tokio::time::sleep(delay).await;
    let response = decide(&server, &form);
    if form["grant_type"] == "refresh_token" {
        server.answer_gate.acquire().await.unwrap().forget();
    }
    response
}

fn decide(server: &Server, form: &HashMap<String, String>) -> Response {
    let mut script = server.script();
    script.token_requests.push(form.clone());
    let reply = script.replies.pop_front();
    if let Some(Reply::Answer(status, body)) = reply {
        let status = StatusCode::from_u16(status).unwrap();
        return (status, body.replace("{token}", &sent(form))).into_response();
    }
    if form["grant_type"] == "refresh_token"
        && !script.current_refresh.remove(&form["refresh_token"])
    {
        script.twice += 1;
        let body =
            r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#;
        return (StatusCode::BAD_REQUEST, body).into_response();
    }
    let mut grant = script.rotate();
    match reply {
        Some(Reply::GrantWith(changes)) => {
            for (name, value) in changes.as_object().unwrap() {
                grant[name] = value.clone();
            }
            if grant["refresh_token"].is_null()
                && let Some(token) = form.get("refresh_token")
            {
                // No rotation: the old one goes on working.
                script.current_refresh.insert(token.clone());
            }
            Json(grant).into_response()
        }
        Some(Reply::RotateAndCut) => {
            let pieces = [Ok("{\"access_"), Err(io::Error::other("cut"))];
            Body::from_stream(futures::stream::iter(pieces)).into_response()
        }
        Some(Reply::RotateAndCutAfter(bytes)) => {
            let whole = grant.to_string();
            let announced = whole.len();
            let pieces = [
                Ok(Bytes::copy_from_slice(
                    &whole.as_bytes()[..bytes.min(announced)],
                )),
                Err(io::Error::other("cut")),
            ];
            let body = Body::from_stream(futures::stream::iter(pieces));
            // Not compressed, so that a byte is a byte.
            let headers = [
                (header::CONTENT_LENGTH, announced.to_string()),
                (header::CONTENT_TYPE, "image/none".to_owned()),
            ];
            (headers, body).into_response()
        }
        _ => Json(grant).into_response(),
    }
}

fn sent(form: &HashMap<String, String>) -> String {
    form.get("refresh_token").cloned().unwrap_or_default()
}

async fn revoke(
    State(server): State<Server>,
    Form(form): Form<HashMap<String, String>>,
) -> StatusCode {
    let mut script = server.script();
    script.revoked.push(form["token"].clone());
    let status = StatusCode::from_u16(script.revoke_status.unwrap_or(200)).unwrap();
    if status.is_success() {
        script.current_refresh.remove(&form["token"]);
    }
    status
}

async fn introspect(
    State(server): State<Server>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut script = server.script();
    script.introspected += 1;
    if let Some((status, body)) = script.introspection {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let active = script.current_refresh.contains(&form["token"]);
    Json(json!({ "active": active })).into_response()
}

async fn me(State(server): State<Server>, headers: HeaderMap) -> Response {
    server.introductions.add_permits(1);
    server.identity_gate.acquire().await.unwrap().forget();
    let script = server.script();
    if !authorized(&script, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body =
        json!({"organization_id": "O1", "user_id": script.user, "username": "ada@small.test"});
    Json(body).into_response()
}

async fn steal(State(server): State<Server>) -> &'static str {
    server.script().stolen += 1;
    "thanks"
}

fn authorized(script: &Script, headers: &HeaderMap) -> bool {
    !script.deaf
        && headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .is_some_and(|token| script.valid.contains(token))
}

async fn data(
    State(server): State<Server>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let allowed = {
        let mut script = server.script();
        let uri = parts.uri.to_string();
        let headers = parts.headers.clone();
        script
            .calls
            .push((parts.method.to_string(), uri, headers, body.to_vec()));
        if path == "session" {
            let text = String::from_utf8_lossy(&body);
            let session = text
                .split_once("<s:id>")
                .and_then(|(_, rest)| rest.split_once("</s:id>"));
            session.is_some_and(|(token, _)| script.valid.contains(token))
        } else {
            authorized(&script, &parts.headers)
        }
    };
    if !allowed && path == "session" {
        return (StatusCode::INTERNAL_SERVER_ERROR, SESSION_ENDED).into_response();
    }
    if !allowed {
        // Not Salesforce's words, on purpose: the status decides.
        return (StatusCode::UNAUTHORIZED, "who are you?").into_response();
    }
    server.arrivals.add_permits(1);
    server.call_gate.acquire().await.unwrap().forget();
    let token = parts.headers.get(header::AUTHORIZATION);
    let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if let Some(response) = bodies::at(&server, &path, token.unwrap_or_default()) {
        return response;
    }
    let base = &server.base;
    let redirect = server.script().redirect.clone();
    match path.as_str() {
        "redirect" => (
            StatusCode::FOUND,
            [(
                header::LOCATION,
                redirect.unwrap_or_else(|| format!("{base}steal")),
            )],
        )
            .into_response(),
        rows if rows.starts_with("rows/") => {
            let number = rows.trim_start_matches("rows/").parse().unwrap();
            "row\n".repeat(number).into_response()
        }
        "large" => "x".repeat(200_000).into_response(),
        "echo" => {
            let token = parts.headers[header::AUTHORIZATION].to_str().unwrap();
            (StatusCode::BAD_REQUEST, format!("you sent {token}")).into_response()
        }
        _ => (
            [
                (header::SET_COOKIE.as_str(), "session=CANARY"),
                ("x-request-id", "abc123"),
            ],
            format!("{} {path}", parts.method),
        )
            .into_response(),
    }
}
