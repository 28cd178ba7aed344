//! What an administrator sets about apps and tokens, and what a client meets then.

use chrono::TimeDelta;
use gatelodge_practice::oauth::{App, Instance};
use gatelodge_practice::oauth::{
    AppKind, Ends, IpRange, Permitted, Policy, RefreshPolicy, Retired, SignInRule, Symptom,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA};
use crate::support::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, TestOrg, app, back, location, org, org_in, org_with, text,
};

const EXPIRED: (&str, &str) = ("invalid_grant", "expired access/refresh token");

fn assert_error(answer: &(StatusCode, Value), expected: (&str, &str)) {
    let (status, body) = answer;
    assert_eq!(*status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(
        body,
        &json!({"error": expected.0, "error_description": expected.1})
    );
}

async fn refresh_of(org: &TestOrg, tokens: &Value) -> (StatusCode, Value) {
    org.refresh(text(tokens, "refresh_token")).await
}

async fn set(org: &TestOrg, change: impl FnOnce(&mut Policy)) {
    let practice = org.running.practice();
    let mut policy = practice.oauth.policy();
    change(&mut policy);
    let durable = practice.oauth.set_policy(practice, policy);
    durable.wait().await.unwrap();
}

async fn change(org: &TestOrg, change: impl FnOnce(&mut App)) {
    let practice = org.running.practice();
    let mut app = practice.oauth.app(CLIENT_ID).unwrap();
    change(&mut app);
    let durable = practice.oauth.change_app(practice, app);
    durable.wait().await.unwrap();
}

// proves SFB-OAUTH-32, SFB-OAUTH-45
#[tokio::test]
async fn a_new_app_is_unknown_until_the_change_has_spread() {
    let org = org_with(|options| options.apps.clear()).await;
    set(&org, |policy| policy.propagation_minutes = 10).await;
    let practice = org.running.practice();
    let durable = practice.oauth.change_app(practice, app());
    durable.wait().await.unwrap();
    let attempt = org.exchange("code", &[]).await;
    assert_error(&attempt, ("invalid_client_id", "client identifier invalid"));
    org.clock.advance(TimeDelta::minutes(10));
    org.connect().await;
    // a change to it is late, too
    change(&org, |app| app.require_pkce = true).await;
    org.connect().await;
    org.clock.advance(TimeDelta::minutes(10));
    let response = org.browser().get(&org.authorize_url(&[])).await;
    let answer = back(&location(&response));
    assert_eq!(answer["error"], "invalid_request");
    assert_eq!(
        answer["error_description"],
        "missing required code challenge"
    );
}

// proves SFB-OAUTH-46
#[tokio::test]
async fn refresh_policies_end_refresh_tokens_on_their_day() {
    let cases = [
        (RefreshPolicy::UntilRevoked, 900, 900, true),
        (RefreshPolicy::Immediately, 0, 0, false),
        (RefreshPolicy::UnusedForDays(30), 29, 29, true),
        (RefreshPolicy::UnusedForDays(30), 29, 30, false),
        (RefreshPolicy::DaysAfterIssue(30), 20, 9, true),
        (RefreshPolicy::DaysAfterIssue(30), 20, 10, false),
    ];
    for (policy, first, second, lives) in cases {
        let org = org_with(|options| options.apps[0].refresh_policy = policy).await;
        let tokens = org.connect().await;
        org.clock.advance(TimeDelta::days(first));
        let (status, _) = refresh_of(&org, &tokens).await;
        assert_eq!(
            status == StatusCode::OK,
            policy != RefreshPolicy::Immediately
        );
        org.clock.advance(TimeDelta::days(second));
        let answer = refresh_of(&org, &tokens).await;
        if lives {
            assert_eq!(answer.0, StatusCode::OK, "{policy:?}");
        } else {
            assert_error(&answer, EXPIRED);
        }
    }
}

// proves SFB-OAUTH-47: the app's timeout wins over the org's, and the extension survives a restart
#[tokio::test]
async fn the_session_timeout_is_the_apps_and_its_extension_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    set(&org, |policy| policy.session_timeout_minutes = Some(60)).await;
    change(&org, |app| app.session_timeout_minutes = Some(20)).await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    org.clock.advance(TimeDelta::minutes(11));
    assert_eq!(org.call(access).await, StatusCode::OK);
    let look = [
        ("token", access),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    let (_, seen) = org.form("/services/oauth2/introspect", &look).await;
    let life = seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap();
    assert_eq!(life, 31 * 60);
    org.running.shutdown().await;
    let again = org_in(folder.path()).await;
    again.clock.advance(TimeDelta::minutes(30));
    assert_eq!(again.call(access).await, StatusCode::OK);
    again.clock.advance(TimeDelta::minutes(20));
    assert_eq!(again.call(access).await, StatusCode::FORBIDDEN);
}

// proves SFB-OAUTH-13
#[tokio::test]
async fn only_approved_people_use_an_app_that_an_administrator_manages() {
    let org = org().await;
    let (username, password) = org.user();
    let tokens = org.connect().await;
    let nobody = Permitted::AdminApproved {
        profiles: Vec::new(),
        users: Vec::new(),
    };
    change(&org, |app| app.permitted = nobody).await;
    let refused = refresh_of(&org, &tokens).await;
    let text = "user is not admin approved to access this app";
    assert_error(&refused, ("invalid_app_access", text));
    let answer = org
        .browser()
        .authorize(&org.authorize_url(&[]), &username, &password)
        .await;
    assert_eq!(answer["error"], "OAUTH_APP_ACCESS_DENIED");
    assert_eq!(answer["error_description"], text);
    let user = org.running.practice().org.user_by_username(&username);
    let profile = user.unwrap().profile;
    let allowed = Permitted::AdminApproved {
        profiles: vec![profile],
        users: Vec::new(),
    };
    change(&org, |app| {
        app.permitted = allowed;
        app.client_id = "managed".to_owned();
    })
    .await;
    let url = org.authorize_url(&[("client_id", "managed")]);
    let mut browser = org.browser();
    let next = browser.reach_consent(&url, &username, &password).await;
    assert!(
        back(&next).contains_key("code"),
        "nobody is asked for consent"
    );
}

// proves SFB-OAUTH-11, SFB-OAUTH-12, SFB-OAUTH-48
#[tokio::test]
async fn uninstalled_and_blocked_apps_are_stopped() {
    for (kind, error, description) in [
        (
            AppKind::ConnectedApp,
            "invalid_client",
            "app must be installed into org",
        ),
        (
            AppKind::ExternalClientApp,
            "app_not_found",
            "External client app is not installed in this org",
        ),
    ] {
        let org = org_with(|options| options.apps[0].kind = kind).await;
        let tokens = org.connect().await;
        let practice = org.running.practice();
        let durable = practice.oauth.install_app(practice, CLIENT_ID, false);
        durable.unwrap().wait().await.unwrap();
        assert_error(&refresh_of(&org, &tokens).await, (error, description));
        let response = org.browser().get(&org.authorize_url(&[])).await;
        if kind == AppKind::ConnectedApp {
            let page = response.text().await.unwrap();
            assert!(page.contains("error=OAUTH_APPROVAL_ERROR_GENERIC"));
            assert!(page.contains(
                "An unexpected error has occured during authentication. Please try again."
            ));
        } else {
            let answer = back(&location(&response));
            assert_eq!(answer["error"], "invalid_client");
            assert_eq!(
                answer["error_description"],
                "app must be installed into org"
            );
        }
        let durable = practice.oauth.block_app(practice, CLIENT_ID, true);
        durable.unwrap().wait().await.unwrap();
        assert_error(
            &refresh_of(&org, &tokens).await,
            ("OAUTH_APP_BLOCKED", "this app is blocked by admin"),
        );
        let durable = practice.oauth.remove_app(practice, CLIENT_ID);
        durable.unwrap().wait().await.unwrap();
        assert_eq!(practice.oauth.grant_count(), 0);
    }
}

// proves SFB-OAUTH-37, SFB-OAUTH-49
#[tokio::test]
async fn tokens_are_bound_to_addresses_where_that_is_set() {
    let org = org_with(|options| options.trust_forwarded_for = true).await;
    let tokens = org.connect().await;
    let range = |first: &str, last: &str| IpRange {
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
    };
    let from = async |address: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&tokens, "refresh_token")),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ];
        let url = org.url("/services/oauth2/token");
        let request = org.http.post(url).header("x-forwarded-for", address);
        let response = request.form(&form).send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let restricted = ("invalid_grant", "ip restricted");
    change(&org, |app| {
        app.refresh_ip_ranges = vec![range("10.0.0.1", "10.0.0.9")];
    })
    .await;
    assert_error(&from("10.0.0.10").await, restricted);
    assert_eq!(from("10.0.0.9").await.0, StatusCode::OK);
    change(&org, |app| {
        app.refresh_ip_ranges.clear();
        app.enforce_ip_ranges = true;
    })
    .await;
    set(&org, |policy| {
        policy.login_ranges = vec![range("192.0.2.0", "192.0.2.255")];
    })
    .await;
    assert_error(&from("10.0.0.9").await, restricted);
    let (_, issued) = from("192.0.2.7").await;
    // a token that is locked to its address
    set(&org, |policy| policy.lock_sessions_to_ip = true).await;
    let call = async |address: &str| {
        let request = org.http.get(org.url("/services/data/v66.0/limits"));
        let request = request
            .bearer_auth(text(&issued, "access_token"))
            .header("x-forwarded-for", address);
        request.send().await.unwrap().status()
    };
    assert_eq!(call("192.0.2.7").await, StatusCode::OK);
    assert_eq!(call("192.0.2.8").await, StatusCode::UNAUTHORIZED);
}

