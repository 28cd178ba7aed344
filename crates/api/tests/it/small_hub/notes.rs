//! A provider of notes: one tool that reads, one that writes.

use async_trait::async_trait;
use gatelodge_core::provider::{
    Caller, Descriptor, IdentityRequest, LoginHost, Manifest, PreparedWrite, Provider,
    ProviderResponse, ReadTool, Reconciled, TokenFacts, ToolRef, WriteTool,
    tool::{reading, writing},
};
use gatelodge_model::{
    CredentialPlace, Effect, Error, ErrorKind, ExternalAccount, FieldChange, FieldDiff,
    FrozenProposal, FrozenRequest, Preview, ProviderDetail, RecordChange, RecordVersion, Result,
    WhoMustAct,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use url::Url;

pub(super) const SLUG: &str = "notes";

const MANIFEST: &str = r#"
slug = "notes"
name = "Notes"
summary = "Notes for tests."
capabilities = []
api_hosts = ["notes.example.com"]
residency = "Nowhere."
scopes = []
review = []

[auth]
method = "oauth2"
authorize_path = "/authorize"
token_path = "/token"
revoke_path = "/revoke"
expiry = "unknown"
"#;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoteId {
    /// Which note.
    id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Note {
    id: String,
    /// The agent that read it.
    read_by: String,
    title: Option<String>,
}

struct ReadNote;

#[async_trait]
impl ReadTool for ReadNote {
    type Input = NoteId;
    type Output = Note;

    async fn call(&self, caller: &dyn Caller, input: NoteId) -> Result<Note> {
        match input.id.as_str() {
            "missing" => Err(
                Error::new(ErrorKind::ProviderNotFound, "Notes has no such note.")
                    .with_hint(WhoMustAct::Caller, "Use an id that a search gave.")
                    .with_provider(ProviderDetail {
                        provider: SLUG.into(),
                        status: 404,
                        code: "NOTE_GONE".into(),
                        message: "no note 'missing'".into(),
                        fields: vec!["id".into()],
                        request_id: Some("n-77".into()),
                    }),
            ),
            "broken" => Err(Error::internal("a cause for the log only")),
            _ => Ok(Note {
                id: input.id,
                read_by: caller.client_name().to_owned(),
                title: None,
            }),
        }
    }
}

struct DeleteNote;

#[async_trait]
impl WriteTool for DeleteNote {
    type Input = NoteId;
    type Output = Note;

    async fn prepare(&self, _: &dyn Caller, input: NoteId) -> Result<PreparedWrite> {
        Ok(PreparedWrite {
            request: FrozenRequest {
                method: "DELETE".into(),
                path: format!("/notes/{}", input.id),
                headers: vec![],
                body: None,
                credential: CredentialPlace::Header,
            },
            preview: Preview::FieldDiff(FieldDiff {
                change: RecordChange::Delete,
                object: "Note".into(),
                object_label: "Note".into(),
                record: None,
                fields: vec![FieldChange::compare(
                    "Title".into(),
                    "Title".into(),
                    json!("old"),
                    json!(null),
                )],
                notes: vec![],
            }),
            record_versions: vec![],
        })
    }

    fn interpret(&self, _: &FrozenProposal, _: &ProviderResponse) -> Result<Note> {
        Err(Error::internal("nothing is ever sent here"))
    }

    async fn reconcile(&self, _: &dyn Caller, _: &FrozenProposal) -> Result<Reconciled> {
        Err(Error::internal("nothing is ever sent here"))
    }

    async fn current_versions(
        &self,
        _: &dyn Caller,
        _: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        Ok(vec![])
    }
}

struct Notes {
    manifest: Manifest,
    tools: Vec<ToolRef>,
}

/// The provider.
pub(super) fn provider() -> Arc<dyn Provider> {
    let describe = |name, effect| {
        Descriptor::of::<NoteId, Note>(name, "A note", "Does something with a note.", effect, &[])
            .unwrap()
    };
    Arc::new(Notes {
        manifest: Manifest::parse(MANIFEST).unwrap(),
        tools: vec![
            reading(describe("notes_get_note", Effect::Read), ReadNote),
            writing(
                describe("notes_delete_note", Effect::Destructive),
                DeleteNote,
            ),
        ],
    })
}

fn unused<T>() -> Result<T> {
    Err(Error::internal("no part of these tests"))
}

impl Provider for Notes {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn tools(&self) -> &[ToolRef] {
        &self.tools
    }

    fn guide(&self) -> &'static str {
        ""
    }

    fn login_choices(&self) -> Vec<(LoginHost, &'static str)> {
        vec![]
    }

    fn parse_login_host(&self, _: &str) -> Result<LoginHost> {
        unused()
    }

    fn accepts_instance(&self, _: &Url) -> bool {
        false
    }

    fn read_token_facts(&self, _: &Map<String, Value>, _: Option<&Url>) -> Result<TokenFacts> {
        unused()
    }

    fn identity_request(&self, _: &TokenFacts) -> IdentityRequest {
        IdentityRequest { path: "/me".into() }
    }

    fn read_identity(&self, _: &ProviderResponse) -> Result<ExternalAccount> {
        unused()
    }

    fn read_error(&self, _: &ProviderResponse) -> Error {
        Error::internal("no part of these tests")
    }

    fn explain_oauth_error(&self, _: &str, _: &str) -> Error {
        Error::internal("no part of these tests")
    }

    fn client_headers(&self, _: &str) -> Vec<(String, String)> {
        vec![]
    }

    fn record_url(&self, _: &Url, _: &str, _: &str) -> Option<Url> {
        None
    }
}
