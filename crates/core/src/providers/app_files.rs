//! An OAuth app as files, for the operator at the console of the host.
//!
//! Must not know: the file system, and what a provider's files look like.

use crate::Hub;
use gatelodge_model::{Error, ErrorKind, OAuthApp, OAuthAppId, Result, WhoMustAct};
use gatelodge_provider::{AppFiles, AppRegistration};

/// What the operator asks for.
#[derive(Debug, Clone)]
pub struct AppFilesOrder {
    /// The provider's slug.
    pub provider: String,
    /// Which app; may be left out where there is one, or none yet.
    pub app: Option<OAuthAppId>,
    /// Who is written to at the provider when something about the app changes.
    pub contact_email: String,
    /// Whether codes are exchanged without a secret.
    pub without_secret: bool,
    /// Whether only assigned people may connect.
    pub pre_authorized: bool,
}

/// The files of an app.
#[derive(Debug, Clone)]
pub struct WrittenApp {
    /// The app.
    pub app: OAuthApp,
    /// Whether it was made for this, empty and switched off.
    pub started: bool,
    /// Its files.
    pub files: AppFiles,
}

impl Hub {
    /// The files with which an administrator of a provider registers an app of this installation. Where there is
    /// none yet it is started, so that its callback address exists.
    ///
    /// # Errors
    /// `not_found` for an unknown provider or app, or a provider that takes no files; `invalid_argument` where several
    /// apps could be meant, and for what cannot be registered; `conflict` before there is an organization.
    pub async fn app_files(&self, order: AppFilesOrder) -> Result<WrittenApp> {
        let provider = self.known_provider(&order.provider)?;
        let slug = &provider.manifest().slug;
        let organizations = self.store.organizations().list().await?;
        let mut apps = Vec::new();
        for organization in &organizations {
            apps.extend(self.store.oauth_apps().list(organization.id).await?);
        }
        apps.retain(|app| app.provider == *slug && !app.serves.is_personal());
        let chosen = match (order.app, apps.as_slice()) {
            (Some(id), _) => Some(
                apps.iter()
                    .find(|app| app.id == id)
                    .cloned()
                    .ok_or_else(|| Error::not_found("OAuth app"))?,
            ),
            (None, []) => None,
            (None, [only]) => Some(only.clone()),
            (None, several) => return Err(ambiguous(several)),
        };
        let started = chosen.is_none();
        let app = match (chosen, organizations.first()) {
            (Some(app), _) => app,
            (None, Some(organization)) => {
                self.draft(organization.id, self.new_oauth_app_id(), slug)
            }
            (None, None) => return Err(nobody_yet()),
        };
        let registration = AppRegistration {
            name: app.name.clone(),
            contact_email: order.contact_email,
            callbacks: self.callbacks_of(&app),
            without_secret: order.without_secret,
            pre_authorized: order.pre_authorized,
        };
        let files = provider
            .app_files(&registration)?
            .ok_or_else(|| Error::not_found("deployable form of this provider's apps"))?;
        if started {
            self.insert_started(&self.system_context(app.organization), &app)
                .await?;
        }
        Ok(WrittenApp {
            app,
            started,
            files,
        })
    }
}

fn ambiguous(apps: &[OAuthApp]) -> Error {
    Error::invalid("app", "Several OAuth apps could be meant.")
        .with_choices(
            apps.iter()
                .map(|app| format!("{} ({})", app.id, app.name))
                .collect(),
        )
        .with_hint(WhoMustAct::Operator, "Name one of them with --app.")
}

fn nobody_yet() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "There is no organization yet, so no app can belong to one.",
    )
    .with_hint(
        WhoMustAct::Operator,
        "Add the first person with 'gatelodge user add --role owner', then call this again.",
    )
}