// proves SFB-OAUTH-44, SFB-OAUTH-50
#[tokio::test]
async fn a_new_password_and_a_logout_end_what_the_policy_says() {
    for ends in [Ends::Nothing, Ends::Sessions, Ends::Grants] {
        let org = org().await;
        set(&org, |policy| {
            policy.password_change_ends = ends;
            policy.logout_ends = ends;
        })
        .await;
        let practice = org.running.practice();
        let user = practice.org.user_by_username(&org.user().0).unwrap();
        for password in [Some("another word"), None] {
            let tokens = org.connect().await;
            let durable = match password {
                Some(password) => practice.oauth.change_password(practice, &user, password),
                None => practice.oauth.log_out(practice, &user.id),
            };
            durable.wait().await.unwrap();
            let alive = org.call(text(&tokens, "access_token")).await == StatusCode::OK;
            assert_eq!(alive, ends == Ends::Nothing, "{ends:?}");
            let answer = refresh_of(&org, &tokens).await;
            if ends == Ends::Grants {
                assert_error(&answer, EXPIRED);
            } else {
                assert_eq!(answer.0, StatusCode::OK);
            }
        }
        assert_eq!(org.user().1, "another word");
    }
}

// proves SFB-OAUTH-51
#[tokio::test]
async fn too_many_sign_ins_within_an_hour_are_refused() {
    let org = org().await;
    set(&org, |policy| policy.logins_per_hour = 2).await;
    let tokens = org.connect().await;
    assert_eq!(refresh_of(&org, &tokens).await.0, StatusCode::OK);
    let refused = refresh_of(&org, &tokens).await;
    assert_error(&refused, ("rate_limit_exceeded", "login rate exceeded"));
    org.clock.advance(TimeDelta::hours(1));
    assert_eq!(refresh_of(&org, &tokens).await.0, StatusCode::OK);
}

