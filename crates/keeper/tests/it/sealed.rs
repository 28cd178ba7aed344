//! Who may have opened what was sealed.

use crate::bench::Bench;
use gatelodge_keeper_client::{Keeper, SealRequest, SealedKind, Viewer};
use gatelodge_model::{AgentId, ErrorKind, OrganizationId, UserId};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_entitled_see_it() {
    // proves T1, T7, V1, design invariant 10
    let bench = Bench::open().await;
    let user = || UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let agent = || AgentId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let (owner, asker) = (user(), agent());
    let seal = |agent| SealRequest {
        organization: bench.organization,
        kind: SealedKind::Outcome,
        user: owner,
        agent,
        bytes: b"CANARY customers' data".to_vec(),
    };
    let asked = bench.keeper.seal(seal(Some(asker))).await.unwrap();
    let edited = bench.keeper.seal(seal(None)).await.unwrap();
    for (id, viewer, entitled) in [
        (asked, Viewer::User(owner), true),
        (asked, Viewer::Agent(asker), true),
        (asked, Viewer::Execution, true),
        (asked, Viewer::User(user()), false),
        (asked, Viewer::Agent(agent()), false),
        (edited, Viewer::User(owner), true),
        (edited, Viewer::Agent(asker), false),
    ] {
        let opened = bench.keeper.open(bench.organization, id, viewer).await;
        if entitled {
            assert_eq!(opened.unwrap(), b"CANARY customers' data");
        } else {
            let kind = opened.unwrap_err().error.kind();
            assert_eq!(kind, ErrorKind::NotFound, "{viewer:?}");
        }
    }
    let elsewhere = OrganizationId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let opened = bench.keeper.open(elsewhere, asked, Viewer::Execution).await;
    assert_eq!(opened.unwrap_err().error.kind(), ErrorKind::NotFound);
    let stored = bench.database_bytes();
    assert!(!stored.windows(6).any(|window| window == b"CANARY"));
}
