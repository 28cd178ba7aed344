//! `gatelodge user`: people come in by a link that works once, made on the host.

use crate::{
    browser::Browser,
    program::{Installation, link_in},
};

const PASSWORD: &str = "the first program was hers";

#[tokio::test]
async fn a_link_from_the_console_sets_a_password_once() {
    // proves M20
    let home = Installation::new().await;
    let link = home.add_person("ada@example.com").await;
    let hub = home.serve().await;
    let mut browser = Browser::at(&home.url);
    assert_eq!(
        browser.sign_in("ada@example.com", "").await,
        401,
        "nobody has a password yet"
    );
    let page = browser.get(&link).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Ada Byron"));
    let short = browser.set_password(&link, "short").await;
    assert_eq!(short, 400, "a refused password does not use the link up");
    assert_eq!(browser.set_password(&link, PASSWORD).await, 303);
    assert_eq!(
        browser
            .set_password(&link, "somebody else's password")
            .await,
        404
    );
    assert_eq!(browser.get(&link).await.status(), 404);
    assert_eq!(
        browser
            .sign_in("ada@example.com", "somebody else's password")
            .await,
        401
    );
    assert_eq!(browser.sign_in("ada@example.com", PASSWORD).await, 303);
    let start = browser.get("/").await;
    assert_eq!(start.status(), 200);
    assert!(start.text().await.unwrap().contains("Ada Byron"));
    hub.stop().await;
}

#[tokio::test]
async fn people_are_added_beside_a_running_hub() {
    let home = Installation::new().await;
    let hub = home.serve().await;
    let link = home.add_person("ada@example.com").await;
    let mut browser = Browser::at(&home.url);
    assert_eq!(browser.set_password(&link, PASSWORD).await, 303);
    assert_eq!(browser.sign_in("ada@example.com", PASSWORD).await, 303);
    // two processes have written one audit log
    let verified = home.run(&["audit", "verify"]).await.worked();
    assert!(verified.contains("all as written"), "{verified}");
    hub.stop().await;
}

#[tokio::test]
async fn a_new_link_replaces_a_lost_password() {
    let home = Installation::new().await;
    let first = home.add_person("ada@example.com").await;
    let hub = home.serve().await;
    let mut browser = Browser::at(&home.url);
    assert_eq!(browser.set_password(&first, PASSWORD).await, 303);
    let output = home
        .run(&["user", "link", "--email", "Ada@Example.com"])
        .await
        .worked();
    let again = link_in(&output, &home.url);
    assert_ne!(first, again);
    assert_eq!(
        browser
            .set_password(&again, "another password of hers")
            .await,
        303
    );
    assert_eq!(browser.sign_in("ada@example.com", PASSWORD).await, 401);
    assert_eq!(
        browser
            .sign_in("ada@example.com", "another password of hers")
            .await,
        303
    );
    hub.stop().await;
}

#[tokio::test]
async fn a_person_that_cannot_be_added_is_refused_with_the_reason() {
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let add = |email: &'static str| ["user", "add", "--email", email, "--name", "Ada"];
    for email in ["ada@example.com", "ADA@example.com"] {
        let words = [email, "belongs to somebody already", "gatelodge user link"];
        home.run(&add(email)).await.refused_with(&words);
    }
    home.run(&add("ada"))
        .await
        .refused_with(&["--email", "not an e-mail address"]);
    let nameless = ["user", "add", "--email", "b@example.com", "--name", " "];
    home.run(&nameless)
        .await
        .refused_with(&["--name", "1 to 120 characters"]);
    let unknown = ["user", "link", "--email", "nobody@example.com"];
    home.run(&unknown).await.refused_with(&[
        "nobody has the e-mail nobody@example.com",
        "gatelodge user add",
    ]);
    let role = home
        .run(&[&add("b@example.com")[..], &["--role", "king"]].concat())
        .await;
    assert_eq!(role.code, Some(2));
    assert!(
        role.err.contains("owner, admin, member or auditor"),
        "{}",
        role.err
    );
    let verified = home.run(&["audit", "verify"]).await.worked();
    assert!(
        verified.contains("2 events"),
        "refused acts changed nothing: {verified}"
    );
}

#[tokio::test]
async fn an_organization_is_added_with_its_owner_who_lands_in_it() {
    // proves ACC-1
    let home = Installation::new().await;
    home.add_person("ada@example.com").await;
    let hub = home.serve().await;
    let add = |name: &'static str, email: &'static str| {
        [
            "organization",
            "add",
            "--name",
            name,
            "--owner-email",
            email,
            "--owner-name",
            "Bo Partner",
        ]
    };
    let added = home.run(&add("Contoso", "bo@contoso.example")).await;
    let added = added.worked();
    let link = link_in(&added, &home.url);
    assert!(added.contains("Added Contoso (org_"), "{added}");
    let mut browser = Browser::at(&home.url);
    assert_eq!(browser.set_password(&link, PASSWORD).await, 303);
    assert_eq!(browser.sign_in("bo@contoso.example", PASSWORD).await, 303);
    let people = browser.get("/admin/people").await.text().await.unwrap();
    assert!(people.contains("Contoso") && people.contains("Bo Partner"));
    assert!(!people.contains("ada@example.com"));
    home.run(&add("Contoso", "cy@contoso.example"))
        .await
        .refused_with(&["--name", "an organization named Contoso"]);
    home.run(&add("Fabrikam", "ada@example.com"))
        .await
        .refused_with(&["ada@example.com", "belongs to somebody already"]);
    home.run(&add("Fabrikam", "nobody"))
        .await
        .refused_with(&["--owner-email", "not an e-mail address"]);
    let listed = home.run(&["organization", "list"]).await.worked();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    // where there are several, a command names one
    let cy = [
        "user",
        "add",
        "--email",
        "cy@contoso.example",
        "--name",
        "Cy",
    ];
    home.run(&cy)
        .await
        .refused_with(&["several organizations", "--organization", "Contoso"]);
    let named = [&cy[..], &["--organization", "Contoso"]].concat();
    home.run(&named).await.worked();
    let people = browser.get("/admin/people").await.text().await.unwrap();
    assert!(people.contains("cy@contoso.example"), "{people}");
    hub.stop().await;
}
