//! What the practice servers of all vendors have in common, shown on the one of Slack.

use gatelodge_practice::faults::{Cut, Fault};
use gatelodge_practice::slack::{SlackApp, SlackOptions, start};
use gatelodge_practice::{PracticeError, TlsOptions};
use reqwest::StatusCode;

use crate::support::client_builder;
use crate::visitor::{MARIA, Visitor};

fn options() -> SlackOptions {
    let mut options = SlackOptions::new();
    options.apps = vec![SlackApp::new(
        "11.22",
        "secret",
        "Test app",
        "https://hub.example/",
    )];
    options
}

#[tokio::test]
async fn it_answers_over_https_with_its_own_authority() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options();
    options.server.tls = Some(TlsOptions {
        directory: Some(folder.path().to_owned()),
    });
    let running = start(options).await.unwrap();
    assert!(running.url().starts_with("https://localhost:"));
    let pem = std::fs::read(running.authority_path().unwrap()).unwrap();
    let trusting = client_builder().tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()]);
    let visitor = Visitor::with(trusting.build().unwrap(), running.url());
    let answer = visitor.http.get(visitor.url("/api/auth.test")).send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
    assert!(!running.sign_ins().is_empty());
    running.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let running = start(options()).await.unwrap();
    let port = running.url().rsplit(':').next().unwrap().parse().unwrap();
    let mut second = options();
    second.server.port = port;
    let refused = start(second).await.err().unwrap();
    assert!(matches!(refused, PracticeError::PortTaken { port: taken } if taken == port));
    running.shutdown().await;
}

#[tokio::test]
async fn orders_can_want_a_token_or_be_left_out() {
    let mut guarded = options();
    guarded.server.admin_token = Some("let me in".to_owned());
    let running = start(guarded).await.unwrap();
    let mut visitor = Visitor::at(running.url());
    let path = "/practice/admin/orders/messages";
    let order = |token: &str| {
        let request = visitor.http.post(visitor.url(path)).bearer_auth(token);
        request
            .header("content-type", "application/json")
            .body("{}")
    };
    assert_eq!(order("wrong").send().await.unwrap().status(), 401);
    assert_eq!(order("let me in").send().await.unwrap().status(), 200);
    let page = visitor.get("/").await.text().await.unwrap();
    assert!(!page.contains("/practice/orders/"));
    let form = [("client_id", "11.22")];
    let posted = visitor.post("/practice/orders/make_bot_token", &form).await;
    assert_eq!(posted.status(), 404);

    let mut closed = options();
    closed.server.admin = false;
    let running = start(closed).await.unwrap();
    let mut visitor = Visitor::at(running.url());
    assert_eq!(visitor.get("/practice/admin/faults").await.status(), 404);
    assert!(
        !visitor
            .get("/")
            .await
            .text()
            .await
            .unwrap()
            .contains("/practice/orders/")
    );
}

#[tokio::test]
async fn faults_hit_one_person_and_cut_where_ordered() {
    let running = start(options()).await.unwrap();
    let visitor = Visitor::at(running.url());
    let token = running
        .vendor()
        .make_bot_token("11.22", &["chat:write"])
        .unwrap();
    let ask = async || {
        let request = visitor.http.get(visitor.url("/api/auth.test"));
        let response = request.bearer_auth(&token).send().await?;
        let status = response.status();
        response.bytes().await.map(|_| status)
    };
    let fault = |change: fn(&mut Fault)| {
        let mut fault = Fault {
            path_prefix: "/api/".to_owned(),
            times: 1,
            ..Fault::default()
        };
        change(&mut fault);
        running.order(fault).unwrap()
    };
    // the bot is not Maria
    let for_maria = fault(|fault| {
        fault.user = Some(MARIA.to_owned());
        fault.status = Some(500);
    });
    assert_eq!(ask().await.unwrap(), 200);
    assert!(running.ground().faults().remove(for_maria.id));
    fault(|fault| fault.cut = Some(Cut::Before));
    assert!(ask().await.is_err());
    fault(|fault| fault.cut = Some(Cut::AtByte(5)));
    assert!(ask().await.is_err());
    fault(|fault| {
        fault.piece_delay_ms = 1;
        fault.piece_bytes = Some(50);
    });
    assert_eq!(ask().await.unwrap(), 200);
    let cut = running
        .journal()
        .iter()
        .filter(|entry| entry.status == 0)
        .count();
    assert_eq!(cut, 1);
    running.shutdown().await;
}
