//! Providers and OAuth apps.

use super::{
    made::{HOSTILE, LONG_NAME, RIGHT_TO_LEFT, app, frame, now, organization},
    write::sample,
};
use crate::{
    pages::{
        oauth_app::{Around, BoundRow, BoundView, Choice, OAuthAppPage},
        oauth_app_form::{FieldErrors, ScopeChoice},
        oauth_app_test::TestView,
        oauth_apps::{AppRow, OAuthAppsPage, ProviderRow},
        provider::{ProviderPage, SourceRow, serves},
        providers::{ProviderCard, ProvidersPage, state},
    },
    parts::{EnvironmentBadge, ScopeRow, Section, scopes::Granted},
    text::one_line,
};
use gatelodge_core::{AppTest, ProviderEntry, TestStep, Verdict};
use gatelodge_model::{
    Environment, Error, Group, GroupId, OAuthApp, Role, Serves, Switch, WhoMustAct,
    clock::testing::{FixedClock, SeededRandom},
};

const CALLBACK: &str = "https://gate.example/api/integrations/callback/salesforce/app_1";
const GUIDE: &str = "/admin/providers/salesforce/guide?app=app_1";

fn group(name: &str) -> Group {
    Group {
        id: GroupId::generate(&FixedClock::at(0), &SeededRandom::new(9)),
        organization: organization(),
        name: name.to_owned(),
        position: 0,
        created_at: now(),
    }
}

fn around() -> Around {
    Around {
        provider: "Salesforce".into(),
        callbacks: vec![CALLBACK.to_owned()],
        guide: Some(GUIDE.to_owned()),
        groups: vec![group(LONG_NAME)],
        scopes: vec![ScopeChoice {
            name: "full".into(),
            opens: "Everything.".into(),
            broad: true,
        }],
        ..Around::default()
    }
}

fn page(app: &OAuthApp, around: Around) -> OAuthAppPage {
    OAuthAppPage::of(frame(Role::Admin, 0).at(Section::OAuthApps), app, around)
}

fn row(app: &OAuthApp) -> SourceRow {
    SourceRow {
        app: AppRow::of(app, "Salesforce".into(), now()),
        serves: serves(app, &[group(HOSTILE)]),
    }
}

#[test]
fn an_app_shows_its_callback_and_never_its_secret() {
    // proves SEC-1, ADM-5, ADM-7
    let mut page = page(&app(), around());
    let html = sample("oauth-app", &page);
    assert!(html.contains(CALLBACK) && html.contains("9f2c41aa") && html.contains(GUIDE));
    let field = html.split("id=\"client_secret\"").nth(1).unwrap();
    let field = field.split('>').next().unwrap();
    assert!(!field.contains("value="), "{field}");
    let error = Error::invalid("auth_base_url", "Only https is accepted.");
    page.errors = FieldErrors::of(&error).unwrap();
    // proves ADM-6: the reason stands at the field
    assert!(sample("oauth-app-error", &page).contains("Only https is accepted."));
}

