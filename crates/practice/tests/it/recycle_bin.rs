//! Deleted records: how they come back, with what, and until when.

use chrono::TimeDelta;
use gatelodge_practice::org::access::Access;
use gatelodge_practice::org::dml::{Assignment, DuplicateOptions, WriteContext};
use gatelodge_practice::org::{ApiError, Id};
use serde_json::json;

use crate::rest_support::{ADMIN, Rest};
use crate::support::{TestOrg, org};

/// Takes a record out of the bin, as the SOAP call and Apex do it.
fn undelete(org: &TestOrg, id: &str) -> Result<(), ApiError> {
    let practice = org.running.practice();
    let id = Id::parse(id).unwrap();
    let schema = practice.org.schema();
    let admin = practice.org.user_by_username(ADMIN).unwrap();
    let context = WriteContext {
        user: admin.id.record().unwrap(),
        access: Access::administrator(schema),
        now: practice.org.now(),
        client: None,
        assignment: Assignment::Off,
        duplicates: DuplicateOptions::default(),
        most_records: None,
        base: String::new(),
        files: std::sync::Arc::clone(&practice.files),
    };
    let object = schema.object_by_prefix(id.prefix()).unwrap();
    let written = practice
        .org
        .write(context, |draft| draft.undelete(object, id), |_| ());
    written.map(|_| ())
}

async fn exists(admin: &Rest<'_>, object: &str, id: &str) -> bool {
    let path = format!("/sobjects/{object}/{id}");
    admin.get(&path).await.status == 200
}

async fn create(admin: &Rest<'_>, object: &str, body: serde_json::Value) -> String {
    let path = format!("/sobjects/{object}");
    admin.post(&path, body).await.expect(201).id()
}

async fn delete(admin: &Rest<'_>, object: &str, id: &str) {
    let path = format!("/sobjects/{object}/{id}");
    admin.delete(&path).await.expect(204);
}

fn failure(code: &'static str, message: &str) -> (u16, &'static str, String) {
    (400, code, message.to_owned())
}

fn told(error: &ApiError) -> (u16, &'static str, String) {
    (error.status, error.entry.code, error.entry.message.clone())
}

// proves SFB-OBJ-27
#[tokio::test]
async fn a_record_comes_back_with_the_details_that_went_along() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = create(&admin, "Account", json!({"Name": "Bin"})).await;
    let deal = json!({
        "Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-24", "AccountId": account,
    });
    let early = create(&admin, "Opportunity", deal.clone()).await;
    let late = create(&admin, "Opportunity", deal).await;
    delete(&admin, "Opportunity", &early).await;
    org.clock.advance(TimeDelta::seconds(5));
    delete(&admin, "Account", &account).await;
    assert!(!exists(&admin, "Opportunity", &late).await);
    undelete(&org, &account).unwrap();
    assert!(exists(&admin, "Account", &account).await);
    assert!(exists(&admin, "Opportunity", &late).await);
    assert!(!exists(&admin, "Opportunity", &early).await);
    let again = undelete(&org, &account).unwrap_err();
    let words = "Entity is not in the recycle bin";
    assert_eq!(told(&again), failure("UNDELETE_FAILED", words));
    undelete(&org, &early).unwrap();
    assert!(exists(&admin, "Opportunity", &early).await);
}

// proves SFB-OBJ-27
#[tokio::test]
async fn the_bin_is_emptied_after_fifteen_days() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let [kept, lost] = [
        create(&admin, "Account", json!({"Name": "A"})).await,
        create(&admin, "Account", json!({"Name": "B"})).await,
    ];
    for id in [&kept, &lost] {
        delete(&admin, "Account", id).await;
    }
    org.clock
        .advance(TimeDelta::days(15) - TimeDelta::seconds(1));
    undelete(&org, &kept).unwrap();
    org.clock.advance(TimeDelta::seconds(1));
    let refused = undelete(&org, &lost).unwrap_err();
    let words = "Entity is not in the recycle bin";
    assert_eq!(told(&refused), failure("UNDELETE_FAILED", words));
}

// proves SFB-OBJ-28
#[tokio::test]
async fn a_unique_value_may_be_taken_meanwhile() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let body = json!({"Invoice_Number__c": "BIN-1"});
    let first = create(&admin, "Invoice__c", body.clone()).await;
    delete(&admin, "Invoice__c", &first).await;
    let second = create(&admin, "Invoice__c", body).await;
    let refused = undelete(&org, &first).unwrap_err();
    let words = format!(
        "duplicate value found: Invoice_Number__c duplicates value on record with id: {}",
        &second[..15]
    );
    assert_eq!(told(&refused), failure("DUPLICATE_VALUE", &words));
}

// proves SFB-SOAP-4
#[tokio::test]
async fn soap_takes_records_out_of_the_bin() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = create(&admin, "Account", json!({"Name": "Bin"})).await;
    delete(&admin, "Account", &account).await;
    let call = async |session: &str| {
        let body = format!(
            "<e:Envelope><e:Header><SessionHeader><sessionId>{session}</sessionId></SessionHeader></e:Header>\
             <e:Body><undelete><ids>{account}</ids><ids>{account}</ids><ids>x&lt;y</ids></undelete></e:Body>\
             </e:Envelope>"
        );
        let address = org.url("/services/Soap/u/66.0");
        let request = org.http.post(address).header("content-type", "text/xml");
        let response = request.body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, refused) = call("dead").await;
    assert_eq!(status, 500);
    assert!(
        refused.contains("<faultcode>sf:INVALID_SESSION_ID</faultcode>"),
        "{refused}"
    );
    let (status, answer) = call(admin.token()).await;
    assert_eq!(status, 200, "{answer}");
    let failed = |message: &str, code: &str, id: &str| {
        format!(
            "<result><errors><message>{message}</message><statusCode>{code}</statusCode></errors><id>{id}</id>\
             <success>false</success></result>"
        )
    };
    let expected = format!(
        "<undeleteResponse><result><id>{account}</id><success>true</success></result>{}{}</undeleteResponse>",
        failed(
            "Entity is not in the recycle bin",
            "UNDELETE_FAILED",
            &account
        ),
        failed("malformed id x&lt;y", "MALFORMED_ID", "x&lt;y"),
    );
    assert!(answer.contains(&expected), "{answer}");
    assert!(exists(&admin, "Account", &account).await);
}
