//! The single-send API: what goes out, what does not although the answer is 200, and never twice.

use gatelodge_practice::faults::{Cut, Fault};
use serde_json::{Value, json};

use super::{CONTACTS, SCOPES, TestHubSpot, category, hubspot, hubspot_with};

const SEND: &str = "/marketing/transactional/2026-03/single-email/send";

async fn connected(hubspot: &mut TestHubSpot) -> String {
    let scopes = format!("{SCOPES} transactional-email");
    hubspot.connect(&scopes).await
}

fn mail(email_id: u64, to: &str, send_id: &str) -> Value {
    json!({ "emailId": email_id, "message": { "to": to, "sendId": send_id } })
}

#[tokio::test]
async fn a_mail_goes_out_once_per_send_id() {
    let mut hubspot = hubspot().await;
    let token = connected(&mut hubspot).await;
    let mut order = mail(100_002, "ann@customers.example", "one");
    order["customProperties"] = json!({ "order_number": 7 });
    order["message"]["replyTo"] = json!(["desk@northwind-practice.example"]);
    let (status, sent) = hubspot.post(&token, SEND, &order).await;
    assert_eq!(status, 200);
    assert_eq!(sent["status"], "COMPLETE");
    assert_eq!(sent["sendResult"], "SENT");
    assert!(sent["eventId"]["id"].is_string());
    for path in [SEND, "/marketing/v3/transactional/single-email/send"] {
        let (status, again) = hubspot.post(&token, path, &order).await;
        assert_eq!(status, 200);
        assert_eq!(again["sendResult"], "IDEMPOTENT_IGNORE");
        assert_eq!(again["statusId"], sent["statusId"]);
    }
    let vendor = hubspot.running.vendor();
    let mails = vendor.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].custom_properties["order_number"], 7);
    assert_eq!(mails[0].reply_to, ["desk@northwind-practice.example"]);
    assert!(vendor.written_contacts().is_empty());
    let status = format!(
        "/marketing/v3/email/send-statuses/{}",
        sent["statusId"].as_str().unwrap()
    );
    let (_, status) = hubspot.get(&token, &status).await;
    assert_eq!(status, sent);
    let unknown = hubspot
        .get(&token, "/marketing/v3/email/send-statuses/x")
        .await;
    assert_eq!(unknown.0, 404);
}

