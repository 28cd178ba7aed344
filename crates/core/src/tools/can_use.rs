//! Why somebody cannot use a tool (ADM-27): switched on, offered, connected, allowed, there, supported; answered one by
//! one up to the first that fails, with who must act.
//!
//! Nobody else's access is used to find out: what only the account itself can show is looked at when its own person asks.
//! Must not know: pages.

use super::{choose::require_scopes, trial::Gave};
use crate::{Hub, Person, people::require_overseer};
use gatelodge_model::{Connection, ConnectionStatus, Error, ErrorKind, Result, User, WhoMustAct};
use gatelodge_provider::{Provider, ToolRef, TrialVerdict};
use std::sync::Arc;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct UseQuestion {
    /// Sign-in name of the person; empty for whoever asks.
    pub person: String,
    /// Name of the tool.
    pub tool: String,
    /// The kind of thing, such as an object; may be empty.
    pub kind: String,
    /// The thing, such as the id of a record; may be empty.
    pub item: String,
}

/// One of the six questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseStep {
    /// Is the provider switched on?
    Enabled,
    /// Is the tool offered?
    Feature,
    /// Is the person connected?
    Connected,
    /// Do the person's rights at the provider suffice?
    Rights,
    /// Is the item there?
    Item,
    /// Does the item support it?
    Action,
}

impl UseStep {
    /// All, in their order.
    pub const ALL: [Self; 6] = [
        Self::Enabled,
        Self::Feature,
        Self::Connected,
        Self::Rights,
        Self::Item,
        Self::Action,
    ];

    /// The question in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Enabled => "Is the provider switched on?",
            Self::Feature => "Is the tool offered here?",
            Self::Connected => "Is the person connected?",
            Self::Rights => "Do their rights at the provider suffice?",
            Self::Item => "Is the item there for them?",
            Self::Action => "Does the item support it?",
        }
    }
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseVerdict {
    /// Yes.
    Yes,
    /// No: this is what keeps them from it.
    No,
    /// It was not looked at.
    NotAsked,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseAnswer {
    /// Which question.
    pub step: UseStep,
    /// Its answer.
    pub verdict: UseVerdict,
    /// What was seen.
    pub words: String,
    /// What to do.
    pub to_do: Option<String>,
    /// Who must do it.
    pub who: Option<WhoMustAct>,
}

/// All answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseDiagnosis {
    /// Whom it is about.
    pub person: String,
    /// The tool.
    pub tool: String,
    /// The answers, in their order.
    pub answers: Vec<UseAnswer>,
}

impl UseDiagnosis {
    /// The first question that is answered with no.
    pub fn obstacle(&self) -> Option<&UseAnswer> {
        self.answers
            .iter()
            .find(|answer| answer.verdict == UseVerdict::No)
    }
}

/// The answer to a question that stops here, or goes on.
pub(super) type Found = std::result::Result<String, UseAnswer>;

impl Hub {
    /// Why somebody cannot use a tool, or that nothing keeps them from it.
    ///
    /// # Errors
    /// `forbidden` where a member asks for somebody else; `not_found` for an unknown person; `unknown_tool`;
    /// `audit_unavailable`.
    pub async fn can_use(&self, asker: &Person, question: &UseQuestion) -> Result<UseDiagnosis> {
        let subject = self.subject(asker, question.person.trim()).await?;
        let Some((provider, tool)) = self.catalogue.tool(question.tool.trim()) else {
            return Err(self.unknown_tool(question.tool.trim()));
        };
        let (provider, tool) = (Arc::clone(provider), Arc::clone(tool));
        let answers = self
            .answers(asker, &subject, &provider, &tool, question)
            .await?;
        Ok(UseDiagnosis {
            person: subject.name,
            tool: tool.descriptor().name.to_string(),
            answers,
        })
    }

    async fn subject(&self, asker: &Person, email: &str) -> Result<User> {
        if email.is_empty() || email.eq_ignore_ascii_case(&asker.user.email) {
            return Ok(asker.user.clone());
        }
        require_overseer(asker)?;
        self.store
            .users()
            .find_by_email(&email.to_lowercase())
            .await?
            .filter(|user| {
                user.organization == asker.context.organization && user.removed_at.is_none()
            })
            .ok_or_else(|| Error::not_found("person"))
    }

