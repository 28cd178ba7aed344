//! What outlives a disconnect, and what keeps a restored copy from sending.

use crate::bench::Bench;
use gatelodge_keeper_client::{Keeper, Revocation};
use gatelodge_model::{
    AttentionReason, Clock as _, ConnectionId, Error, ErrorKind, OrganizationId, SealedId,
};
use gatelodge_store::{Instance, Restored};

const REFRESH: &str = "refresh/0001==CANARY";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_revocation_is_repeated_until_the_provider_confirms() {
    // proves O17, CRED-5, V1
    let bench = Bench::connected().await;
    bench.server.script().revoke_status = Some(503);
    let (organization, connection) = (bench.organization, bench.connection);
    let ended = bench.keeper.revoke(organization, connection).await.unwrap();
    assert!(
        matches!(&ended, Revocation::Pending { reason, .. } if reason.contains("503")),
        "{ended:?}"
    );
    assert!(bench.row().await.is_none(), "of no use here at once");
    assert!(
        !bench
            .database_bytes()
            .windows(6)
            .any(|window| window == b"CANARY")
    );

    let keeper = bench.another_keeper().await;
    assert_eq!(keeper.end_due_grants().await.unwrap(), [], "not yet");
    bench.clock.advance_millis(2 * 60_000);
    assert_eq!(keeper.end_due_grants().await.unwrap(), []);
    let waiting = keeper.pending_revocations(organization).await.unwrap();
    assert_eq!((waiting[0].attempts, waiting[0].given_up), (2, false));
    assert_eq!(bench.server.script().revoked, [REFRESH, REFRESH]);

    // whoever waits may ask before the next turn
    let now = keeper.end_grants_now(organization, connection).await;
    assert_eq!(now.unwrap(), []);
    bench.server.script().revoke_status = None;
    bench.clock.advance_millis(5 * 60_000);
    let ended = keeper.end_due_grants().await.unwrap();
    assert_eq!(
        (ended[0].connection, &ended[0].given_up),
        (connection, &None)
    );
    assert_eq!(keeper.pending_revocations(organization).await.unwrap(), []);
    assert_eq!(bench.server.script().revoked.len(), 4);
    let now = keeper.end_grants_now(organization, connection).await;
    assert_eq!(now.unwrap(), [], "nothing is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_day_the_token_is_deleted_and_people_are_told_for_a_month() {
    // proves O17
    let bench = Bench::connected().await;
    bench.server.script().revoke_status = Some(503);
    let organization = bench.organization;
    bench
        .keeper
        .revoke(organization, bench.connection)
        .await
        .unwrap();
    bench.clock.advance_millis(25 * 3_600_000);
    let ended = bench.keeper.end_due_grants().await.unwrap();
    assert!(ended[0].given_up.as_ref().unwrap().contains("503"));
    assert!(
        bench
            .keeper
            .pending_revocations(organization)
            .await
            .unwrap()[0]
            .given_up
    );
    let asked = bench.server.script().revoked.len();
    bench.clock.advance_millis(31 * 86_400_000);
    assert_eq!(bench.keeper.end_due_grants().await.unwrap(), []);
    assert_eq!(
        bench
            .keeper
            .pending_revocations(organization)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        bench.server.script().revoked.len(),
        asked,
        "nothing was asked after the day"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_sends_nothing_until_it_is_activated() {
    // proves R16
    let bench = Bench::connected().await;
    let settings = bench.store.settings();
    let original = settings.instance().await.unwrap().unwrap();
    let copy = copy(&bench);
    settings.set_instance(&copy).await.unwrap();
    let restored = bench.another_keeper().await;
    // the original works on
    bench.read("/data/one").await.unwrap();
    bench.server.script().expire();
    let before = bench.server.traffic();
    let refused = |kind| assert_eq!(kind, ErrorKind::RestoredCopy);
    refused(
        restored
            .read(bench.request("/data/one"))
            .await
            .unwrap_err()
            .error
            .kind(),
    );
    let revoked = restored.revoke(bench.organization, bench.connection).await;
    refused(revoked.unwrap_err().error.kind());
    assert_eq!(restored.end_due_grants().await.unwrap(), []);
    let now = restored.end_grants_now(bench.organization, bench.connection);
    refused(now.await.unwrap_err().error.kind());
    // the seal of the original does not open the copy's door, and without any name it stays closed too
    let forged = Instance {
        activation: original.activation,
        ..copy.clone()
    };
    settings.set_instance(&forged).await.unwrap();
    refused(
        restored
            .read(bench.request("/data/one"))
            .await
            .unwrap_err()
            .error
            .kind(),
    );
    settings
        .set("instance.identity", "{\"id\":\"nobody\"}")
        .await
        .unwrap();
    assert!(restored.read(bench.request("/data/one")).await.is_err());
    assert_eq!(bench.server.traffic(), before, "0 outgoing calls");
    assert!(bench.row().await.is_some(), "the credential is still there");
    settings.set_instance(&copy).await.unwrap();

    let from = activate(&bench, &[]).await.unwrap();
    assert_eq!(from, copy.restored);
    let answer = restored.read(bench.request("/data/one")).await.unwrap();
    assert_eq!(answer.status, 200);
    let again = activate(&bench, &[]).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activated_copy_never_tries_a_token_that_the_original_replaced() {
    // proves R16: not even a token that is due, and that nobody asks for
    let bench = Bench::connected().await;
    bench
        .store
        .settings()
        .set_instance(&copy(&bench))
        .await
        .unwrap();
    let (organization, connection) = (bench.organization, bench.connection);
    activate(&bench, &[(organization, connection)])
        .await
        .unwrap();
    bench.server.script().expire();
    let restored = bench.another_keeper().await;
    let sent = bench.server.script().token_requests.len();
    let failure = restored.read(bench.request("/data/one")).await.unwrap_err();
    assert_eq!(failure.attention, Some(AttentionReason::LostRotation));
    assert_eq!(bench.server.script().token_requests.len(), sent);
    let row = bench.row().await.unwrap();
    assert_eq!(row.ended, Some(AttentionReason::LostRotation));
    assert_eq!(row.next_refresh_at, None, "no sweep finds it due");
}

/// What an installation is that was restored a moment ago.
fn copy(bench: &Bench) -> Instance {
    let id = || SealedId::generate(bench.clock.as_ref(), bench.random.as_ref()).as_uuid();
    Instance {
        id: id(),
        activation: None,
        restored: Some(Restored {
            from: id(),
            backed_up_at: bench.clock.now(),
            at: bench.clock.now(),
        }),
    }
}

async fn activate(
    bench: &Bench,
    spent: &[(OrganizationId, ConnectionId)],
) -> Result<Option<Restored>, Error> {
    let (store, vault) = (bench.store.clone(), bench.vault.clone());
    let (clock, random) = (bench.clock.clone(), bench.random.clone());
    gatelodge_keeper::activate(store, vault, clock, random, spent).await
}
