//! `auth.test` and `auth.revoke`: who a token is, and its end.
//!
//! Must not know channels.

use serde_json::json;

use super::answer::{Answer, fields};
use super::arguments::Arguments;
use super::call::Caller;
use super::{Slack, SlackApp};

/// `auth.test`
pub(super) fn test(slack: &Slack, caller: &Caller, _arguments: &Arguments) -> Answer {
    let state = slack.state();
    let grant = &caller.grant;
    let team = state.team(&grant.team).ok_or("account_inactive")?;
    let bot = || state.app(&grant.client_id).map(SlackApp::handle);
    let member = state.member(&grant.team, &grant.user_id);
    let user = member.map(|member| member.handle.clone()).or_else(bot);
    let mut answer = json!({
        "url": format!("https://{}.slack.com/", team.domain),
        "team": team.name,
        "user": user,
        "team_id": team.id,
        "user_id": grant.user_id,
        "is_enterprise_install": false,
    });
    if let Some(bot_id) = &grant.bot_id {
        answer["bot_id"] = bot_id.as_str().into();
    }
    Ok(fields(answer))
}

/// `auth.revoke`
#[expect(
    clippy::unnecessary_wraps,
    reason = "all methods have the same shape, and this one cannot fail"
)]
pub(super) fn revoke(slack: &Slack, caller: &Caller, arguments: &Arguments) -> Answer {
    let revoked = !arguments.flag("test");
    if revoked {
        slack.state().grants.revoke(&caller.token);
    }
    Ok(fields(json!({ "revoked": revoked })))
}
