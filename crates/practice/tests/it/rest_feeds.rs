//! What changed and what was deleted in a span of time.

use chrono::{DateTime, TimeDelta, Utc};
use gatelodge_practice::Clock;
use serde_json::json;

use crate::rest_support::{ADMIN, Reply, Rest};
use crate::support::{TestOrg, org};

fn now(org: &TestOrg) -> DateTime<Utc> {
    org.clock.now()
}

async fn feed(rest: &Rest<'_>, name: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> Reply {
    let wire = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S%%2B00:00").to_string();
    let path = format!(
        "/sobjects/Account/{name}/?start={}&end={}",
        wire(start),
        wire(end)
    );
    rest.get(&path).await
}

// proves SFB-OBJ-13
#[tokio::test]
async fn changed_and_deleted_rows_are_listed() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let begin = now(&org);
    let (kept, gone) = (
        admin
            .post("/sobjects/Account", json!({"Name": "Kept"}))
            .await
            .expect(201)
            .id(),
        admin
            .post("/sobjects/Account", json!({"Name": "Gone"}))
            .await
            .expect(201)
            .id(),
    );
    admin
        .delete(&format!("/sobjects/Account/{gone}"))
        .await
        .expect(204);
    org.clock.advance(TimeDelta::minutes(2));
    let end = now(&org);
    let covered = end.format("%Y-%m-%dT%H:%M:00.000+0000").to_string();
    let updated = feed(&admin, "updated", begin, end).await.expect(200);
    assert_eq!(
        updated.body,
        json!({"ids": [kept], "latestDateCovered": covered})
    );
    let deleted = feed(&admin, "deleted", begin, end).await.expect(200);
    let at = begin.format("%Y-%m-%dT%H:%M:%S.000+0000").to_string();
    let earliest = (end - TimeDelta::days(15)).format("%Y-%m-%dT%H:%M:00.000+0000");
    let expected = json!({
        "deletedRecords": [{"deletedDate": at, "id": gone}],
        "earliestDateAvailable": earliest.to_string(),
        "latestDateCovered": covered,
    });
    assert_eq!(deleted.body, expected);
}

// proves SFB-OBJ-18
#[tokio::test]
async fn a_span_must_run_forward_and_not_reach_back_too_far() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let now = now(&org);
    let refused = |reply: Reply, words: &str| {
        let reply = reply.expect(400);
        assert_eq!(
            reply.body,
            json!([{"message": words, "errorCode": "INVALID_REPLICATION_DATE"}])
        );
    };
    let order = "The specified end_time cannot be the same value as, or earlier than, the specified start_time";
    // Seconds are ignored, so these are the same moment.
    let minute = now - TimeDelta::seconds(now.timestamp() % 60);
    refused(
        feed(&admin, "updated", minute, minute + TimeDelta::seconds(59)).await,
        order,
    );
    refused(
        feed(&admin, "deleted", now, now - TimeDelta::hours(1)).await,
        order,
    );
    let days = |days: i64| now - TimeDelta::days(days);
    refused(
        feed(&admin, "deleted", days(16), now).await,
        "The specified start_time cannot be more than 15 days ago",
    );
    feed(&admin, "updated", days(16), now).await.expect(200);
    refused(
        feed(&admin, "updated", days(31), now).await,
        "The specified start_time cannot be more than 30 days ago",
    );
    let reply = admin
        .get("/sobjects/Account/updated?start=monday&end=2026-11-02T10:00:00Z")
        .await
        .expect(400);
    assert_eq!(reply.code(), "ILLEGAL_QUERY_PARAMETER_VALUE");
    let reply = admin
        .post("/sobjects/Account/deleted", json!({}))
        .await
        .expect(405);
    assert_eq!(
        reply.message(),
        "HTTP Method 'POST' not allowed. Allowed are HEAD,GET"
    );
}
