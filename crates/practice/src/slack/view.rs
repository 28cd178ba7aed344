//! What a test sees of a practice Slack behind its answers, and may do to it without a page.
//!
//! Never shows a token of somebody else's making.

use serde::Serialize;
use serde_json::Value;

use super::grants::{Ending, Grant};
use super::scopes::Kind;
use super::state::State;
use super::{Slack, SlackApp, seed};
use crate::vendor::Refused;

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PostedMessage {
    /// Workspace.
    pub team: String,
    /// Channel, or direct messages.
    pub channel: String,
    /// Its number in the channel.
    pub ts: String,
    /// The bot's user, or the person.
    pub user_id: String,
    /// The bot that sent it.
    pub bot_id: Option<String>,
    /// The app that sent it.
    pub client_id: String,
    /// Text as it is kept.
    pub text: String,
    /// Blocks.
    pub blocks: Value,
    /// Metadata.
    pub metadata: Option<Value>,
    /// The thread that it answers.
    pub thread_ts: Option<String>,
}

/// Something that was granted to an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantView {
    /// Its number.
    pub id: usize,
    /// The app.
    pub client_id: String,
    /// Workspace.
    pub team: String,
    /// Whether it is the bot's.
    pub is_bot: bool,
    /// The bot's user, or the person.
    pub user_id: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whether its tokens work.
    pub alive: bool,
}

impl From<&Grant> for GrantView {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.id,
            client_id: grant.client_id.clone(),
            team: grant.team.clone(),
            is_bot: grant.kind == Kind::Bot,
            user_id: grant.user_id.clone(),
            scopes: grant.scopes.clone(),
            alive: grant.ended.is_none(),
        }
    }
}

impl Slack {
    /// Registers an app, or replaces the one with its client id.
    pub fn register(&self, app: SlackApp) {
        let mut state = self.state();
        state.apps.retain(|known| known.client_id != app.client_id);
        state.apps.push(app);
    }

    /// Apps that are registered.
    pub fn apps(&self) -> Vec<SlackApp> {
        self.state().apps.clone()
    }

    /// What was granted, also what has ended.
    pub fn grants(&self) -> Vec<GrantView> {
        self.state().grants.all().iter().map(Into::into).collect()
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> Vec<PostedMessage> {
        let state = self.state();
        let posted = state.messages.iter().map(|message| PostedMessage {
            team: message.team.clone(),
            channel: message.channel.clone(),
            ts: message.ts.clone(),
            user_id: message.user_id.clone(),
            bot_id: message.bot_id.clone(),
            client_id: message.client_id.clone(),
            text: message.text.clone(),
            blocks: message.blocks.clone(),
            metadata: message.metadata.clone(),
            thread_ts: message.thread_ts.clone(),
        });
        posted.collect()
    }

    /// The id of a channel of the first workspace.
    ///
    /// # Errors
    /// There is no such channel.
    pub fn channel(&self, name: &str) -> Result<String, Refused> {
        let state = self.state();
        let found = state
            .channels
            .iter()
            .find(|channel| channel.team == seed::NORTHWIND && channel.is_called(name));
        found
            .map(|channel| channel.id.clone())
            .ok_or_else(|| Refused::unknown("channel", name))
    }

    /// The id of a person in the first workspace, by e-mail address.
    ///
    /// # Errors
    /// There is no such person.
    pub fn user(&self, username: &str) -> Result<String, Refused> {
        let state = self.state();
        let member = state
            .team(seed::NORTHWIND)
            .and_then(|team| team.member_named(username));
        member
            .map(|member| member.user_id.clone())
            .ok_or_else(|| Refused::unknown("person", username))
    }

    /// Lets a bot or a person into a channel.
    ///
    /// # Errors
    /// There is no such channel.
    pub fn invite(&self, user_id: &str, channel: &str) -> Result<(), Refused> {
        let id = self.channel(channel)?;
        let mut state = self.state();
        if let Some(channel) = state.channel_mut(&id) {
            channel.members.insert(user_id.to_owned());
        }
        Ok(())
    }

    /// Installs an app into the first workspace as its maker does, and gives the bot's token.
    ///
    /// # Errors
    /// There is no such app.
    pub fn make_bot_token(&self, client_id: &str, scopes: &[&str]) -> Result<String, Refused> {
        let mut state = self.state();
        let app = state.app(client_id).cloned();
        let app = app.ok_or_else(|| Refused::unknown("app", client_id))?;
        let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let team = seed::NORTHWIND;
        let given = state.grants.give(&self.ground, &app, team, None, &scopes);
        Ok(given.1.access)
    }

    /// Ends what was granted; whether it was alive.
    pub fn revoke_grant(&self, id: usize) -> bool {
        self.state().grants.end(id, Ending::Revoked)
    }

    /// Removes an app from all workspaces; how many grants ended.
    pub fn uninstall(&self, client_id: &str) -> usize {
        let mut state = self.state();
        state
            .grants
            .end_where(Ending::Inactive, |grant| grant.client_id == client_id)
    }

    /// Deactivates a person everywhere, with what they granted.
    pub fn deactivate(&self, username: &str) -> usize {
        let mut state = self.state();
        let mut ids = Vec::new();
        for member in state.teams.iter_mut().flat_map(|team| &mut team.members) {
            if member.username == username {
                member.active = false;
                ids.push(member.user_id.clone());
            }
        }
        state
            .grants
            .end_where(Ending::Inactive, |grant| ids.contains(&grant.user_id))
    }

    /// Ends the time of all access tokens of apps with rotation.
    pub fn expire_access_tokens(&self) {
        self.state().grants.expire(self.ground.now());
    }

    /// Has the first workspace ask for approval of apps, or not.
    pub fn ask_for_approval(&self, on: bool) {
        if let Some(team) = self.state().team_mut(seed::NORTHWIND) {
            team.asks_for_approval = on;
        }
    }

    /// An administrator of the first workspace approves or restricts an app.
    pub fn judge_app(&self, client_id: &str, approved: bool) {
        if let Some(team) = self.state().team_mut(seed::NORTHWIND) {
            team.requests.retain(|(asked, _)| asked != client_id);
            let (into, out_of) = if approved {
                (&mut team.approved, &mut team.restricted)
            } else {
                (&mut team.restricted, &mut team.approved)
            };
            into.insert(client_id.to_owned());
            out_of.remove(client_id);
        }
    }

    /// From now on no grant has these scopes, whatever consent says.
    pub fn withhold_scopes(&self, scopes: &[&str]) {
        let mut state = self.state();
        let State {
            grants, withheld, ..
        } = &mut *state;
        *withheld = scopes.iter().map(|&scope| scope.to_owned()).collect();
        grants.drop_scopes(withheld);
    }
}
