//! A call through the socket against the same call in process, and a large answer against a direct download.

use super::spread;
use crate::{
    bodies::{PIECE, PIECES},
    fleet::{Fleet, Pace, Peer},
    kills::Process,
    pki::Authority,
    provider::MANIFEST,
    server::Server,
};
use futures::StreamExt as _;
use gatelodge_keeper_client::Keeper;
use gatelodge_keeper_socket::{SocketKeeper, SocketTransport};
use std::time::Duration;
use tokio::time::Instant;

const ROUNDS: usize = 21;
/// Calls of a round, one after the other.
const CALLS: u32 = 300;
/// An answer of fifty records.
const ANSWER: usize = 12 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by cargo xtask bench keeper"]
async fn bench_keeper() {
    let authority = Authority::new();
    let server = Server::start_secure(&authority).await;
    let mut fleet = Fleet::with(Peer {
        base: server.base.clone(),
        manifest: MANIFEST.to_owned(),
        authority: Some(String::from_utf8(authority.pem()).unwrap()),
    })
    .await;
    let near = fleet.keeper(1, Pace::QUICK).await;
    fleet
        .connect(&near, 1, async |_, _| "code".to_owned())
        .await;
    let socket = fleet.folder.path().join("socket/keeper.sock");
    let token = Duration::from_secs(15);
    let process = Process::start_behind(&fleet, token, Some(socket.clone())).await;
    let far = SocketKeeper::new(SocketTransport::new(&socket, None));
    let mine = server.script().access_token();
    let (mut inside, mut added) = (Vec::new(), Vec::new());
    let (mut direct, mut near_part, mut far_part) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (here, through) = if round % 2 == 0 {
            let here = calls(&fleet, near.as_ref()).await;
            (here, calls(&fleet, &far).await)
        } else {
            let through = calls(&fleet, &far).await;
            (calls(&fleet, near.as_ref()).await, through)
        };
        let alone = straight(&server, &authority, &mine).await;
        let near_took = download(&fleet, near.as_ref()).await;
        let far_took = download(&fleet, &far).await;
        // the first round warms up
        if round > 0 {
            inside.push(here * 1000.0);
            added.push((through - here) * 1000.0);
            direct.push(alone * 1000.0);
            near_part.push(alone / near_took * 100.0);
            far_part.push(alone / far_took * 100.0);
        }
    }
    println!("| measured, median of {ROUNDS} rounds (least–greatest) | here | aim |");
    println!("|---|---|---|");
    println!("| a call, keeper in process | {} ms | |", spread(inside, 3));
    println!(
        "| a call through the socket, added | {} ms | at most 0.3 ms |",
        spread(added, 3)
    );
    println!("| 100 MB directly | {} ms | |", spread(direct, 0));
    println!(
        "| 100 MB, keeper in process, of a direct download's speed | {} % | |",
        spread(near_part, 0)
    );
    println!(
        "| 100 MB through the socket, of a direct download's speed | {} % | 60 % |",
        spread(far_part, 0)
    );
    drop(process);
    near.shutdown().await;
    fleet.end().await;
}

/// Seconds of one call.
async fn calls(fleet: &Fleet, keeper: &dyn Keeper) -> f64 {
    let path = format!("/data/whole/{ANSWER}");
    let began = Instant::now();
    for _ in 0..CALLS {
        let call = fleet.request(fleet.connections[0], &path);
        assert_eq!(keeper.read(call).await.unwrap().body.len(), ANSWER);
    }
    began.elapsed().as_secs_f64() / f64::from(CALLS)
}

async fn download(fleet: &Fleet, keeper: &dyn Keeper) -> f64 {
    let began = Instant::now();
    let call = fleet.request(fleet.connections[0], "/data/hundred");
    let mut download = keeper.download(call).await.unwrap();
    let mut bytes = 0;
    while let Some(piece) = download.body.next().await {
        bytes += piece.unwrap().len();
    }
    assert_eq!(bytes, PIECE * PIECES);
    began.elapsed().as_secs_f64()
}

/// The same large answer without a keeper, by the same HTTP client.
async fn straight(server: &Server, authority: &Authority, token: &str) -> f64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "what a keeper costs is measured against a client without one"
    )]
    let client = reqwest::Client::builder();
    let trusted = reqwest::Certificate::from_pem(&authority.pem()).unwrap();
    let client = client.tls_certs_merge([trusted]).build().unwrap();
    let began = Instant::now();
    let url = server.base.join("/data/hundred").unwrap();
    let mut answer = client.get(url).bearer_auth(token).send().await.unwrap();
    let mut bytes = 0;
    while let Some(piece) = answer.chunk().await.unwrap() {
        bytes += piece.len();
    }
    assert_eq!(bytes, PIECE * PIECES);
    began.elapsed().as_secs_f64()
}
