//! A keeper that starts without its key.

use crate::bench::Bench;
use gatelodge_keeper::{KEY_CHECK, PASSPHRASE};
use gatelodge_keeper_client::{
    Keeper, RotateKeys, RotateWhat, SealRequest, SealedKind, SecretChange, Unlock, Viewer,
};
use gatelodge_model::{ErrorKind, Secret, UserId};
use gatelodge_vault::{KeyFile, KeyProvider, Vault};
use std::sync::Arc;

const WORDS: &str = "four words are a passphrase";

fn words(text: &str) -> Unlock {
    Unlock::Passphrase(Secret::new(text))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_key_everything_answers_sealed_and_nothing_is_lost() {
    // proves V4, V3
    let bench = Bench::connected().await;
    let kept = bench.seal(b"customers' data").await;
    let file = KeyFile::new(bench.folder.path().join("kek"), None);
    let kek = file.create(bench.random.as_ref()).unwrap();
    let order = RotateKeys {
        what: RotateWhat::Kek {
            key_file: Some(file.path().to_owned()),
        },
        started_by: "a test".to_owned(),
    };
    bench.keeper.rotate_keys(order).await.unwrap();
    while !bench.keeper.work_on_keys().await.unwrap() {}
    std::fs::rename(file.path(), bench.folder.path().join("away")).unwrap();

    let vault = Vault::sealed(bench.random.clone()).with_sources(vec![Arc::new(file.clone())]);
    let keeper = bench.keeper_with(&vault).await;
    let state = keeper.seal_state().await.unwrap();
    assert!(state.sealed && !state.by_passphrase && !state.first);
    assert_eq!(
        state.kek,
        Some(kek.id().to_string()),
        "the key that it wants"
    );
    let sealed = |result: Result<(), gatelodge_keeper_client::KeeperFailure>| {
        let failure = result.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Sealed);
        assert_eq!(failure.attention, None, "no connection is to blame");
    };
    sealed(keeper.read(bench.request("/data/a")).await.map(|_| ()));
    let opened = keeper
        .open(bench.organization, kept, Viewer::Execution)
        .await;
    sealed(opened.map(|_| ()));
    let request = SealRequest {
        organization: bench.organization,
        kind: SealedKind::Outcome,
        user: UserId::generate(bench.clock.as_ref(), bench.random.as_ref()),
        agent: None,
        bytes: Vec::new(),
    };
    sealed(keeper.seal(request).await.map(|_| ()));
    let revoked = keeper.revoke(bench.organization, bench.connection).await;
    sealed(revoked.map(|_| ()));
    sealed(keeper.begin_authorization(bench.begin()).await.map(|_| ()));
    assert!(
        bench.row().await.is_some(),
        "nothing was revoked or deleted"
    );

    let missing = keeper.unlock(Unlock::ReadAgain).await.unwrap_err();
    assert!(missing.error.message().contains("no key file"), "{missing}");
    let other = KeyFile::new(file.path(), None);
    other.create(bench.random.as_ref()).unwrap();
    let wrong = keeper.unlock(Unlock::ReadAgain).await.unwrap_err();
    assert_eq!(wrong.error.kind(), ErrorKind::Forbidden);
    assert!(keeper.seal_state().await.unwrap().sealed);
    std::fs::rename(bench.folder.path().join("away"), file.path()).unwrap();
    assert!(!keeper.unlock(Unlock::ReadAgain).await.unwrap().sealed);
    let opened = keeper
        .open(bench.organization, kept, Viewer::Execution)
        .await;
    assert_eq!(opened.unwrap(), b"customers' data");
    let answer = keeper.read(bench.request("/data/a")).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(file.kek().unwrap().id(), kek.id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passphrase_unlocks_and_wrong_ones_are_slowed_down() {
    // proves V3, V9
    let bench = Bench::open().await;
    let settings = bench.store.settings();
    let vault = Vault::sealed(bench.random.clone());
    let keeper = bench.keeper_with(&vault).await;
    assert!(keeper.seal_state().await.unwrap().first);
    let short = keeper.unlock(words("too short")).await.unwrap_err();
    assert!(short.error.message().contains("at least"), "{short}");
    assert_eq!(settings.get(KEY_CHECK).await.unwrap(), None);
    let state = keeper.unlock(words(WORDS)).await.unwrap();
    assert!(!state.sealed && state.by_passphrase);
    let stored = settings.get(PASSPHRASE).await.unwrap().unwrap();
    assert!(!stored.contains("words"));

    let vault = Vault::sealed(bench.random.clone());
    let keeper = bench.keeper_with(&vault).await;
    let mut messages = Vec::new();
    for guess in ["x", "four words are a passphrasf", ""] {
        let wrong = keeper.unlock(words(guess)).await.unwrap_err();
        assert_eq!(wrong.error.kind(), ErrorKind::Forbidden);
        messages.push(wrong.error.message().to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "an error says nothing about the guess");
    keeper.unlock(words("a fourth one")).await.unwrap_err();
    let limited = keeper.unlock(words(WORDS)).await.unwrap_err();
    assert_eq!(limited.error.kind(), ErrorKind::RateLimited);
    assert!(vault.is_sealed());
    bench.clock.advance_millis(3_000);
    keeper.unlock(words("a fifth one")).await.unwrap_err();
    bench.clock.advance_millis(3_000);
    let limited = keeper.unlock(words(WORDS)).await.unwrap_err();
    assert_eq!(
        limited.error.kind(),
        ErrorKind::RateLimited,
        "longer each time"
    );
    bench.clock.advance_millis(60_000);
    assert!(!keeper.unlock(words(WORDS)).await.unwrap().sealed);
    assert!(!keeper.unlock(words("anything")).await.unwrap().sealed);
    let saved = bench.save_app("client-2", SecretChange::Clear).await;
    assert_eq!(saved, None);
}