// proves SFB-OAUTH-52
#[tokio::test]
async fn a_locked_org_gives_no_tokens() {
    let org = org().await;
    let tokens = org.connect().await;
    set(&org, |policy| policy.organization_active = false).await;
    let refused = refresh_of(&org, &tokens).await;
    assert_error(&refused, ("invalid_grant", "inactive organization"));
    let (username, password) = org.user();
    let url = org.authorize_url(&[("prompt", "consent")]);
    let answer = org.browser().authorize(&url, &username, &password).await;
    assert_eq!(answer["error"], "inactive_org");
}

// proves SFB-OAUTH-60
#[tokio::test]
async fn an_inactive_user_gets_no_tokens() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let inactive = "SELECT Username FROM User WHERE IsActive = false";
    let gone = text(&admin.records(inactive).await[0], "Username").to_owned();
    change(&org, |app| app.run_as = Some(gone)).await;
    let refused = org
        .token(&[
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ])
        .await;
    assert_error(&refused, ("invalid_grant", "inactive user"));
    // somebody who is switched off later keeps a refresh token that is good for nothing
    let sign_ins = org.running.sign_ins();
    let (_, password) = sign_ins.iter().find(|(name, _)| name == MARIA).unwrap();
    let url = org.authorize_url(&[]);
    let back = org.browser().authorize(&url, MARIA, password).await;
    let (_, tokens) = org.exchange(&back["code"], &[]).await;
    let maria = format!("SELECT Id FROM User WHERE Username = '{MARIA}'");
    let path = format!("/sobjects/User/{}", admin.first_id(&maria).await);
    let off = json!({"IsActive": false});
    admin.patch(&path, off).await.expect(204);
    let refused = refresh_of(&org, &tokens).await;
    assert_error(&refused, ("invalid_grant", "inactive user"));
}

