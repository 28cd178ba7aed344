//! Starts the practice org alone and says how to use it, to people who have never heard of Gatelodge.
//!
//! Must not know: the hub.

use crate::cli::PracticeStart;
use crate::commands::{EndSignals, say};
use crate::{
    config::{LogFormat, log_level},
    logging,
};
use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_practice::oauth::App;
use gatelodge_practice::{
    PracticeOptions, Random as _, RunningPractice, SystemRandomness, TlsOptions,
};
use serde_json::json;
use std::path::Path;
use std::{fs, io};

/// Client id of the app that is there from the start.
const CLIENT_ID: &str = "practice-client";
/// Its secret; it guards practice data only.
const CLIENT_SECRET: &str = "practice-secret";
/// Where Postman, a local script and Salesforce's command line come back to.
const CALLBACKS: [&str; 3] = [
    "http://localhost:1717/OauthRedirect",
    "https://oauth.pstmn.io/v1/callback",
    "http://localhost:3000/callback",
];

/// Runs it until the process is asked to end.
///
/// # Errors
/// When the port is taken or the folder cannot be used.
pub(super) async fn run(args: PracticeStart) -> anyhow::Result<()> {
    logging::start(LogFormat::Text, &log_level("warn"));
    let admin_token = args.admin_token_file.as_deref().map(token).transpose()?;
    let options = PracticeOptions {
        port: args.port,
        tls: args.tls.then(TlsOptions::default),
        data_dir: args.data,
        schema: args.schema,
        seed: args.seed,
        apps: vec![own_app()],
        admin_token,
        ..PracticeOptions::new()
    };
    let end = EndSignals::listen()?;
    let practice = gatelodge_practice::start(options).await?;
    if args.json {
        say(json!({
            "practice_org": practice.url(),
            "ca_file": practice.authority_path(),
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "practice_users": users(&practice),
        }));
    } else {
        explain(&practice, args.admin_token_file.as_deref());
    }
    end.asked().await;
    practice.shutdown().await;
    Ok(())
}

fn own_app() -> App {
    let mut app = App::confidential(CLIENT_ID, CLIENT_SECRET, "Practice client", CALLBACKS[0]);
    app.callbacks = CALLBACKS.map(ToOwned::to_owned).to_vec();
    app.run_as = Some("admin@northwind-practice.example".to_owned());
    app
}

fn users(practice: &RunningPractice) -> Vec<serde_json::Value> {
    let users = practice.sign_ins().into_iter();
    users
        .map(|(username, password)| json!({ "username": username, "password": password }))
        .collect()
}

/// The token of the file, which is made when it is missing.
fn token(path: &Path) -> anyhow::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let text = text.trim();
            ensure!(!text.is_empty(), "{} holds no token", path.display());
            Ok(text.to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut bytes = [0_u8; 32];
            SystemRandomness.fill(&mut bytes);
            let token = URL_SAFE_NO_PAD.encode(bytes);
            write_private(path, &token)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(token)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    writeln!(options.open(path)?, "{text}")
}

fn explain(practice: &RunningPractice, token_file: Option<&Path>) {
    let url = practice.url();
    let users = practice.sign_ins();
    let widest = users.iter().map(|(username, _)| username.len()).max();
    let width = widest.unwrap_or(0);
    let lines: Vec<String> = users
        .iter()
        .map(|(username, password)| format!("     {username:width$}  {password}"))
        .collect();
    let ca = practice
        .authority_path()
        .map(|path| path.display().to_string());
    let curl_ca = ca
        .as_ref()
        .map(|path| format!(" --cacert '{path}'"))
        .unwrap_or_default();
    say(format!(
        "A practice Salesforce org is ready at {url}

  It speaks the REST API, SOQL, SOSL and OAuth of Salesforce, with invented data. Open the address in a
  browser to see users, objects, records, apps, faults and the journal.

  1. Sign in as one of
{}

  2. Connect a client
     Client id {CLIENT_ID}, secret {CLIENT_SECRET}
     Authorize {url}/services/oauth2/authorize
     Token     {url}/services/oauth2/token
     Callbacks {}
     Others: add them on {url}/practice/apps

  3. Or try it from a shell
     TOKEN=$(curl -s{curl_ca} {url}/services/oauth2/token -d grant_type=client_credentials \\
       -d client_id={CLIENT_ID} -d client_secret={CLIENT_SECRET} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')
     curl -s{curl_ca} -H \"Authorization: Bearer $TOKEN\" -H 'X-PrettyPrint: 1' \\
       '{url}/services/data/v66.0/query?q=SELECT+Name,Industry+FROM+Account+LIMIT+3'

     With jsforce: new jsforce.Connection({{ instanceUrl: '{url}', accessToken: TOKEN }})

  4. Break things on purpose
     gatelodge practice fault add daily_limit --url {url}",
        lines.join("\n"),
        CALLBACKS.join("\n               "),
    ));
    if let Some(path) = ca {
        say(format!(
            "\n  Clients must trust this certificate authority: {path}"
        ));
    }
    if let Some(path) = token_file {
        say(format!(
            "\n  Orders need the token in {} (--admin-token-file)",
            path.display()
        ));
    }
    say("\n  Ctrl-C ends it.");
}
