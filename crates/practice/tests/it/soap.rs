//! SOAP login and logout, as older clients use them.

use reqwest::StatusCode;

use crate::support::{TestOrg, org, org_with};

fn login(username: &str, password: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\"><env:Body>\
         <n1:login xmlns:n1=\"urn:partner.soap.sforce.com\"><n1:username>{username}</n1:username>\
         <n1:password>{password}</n1:password></n1:login></env:Body></env:Envelope>"
    )
}

async fn post(org: &TestOrg, path: &str, body: String) -> (StatusCode, String) {
    let request = org
        .http
        .post(org.url(path))
        .header("content-type", "text/xml");
    let response = request
        .header("SOAPAction", "login")
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

fn element<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap();
    rest.split_once('<').unwrap().0
}

// proves SFB-SOAP-1, SFB-SOAP-3
#[tokio::test]
async fn login_opens_a_session_and_logout_ends_it() {
    let org = org().await;
    let (username, password) = org.user();
    let (status, body) = post(&org, "/services/Soap/u/59.0", login(&username, &password)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let session = element(&body, "sessionId").to_owned();
    assert!(element(&body, "serverUrl").contains("/services/Soap/u/59.0/00D"));
    assert_eq!(element(&body, "userName"), username);
    assert_eq!(org.call(&session).await, StatusCode::OK);
    let logout = format!(
        "<e:Envelope><e:Header><SessionHeader><sessionId>{session}</sessionId></SessionHeader></e:Header>\
         <e:Body><logout/></e:Body></e:Envelope>"
    );
    let server: String = element(&body, "serverUrl").replace(org.running.url(), "");
    assert_eq!(post(&org, &server, logout.clone()).await.0, StatusCode::OK);
    assert_eq!(org.call(&session).await, StatusCode::FORBIDDEN);
    let (status, body) = post(&org, &server, logout).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("<faultcode>sf:INVALID_SESSION_ID</faultcode>"));
    let query = format!("<e:Header><sessionId>{session}</sessionId></e:Header><query/>");
    let (status, body) = post(&org, &server, query).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("<faultcode>sf:INVALID_SESSION_ID</faultcode>"));
}

// proves SFB-SOAP-1, SFB-SOAP-2
#[tokio::test]
async fn login_is_refused_with_the_right_fault() {
    let org = org_with(|options| options.security_token = Some("T0k".to_owned())).await;
    let (username, password) = org.user();
    let with_token = format!("{password}T0k");
    let cases = [
        (
            "59.0",
            "wrong",
            "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
        ),
        ("59.0", password.as_str(), "LOGIN_MUST_USE_SECURITY_TOKEN"),
        ("65.0", with_token.as_str(), "UNSUPPORTED_API_VERSION"),
        ("30.0", with_token.as_str(), "UNSUPPORTED_API_VERSION"),
    ];
    for (version, password, expected) in cases {
        let path = format!("/services/Soap/u/{version}");
        let (status, body) = post(&org, &path, login(&username, password)).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains(expected), "{body}");
        assert!(!body.contains("sessionId"));
    }
    let (status, _) = post(&org, "/services/Soap/u/64.0", login(&username, &with_token)).await;
    assert_eq!(status, StatusCode::OK);
}
