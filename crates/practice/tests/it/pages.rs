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
async fn the_policies_of_an_app_are_shown_and_changed_by_form() {
    let org = org().await;
    let text = page(&org, "/practice/apps").await;
    for shown in [
        "required for a code and for a refresh",
        "valid until revoked; do not rotate",
        "everyone, who approves it for herself",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
    let guard = hidden(&text, "guard");
    let form = [
        ("guard", guard.as_str()),
        ("client_id", CLIENT_ID),
        ("refresh_policy", "unused_for_days"),
        ("days", "30"),
        ("timeout", "15"),
        ("permitted", "admin_approved"),
        ("profiles", "System Administrator, Sales User"),
        ("ranges", "10.0.0.1-10.0.0.9, 127.0.0.1"),
        ("pkce", "yes"),
        ("secret", "yes"),
        ("rotate", "yes"),
        ("enforce_ip", "yes"),
    ];
    let (status, text) = post(&org, "/practice/apps/policies", &form).await;
    assert_eq!(status, StatusCode::OK);
    for shown in [
        "Test app has other policies.",
        "required for a code, not for a refresh",
        "expire when not used for 30 days; rotate",
        "15 minutes",
        "only 10.0.0.1-10.0.0.9, 127.0.0.1-127.0.0.1, and those of the org",
        "approved by an administrator: System Administrator, Sales User",
        "name=\"rotate\" value=\"yes\" checked",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
    let app = org.running.practice().oauth.app(CLIENT_ID).unwrap();
    assert!(app.require_pkce && app.rotate_refresh_tokens && !app.require_secret_for_refresh);
    assert!(!app.introspection, "a box that is not ticked is off");
    assert_eq!(app.session_timeout_minutes, Some(15));
    for (field, value, problem) in [
        ("days", "0", "Days: a whole number"),
        ("timeout", "soon", "Session timeout"),
        ("ranges", "10.0.0.9-10.0.0.1", "is no range of addresses"),
        ("permitted", "nobody", "no such choice"),
        ("client_id", "unknown", "There is no such app."),
    ] {
        let wrong = form.map(|(name, kept)| (name, if name == field { value } else { kept }));
        let (status, text) = post(&org, "/practice/apps/policies", &wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}");
        assert!(text.contains(problem), "{problem}");
    }
    assert_eq!(org.running.practice().oauth.app(CLIENT_ID).unwrap(), app);

    let install = |value| [form[0], form[1], ("installed", value)];
    let (_, text) = post(&org, "/practice/apps/install", &install("no")).await;
    assert!(text.contains("is uninstalled") && text.contains(">uninstalled</span>"));
    assert!(
        !org.running
            .practice()
            .oauth
            .app(CLIENT_ID)
            .unwrap()
            .installed
    );
    let (_, text) = post(&org, "/practice/apps/install", &install("yes")).await;
    assert!(text.contains("is installed again"));
}

// The page and `/limits` tell the same.
#[tokio::test]
async fn the_limits_page_shows_all_limits() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let limits = rest.get("/limits").await.expect(200).body;
    let text = page(&org, "/practice/limits").await;
    for (name, limit) in limits.as_object().unwrap() {
        assert!(text.contains(&format!(">{name}</th>")), "{name}");
        let most = format!("<td class=\"number\">{}</td>", limit["Max"]);
        assert!(text.contains(&most), "{name}");
    }
    assert!(text.contains("Snapshots"));
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
