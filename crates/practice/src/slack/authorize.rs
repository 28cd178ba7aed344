//! `/oauth/v2/authorize` and the page behind it: which workspace, which scopes, allow or cancel; or a request to the
//! administrator where the workspace wants to approve apps.
//!
//! Must not know how a code becomes tokens.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::scopes::{self, Kind};
use super::state::Team;
use super::{Slack, SlackApp};
use crate::oauth::Parameters;
use crate::vendor::{self, Choice, Consent, Group, Line, PageFrame};

/// How long a code can be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// What a code stands for.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) client_id: String,
    /// As the app named it; the exchange must name the same.
    pub(super) redirect_uri: Option<String>,
    pub(super) team: String,
    pub(super) user_id: String,
    pub(super) bot_scopes: Vec<String>,
    pub(super) user_scopes: Vec<String>,
    pub(super) until: DateTime<Utc>,
}

/// A request for access that makes sense.
struct Asked {
    app: SlackApp,
    /// Where the answer goes.
    back: Url,
    redirect_uri: Option<String>,
    state: Option<String>,
    bot_scopes: Vec<String>,
    user_scopes: Vec<String>,
}

/// `GET /oauth/v2/authorize`
pub(super) async fn authorize(
    Shared(slack): Shared<Arc<Slack>>,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    match understand(&slack, &parameters) {
        Ok(_) => slack.ground.begin(parameters),
        Err(page) => *page,
    }
}

/// Reads a request; what is wrong is told to the person and never to the redirect URL.
fn understand(slack: &Slack, parameters: &Parameters) -> Result<Asked, Box<Response>> {
    let refuse = |word: &str, text: &str| Err(Box::new(problem(slack, word, text)));
    let Some(app) = slack.state().app(parameters.text("client_id")).cloned() else {
        return refuse("invalid_client_id", "No app has this client id.");
    };
    let redirect_uri = parameters.get("redirect_uri").map(ToOwned::to_owned);
    let back = redirect_uri.as_ref().or(app.redirect_urls.first());
    let back = back
        .filter(|back| app.takes(back))
        .and_then(|back| Url::parse(back).ok());
    let Some(back) = back else {
        let passed = redirect_uri.unwrap_or_default();
        let text = format!("redirect_uri did not match any configured URIs. Passed URI: {passed}");
        return refuse("bad_redirect_uri", &text);
    };
    let bot_scopes = scopes::split(parameters.text("scope"));
    let user_scopes = scopes::split(parameters.text("user_scope"));
    for (asked, kind) in [(&bot_scopes, Kind::Bot), (&user_scopes, Kind::User)] {
        if let Some(scope) = scopes::unknown(asked, kind) {
            return refuse(
                "invalid_scope",
                &format!("Invalid permissions requested: {scope}"),
            );
        }
    }
    if bot_scopes.is_empty() && user_scopes.is_empty() {
        return refuse("invalid_scope", "No scopes requested");
    }
    Ok(Asked {
        app,
        back,
        redirect_uri,
        state: parameters.get("state").map(ToOwned::to_owned),
        bot_scopes,
        user_scopes,
    })
}

fn problem(slack: &Slack, word: &str, text: &str) -> Response {
    let title = "Something went wrong when authorizing this app";
    let frame = PageFrame::of(slack);
    vendor::notice(frame, StatusCode::OK, title, text, &format!("error={word}"))
}

/// The page on which the person decides.
pub(super) fn ask(slack: &Slack, flow: &str, parameters: &Parameters, username: &str) -> Response {
    let asked = match understand(slack, parameters) {
        Ok(asked) => asked,
        Err(page) => return *page,
    };
    let state = slack.state();
    let wanted = parameters.get("team");
    let teams: Vec<&Team> = state
        .teams_of(username)
        .filter(|team| wanted.is_none_or(|wanted| wanted == team.id))
        .collect();
    let Some(first) = teams.first() else {
        drop(state);
        let text = "You are not a member of the workspace that the app asks for.";
        return problem(slack, "invalid_team_for_non_distributed_app", text);
    };
    let name = &asked.app.name;
    let mut page = Consent {
        title: format!(
            "{name} is requesting permission to access the {} workspace",
            first.name
        ),
        lead: Vec::new(),
        username: username.to_owned(),
        flow: flow.to_owned(),
        groups: groups(&asked),
        choice: None,
        agree: Some(("allow", "Allow")),
        refuse: Some(("deny", "Cancel")),
    };
    if teams.len() > 1 {
        page.title = format!("{name} is requesting permission to access a workspace");
        page.choice = Some(Choice {
            name: "team",
            label: "Workspace",
            options: teams
                .iter()
                .map(|team| (team.id.clone(), team.name.clone()))
                .collect(),
        });
    } else if let Some(obstacle) = obstacle(first, &asked.app, username) {
        page.title = obstacle.title(&asked.app, first);
        page.lead = vec![obstacle.words().to_owned()];
        page.agree = (obstacle == Obstacle::Approval).then_some(("request", "Submit request"));
    }
    drop(state);
    vendor::consent(PageFrame::of(slack), &page)
}

