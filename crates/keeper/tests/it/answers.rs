//! What a hostile or broken server can do with an answer that is read whole (S8). Limits are short ones of the
//! configuration: nothing here measures time.

use crate::{
    bench::{Bench, Otherwise, Patience},
    rough::Rough,
    server::Reply,
};
use gatelodge_model::{ErrorKind, Retry};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};

/// A connection whose API is the rough server.
async fn rough(patience: Patience) -> (Bench, Rough) {
    let rough = Rough::start().await;
    let bench = Bench::open_otherwise(Otherwise {
        practice: vec![rough.base.clone()],
        patience,
        ..Otherwise::default()
    })
    .await;
    let elsewhere = json!({ "instance_url": rough.base.as_str() });
    bench.server.reply(Reply::GrantWith(elsewhere));
    bench.try_connect(None).await.unwrap();
    (bench, rough)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_without_end_is_read_up_to_a_limit() {
    // proves S8
    for path in ["/data/long-head", "/data/many-headers"] {
        let (bench, rough) = rough(Patience::default()).await;
        let failure = bench.read(path).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
        assert_eq!(failure.error.retry(), Retry::Never, "{path}");
        let words = failure.error.to_string();
        assert!(words.contains("headers"), "{path}: {words}");
        assert_eq!(failure.attention, None);
        // what the kernel's buffers took, and no gigabyte
        let sent = rough.head.load(Ordering::SeqCst);
        assert!(sent < 32 * 1024 * 1024, "{path}: {sent} bytes");
        let download = bench.download(path).await.unwrap_err();
        assert_eq!(download.error, failure.error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_drips_has_its_time() {
    // proves S8
    let patience = Patience {
        call: Duration::from_millis(300),
        ..Patience::default()
    };
    let (bench, _rough) = rough(patience).await;
    let failure = bench.read("/data/dripping-head").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderTimeout);
    let failure = bench.download("/data/dripping-head").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderTimeout);
    let bench = Bench::open_otherwise(Otherwise {
        patience,
        ..Otherwise::default()
    })
    .await;
    bench.try_connect(None).await.unwrap();
    for path in ["/data/drip", "/data/stall"] {
        let failure = bench.read(path).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ProviderTimeout, "{path}");
        assert_eq!(failure.attention, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_length_gives_no_wrong_answer() {
    // proves S8
    let (bench, _rough) = rough(Patience::default()).await;
    // Too much: what is beyond the length belongs to nothing, also not to the next answer.
    for _ in 0..3 {
        assert_eq!(bench.read("/data/overlong").await.unwrap().body, "five,");
        assert_eq!(bench.read("/data/one").await.unwrap().body, "ok");
    }
    // Too little is no answer.
    let failure = bench.read("/data/short").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
    let cut = Bench::connected().await;
    let failure = cut.read("/data/cut/500").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
}