    async fn answers(
        &self,
        asker: &Person,
        subject: &User,
        provider: &Arc<dyn Provider>,
        tool: &ToolRef,
        question: &UseQuestion,
    ) -> Result<Vec<UseAnswer>> {
        let mut list = Answers::default();
        if !list.take(
            UseStep::Enabled,
            self.is_enabled(asker, subject, provider).await?,
        ) || !list.take(
            UseStep::Feature,
            self.is_offered(asker, subject, tool, question.kind.trim())
                .await?,
        ) {
            return Ok(list.rest("Not looked at: the answer above comes first."));
        }
        let (found, connection) = self.is_connected(subject, provider).await?;
        let connection = match connection {
            Some(connection) if list.take(UseStep::Connected, found.clone()) => connection,
            _ => {
                list.take(UseStep::Connected, found);
                return Ok(list.rest("Not looked at: the answer above comes first."));
            }
        };
        if let Err(error) = require_scopes(&connection, &**provider, tool.descriptor()) {
            list.take(UseStep::Rights, Err(refusal(UseStep::Rights, &error)));
            return Ok(list.rest("Not looked at: the answer above comes first."));
        }
        if subject.id != asker.user.id {
            return Ok(list.rest(
                "Only the account itself shows this, and nobody else's access is used to find out. Ask the person to open this page, or to test their connection.",
            ));
        }
        let kind = question.kind.trim();
        let trial = provider.trial().filter(|_| !kind.is_empty());
        let Some(trial) = trial else {
            return Ok(list.rest("Name what the tool was used on, and it is looked at."));
        };
        let item = Some(question.item.trim()).filter(|item| !item.is_empty());
        let mut described = None;
        for (name, arguments) in trial.looks(kind, item) {
            match self.try_tool(asker, &connection, name, arguments).await {
                Ok(Gave::Answer(answer)) => described = described.or(Some(answer)),
                Ok(Gave::Preview(_)) => {}
                Err(error) if error.kind() == ErrorKind::AuditUnavailable => return Err(error),
                Err(error) => {
                    let step = match error.kind() {
                        ErrorKind::InvalidArgument | ErrorKind::ProviderNotFound => UseStep::Item,
                        _ => UseStep::Rights,
                    };
                    if step == UseStep::Item {
                        list.take(UseStep::Rights, Ok(MAY_CALL.to_owned()));
                    }
                    list.take(step, Err(refusal(step, &error)));
                    return Ok(list.rest("Not looked at: the answer above comes first."));
                }
            }
        }
        list.take(UseStep::Rights, Ok(MAY_CALL.to_owned()));
        list.take(
            UseStep::Item,
            Ok("It is there, and visible to them.".to_owned()),
        );
        if let Some(answer) = described {
            let shown = trial.supports(tool.descriptor().name.as_str(), &answer);
            let found = if shown.verdict == TrialVerdict::Works {
                Ok(shown.words)
            } else {
                let to_do = shown.to_do.unwrap_or_default();
                Err(no(
                    UseStep::Action,
                    shown.words,
                    to_do,
                    WhoMustAct::ProviderAdmin,
                ))
            };
            list.take(UseStep::Action, found);
        }
        Ok(list.rest(""))
    }

    async fn is_connected(
        &self,
        subject: &User,
        provider: &Arc<dyn Provider>,
    ) -> Result<(Found, Option<Connection>)> {
        let manifest = provider.manifest();
        let mut own = self
            .store
            .connections()
            .list_for_user(subject.organization, subject.id)
            .await?;
        own.retain(|connection| connection.provider == manifest.slug);
        // What works tells more than what does not.
        let usable = own.iter().position(|one| one.status.is_usable());
        let troubled = own
            .iter()
            .position(|one| matches!(one.status, ConnectionStatus::Attention(_)));
        let Some(index) = usable.or(troubled) else {
            let found = Err(no(
                UseStep::Connected,
                format!("No account of {} is connected.", manifest.name),
                &format!("Open Connections and connect {}.", manifest.name),
                WhoMustAct::Person,
            ));
            return Ok((found, None));
        };
        let connection = own.swap_remove(index);
        if connection.status.is_usable() {
            let words = format!("Connected as {}.", connection.label());
            return Ok((Ok(words), Some(connection)));
        }
        let error = self.unusable(&connection).await?;
        Ok((Err(refusal(UseStep::Connected, &error)), None))
    }
}

const MAY_CALL: &str = "The provider answers their calls, with all scopes that the tool needs.";

pub(super) fn no(step: UseStep, words: String, to_do: &str, who: WhoMustAct) -> UseAnswer {
    UseAnswer {
        step,
        verdict: UseVerdict::No,
        words,
        to_do: Some(to_do.to_owned()),
        who: Some(who),
    }
}

pub(super) fn refusal(step: UseStep, error: &Error) -> UseAnswer {
    UseAnswer {
        step,
        verdict: UseVerdict::No,
        words: error.message().to_owned(),
        to_do: error.hint().map(|hint| hint.text.clone()),
        who: error.hint().map(|hint| hint.who_must_act),
    }
}

/// Answers under way.
#[derive(Default)]
struct Answers(Vec<UseAnswer>);

impl Answers {
    /// Adds an answer; whether the next question is worth asking.
    fn take(&mut self, step: UseStep, found: Found) -> bool {
        let answer = found.map(|words| UseAnswer {
            step,
            verdict: UseVerdict::Yes,
            words,
            to_do: None,
            who: None,
        });
        let goes_on = answer.is_ok();
        self.0.push(answer.unwrap_or_else(|no| no));
        goes_on
    }

    /// With every question that was not asked, and why.
    fn rest(mut self, why: &str) -> Vec<UseAnswer> {
        for step in UseStep::ALL {
            if !self.0.iter().any(|answer| answer.step == step) {
                self.0.push(UseAnswer {
                    step,
                    verdict: UseVerdict::NotAsked,
                    words: why.to_owned(),
                    to_do: None,
                    who: None,
                });
            }
        }
        self.0
    }
}
