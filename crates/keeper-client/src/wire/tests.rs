//! What travels arrives as it was sent, and secrets travel nowhere else.

use super::*;
use crate::{SaveOAuthApp, SealRequest, SealedKind, SecretChange};
use gatelodge_model::{
    AttentionReason, ErrorKind, OAuthAppId, OrganizationId, ProviderDetail, Retry, Secret, UserId,
    WhoMustAct,
    clock::testing::{FixedClock, SeededRandom},
};
use proptest::prelude::*;

fn app(secret: &str) -> SaveOAuthApp {
    let (clock, random) = (FixedClock::at(1_700_000_000_000), SeededRandom::new(7));
    SaveOAuthApp {
        organization: OrganizationId::generate(&clock, &random),
        app: OAuthAppId::generate(&clock, &random),
        provider: "salesforce".to_owned(),
        client_id: "client".to_owned(),
        client_secret: SecretChange::Set(Secret::new(secret)),
    }
}

#[test]
fn a_secret_is_written_into_a_packet_and_nowhere_else() {
    // proves CRED-2, L1
    let refused = serde_json::to_string(&app("hunter2"))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("socket only"), "{refused}");
    let packet = pack(&app("hunter2")).unwrap();
    let back: SaveOAuthApp = unpack(packet).unwrap();
    let SecretChange::Set(secret) = back.client_secret else {
        unreachable!("it was set");
    };
    assert_eq!(secret.expose(), "hunter2");
    // the scope ended with the packet
    assert!(serde_json::to_string(&app("hunter2")).is_err());
}

#[test]
fn an_unreadable_packet_is_not_quoted() {
    // proves L1
    let packet = Packet::arrived(Bytes::from_static(b"{\"app\":\"hunter2\"}"), Bytes::new());
    let error = unpack::<SaveOAuthApp>(packet).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    let left_over = Packet::arrived(Bytes::from_static(b"1"), Bytes::from_static(b"more"));
    assert!(unpack::<u8>(left_over).is_err());
    let missing = Packet::arrived(Bytes::from_static(b"9"), Bytes::from_static(b"few"));
    assert!(unpack::<Raw>(missing).is_err());
}

#[test]
fn the_table_has_each_name_once() {
    let mut names: Vec<_> = METHODS.iter().map(|method| method.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), METHODS.len());
}

fn kinds() -> impl Strategy<Value = ErrorKind> {
    prop::sample::select(vec![
        ErrorKind::InvalidArgument,
        ErrorKind::NotConnected,
        ErrorKind::ReconnectNeeded,
        ErrorKind::ProviderRejected,
        ErrorKind::ProviderTimeout,
        ErrorKind::EgressDenied,
        ErrorKind::ProposalChanged,
        ErrorKind::UnknownOutcome,
        ErrorKind::Integrity,
        ErrorKind::KeeperUnavailable,
        ErrorKind::Internal,
    ])
}

fn retries() -> impl Strategy<Value = Retry> {
    prop::sample::select(vec![Retry::Never, Retry::Later, Retry::AfterAction])
}

prop_compose! {
    fn details()(
        provider in "[a-z]{1,12}", status in any::<u16>(), code in any::<String>(), message in any::<String>(),
        fields in prop::collection::vec(any::<String>(), 0..3), request_id in prop::option::of(any::<String>()),
    ) -> ProviderDetail {
        ProviderDetail { provider, status, code, message, fields, request_id }
    }
}

prop_compose! {
    fn failures()(
        kind in kinds(), retry in retries(), message in any::<String>(), hint in any::<String>(),
        choices in prop::collection::vec(any::<String>(), 0..3), context in any::<String>(),
        detail in prop::option::of(details()), field in prop::option::of(any::<String>()),
        attention in prop::sample::select(vec![None, Some(AttentionReason::LostRotation), Some(AttentionReason::GrantEnded)]),
    ) -> KeeperFailure {
        let error = match field {
            Some(field) => Error::invalid(field, message),
            None => Error::new(kind, message),
        };
        let mut error = error
            .with_retry(retry)
            .with_hint(WhoMustAct::ProviderAdmin, hint)
            .with_choices(choices)
            .with_context("cause", context);
        if let Some(detail) = detail {
            error = error.with_provider(detail);
        }
        KeeperFailure { error, attention }
    }
}

proptest! {
    #[test]
    fn a_failure_loses_nothing_on_the_way(failure in failures()) {
        let Err(packet) = pack_result::<()>(Err(failure.clone())) else {
            return Err(TestCaseError::fail("a failure became a value"));
        };
        let back: KeeperFailure = unpack(packet).unwrap();
        prop_assert_eq!(back, failure);
    }

    #[test]
    fn bytes_travel_as_they_are(
        status in 100_u16..600,
        headers in prop::collection::vec((any::<String>(), any::<String>()), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let response = ProviderResponse { status, headers, body: body.clone().into() };
        let packet = pack(&Answer::from(response.clone())).unwrap();
        prop_assert_eq!(packet.bytes_beside(), body.len());
        let back: Answer = unpack(packet).unwrap();
        prop_assert_eq!(ProviderResponse::from(back), response);
        let (clock, random) = (FixedClock::at(1_700_000_000_000), SeededRandom::new(1));
        let request = SealRequest {
            organization: OrganizationId::generate(&clock, &random),
            kind: SealedKind::Outcome,
            user: UserId::generate(&clock, &random),
            agent: None,
            bytes: body,
        };
        let back: SealRequest = unpack(pack(&request).unwrap()).unwrap();
        prop_assert_eq!(back.bytes, request.bytes);
    }
}
