//! An app as files that an administrator of the provider deploys, instead of clicking it together.
//!
//! Must not know: where they are written, and any secret; the provider makes the key and the secret of the app.

/// What is to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRegistration {
    /// The name that people see when they consent.
    pub name: String,
    /// Who is written to when something about the app changes.
    pub contact_email: String,
    /// Callback addresses, one for each public address.
    pub callbacks: Vec<String>,
    /// Whether codes are exchanged without a secret, which PKCE makes possible.
    pub without_secret: bool,
    /// Whether only people whom an administrator assigned may connect.
    pub pre_authorized: bool,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppFile {
    /// Path below the folder that is chosen, with `/` between its parts.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The files, and what is done with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppFiles {
    /// The files.
    pub files: Vec<AppFile>,
    /// What is done next, in words; `{folder}` stands for the folder.
    pub next: &'static str,
}