// proves SFB-OAUTH-14: the secret can be waived for the exchange
#[tokio::test]
async fn an_app_may_waive_its_secret_at_the_exchange() {
    let org = org_with(|options| options.apps[0].require_secret = false).await;
    let code = org.code(&[]).await;
    let (status, _) = org.exchange(&code, &[("client_secret", "")]).await;
    assert_eq!(status, StatusCode::OK);
    let code = org.code(&[]).await;
    let wrong = org.exchange(&code, &[("client_secret", "wrong")]).await;
    assert_error(&wrong, ("invalid_client", "invalid client credentials"));
}

// proves SFB-OAUTH-40: introspection must be switched on
#[tokio::test]
async fn introspection_can_be_switched_off() {
    let org = org_with(|options| options.apps[0].introspection = false).await;
    let form = [
        ("token", "x"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    let answer = org.form("/services/oauth2/introspect", &form).await;
    let text = "introspection is not enabled for this app";
    assert_error(&answer, ("invalid_request", text));
}

// proves SFB-HOST-10: the old address is dead, a refresh names the new one, also after a restart
#[tokio::test]
async fn a_moved_instance_leaves_a_dead_address_behind() {
    let folder = tempfile::tempdir().unwrap();
    let first = org_in(folder.path()).await;
    let tokens = first.connect().await;
    let practice = first.running.practice();
    let durable = practice.oauth.move_instance(
        &practice.log,
        Instance {
            instance_url: Some("https://na99.salesforce.com".to_owned()),
            retired: Vec::new(),
        },
    );
    durable.wait().await.unwrap();
    first.running.shutdown().await;
    let org = org_in(folder.path()).await;
    let (_, refreshed) = refresh_of(&org, &tokens).await;
    assert_eq!(refreshed["instance_url"], "https://na99.salesforce.com");
    let host = org.running.url().split("//").nth(1).unwrap();
    let practice = org.running.practice();
    for (symptom, status) in [
        (Symptom::InvalidSession, 401),
        (Symptom::Moved, 301),
        (Symptom::Found, 302),
        (Symptom::TemporaryRedirect, 307),
        (Symptom::NotFoundPage, 404),
        (Symptom::TooCalm, 420),
    ] {
        let durable = practice.oauth.move_instance(
            &practice.log,
            Instance {
                instance_url: Some("https://na99.salesforce.com".to_owned()),
                retired: vec![Retired {
                    host: host.to_owned(),
                    symptom,
                }],
            },
        );
        durable.wait().await.unwrap();
        let request = org.http.get(org.url("/services/data/v66.0/limits?a=1"));
        let request = request.bearer_auth(text(&refreshed, "access_token"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        if (301..308).contains(&status) {
            assert_eq!(
                location(&response),
                "https://na99.salesforce.com/services/data/v66.0/limits?a=1"
            );
        }
    }
    assert_eq!(
        refresh_of(&org, &tokens).await.0,
        StatusCode::OK,
        "sign-in stays"
    );
}

#[tokio::test]
async fn a_snapshot_brings_grants_and_apps_back() {
    let org = org().await;
    let tokens = org.connect().await;
    let practice = org.running.practice();
    let earlier = practice.oauth.snapshot();
    practice
        .oauth
        .remove_app(practice, CLIENT_ID)
        .unwrap()
        .wait()
        .await
        .unwrap();
    assert_eq!(refresh_of(&org, &tokens).await.0, StatusCode::BAD_REQUEST);
    let durable = practice.oauth.restore(practice, earlier);
    durable.wait().await.unwrap();
    assert_eq!(refresh_of(&org, &tokens).await.0, StatusCode::OK);
    assert_eq!(practice.oauth.app(CLIENT_ID).unwrap().callbacks, [CALLBACK]);
}

// proves SFB-HOST-11, SFB-OAUTH-44, SFB-OAUTH-45: the same orders over HTTP
#[tokio::test]
async fn orders_about_access_are_given_over_http() {
    let org = org().await;
    let (username, _) = org.user();
    org.admin("policy", json!({"password_change_ends": "grants"}))
        .await;
    let tokens = org.connect().await;
    let order = json!({"username": username, "password": "another word"});
    org.admin("change-password", order).await;
    assert_error(&refresh_of(&org, &tokens).await, EXPIRED);
    let tokens = org.connect().await;
    org.admin("log-out", json!({"username": username})).await;
    assert_eq!(
        org.call(text(&tokens, "access_token")).await,
        StatusCode::FORBIDDEN
    );
    let order = json!({"client_id": CLIENT_ID, "installed": false});
    org.admin("install-app", order).await;
    assert_eq!(refresh_of(&org, &tokens).await.1["error"], "invalid_client");
    let before = org.running.practice().org.organization().id;
    let copy = org.admin("refresh-sandbox", json!({})).await;
    assert_ne!(copy["organization_id"], before);
}

// proves SFB-OAUTH-68, SFB-OAUTH-69
#[tokio::test]
async fn rules_about_people_stop_sign_ins_and_hours_stop_refreshes_too() {
    let restricted = "cannot log in during restricted time";
    for (rule, description, refreshes) in [
        (SignInRule::OutsideLoginHours, restricted, false),
        (
            SignInRule::SecondFactor,
            "multi-factor authentication required",
            true,
        ),
        (SignInRule::SingleSignOn, "single sign-on required", true),
    ] {
        let org = org().await;
        let tokens = org.connect().await;
        set(&org, |policy| policy.sign_in = rule).await;
        let answer = refresh_of(&org, &tokens).await;
        if refreshes {
            assert_eq!(answer.0, StatusCode::OK, "{rule:?}");
        } else {
            assert_error(&answer, ("invalid_grant", description));
        }
        let (username, password) = org.user();
        let url = org.authorize_url(&[("prompt", "consent")]);
        let answer = org.browser().authorize(&url, &username, &password).await;
        assert_eq!(answer["error"], "access_denied", "{rule:?}");
        assert_eq!(answer["error_description"], description);
    }
}

// proves SFB-OAUTH-70
#[tokio::test]
async fn api_access_control_lets_approved_apps_in_only() {
    let org = org().await;
    let tokens = org.connect().await;
    set(&org, |policy| policy.sign_in = SignInRule::ApiAccessControl).await;
    let refused = refresh_of(&org, &tokens).await;
    assert_eq!(refused.1["error"], "invalid_app_access");
    let asked = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
    ];
    let (status, page) = org.form("/services/oauth2/authorize", &asked).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "not redirected");
    let words = page.as_str().unwrap();
    assert!(words.contains("Your Salesforce admin hasn"), "{words}");
    let (username, _) = org.user();
    change(&org, |app| {
        app.permitted = Permitted::AdminApproved {
            profiles: Vec::new(),
            users: vec![username],
        };
    })
    .await;
    assert_eq!(refresh_of(&org, &tokens).await.0, StatusCode::OK);
}
