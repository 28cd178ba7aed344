//! Connecting: choose where, see what is asked for and why, leave for the provider, come back.
//!
//! Must not know: tokens, verifiers or what a callback's parameters mean. The page between our form and the
//! provider exists because `form-action 'self'` stops a form's redirect to another site in Chromium.

use super::connections::name_of;
use crate::{
    cookies,
    extract::{Fields, id},
    fault::PageResult,
    parts::{CopyField, EnvironmentBadge, ErrorPanel, Frame, ScopeRow, Section, scopes::Granted},
    respond,
    state::WebState,
    text::{Visible, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{OriginalUri, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use gatelodge_core::{
    BeginConnect, Callback, ConnectFailure, ConnectOption, OwnValues, ScopeView, Started,
};
use gatelodge_model::{
    Asks, Connection, ConnectionId, Error, ErrorKind, OAuthAppId, Result, Secret, WhoMustAct,
};
use serde::Deserialize;
use url::{Url, form_urlencoded};

/// How long the page that leaves for the provider can be opened again.
const DEPARTURE_SECONDS: i64 = 600;

/// A sign-in host to choose.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: Visible,
    pub(crate) environment: EnvironmentBadge,
    pub(crate) checked: bool,
}

/// An OAuth app to connect with.
#[derive(Clone)]
pub(crate) struct OptionView {
    pub(crate) app: String,
    pub(crate) provider: String,
    pub(crate) app_name: Visible,
    pub(crate) choices: Vec<Choice>,
    pub(crate) asks_login_host: bool,
    /// Why it is this app.
    pub(crate) because: Visible,
    pub(crate) asks: Asks,
    /// Whether what is asked may be left empty.
    pub(crate) kept_values: bool,
    /// Where an own registration must send the browser back to.
    pub(crate) callback: Option<CopyField>,
    pub(crate) client_id: String,
    pub(crate) client_id_error: Option<String>,
    pub(crate) secret_error: Option<String>,
    pub(crate) typed_chosen: bool,
    pub(crate) typed_host: String,
    pub(crate) error: Option<String>,
    pub(crate) scopes: Vec<ScopeRow>,
}

#[derive(Template)]
#[template(path = "connect.html")]
pub(crate) struct ConnectPage {
    pub(crate) frame: Frame,
    pub(crate) options: Vec<OptionView>,
    /// What keeps providers from being connected.
    pub(crate) off: Vec<String>,
    pub(crate) reconnect: Option<String>,
    pub(crate) panel: Option<ErrorPanel>,
    pub(crate) show_granted: bool,
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    reconnect: Option<String>,
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ConnectForm {
    #[serde(default)]
    app: String,
    #[serde(default)]
    login_host: String,
    #[serde(default)]
    typed_host: String,
    #[serde(default)]
    reconnect: String,
    #[serde(default)]
    client_id: String,
    client_secret: Option<Secret>,
}

/// The radio button that means "the text beside it".
const TYPED: &str = "typed";

pub(crate) fn scope_rows(scopes: &[ScopeView]) -> Vec<ScopeRow> {
    scopes
        .iter()
        .map(|scope| ScopeRow::new(&scope.name, &scope.reason, &scope.tools, Granted::NotAsked))
        .collect()
}

/// An option as the page shows it; `renewed` preselects what the connection has now.
pub(crate) fn option_view(
    option: &ConnectOption,
    form: &ConnectForm,
    renewed: Option<&Connection>,
) -> OptionView {
    let mine = form.app == option.app.id.to_string();
    let lone = option.choices.len() == 1 && !option.asks_login_host;
    OptionView {
        app: option.app.id.to_string(),
        provider: option.provider_name.clone(),
        app_name: one_line(&option.app.name, 120),
        choices: option
            .choices
            .iter()
            .map(|choice| Choice {
                value: choice.value.clone(),
                label: one_line(&choice.label, 160),
                environment: EnvironmentBadge(choice.environment),
                checked: lone
                    || (mine && form.login_host == choice.value)
                    || (!mine
                        && renewed.is_some_and(|connection| {
                            connection.environment == choice.environment
                        })),
            })
            .collect(),
        asks_login_host: option.asks_login_host,
        because: one_line(&option.because, 900),
        asks: option.app.asks,
        kept_values: option.kept_values,
        callback: None,
        client_id: if mine {
            form.client_id.clone()
        } else {
            String::new()
        },
        client_id_error: None,
        secret_error: None,
        typed_chosen: mine && form.login_host == TYPED,
        typed_host: if mine {
            form.typed_host.clone()
        } else {
            String::new()
        },
        error: None,
        scopes: scope_rows(&option.scopes),
    }
}

async fn page(state: &WebState, visitor: &Visitor, form: &ConnectForm) -> Result<ConnectPage> {
    let renewed = match form.reconnect.as_str() {
        "" => None,
        text => {
            let wanted: ConnectionId = id(text, "connection")?;
            Some(state.hub.connection(&visitor.person, wanted).await?)
        }
    };
    let found = state
        .hub
        .connect_options(&visitor.person, renewed.as_ref())
        .await?;
    let options = found.options.iter().enumerate().map(|(index, option)| {
        let mut view = option_view(option, form, renewed.as_ref());
        if option.app.asks.client_id {
            let url = state.hub.callback_url(&visitor.public_url, &option.app);
            view.callback = Some(CopyField::line(
                format!("callback-{index}"),
                "callback URL",
                &url,
            ));
        }
        view
    });
    Ok(ConnectPage {
        frame: visitor.frame().at(Section::Connections),
        options: options.collect(),
        off: found.off,
        reconnect: renewed.map(|connection| connection.id.to_string()),
        panel: None,
        show_granted: false,
    })
}

/// `GET /connections/new`.
pub(crate) async fn show(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> PageResult {
    let form = ConnectForm {
        reconnect: wish.reconnect.unwrap_or_default(),
        ..ConnectForm::default()
    };
    let page = page(&state, &visitor, &form)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// `POST /connections/new`: opens the attempt, then 303 to the page whose link leaves.
pub(crate) async fn submit(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<ConnectForm>,
) -> PageResult {
    match begin(&state, &visitor, &form).await {
        Ok(response) => Ok(response),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            let mut page = page(&state, &visitor, &form)
                .await
                .map_err(|error| visitor.fault(error))?;
            if let Some(option) = page
                .options
                .iter_mut()
                .find(|option| option.app == form.app)
            {
                let slot = match error.field() {
                    Some("client_id") => &mut option.client_id_error,
                    Some("client_secret") => &mut option.secret_error,
                    _ => &mut option.error,
                };
                *slot = Some(error.message().to_owned());
            } else {
                page.panel = Some(ErrorPanel::of(&error, Some(visitor.request)));
            }
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(visitor.fault(error)),
    }
}

async fn begin(state: &WebState, visitor: &Visitor, form: &ConnectForm) -> Result<Response> {
    let app: OAuthAppId = id(&form.app, "OAuth app")?;
    let reconnect = match form.reconnect.as_str() {
        "" => None,
        text => Some(id(text, "connection")?),
    };
    let login_host = match form.login_host.as_str() {
        TYPED => Some(form.typed_host.trim().to_owned()),
        chosen => Some(chosen.to_owned()),
    };
    let begin = BeginConnect {
        app,
        login_host: login_host.filter(|host| !host.is_empty()),
        reconnect,
        own: OwnValues {
            client_id: form.client_id.clone(),
            client_secret: form.client_secret.clone(),
        },
        public_url: visitor.public_url.clone(),
    };
    let started = state.hub.begin_connect(&visitor.person, begin).await?;
    let name = state.options.departure_cookie();
    let cookie = cookies::set(state.options, name, &pack(&started), DEPARTURE_SECONDS)?;
    let mut response = respond::see("/connections/go", None);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The departure as a cookie's value: it stays in this browser and out of addresses and logs.
fn pack(started: &Started) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("to", started.authorize_url.as_str())
        .append_pair("name", &started.app_name)
        .append_pair("provider", &started.provider)
        .extend_pairs(started.scopes.iter().map(|scope| ("scope", &scope.name)))
        .finish()
}

/// Where a person leaves for.
struct Departure {
    to: Url,
    app_name: String,
    provider: String,
    scopes: Vec<String>,
}

fn unpack(value: &Secret) -> Option<Departure> {
    let (mut to, mut app_name, mut provider) = (None, String::new(), String::new());
    let mut scopes = Vec::new();
    for (key, value) in form_urlencoded::parse(value.expose().as_bytes()) {
        match &*key {
            "to" => {
                to = Url::parse(&value)
                    .ok()
                    .filter(|url| matches!(url.scheme(), "https" | "http"));
            }
            "name" => app_name = value.into_owned(),
            "provider" => provider = value.into_owned(),
            "scope" => scopes.push(value.into_owned()),
            _ => {}
        }
    }
    Some(Departure {
        to: to?,
        app_name,
        provider,
        scopes,
    })
}

#[derive(Template)]
#[template(path = "go.html")]
pub(crate) struct GoPage {
    pub(crate) frame: Frame,
    pub(crate) provider: String,
    pub(crate) app_name: Visible,
    pub(crate) host: Visible,
    pub(crate) authorize_url: String,
    pub(crate) scopes: Vec<ScopeRow>,
    pub(crate) show_granted: bool,
}

/// `GET /connections/go`: the last page of ours before the provider's.
pub(crate) async fn go(
    State(state): State<WebState>,
    visitor: Visitor,
    headers: HeaderMap,
) -> PageResult {
    let departure = cookies::read(&headers, state.options.departure_cookie())
        .as_ref()
        .and_then(unpack);
    let Some(departure) = departure else {
        let error = Error::new(
            ErrorKind::StateInvalid,
            "The attempt to connect that began here is over.",
        )
        .with_hint(
            WhoMustAct::Person,
            "Begin again from your connections; nothing is lost.",
        );
        return Err(visitor.fault(error));
    };
    let scopes = state
        .hub
        .scopes_by_name(&departure.provider, &departure.scopes);
    let host = departure.to.host_str().unwrap_or_default();
    let host = departure
        .to
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok(respond::ok(&GoPage {
        frame: visitor.frame().at(Section::Connections),
        provider: match departure.provider.as_str() {
            "" => "the provider".to_owned(),
            slug => name_of(&state.hub, slug),
        },
        app_name: one_line(&departure.app_name, 120),
        host: one_line(&host, 200),
        authorize_url: departure.to.into(),
        scopes: scope_rows(&scopes),
        show_granted: false,
    }))
}

/// `GET` on every callback path: the provider sent the browser back.
pub(crate) async fn callback(
    State(state): State<WebState>,
    visitor: Visitor,
    OriginalUri(uri): OriginalUri,
) -> PageResult {
    let mut url = visitor.public_url.clone();
    url.set_path(uri.path());
    url.set_query(uri.query());
    let completed = state
        .hub
        .complete_connect(&visitor.person, Callback { url })
        .await;
    let mut response = match completed {
        Ok(connection) => respond::see(
            &format!("/connections/{}", connection.id),
            Some("connected"),
        ),
        Err(ConnectFailure { connection, error }) => {
            tracing::info!(request = %visitor.request, code = error.code(), reason = ?error.reason(), "a sign-in ended without a connection");
            let fault = visitor.fault(error);
            // The page of the connection says what is wrong, who must act, and looks again by itself.
            let fault = match connection {
                Some(connection) => fault.about(connection),
                None => fault,
            };
            axum::response::IntoResponse::into_response(fault)
        }
    };
    if let Ok(cookie) = cookies::clear(state.options, state.options.departure_cookie()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_survives_its_cookie_and_leads_only_to_the_web() {
        // proves U7
        let value = form_urlencoded::Serializer::new(String::new())
            .append_pair(
                "to",
                "https://login.salesforce.com/services/oauth2/authorize?a=b&c=d%20e",
            )
            .append_pair("name", "Gate; lodge, \"x\"")
            .finish();
        assert!(!value.contains([';', ',', ' ', '"', '\\']));
        let departure = unpack(&Secret::new(value)).unwrap();
        assert_eq!(departure.to.host_str(), Some("login.salesforce.com"));
        assert_eq!(departure.app_name, "Gate; lodge, \"x\"");
        assert!(unpack(&Secret::new("to=javascript%3Aalert(1)")).is_none());
        assert!(unpack(&Secret::new("")).is_none());
    }
}
