//! What the socket costs: `cargo xtask bench keeper`, or `cargo bench --package gatelodge-keeper-socket`. Prints a
//! Markdown table.
//!
//! Both ends and what is behind them are in one process, so that nothing but the socket differs between the ways;
//! the keeper is played. The ways take turns; shown are the median of the rounds and the least and the greatest.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench fails by panicking, measures the real clock and prints its report"
)]

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use gatelodge_keeper_client::{
    Arriving, Keeper, Lost, RemoteKeeper, SendRead, Transport,
    wire::{self, Answer, DownloadHead, Method, Packet},
};
use gatelodge_keeper_socket::{
    Door, Greeting, Life, Peers, SocketKeeper, SocketTransport, Terms, serve,
};
use gatelodge_model::{
    ConnectionId, OrganizationId, RequestId,
    clock::testing::{FixedClock, SeededRandom},
};
use gatelodge_provider::{ProviderResponse, ReadRequest};
use std::{
    os::unix::fs::MetadataExt as _,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const ROUNDS: usize = 21;
/// Calls of a round, one after the other.
const CALLS: u32 = 500;
/// An answer of fifty records.
const ANSWER: usize = 12 * 1024;
/// The large answer.
const LARGE: usize = 100 * 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// A keeper without keys: a small answer, or a large one that it fetches from a server.
struct Stage {
    answer: Packet,
    server: std::net::SocketAddr,
}

#[async_trait]
impl Transport for Stage {
    async fn exchange(&self, _: Method, _: Packet) -> Result<Result<Packet, Packet>, Lost> {
        Ok(Ok(self.answer.clone()))
    }

    async fn stream(
        &self,
        _: Method,
        _: Packet,
    ) -> Result<Result<(Packet, Arriving), Packet>, Lost> {
        let head = DownloadHead {
            status: 200,
            headers: Vec::new(),
        };
        Ok(Ok((
            wire::pack(&head).unwrap(),
            arriving(self.server).await,
        )))
    }
}

/// The large answer, piece by piece, as it comes from its server.
async fn arriving(server: std::net::SocketAddr) -> Arriving {
    let stream = TcpStream::connect(server).await.unwrap();
    stream::unfold(stream, |mut stream| async {
        let mut piece = Vec::with_capacity(PIECE);
        let read = stream.read_buf(&mut piece).await.unwrap();
        (read > 0).then(|| (Ok(Bytes::from(piece)), stream))
    })
    .boxed()
}

async fn sends_large_answers() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let piece = vec![b'x'; PIECE];
        while let Ok((mut stream, _)) = listener.accept().await {
            for _ in 0..LARGE / PIECE {
                stream.write_all(&piece).await.unwrap();
            }
        }
    });
    address
}

fn a_read() -> SendRead {
    let (clock, random) = (FixedClock::at(0), SeededRandom::new(1));
    SendRead {
        organization: OrganizationId::generate(&clock, &random),
        connection: ConnectionId::generate(&clock, &random),
        request_id: RequestId::generate(&clock, &random),
        agent: "bench".to_owned(),
        request: ReadRequest::get("/services/data/v66.0/query")
            .query("q", "SELECT Id, Name FROM Account LIMIT 50"),
    }
}

async fn calls(keeper: &dyn Keeper) -> Duration {
    let began = Instant::now();
    for _ in 0..CALLS {
        let answer = keeper.read(a_read()).await.unwrap();
        assert_eq!(answer.body.len(), ANSWER);
    }
    began.elapsed() / CALLS
}

async fn swallow<E: std::fmt::Debug>(
    body: &mut (impl futures::Stream<Item = Result<Bytes, E>> + Unpin),
) {
    let mut bytes = 0;
    while let Some(piece) = body.next().await {
        bytes += piece.unwrap().len();
    }
    assert_eq!(bytes, LARGE);
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keeper/keeper.sock");
    let server = sends_large_answers().await;
    let response = ProviderResponse {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: vec![b'x'; ANSWER].into(),
    };
    let answer = wire::pack(&Answer::from(response)).unwrap();
    let near = Arc::new(RemoteKeeper::new(Stage { answer, server }));
    let door = Door::open(&path).unwrap();
    let user = std::fs::metadata(&path).unwrap().uid();
    let terms = Terms {
        peers: Peers::new(user, Vec::new()),
        greeting: Greeting::of_this_process("bench"),
        request_bytes: LARGE,
    };
    tokio::spawn(serve(door, near.clone(), terms, Life::default()));
    let far = SocketKeeper::new(SocketTransport::new(&path, None));
    let (mut added, mut part) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (inside, through) = if round % 2 == 0 {
            let inside = calls(near.as_ref()).await;
            (inside, calls(&far).await)
        } else {
            let through = calls(&far).await;
            (calls(near.as_ref()).await, through)
        };
        let began = Instant::now();
        swallow(&mut arriving(server).await).await;
        let direct = began.elapsed();
        let began = Instant::now();
        swallow(&mut far.download(a_read()).await.unwrap().body).await;
        let streamed = began.elapsed();
        // the first round warms up
        if round > 0 {
            added.push((through.as_secs_f64() - inside.as_secs_f64()) * 1000.0);
            part.push(direct.as_secs_f64() / streamed.as_secs_f64() * 100.0);
        }
    }
    println!(
        "| measured, median of {ROUNDS} rounds (least–greatest) | here | aim |\n|---|---|---|"
    );
    println!(
        "| a call through the socket, added | {} ms | at most 0.3 ms |",
        spread(added, 3)
    );
    println!(
        "| 100 MB through the socket, of a direct download's speed | {} % | 60 % |",
        spread(part, 0)
    );
}

fn spread(mut values: Vec<f64>, digits: usize) -> String {
    values.sort_by(f64::total_cmp);
    let (least, greatest) = (values[0], values[values.len() - 1]);
    let median = values[values.len() / 2];
    format!("{median:.digits$} ({least:.digits$}–{greatest:.digits$})")
}
