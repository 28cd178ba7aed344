//! Three keepers on one PostgreSQL, counted at the peer: ours, and oidc-provider, which we did not write.

use crate::{
    fleet::{APP_SECRET, Fleet, Pace, variable},
    provider::MANIFEST,
    server::Server,
};
use futures::future::join_all;
use gatelodge_keeper::InProcessKeeper;
use gatelodge_store::keeper::KeeperStore;
use serde_json::{Value, json};
use std::{process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::Instant,
};
use url::Url;

/// oidc-provider in a process of its own.
struct Peer {
    issuer: Url,
    _process: Child,
}

impl Peer {
    async fn start(ttl: u32) -> Self {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../testkit/clients/oidc_peer.mjs"
        );
        let order = json!({
            "modules": variable("GATELODGE_TEST_NODE_MODULES"), "ttl": ttl, "secret": APP_SECRET,
        });
        let mut process = Command::new(variable("GATELODGE_TEST_NODE"))
            .args([script, &order.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self {
            issuer: ready["issuer"].as_str().unwrap().parse().unwrap(),
            _process: process,
        }
    }
}

/// A question to the peer that is none of the protocol.
async fn ask(issuer: &Url, path: &str) -> Value {
    let address = format!("127.0.0.1:{}", issuer.port().unwrap());
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

/// Declares the life of its tokens, and rotates strictly.
fn declared() -> String {
    MANIFEST
        .replace("expiry = \"unknown\"", "expiry = \"declared\"")
        .replace("authorize_path = \"/authorize\"", "authorize_path = \"/auth\"")
        .replace("[[scopes]]\nname = \"api\"", "[refresh]\nrotation = \"strict\"\n\n[[scopes]]\nname = \"openid\"\nreason = \"To say who.\"\nwhen_missing = \"limited\"\n\n[[scopes]]\nname = \"api\"")
}

async fn three(fleet: &Fleet) -> Vec<Arc<InProcessKeeper>> {
    join_all((1..=3).map(|host| fleet.keeper(host, Pace::QUICK))).await
}

/// Refreshes of connections with tokens that live `ttl` seconds, while all three keepers use them.
async fn refresh_at_oidc_provider(connections: usize, refreshes: i64, ttl: u32) -> Value {
    let peer = Peer::start(ttl).await;
    let issuer = peer.issuer.clone();
    let mut fleet = Fleet::new(issuer.clone(), &declared()).await;
    let keepers = three(&fleet).await;
    let codes = issuer.clone();
    fleet
        .connect(&keepers[0], connections, async |index, address| {
            let challenge = address
                .query_pairs()
                .find(|(name, _)| name == "code_challenge")
                .unwrap()
                .1
                .into_owned();
            let path = format!("/test/code?account=account-{index}&challenge={challenge}");
            ask(&codes, &path).await["code"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .await;
    let store = KeeperStore::new(fleet.store().await);
    let began = Instant::now();
    while fleet.committed(&store).await < refreshes {
        assert!(began.elapsed() < Duration::from_mins(20));
        // Calls come through every host at the same time, whether a token lives or not.
        let calls = keepers.iter().flat_map(|keeper| {
            let some = fleet.connections.iter().step_by(3);
            some.map(|connection| fleet.read(keeper, *connection, "/me"))
        });
        for answer in join_all(calls).await {
            assert_eq!(answer.unwrap().status, 200);
        }
    }
    for keeper in &keepers {
        keeper.shutdown().await;
    }
    let mut counts = ask(&issuer, "/test/counts").await;
    counts["committed"] = json!(fleet.committed(&store).await);
    counts["seconds"] = json!(began.elapsed().as_secs());
    fleet.end().await;
    counts
}

fn nothing_is_lost(counts: &Value) {
    for (name, value) in counts.as_object().unwrap() {
        println!("| {name} | {value} |");
    }
    assert_eq!(counts["twice"], 0, "every refresh token is presented once");
    assert_eq!(counts["refused"], 0);
    assert_eq!(counts["ended"], 0, "no grant is ended");
    // From the first connection on, those too that came while others were still being connected: what was granted is
    // what was committed, because keepers end only when no answer is in their memory.
    assert_eq!(counts["refreshes"], counts["committed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_keepers_present_every_token_once_at_oidc_provider() {
    // proves R1, CRED-3, CRED-4
    let counts = refresh_at_oidc_provider(10, 60, 2).await;
    assert!(counts["refreshes"].as_i64().unwrap() >= 60, "{counts}");
    nothing_is_lost(&counts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by cargo xtask soak refresh-oidc"]
async fn soak_refresh_at_oidc_provider() {
    let counts = refresh_at_oidc_provider(100, 1_000, 5).await;
    nothing_is_lost(&counts);
}

/// Refreshes at our own strict server until so many were done.
async fn refresh_at_ours(hosts: usize, connections: usize, refreshes: i64) {
    let server = Server::start().await;
    let mut fleet = Fleet::new(server.base.clone(), &declared()).await;
    let keepers = join_all((1..=hosts).map(|host| fleet.keeper(host, Pace::QUICK))).await;
    server.script().life = Some(2);
    fleet
        .connect(&keepers[0], connections, async |_, _| "code".to_owned())
        .await;
    let store = KeeperStore::new(fleet.store().await);
    let before = fleet.committed(&store).await;
    let began = Instant::now();
    while fleet.committed(&store).await - before < refreshes {
        assert!(began.elapsed() < Duration::from_mins(20));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for keeper in &keepers {
        keeper.shutdown().await;
    }
    let done = fleet.committed(&store).await;
    assert_eq!(
        server.script().twice,
        0,
        "every refresh token is presented once"
    );
    assert_eq!(server.refreshes(), usize::try_from(done).unwrap());
    fleet.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_keepers_that_see_the_same_end_refresh_once() {
    // proves R1: nobody asks; what is due is shared
    refresh_at_ours(3, 20, 60).await;
}