/// Why a person cannot simply allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    Approval,
    Restricted,
}

impl Obstacle {
    fn title(self, app: &SlackApp, team: &Team) -> String {
        let (app, team) = (&app.name, &team.name);
        match self {
            Self::Approval => format!("Request to install {app} in {team}"),
            Self::Restricted => format!("{app} is restricted in {team}"),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Approval => {
                "This workspace's administrators want to approve apps before they are installed."
            }
            Self::Restricted => "An administrator of this workspace has restricted the app.",
        }
    }
}

fn obstacle(team: &Team, app: &SlackApp, username: &str) -> Option<Obstacle> {
    if team.restricted.contains(&app.client_id) {
        return Some(Obstacle::Restricted);
    }
    let member = team.member_named(username)?;
    let free = team.lets_install(&app.client_id, member);
    (!free).then_some(Obstacle::Approval)
}

fn groups(asked: &Asked) -> Vec<Group> {
    let lines = |scopes: &[String]| {
        let line = |scope: &String| Line {
            words: scopes::words(scope).to_owned(),
            scope: scope.clone(),
        };
        scopes.iter().map(line).collect::<Vec<_>>()
    };
    let (name, bot, user) = (&asked.app.name, &asked.bot_scopes, &asked.user_scopes);
    let mut groups = Vec::new();
    if !bot.is_empty() {
        groups.push(Group {
            heading: format!("What will {name} be able to do?"),
            lines: lines(bot),
        });
    }
    if !user.is_empty() {
        groups.push(Group {
            heading: format!("What will {name} be able to do on your behalf?"),
            lines: lines(user),
        });
    }
    groups
}

/// What follows from the decision.
pub(super) fn decide(
    slack: &Slack,
    parameters: &Parameters,
    username: &str,
    form: &Parameters,
) -> Response {
    let asked = match understand(slack, parameters) {
        Ok(asked) => asked,
        Err(page) => return *page,
    };
    let decision = form.text("decision");
    if !matches!(decision, "allow" | "request") {
        return go_back(asked, ("error", "access_denied"));
    }
    let mut state = slack.state();
    let wanted = parameters.get("team").or_else(|| form.get("team"));
    let team = state
        .teams_of(username)
        .find(|team| wanted.is_none_or(|wanted| wanted == team.id));
    let member = team.and_then(|team| Some((team.clone(), team.member_named(username)?.clone())));
    let Some((team, member)) = member else {
        return go_back(asked, ("error", "access_denied"));
    };
    let client_id = asked.app.client_id.clone();
    match (obstacle(&team, &asked.app, username), decision) {
        (None, _) => {}
        (Some(Obstacle::Approval), "request") => {
            if let Some(team) = state.team_mut(&team.id) {
                team.requests.push((client_id, member.user_id));
            }
            drop(state);
            let text =
                "The administrators of the workspace were told. Come back when they have decided.";
            return vendor::done(PageFrame::of(slack), "Request sent", text);
        }
        (Some(_), _) => {
            drop(state);
            let mut again = parameters.clone();
            again.set("team", &team.id);
            return slack.ground.begin(again);
        }
    }
    let withheld = &state.withheld;
    let kept = |scopes: &[String]| -> Vec<String> {
        let kept = scopes.iter().filter(|scope| !withheld.contains(*scope));
        kept.cloned().collect()
    };
    let code = Code {
        client_id,
        redirect_uri: asked.redirect_uri.clone(),
        team: team.id,
        user_id: member.user_id,
        bot_scopes: kept(&asked.bot_scopes),
        user_scopes: kept(&asked.user_scopes),
        until: slack.ground.now() + CODE_LIFE,
    };
    let numbers = format!("{}.{}.", slack.ground.digits(12), slack.ground.digits(13));
    let text = slack.ground.secret(&numbers, 50);
    state.codes.insert(text.clone(), code);
    drop(state);
    go_back(asked, ("code", &text))
}

fn go_back(asked: Asked, answer: (&str, &str)) -> Response {
    let mut back = asked.back;
    {
        let mut pairs = back.query_pairs_mut();
        pairs.append_pair(answer.0, answer.1);
        // The state comes back even when there was none, as an empty one.
        pairs.append_pair("state", asked.state.as_deref().unwrap_or_default());
    }
    vendor::redirect(back.as_str())
}
