//! The components with their states, in debug builds.
//!
//! Must not know: any data; everything here is made up.

use crate::{
    fault::PageResult,
    parts::{
        Badge, CopyField, EnvironmentBadge, ErrorPanel, Frame, Section, Tone, connection_words,
        diff::Diff, proposal_words,
    },
    respond,
    text::{Visible, visible},
    visitor::Visitor,
};
use askama::Template;
use gatelodge_model::{
    ConnectionStatus, Environment, Error, ErrorKind, FieldChange, FieldDiff, ProposalStatus,
    ProviderDetail, RecordChange, WhoMustAct,
};
use serde_json::json;

#[derive(Template)]
#[template(path = "styleguide.html")]
pub(crate) struct StyleguidePage {
    pub(crate) frame: Frame,
    pub(crate) tones: Vec<Badge>,
    pub(crate) environments: Vec<EnvironmentBadge>,
    pub(crate) connection_badges: Vec<Badge>,
    pub(crate) proposal_badges: Vec<Badge>,
    pub(crate) hostile: Visible,
    pub(crate) copy: CopyField,
    pub(crate) panel: ErrorPanel,
    pub(crate) diff: Diff,
}

/// `GET /styleguide`.
pub(crate) async fn show(visitor: Visitor) -> PageResult {
    Ok(respond::ok(&page(visitor.frame().at(Section::Nowhere))))
}

pub(crate) fn page(frame: Frame) -> StyleguidePage {
    let error = Error::new(ErrorKind::ProviderRejected, "Salesforce refused the query.")
        .with_hint(
            WhoMustAct::Caller,
            "Check the field's name with salesforce_describe_object.",
        )
        .with_provider(ProviderDetail {
            provider: "Salesforce".to_owned(),
            status: 400,
            code: "INVALID_FIELD".to_owned(),
            message: "SELECT Nmae FROM Account\n       ^\nERROR at Row:1:Column:8".to_owned(),
            fields: vec!["Nmae".to_owned()],
            request_id: None,
        });
    let field = |name: &str, before, after| {
        FieldChange::compare(name.to_owned(), name.to_owned(), before, after)
    };
    let diff = FieldDiff {
        change: RecordChange::Update,
        object: "Account".to_owned(),
        object_label: "Account".to_owned(),
        record: None,
        fields: vec![
            field("Phone", json!("+1 555 0100"), json!("+1 555 0199")),
            field("Website", json!(null), json!("https://example.com")),
            field("Fax", json!("+1 555 0101"), json!(null)),
            field(
                "Description",
                json!("Short."),
                json!("A long text. ".repeat(60)),
            ),
            field("Rating", json!("Hot"), json!("Hot")),
        ],
        notes: Vec::new(),
    };
    StyleguidePage {
        frame,
        tones: [
            (Tone::Ok, "Ok"),
            (Tone::Waiting, "Waiting"),
            (Tone::Attention, "Attention"),
            (Tone::Danger, "Danger"),
            (Tone::Off, "Off"),
        ]
        .map(|(tone, word)| Badge::new(tone, word))
        .to_vec(),
        environments: [
            Environment::Production,
            Environment::Sandbox,
            Environment::Practice,
        ]
        .map(EnvironmentBadge)
        .to_vec(),
        connection_badges: [
            ConnectionStatus::Pending,
            ConnectionStatus::Active,
            ConnectionStatus::Limited,
            ConnectionStatus::Attention(gatelodge_model::AttentionReason::GrantEnded),
            ConnectionStatus::Disconnected,
        ]
        .map(connection_words::badge)
        .to_vec(),
        proposal_badges: ProposalStatus::ALL.map(proposal_words::badge).to_vec(),
        hostile: visible("\u{202E}txt.exe \u{0410}cme\u{200B} <script>  two spaces"),
        copy: CopyField::line(
            "styleguide-copy",
            "example",
            "https://gatelodge.example/api/integrations/callback/salesforce",
        ),
        panel: ErrorPanel::kept(&error),
        diff: Diff::of(&diff),
    }
}
