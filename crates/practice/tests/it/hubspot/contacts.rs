//! Contacts listed, read and read in batches.

use serde_json::{Value, json};

use super::{CONTACTS, SCOPES, category, hubspot};
use crate::visitor::parameters;

#[tokio::test]
async fn all_contacts_come_in_pages_under_either_style_of_address() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    for contacts in [CONTACTS, "/crm/v3/objects/contacts"] {
        let (mut ids, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("{contacts}?limit=50&properties=company,nothing&after={after}");
            let (status, page) = hubspot.get(&token, &path).await;
            assert_eq!(status, 200, "{page}");
            for contact in page["results"].as_array().unwrap() {
                ids.push(contact["id"].as_str().unwrap().to_owned());
                assert!(contact["properties"]["company"].is_string());
                assert!(contact["properties"].get("nothing").is_none());
                assert!(contact["properties"].get("email").is_none());
            }
            pages += 1;
            let Some(next) = page.get("paging") else {
                break;
            };
            next["next"]["after"]
                .as_str()
                .unwrap()
                .clone_into(&mut after);
            let link = next["next"]["link"].as_str().unwrap();
            assert!(
                link.starts_with(&format!("{}{contacts}?", hubspot.running.url())),
                "{link}"
            );
            assert_eq!(parameters(link)["after"], after);
        }
        ids.dedup();
        assert_eq!((ids.len(), pages), (120, 3));
    }
    let (_, usual) = hubspot.get(&token, CONTACTS).await;
    assert_eq!(usual["results"].as_array().unwrap().len(), 10);
    let first = &usual["results"][0]["properties"];
    for name in [
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    ] {
        assert!(first[name].is_string(), "{name}");
    }
    for wrong in ["limit=0", "limit=101", "limit=x", "after=x"] {
        let (status, answer) = hubspot.get(&token, &format!("{CONTACTS}?{wrong}")).await;
        assert_eq!(
            (status.as_u16(), category(&answer)),
            (400, "VALIDATION_ERROR")
        );
    }
    let vendor = hubspot.running.vendor();
    vendor.page_links_to(Some("http://127.0.0.1:9"));
    let (_, page) = hubspot.get(&token, CONTACTS).await;
    let link = page["paging"]["next"]["link"].as_str().unwrap();
    assert!(link.starts_with("http://127.0.0.1:9/crm/"), "{link}");
}

#[tokio::test]
async fn one_contact_is_read_by_id_or_by_address() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let (_, by_id) = hubspot
        .get(&token, &format!("{CONTACTS}/101?properties=email,phone"))
        .await;
    assert_eq!(by_id["id"], "101");
    let email = by_id["properties"]["email"].as_str().unwrap();
    let path = format!(
        "{CONTACTS}/{}?idProperty=email&properties=email,phone",
        email.to_uppercase()
    );
    let (status, by_email) = hubspot.get(&token, &path).await;
    assert_eq!(status, 200);
    assert_eq!(by_email, by_id);
    for path in ["/7", "/x", "/nobody@x.example?idProperty=email"] {
        let (status, answer) = hubspot.get(&token, &format!("{CONTACTS}{path}")).await;
        assert_eq!(
            (status.as_u16(), category(&answer)),
            (404, "OBJECT_NOT_FOUND")
        );
    }
    let (status, _) = hubspot
        .get(&token, &format!("{CONTACTS}/101?idProperty=phone"))
        .await;
    assert_eq!(status, 400);
    hubspot.running.vendor().archive_contact(101).unwrap();
    assert_eq!(hubspot.get(&token, &format!("{CONTACTS}/101")).await.0, 404);
    let (_, archived) = hubspot
        .get(&token, &format!("{CONTACTS}?archived=true"))
        .await;
    assert_eq!(archived["results"][0]["id"], "101");
    assert!(archived["results"][0]["archivedAt"].is_string());
}

#[tokio::test]
async fn a_batch_says_what_is_missing() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let path = format!("{CONTACTS}/batch/read");
    let ask = |ids: &[&str]| {
        let inputs: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        json!({ "inputs": inputs, "properties": ["email"] })
    };
    let (status, whole) = hubspot.post(&token, &path, &ask(&["101", "102"])).await;
    assert_eq!(status, 200);
    assert_eq!(whole["status"], "COMPLETE");
    assert_eq!(whole["results"].as_array().unwrap().len(), 2);
    let (status, part) = hubspot.post(&token, &path, &ask(&["101", "7"])).await;
    assert_eq!(status, 207);
    assert_eq!(part["errors"][0]["context"]["ids"], json!(["7"]));
    assert_eq!(part["results"].as_array().unwrap().len(), 1);
    let by_email = json!({
        "inputs": [{ "id": whole["results"][1]["properties"]["email"] }],
        "idProperty": "email",
        "properties": [],
    });
    let (_, found) = hubspot.post(&token, &path, &by_email).await;
    assert_eq!(found["results"][0]["id"], "102");
    let many = vec!["101"; 101];
    let (status, answer) = hubspot.post(&token, &path, &ask(&many)).await;
    assert_eq!(
        (status.as_u16(), category(&answer)),
        (400, "VALIDATION_ERROR")
    );
    let (status, answer) = hubspot.post(&token, &path, &json!({ "ids": [] })).await;
    assert_eq!(status, 400);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("Invalid input JSON")
    );
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    hubspot
        .running
        .vendor()
        .withhold_scopes(&["crm.objects.contacts.read"]);
    let (status, answer) = hubspot.get(&token, CONTACTS).await;
    assert_eq!(
        (status.as_u16(), category(&answer)),
        (403, "MISSING_SCOPES")
    );
    let scopes = &answer["errors"][0]["context"]["requiredGranularScopes"];
    assert_eq!(*scopes, json!(["crm.objects.contacts.read"]));
    let (status, _) = hubspot.get(&token, "/crm/objects/2020-01/contacts").await;
    assert_eq!(status, 404);
}