#[test]
fn an_app_says_whom_a_change_hurts_and_what_its_test_found() {
    // proves CON-30, SEC-3
    let bound = |person: &str| BoundRow {
        person: one_line(person, 120),
        account: one_line(
            "ada@harbourlights.example at harbourlights.my.salesforce.com",
            200,
        ),
        environment: EnvironmentBadge(Environment::Production),
    };
    let mut page = page(
        &app(),
        Around {
            bound: BoundView {
                count: 1_204,
                rows: [LONG_NAME, HOSTILE, RIGHT_TO_LEFT].map(bound).to_vec(),
                more: 1_201,
            },
            warnings: vec!["No tool needs 'full'.".into()],
            ..around()
        },
    );
    let step = |title: &str, verdict, found: &str| TestStep {
        title: title.into(),
        verdict,
        found: found.into(),
        to_do: (verdict == Verdict::Wrong).then(|| "Compare it letter by letter.".into()),
        who: (verdict == Verdict::Wrong).then_some(WhoMustAct::ProviderAdmin),
        place: (verdict == Verdict::Wrong).then(|| "Salesforce: Setup > App Manager".into()),
    };
    page.test = Some(TestView::of(&AppTest {
        host: "login.salesforce.com".into(),
        steps: vec![
            step("Callback", Verdict::Wrong, HOSTILE),
            step("Client secret", Verdict::Fine, "Accepted."),
            step("Changed a moment ago", Verdict::Look, "Ten minutes."),
            step("Who may authorize", Verdict::Unknown, "Only on sign-in."),
        ],
    }));
    let html = sample("oauth-app-bound", &page);
    for needed in [
        "and 1201 more",
        "Does not work",
        "More access than needed",
        "Who must act",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    assert!(!html.contains("<script>alert"));
}

#[test]
fn the_default_of_the_installation_is_read_only() {
    // proves ADM-4
    let mut app = app();
    app.serves = Serves::Instance;
    let html = sample("oauth-app-configured", &page(&app, around()));
    assert!(html.contains("Default of this installation") && !html.contains("Save OAuth app"));
}

#[test]
fn apps_are_listed_with_whom_they_are_for() {
    let apps = |rows| OAuthAppsPage {
        frame: frame(Role::Admin, 0).at(Section::OAuthApps),
        rows,
        providers: vec![ProviderRow {
            slug: "salesforce".into(),
            name: "Salesforce".into(),
            summary: "Customers, deals and cases.".into(),
        }],
    };
    assert!(sample("oauth-apps-0", &apps(Vec::new())).contains("Set up Salesforce"));
    let mut of_group = app();
    of_group.serves = Serves::Group(group(HOSTILE).id);
    let html = sample("oauth-apps", &apps(vec![row(&app()), row(&of_group)]));
    assert!(html.contains("Enabled") && html.contains("Everybody in the organization"));
    assert!(!html.contains("<script>alert"));
}

fn entry(apps: Vec<OAuthApp>, off: Option<Switch>) -> ProviderEntry {
    ProviderEntry {
        slug: "salesforce".into(),
        name: "Salesforce".into(),
        summary: "Query, search and describe your records.".into(),
        products: vec!["Sales Cloud".into(), "Service Cloud".into()],
        capabilities: vec!["crm".into()],
        on: off.is_none(),
        off,
        apps,
    }
}

#[test]
fn the_library_marks_what_has_to_be_set_up() {
    // proves ADM-1, ADM-12, ADM-15
    let library = |cards, integrations_on| ProvidersPage {
        frame: frame(Role::Admin, 0).at(Section::Providers),
        integrations_on,
        search: String::new(),
        cards,
    };
    let cards = vec![ProviderCard::from(&entry(Vec::new(), None))];
    let html = sample("providers", &library(cards, true));
    assert!(html.contains("Setup required") && html.contains("Service Cloud"));
    let off = entry(vec![app()], Some(Switch::Integrations));
    let html = sample(
        "providers-off",
        &library(vec![ProviderCard::from(&off)], false),
    );
    assert!(html.contains("integrations are off") && !html.contains("Setup required"));
    assert!(
        sample("providers-0", &library(Vec::new(), true)).contains("No provider is called that")
    );
}

#[test]
fn a_provider_says_which_app_counts_for_whom() {
    // proves ADM-10a
    let page = ProviderPage {
        frame: frame(Role::Admin, 0).at(Section::Providers),
        card: ProviderCard::from(&entry(vec![app()], None)),
        state: state(None),
        rows: vec![row(&app())],
        groups: vec![Choice {
            value: "grp_1".into(),
            label: one_line(HOSTILE, 120),
        }],
        scopes: vec![ScopeRow::new("api", "Reads.", &[], Granted::NotAsked)],
        show_granted: false,
        email: "ben@harbourlights.example".into(),
        answer: Some(one_line(
            "For Ben, in group EMEA: \u{201c}EMEA\u{201d}, because …",
            900,
        )),
        email_error: None,
    };
    let html = sample("provider", &page);
    assert!(html.contains("For Ben, in group EMEA") && html.contains("Switch Salesforce off"));
    assert!(!html.contains("<script>alert"));
}
