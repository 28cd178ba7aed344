//! Answers that are handed on while they arrive, straight and through the socket: the same rules on both ways.

use crate::{
    bench::{Bench, Otherwise, Patience},
    bodies::{PIECE, PIECES},
    server::{Server, close},
    socket::serve_behind,
};
use futures::StreamExt as _;
use gatelodge_keeper::BudgetSettings;
use gatelodge_keeper_client::{BudgetState, Download, Keeper, KeeperResult};
use gatelodge_keeper_socket::{SocketKeeper, SocketTransport};
use gatelodge_model::{Error, ErrorKind, Retry};
use gatelodge_store::keeper::{KeeperStore, ProviderCall};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// A bench, asked in process or through a socket.
struct Way {
    bench: Bench,
    keeper: Arc<dyn Keeper>,
    _socket: Option<tempfile::TempDir>,
}

impl Way {
    async fn download(&self, path: &str) -> KeeperResult<Download> {
        self.keeper.download(self.bench.request(path)).await
    }

    /// Every byte that came, and what ended it.
    async fn taken(&self, path: &str) -> (Vec<u8>, Option<Error>) {
        let mut download = match self.download(path).await {
            Ok(download) => download,
            Err(failure) => return (Vec::new(), Some(failure.error)),
        };
        assert_eq!(download.status, 200, "{path}");
        let mut bytes = Vec::new();
        while let Some(piece) = download.body.next().await {
            match piece {
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(error) => {
                    assert!(download.body.next().await.is_none(), "nothing more comes");
                    return (bytes, Some(error));
                }
            }
        }
        (bytes, None)
    }

    async fn recorded(self) -> Vec<ProviderCall> {
        self.bench.keeper.shutdown().await;
        KeeperStore::new(self.bench.store.clone())
            .provider_calls()
            .list(self.bench.organization, self.bench.connection, 10)
            .await
            .unwrap()
    }

    fn server(&self) -> &Server {
        &self.bench.server
    }
}

