//! The pages over HTTP: what they show, what their forms do, and what they refuse.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA};
use crate::support::{CLIENT_ID, TestOrg, location, org, org_with};

async fn page(org: &TestOrg, path: &str) -> String {
    let response = org.http.get(org.url(path)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let text = response.text().await.unwrap();
    assert!(text.contains("<h1") && !text.contains("<script"), "{path}");
    text
}

fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).unwrap().1;
    rest.split('"').next().unwrap().to_owned()
}

async fn post(org: &TestOrg, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
    let request = org.http.post(org.url(path)).form(form);
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn the_start_page_tells_a_stranger_how_to_begin() {
    let org = org().await;
    let text = page(&org, "/").await;
    let (username, password) = org.user();
    for word in [
        username.as_str(),
        &password,
        "/services/oauth2/authorize",
        "/services/data/v66.0",
        "jsforce.Connection",
        "href=\"/practice/objects\"",
        "href=\"/practice/faults\"",
        "aria-current=\"page\"",
    ] {
        assert!(text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn objects_are_listed_with_their_counts_and_fields() {
    let org = org().await;
    let text = page(&org, "/practice/objects").await;
    assert!(text.contains("href=\"/practice/objects/Account\""));
    let counts = org.running.practice().org.object_counts();
    let (_, accounts) = counts.iter().find(|(name, _)| name == "Account").unwrap();
    assert!(text.contains(&format!(">{accounts}</td>")));
    let text = page(&org, "/practice/objects/account").await;
    for word in ["AnnualRevenue", "currency", "1 to 25 of", "rel=\"next\""] {
        assert!(text.contains(word), "{word}");
    }
    let second = page(&org, "/practice/objects/Account?page=2").await;
    assert!(second.contains("26 to ") && second.contains("rel=\"prev\""));
    let response = org
        .http
        .get(org.url("/practice/objects/Nothing"))
        .send()
        .await;
    assert_eq!(response.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_search_finds_by_any_text_and_escapes_what_was_typed() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let body = json!({"Name": "Zebra & <b>Sons</b>", "Phone": "+49 30 998877"});
    rest.post("/sobjects/Account", body).await.expect(201);
    let text = page(&org, "/practice/objects/Account?q=998877").await;
    assert!(text.contains("1 to 1 of 1") && text.contains("Zebra &#38; &#60;b&#62;Sons"));
    let text = page(&org, "/practice/objects/Account?q=%3Ci%3E").await;
    assert!(text.contains("None fits") && !text.contains("<i>"));
}

#[tokio::test]
async fn a_record_is_shown_by_profile_with_its_related_lists() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let contact = rest
        .records("SELECT AccountId, LastName FROM Contact WHERE AccountId != null LIMIT 1")
        .await
        .remove(0);
    let id = contact["AccountId"].as_str().unwrap();
    let text = page(&org, &format!("/practice/records/{id}")).await;
    for word in [
        "AnnualRevenue",
        "Contacts <span",
        contact["LastName"].as_str().unwrap(),
    ] {
        assert!(text.contains(word), "{word}");
    }
    let junior = format!("/practice/records/{id}?as=Sales+Representative+%28Junior%29");
    let text = page(&org, &junior).await;
    assert!(!text.contains("AnnualRevenue") && text.contains("Fields hidden from"));
    for path in [
        format!("/{id}"),
        format!("/{}", &id[..15]),
        format!("/lightning/r/Account/{id}/view"),
    ] {
        let response = org.http.get(org.url(&path)).send().await.unwrap();
        assert_eq!(location(&response), format!("/practice/records/{id}"));
    }
    for path in ["/001000000000000AAA", "/robots.txt", "/practice/records/x"] {
        let response = org.http.get(org.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_fault_is_set_and_cleared_by_form() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let guard = hidden(&page(&org, "/practice/faults").await, "guard");
    let form = [
        ("guard", guard.as_str()),
        ("fault", "daily_limit"),
        ("user", MARIA),
        ("times", "1"),
        ("until_cleared", "yes"),
    ];
    let (status, text) = post(&org, "/practice/faults/add", &form).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Fault 1 is set.") && text.contains("until cleared"));
    assert_eq!(rest.get("/limits").await.code(), "REQUEST_LIMIT_EXCEEDED");
    let clear = [("guard", guard.as_str()), ("id", "1")];
    let (_, text) = post(&org, "/practice/faults/clear", &clear).await;
    assert!(text.contains("Fault 1 is cleared."));
    rest.get("/limits").await.expect(200);
    let form = [
        ("guard", guard.as_str()),
        ("fault", "daily_limit"),
        ("object", "Account"),
    ];
    let (status, text) = post(&org, "/practice/faults/add", &form).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("role=\"alert\">object: is only of use with"));
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let org = org().await;
    for guard in ["", "guessed"] {
        let form = [("guard", guard), ("fault", "daily_limit")];
        let (status, _) = post(&org, "/practice/faults/add", &form).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let form = [
            ("guard", guard),
            ("client_id", CLIENT_ID),
            ("blocked", "yes"),
        ];
        let (status, _) = post(&org, "/practice/apps/block", &form).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    assert!(org.running.practice().faults.open().is_empty());
    assert!(!org.running.practice().oauth.app(CLIENT_ID).unwrap().blocked);
    let guard = hidden(&page(&org, "/practice/faults").await, "guard");
    let request = org.http.post(org.url("/practice/faults/add"));
    let request = request.header("origin", "http://evil.example");
    let request = request.form(&[("guard", guard.as_str()), ("fault", "daily_limit")]);
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    let request = org.http.get(org.url("/practice/journal"));
    let response = request.header("host", "evil.example").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn with_an_admin_token_forms_ask_for_it() {
    let org = org_with(|options| options.admin_token = Some("the-token".to_owned())).await;
    let text = page(&org, "/practice/faults").await;
    assert!(text.contains("name=\"admin_token\"") && !text.contains("the-token"));
    let guard = hidden(&text, "guard");
    let without = [("guard", guard.as_str()), ("fault", "daily_limit")];
    let (status, _) = post(&org, "/practice/faults/add", &without).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let with = [without[0], without[1], ("admin_token", "the-token")];
    let (status, _) = post(&org, "/practice/faults/add", &with).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn apps_are_shown_with_grants_and_can_be_blocked_revoked_and_added() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let text = page(&org, "/practice/apps").await;
    assert!(text.contains("Test app") && text.contains(MARIA));
    assert!(!text.contains("consumer-secret"));
    let (guard, grant) = (hidden(&text, "guard"), hidden(&text, "grant"));
    let guard = ("guard", guard.as_str());
    let client = ("client_id", CLIENT_ID);
    let (_, text) = post(
        &org,
        "/practice/apps/block",
        &[guard, client, ("blocked", "yes")],
    )
    .await;
    assert!(text.contains("is blocked"));
    rest.get("/limits").await.expect(401);
    post(
        &org,
        "/practice/apps/block",
        &[guard, client, ("blocked", "no")],
    )
    .await;
    rest.get("/limits").await.expect(200);
    let (_, text) = post(&org, "/practice/apps/revoke", &[guard, ("grant", &grant)]).await;
    assert!(text.contains("The grant has ended"));
    rest.get("/limits").await.expect(401);
    let form = [
        guard,
        ("name", "Mine"),
        ("client_id", "mine"),
        ("callback", "http://localhost:3000/callback"),
    ];
    let (status, text) = post(&org, "/practice/apps/add", &form).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Mine is registered."));
    assert!(
        org.running
            .practice()
            .oauth
            .app("mine")
            .unwrap()
            .require_pkce
    );
    let (status, _) = post(&org, "/practice/apps/add", &form).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_journal_page_filters_and_our_own_pages_are_not_in_it() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    rest.get("/limits").await.expect(200);
    let before: Value = org.get_json("/practice/admin/journal").await;
    let text = page(&org, "/practice/journal?path=*/limits").await;
    assert!(text.contains("GET /services/data/v66.0/limits") && text.contains(MARIA));
    assert!(!text.contains("/services/oauth2/token</code>"));
    page(&org, "/practice/limits").await;
    let after: Value = org.get_json("/practice/admin/journal").await;
    assert_eq!(before["counts"]["requests"], after["counts"]["requests"]);
}