#[tokio::test]
async fn an_answer_of_200_can_be_a_failure() {
    let mut hubspot = hubspot().await;
    let token = connected(&mut hubspot).await;
    hubspot
        .running
        .vendor()
        .answer_for("Full@customers.example", "THROTTLED");
    for (number, (to, result)) in [
        ("bounced@customers.example", "PREVIOUSLY_BOUNCED"),
        (
            "unsubscribed@customers.example",
            "PREVIOUSLY_UNSUBSCRIBED_MESSAGE",
        ),
        ("blocked@customers.example", "BLOCKED_ADDRESS"),
        ("full@customers.example", "THROTTLED"),
        ("nobody", "INVALID_TO_ADDRESS"),
    ]
    .into_iter()
    .enumerate()
    {
        let (status, answer) = hubspot
            .post(&token, SEND, &mail(100_001, to, &number.to_string()))
            .await;
        assert_eq!(status, 200);
        assert_eq!(answer["sendResult"], result);
        assert_eq!(answer["status"], "CANCELED");
    }
    let (_, again) = hubspot
        .post(&token, SEND, &mail(100_001, "ok@customers.example", "0"))
        .await;
    assert_eq!(again["sendResult"], "IDEMPOTENT_FAIL");
    let (_, bare) = hubspot
        .post(&token, SEND, &mail(100_002, "ok@customers.example", "a"))
        .await;
    assert_eq!(bare["sendResult"], "MISSING_TEMPLATE_PROPERTIES");
    hubspot.running.vendor().set_add_on(false);
    let (_, no) = hubspot
        .post(&token, SEND, &mail(100_001, "ok@customers.example", "b"))
        .await;
    assert_eq!(no["sendResult"], "PORTAL_NOT_AUTHORIZED_FOR_APPLICATION");
    assert!(hubspot.running.vendor().mails().is_empty());
    assert_eq!(hubspot.running.vendor().attempts().len(), 7);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_sends_nothing() {
    let mut hubspot = hubspot().await;
    let token = connected(&mut hubspot).await;
    for (order, status, expected) in [
        (
            mail(999, "a@customers.example", "a"),
            404,
            "OBJECT_NOT_FOUND",
        ),
        (
            mail(100_003, "a@customers.example", "b"),
            400,
            "VALIDATION_ERROR",
        ),
        (json!({ "emailId": 100_001 }), 400, "VALIDATION_ERROR"),
        (
            json!({ "emailId": "x", "message": { "to": "a@b.example" } }),
            400,
            "VALIDATION_ERROR",
        ),
        (
            json!({ "emailId": 100_001, "message": { "to": "a@b.example" }, "more": 1 }),
            400,
            "VALIDATION_ERROR",
        ),
    ] {
        let (found, answer) = hubspot.post(&token, SEND, &order).await;
        assert_eq!(
            (found.as_u16(), category(&answer)),
            (status, expected),
            "{order}"
        );
    }
    let reads = hubspot.connect(SCOPES).await;
    let order = mail(100_001, "a@customers.example", "c");
    let (status, answer) = hubspot.post(&reads, SEND, &order).await;
    assert_eq!(
        (status.as_u16(), category(&answer)),
        (403, "MISSING_SCOPES")
    );
    assert!(hubspot.running.vendor().attempts().is_empty());
}

#[tokio::test]
async fn contact_properties_change_the_contact() {
    let mut hubspot = hubspot().await;
    let token = connected(&mut hubspot).await;
    let (_, known) = hubspot
        .get(&token, &format!("{CONTACTS}/101?properties=email"))
        .await;
    let mut order = mail(100_001, known["properties"]["email"].as_str().unwrap(), "a");
    order["contactProperties"] = json!({ "jobtitle": "Chief" });
    hubspot.post(&token, SEND, &order).await;
    let (_, changed) = hubspot
        .get(&token, &format!("{CONTACTS}/101?properties=jobtitle"))
        .await;
    assert_eq!(changed["properties"]["jobtitle"], "Chief");
    let mut order = mail(100_001, "new@customers.example", "b");
    order["contactProperties"] = json!({ "firstname": "New" });
    hubspot.post(&token, SEND, &order).await;
    let vendor = hubspot.running.vendor();
    assert_eq!(vendor.written_contacts(), [101, 221]);
    assert_eq!(vendor.contacts().len(), 121);
}

#[tokio::test]
async fn a_lost_answer_and_a_late_result_can_be_looked_up() {
    let mut hubspot = hubspot_with(|options| options.sends_later = true).await;
    let token = connected(&mut hubspot).await;
    let lost = Fault {
        path: Some(SEND.to_owned()),
        cut: Some(Cut::After),
        times: 1,
        ..Fault::default()
    };
    hubspot.running.order(lost).unwrap();
    let order = mail(100_001, "a@customers.example", "one");
    let request = hubspot
        .visitor
        .http
        .post(hubspot.visitor.url(SEND))
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body(order.to_string());
    assert!(request.send().await.is_err());
    let (_, again) = hubspot.post(&token, SEND, &order).await;
    assert_eq!(again["sendResult"], "IDEMPOTENT_IGNORE");
    let (_, pending) = hubspot
        .post(
            &token,
            SEND,
            &mail(100_001, "bounced@customers.example", "two"),
        )
        .await;
    assert_eq!(pending["status"], "PENDING");
    assert!(pending.get("sendResult").is_none());
    let path = format!(
        "/marketing/v3/email/send-statuses/{}",
        pending["statusId"].as_str().unwrap()
    );
    let (_, status) = hubspot.get(&token, &path).await;
    assert_eq!(status["sendResult"], "PREVIOUSLY_BOUNCED");
    assert_eq!(hubspot.running.vendor().mails().len(), 1);
}