/// Both ways, each with a bench of its own.
async fn ways(otherwise: impl Fn() -> Otherwise) -> [Way; 2] {
    let near = Bench::open_otherwise(otherwise()).await;
    near.try_connect(None).await.unwrap();
    let far = Bench::open_otherwise(otherwise()).await;
    far.try_connect(None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keeper/keeper.sock");
    serve_behind(&path, far.keeper.clone());
    [
        Way {
            keeper: near.keeper.clone(),
            bench: near,
            _socket: None,
        },
        Way {
            keeper: Arc::new(SocketKeeper::new(SocketTransport::new(&path, None))),
            bench: far,
            _socket: Some(folder),
        },
    ]
}

fn patient(patience: Patience) -> impl Fn() -> Otherwise {
    move || Otherwise {
        patience,
        ..Otherwise::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_megabytes_pass_and_only_a_little_is_held() {
    // proves S8, design section 3
    for way in ways(Otherwise::default).await {
        let mut download = way.download("/data/hundred").await.unwrap();
        assert_eq!(download.status, 200);
        let mut taken = 0;
        while let Some(piece) = download.body.next().await {
            taken += piece.unwrap().len();
            // What is on its way lies in the buffers of two HTTP connections and in those of the kernel.
            let ahead = way.server().sent.load(Ordering::SeqCst) - taken;
            assert!(ahead <= 24 * 1024 * 1024, "{ahead} bytes are held");
        }
        assert_eq!(taken, PIECE * PIECES);
        drop(download);
        let calls = way.recorded().await;
        assert_eq!((calls.len(), calls[0].status), (1, 200));
        assert_eq!(calls[0].bytes, (PIECE * PIECES) as u64);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_goes_away_ends_the_download() {
    for way in ways(Otherwise::default).await {
        let mut download = way.download("/data/hundred").await.unwrap();
        download.body.next().await.unwrap().unwrap();
        drop(download);
        // The provider's server is asked for nothing more, and the next call does not wait for it.
        assert_eq!(
            way.keeper
                .read(way.bench.request("/data/one"))
                .await
                .unwrap()
                .status,
            200
        );
        assert!(way.server().sent.load(Ordering::SeqCst) < PIECE * PIECES);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_cut_is_never_taken_for_a_whole_one() {
    // proves S8
    for way in ways(Otherwise::default).await {
        for bytes in [0, 1, 70_000] {
            let (came, error) = way.taken(&format!("/data/cut/{bytes}")).await;
            assert!(came.len() <= bytes);
            let error = error.expect("an end that is said to be one");
            assert_eq!(error.kind(), ErrorKind::ProviderUnavailable);
            assert!(error.to_string().contains("broke before"), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_stops_or_drips_has_its_time() {
    // proves S8
    let stops = patient(Patience {
        piece: Duration::from_millis(200),
        ..Patience::default()
    });
    for way in ways(stops).await {
        let (came, error) = way.taken("/data/stall").await;
        assert_eq!(came, b"only this");
        assert_eq!(error.unwrap().kind(), ErrorKind::ProviderTimeout);
    }
    // Each byte comes in time, and they never end.
    let drips = patient(Patience {
        download: Duration::from_millis(500),
        ..Patience::default()
    });
    for way in ways(drips).await {
        let (came, error) = way.taken("/data/drip").await;
        assert!(!came.is_empty());
        assert_eq!(error.unwrap().kind(), ErrorKind::ProviderTimeout);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_handed_on_up_to_the_limit() {
    // proves S8: without end, and small only until it is unpacked
    let limited = || Otherwise {
        download_bytes: Some(300_000),
        ..Otherwise::default()
    };
    for way in ways(limited).await {
        for path in ["/data/endless", "/data/bomb"] {
            let (came, error) = way.taken(path).await;
            assert!(came.len() <= 300_000, "{path}: {}", came.len());
            let error = error.unwrap();
            assert!(error.to_string().contains("300000 bytes"), "{error}");
            assert_eq!(error.retry(), Retry::Never);
        }
        // more than an ordinary answer may have
        let (came, error) = way.taken("/data/large").await;
        assert_eq!((came.len(), error), (200_000, None));
        let sent = way.server().script().calls[0].2.clone();
        assert_eq!(sent["accept-encoding"], "gzip", "so they came packed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echoed_token_does_not_come_through_wherever_it_is_parted() {
    // proves L2, CRED-2
    for way in ways(Otherwise::default).await {
        close(&way.server().call_gate);
        way.server().call_gate.add_permits(2);
        let mut download = way.download("/data/mirror").await.unwrap();
        let first = download.body.next().await.unwrap().unwrap();
        assert_eq!(first, "you sent ", "what may begin a token waits");
        way.server().call_gate.add_permits(1);
        let mut rest = Vec::new();
        while let Some(piece) = download.body.next().await {
            rest.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(String::from_utf8(rest).unwrap(), "[REDACTED], did you?");

        way.server().call_gate.add_permits(1);
        let refused = way.download("/data/echo").await.unwrap();
        assert_eq!(refused.status, 400);
        let refused = refused.whole(1000).await.unwrap();
        assert_eq!(refused.body, "you sent Bearer [REDACTED]");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_token_is_replaced_before_the_first_piece() {
    // proves R7
    for way in ways(Otherwise::default).await {
        way.server().script().expire();
        let (came, error) = way.taken("/data/large").await;
        assert_eq!((came.len(), error), (200_000, None));
        assert_eq!(way.server().refreshes(), 1);
        // Where the new one is refused as well, that is said as for any read.
        way.server().script().expire();
        way.server().script().deaf = true;
        let failure = way.download("/data/large").await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ReconnectNeeded);
        assert!(failure.attention.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_pass_up_to_the_budget_and_then_the_download_ends() {
    // proves P13, S9
    let budget = || Otherwise {
        budget: Some(BudgetSettings {
            rows: Some(100),
            calls: Some(1000),
            bytes: Some(10_000_000),
            ..BudgetSettings::UNLIMITED
        }),
        ..Otherwise::default()
    };
    for way in ways(budget).await {
        close(&way.server().call_gate);
        way.server().call_gate.add_permits(1);
        let mut download = way.download("/data/rows/parted/20").await.unwrap();
        for _ in 0..5 {
            way.server().call_gate.add_permits(1);
            let piece = download.body.next().await.unwrap().unwrap();
            assert_eq!(piece, "row\n".repeat(20));
        }
        way.server().call_gate.add_permits(1);
        let error = download.body.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BudgetExceeded, "{error}");
        assert_eq!(error.hint().unwrap().text, HELD);
        assert!(download.body.next().await.is_none());
        let bench = &way.bench;
        let budget = way.keeper.budget(bench.organization, bench.connection);
        assert_eq!(budget.await.unwrap().state, BudgetState::Held);
        drop(download);
        let calls = way.recorded().await;
        // the piece that was kept back came from the provider as well
        assert!(calls.iter().any(|call| call.bytes == 6 * 80), "{calls:?}");
    }
}

const HELD: &str =
    "Wait, ask for less, or have an owner or administrator let the connection go on, on its page.";
