//! Which answers of a passkey approve, and which do not, whatever is wrong with them.

use super::holder::{SITE, passkey};
use crate::{authenticator::SoftPasskey, bench::Bench};
use gatelodge_keeper_client::{Keeper, PasskeyHolder};
use gatelodge_model::{ErrorKind, UserId};
use proptest::prelude::*;

type Lie = (&'static str, fn(&mut SoftPasskey), &'static str);

const LIES: [Lie; 8] = [
    (
        "another address",
        |passkey| "https://hub.test.evil.test".clone_into(&mut passkey.origin),
        "another address",
    ),
    (
        "another port",
        |passkey| "https://hub.test:8443".clone_into(&mut passkey.origin),
        "another address",
    ),
    (
        "plain http",
        |passkey| "http://hub.test".clone_into(&mut passkey.origin),
        "another address",
    ),
    (
        "another site",
        |passkey| "evil.test".clone_into(&mut passkey.site),
        "another site",
    ),
    (
        "nobody verified",
        |passkey| passkey.verified = false,
        "did not verify",
    ),
    (
        "another challenge",
        |passkey| passkey.challenge = Some("A".repeat(43)),
        "something else",
    ),
    (
        "another ceremony",
        |passkey| passkey.kind = Some("webauthn.create"),
        "another kind",
    ),
    (
        "another key under the same id",
        |stolen| {
            let id = stolen.id.clone();
            *stolen = passkey();
            stolen.id = id;
        },
        "signature is wrong",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_right_answer_approves() {
    // proves P4, P5: address, site, challenge, verification, key and kind of ceremony must all be right
    for (name, lie, words) in LIES {
        let (bench, mut first, _) = Bench::sealed().await;
        let call = bench.proposed(|_| {}).await;
        lie(&mut first);
        let answer = bench.assertion(&call, &mut first).await;
        let refused = bench.accept(&call, Some(answer)).await.unwrap_err().error;
        assert_eq!(refused.kind(), ErrorKind::PasskeyRefused, "{name}");
        assert!(refused.message().contains(words), "{name}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_answer_nothing_is_approved() {
    // proves P5
    let (bench, _, _) = Bench::sealed().await;
    let call = bench.proposed(|_| {}).await;
    let refused = bench.accept(&call, None).await.unwrap_err().error;
    assert_eq!(refused.kind(), ErrorKind::PasskeyNeeded);
    for nonsense in ["", "{}", "null", &"x".repeat(40_000)] {
        let refused = bench.accept(&call, Some(nonsense.to_owned())).await;
        let refused = refused.unwrap_err().error;
        assert_eq!(refused.kind(), ErrorKind::PasskeyRefused, "{nonsense:.20}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_for_its_proposal_and_its_person() {
    // proves P4
    let (bench, mut first, mut second) = Bench::sealed().await;
    let (one, other) = (bench.proposed(|_| {}).await, bench.proposed(|_| {}).await);
    let answer = bench.assertion(&one, &mut first).await;
    let refused = bench.accept(&other, Some(answer)).await.unwrap_err().error;
    assert!(refused.message().contains("something else"), "{refused}");

    let mut stranger = passkey();
    stranger.site = SITE.to_owned();
    let terms = bench
        .keeper
        .approval_terms(bench.holder(), one.digest)
        .await;
    let answer = stranger.get(&terms.unwrap().request.unwrap());
    let refused = bench.accept(&one, Some(answer)).await.unwrap_err().error;
    assert!(refused.message().contains("not enrolled"), "{refused}");

    // somebody of the same organization, with passkeys of their own
    let user = UserId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let colleague = PasskeyHolder {
        user,
        ..bench.holder()
    };
    let (mut theirs, _) = bench.enrolled(colleague).await;
    let answer = bench.assertion(&one, &mut theirs).await;
    let refused = bench.accept(&one, Some(answer)).await.unwrap_err().error;
    assert!(refused.message().contains("not enrolled"), "{refused}");

    bench.approve(&one, &mut second).await;
    assert_eq!(bench.send(&one).await.unwrap().status, 200);
    assert_eq!(bench.writes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_stands_or_goes_back_is_a_copy() {
    // proves P4
    let (bench, mut first, _) = Bench::sealed().await;
    for step in [1, 5] {
        first.step = step;
        let call = bench.proposed(|_| {}).await;
        bench.approve(&call, &mut first).await;
    }
    for step in [0, -1, -5] {
        let counter = first.counter;
        first.step = step;
        let call = bench.proposed(|_| {}).await;
        let answer = bench.assertion(&call, &mut first).await;
        let refused = bench.accept(&call, Some(answer)).await.unwrap_err().error;
        assert!(refused.message().contains("counter"), "{step}: {refused}");
        first.counter = counter;
    }
    // the very same answer, sent again
    first.step = 1;
    let call = bench.proposed(|_| {}).await;
    let answer = bench.assertion(&call, &mut first).await;
    bench.accept(&call, Some(answer.clone())).await.unwrap();
    let refused = bench.accept(&call, Some(answer)).await.unwrap_err().error;
    assert!(refused.message().contains("counter"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_does_not_count_approves_once_all_the_same() {
    // proves P4: synchronised passkeys always say 0
    let (bench, mut first, _) = Bench::sealed().await;
    first.step = 0;
    let call = bench.proposed(|_| {}).await;
    let answer = bench.assertion(&call, &mut first).await;
    bench.accept(&call, Some(answer.clone())).await.unwrap();
    bench.approve(&call, &mut first).await;
    assert_eq!(bench.send(&call).await.unwrap().status, 200);
    bench.accept(&call, Some(answer)).await.unwrap();
    let again = bench.send(&call).await.unwrap_err().error;
    assert_eq!(again.kind(), ErrorKind::ApprovalMissing);
    assert_eq!(bench.writes(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // proves P4, P5: no answer with a changed byte approves
    #[test]
    fn an_answer_with_a_changed_byte_does_not_approve(member in 0_usize..3, place in any::<prop::sample::Index>(), change in 1_u8..=255) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(async {
            let (bench, mut first, _) = Bench::sealed().await;
            let call = bench.proposed(|_| {}).await;
            let answer = bench.assertion(&call, &mut first).await;
            let changed = with_changed_byte(&answer, member, place, change);
            bench.accept(&call, Some(changed)).await
        });
        prop_assert!(outcome.is_err(), "{outcome:?}");
    }
}

fn with_changed_byte(
    answer: &str,
    member: usize,
    place: prop::sample::Index,
    change: u8,
) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let member = ["authenticatorData", "clientDataJSON", "signature"][member];
    let mut answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    let text = answer["response"][member].as_str().unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    let at = place.index(bytes.len());
    bytes[at] ^= change;
    answer["response"][member] = URL_SAFE_NO_PAD.encode(bytes).into();
    answer.to_string()
}
