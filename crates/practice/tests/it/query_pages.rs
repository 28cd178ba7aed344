//! Pages of queries over HTTP: cursors, their life and their owners, child lists, deleted rows.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA, Reply, Rest};
use crate::support::org;

const SMALL: [(&str, &str); 1] = [("Sforce-Query-Options", "batchSize=200")];

/// A query with pages of 200 rows.
async fn small(rest: &Rest<'_>, soql: &str) -> Value {
    let encoded: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    rest.send("GET", &format!("/v66.0/query?q={encoded}"), &SMALL, None)
        .await
        .expect(200)
        .body
}

/// What `nextRecordsUrl` leads to.
async fn next(rest: &Rest<'_>, page: &Value) -> Reply {
    let address = page["nextRecordsUrl"].as_str().unwrap();
    let path = address.strip_prefix("/services/data").unwrap();
    rest.send("GET", path, &[], None).await
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["records"].as_array().unwrap();
    rows.iter()
        .map(|row| row["Id"].as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn is_unknown(reply: &Reply) {
    assert_eq!(
        (reply.status.as_u16(), &reply.body),
        (
            400,
            &json!([{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}])
        )
    );
}

#[tokio::test]
async fn later_pages_miss_what_was_deleted_and_do_not_show_what_is_new() {
    // proves SFB-QRY-5
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let mut made = Vec::new();
    for name in ["Going", "Staying"] {
        let reply = admin
            .post("/sobjects/Contact", json!({"LastName": name}))
            .await;
        made.push(reply.expect(201).id());
    }
    let (gone, kept) = (&made[0], &made[1]);
    let first = small(&admin, "SELECT Id, LastName FROM Contact").await;
    let total = first["totalSize"].as_u64().unwrap();
    let second = next(&admin, &first).await.expect(200).body;
    let left = ids(&second).len();
    assert_eq!(u64::try_from(left + 200).unwrap(), total);
    assert!(ids(&second).contains(gone));
    admin
        .delete(&format!("/sobjects/Contact/{gone}"))
        .await
        .expect(204);
    admin
        .post("/sobjects/Contact", json!({"LastName": "Newcomer"}))
        .await
        .expect(201);
    let again = next(&admin, &first).await.expect(200).body;
    assert_eq!(again["totalSize"], total);
    assert_eq!(ids(&again).len(), left - 1);
    assert!(!ids(&again).contains(gone) && ids(&again).contains(kept));
    assert_eq!(again["done"], true);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_user_and_lives_for_two_days() {
    // proves SFB-QRY-4, SFB-QRY-13
    let org = org().await;
    let (admin, maria) = (org.rest(ADMIN).await, org.rest(MARIA).await);
    let first = small(&admin, "SELECT Id FROM Contact").await;
    is_unknown(&next(&maria, &first).await);
    next(&admin, &first).await.expect(200);
    for wrong in ["0r8nothing-2000", "nothing", "0r8nothing-x"] {
        is_unknown(&admin.get(&format!("/query/{wrong}")).await);
    }
    let address = first["nextRecordsUrl"].as_str().unwrap();
    let locator = address.rsplit('/').next().unwrap();
    let (name, _) = locator.split_once('-').unwrap();
    assert!(name.starts_with("0r8") && name.len() == 20, "{name}");
    is_unknown(&admin.get(&format!("/query/{name}-99999")).await);
    org.clock.advance(TimeDelta::hours(49));
    let admin = org.rest(ADMIN).await;
    is_unknown(&next(&admin, &first).await);
}

#[tokio::test]
async fn the_eleventh_cursor_ends_the_first() {
    // proves SFB-QRY-4, SFB-LIM-4
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let mut pages = Vec::new();
    for _ in 0..11 {
        pages.push(small(&admin, "SELECT Id FROM Contact").await);
    }
    is_unknown(&next(&admin, &pages[0]).await);
    next(&admin, &pages[1]).await.expect(200);
    next(&admin, &pages[10]).await.expect(200);
}

#[tokio::test]
async fn a_long_child_list_has_its_own_pages_and_fills_the_page() {
    // proves SFB-QRY-6, SFB-QRY-16, SFB-QRY-17
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = admin
        .post("/sobjects/Account", json!({"Name": "AAA many children"}))
        .await
        .expect(201)
        .id();
    for number in 0..201 {
        let contact = json!({"LastName": format!("Child {number}"), "AccountId": account});
        admin.post("/sobjects/Contact", contact).await.expect(201);
    }
    let text = "SELECT Id, (SELECT Id FROM Contacts) FROM Account ORDER BY Name";
    let page = small(&admin, text).await;
    // The children of the first account fill the page; the second account is on the next.
    assert_eq!((ids(&page).len(), &page["done"]), (1, &json!(false)));
    let address = page["nextRecordsUrl"].as_str().unwrap();
    assert!(address.ends_with("-1"), "{address}");
    let children = &page["records"][0]["Contacts"];
    assert_eq!(
        (&children["totalSize"], &children["done"]),
        (&json!(201), &json!(false))
    );
    assert_eq!(children["records"].as_array().unwrap().len(), 200);
    let rest = next(&admin, children).await.expect(200).body;
    assert_eq!((ids(&rest).len(), &rest["done"]), (1, &json!(true)));
    assert_eq!(rest["totalSize"], 201);
    let second = next(&admin, &page).await.expect(200).body;
    assert_ne!(ids(&second)[0], account);
}

#[tokio::test]
async fn query_all_shows_the_recycle_bin() {
    // proves SFB-QRY-9, SFB-QRY-18
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let id = admin
        .post("/sobjects/Contact", json!({"LastName": "Binned"}))
        .await
        .expect(201)
        .id();
    admin
        .delete(&format!("/sobjects/Contact/{id}"))
        .await
        .expect(204);
    let q = "q=SELECT+Id,IsDeleted+FROM+Contact+WHERE+LastName='Binned'";
    let none = admin.get(&format!("/query?{q}")).await.expect(200).body;
    assert_eq!(none["totalSize"], 0);
    for path in ["/queryAll", "/queryAll/"] {
        let all = admin.get(&format!("{path}?{q}")).await.expect(200).body;
        assert_eq!(
            (&all["records"][0]["Id"], &all["records"][0]["IsDeleted"]),
            (&json!(id), &json!(true))
        );
    }
    let all = admin
        .send(
            "GET",
            "/v66.0/queryAll?q=SELECT+Id,IsDeleted+FROM+Contact+ORDER+BY+IsDeleted",
            &SMALL,
            None,
        )
        .await
        .expect(200)
        .body;
    let mut page = all.clone();
    let mut last = Vec::new();
    while page["done"] == json!(false) {
        assert!(
            page["nextRecordsUrl"]
                .as_str()
                .unwrap()
                .starts_with("/services/data/v66.0/query/")
        );
        page = next(&admin, &page).await.expect(200).body;
        last = ids(&page);
    }
    assert!(last.contains(&id));
    let spelled = all["nextRecordsUrl"]
        .as_str()
        .unwrap()
        .replace("/services/data/v66.0/query/", "/queryAll/");
    admin.get(&spelled).await.expect(200);
}

#[tokio::test]
async fn for_view_and_for_reference_leave_a_trace_of_the_person() {
    // proves SFB-SOQL-42, SFB-OBJ-17
    let org = org().await;
    let (admin, maria) = (org.rest(ADMIN).await, org.rest(MARIA).await);
    let id = maria
        .first_id("SELECT Id FROM Account ORDER BY Name LIMIT 1")
        .await;
    let dates = format!("SELECT LastViewedDate, LastReferencedDate FROM Account WHERE Id = '{id}'");
    maria
        .get(&format!("/sobjects/Account/{id}"))
        .await
        .expect(200);
    let before = &maria.records(&dates).await[0];
    assert_eq!(
        (&before["LastViewedDate"], &before["LastReferencedDate"]),
        (&Value::Null, &Value::Null)
    );
    let one = format!("SELECT Id FROM Account WHERE Id = '{id}'");
    maria.records(&format!("{one} FOR REFERENCE")).await;
    let referenced = maria.records(&dates).await[0].clone();
    assert_eq!(referenced["LastViewedDate"], Value::Null);
    assert!(referenced["LastReferencedDate"].is_string());
    org.clock.advance(TimeDelta::minutes(1));
    maria.records(&format!("{one} FOR VIEW")).await;
    let viewed = maria.records(&dates).await[0].clone();
    assert!(viewed["LastViewedDate"].is_string());
    assert_eq!(viewed["LastViewedDate"], viewed["LastReferencedDate"]);
    assert_ne!(
        viewed["LastReferencedDate"],
        referenced["LastReferencedDate"]
    );
    let latest = format!("{one} AND LastViewedDate = TODAY");
    assert_eq!(maria.records(&latest).await.len(), 1);
    assert_eq!(admin.records(&latest).await.len(), 0);
    assert_eq!(
        maria.get("/recent?limit=1").await.expect(200).body[0]["Id"],
        json!(id)
    );
    assert_eq!(org.writers(&id), Vec::<Option<String>>::new());
}
