//! Orders of testers about a practice Slack, by name and with texts, for the page and for programs.
//!
//! Reads an order and calls what does it; must not do anything itself.

use serde_json::{Value, json};

use super::{Slack, SlackApp, scopes};
use crate::oauth::Parameters;
use crate::vendor::Refused;

/// Carries an order out.
pub(super) fn obey(slack: &Slack, order: &str, with: &Parameters) -> Result<Value, Refused> {
    let need = |name: &'static str| {
        with.get(name)
            .ok_or_else(|| Refused(format!("{order} needs {name}")))
    };
    let on = with.text("on") == "yes";
    Ok(match order {
        "register_app" => {
            let (client_id, secret) = (need("client_id")?, need("client_secret")?);
            let mut app = SlackApp::new(client_id, secret, need("name")?, need("redirect_url")?);
            app.rotation = with.text("rotation") == "yes";
            slack.register(app);
            json!({})
        }
        "make_bot_token" => {
            let asked = scopes::split(with.get("scopes").unwrap_or("chat:write"));
            let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
            let token = slack.make_bot_token(need("client_id")?, &asked)?;
            json!({ "token": token, "notice": format!("Bot token: {token}") })
        }
        "revoke_grant" => {
            let id = need("grant")?;
            let ended = id.parse().is_ok_and(|id| slack.revoke_grant(id));
            if !ended {
                return Err(Refused::unknown("living grant", id));
            }
            json!({ "notice": "The grant was revoked." })
        }
        "uninstall" => json!({ "ended": slack.uninstall(need("client_id")?) }),
        "deactivate" => json!({ "ended": slack.deactivate(need("username")?) }),
        "expire_access_tokens" => {
            slack.expire_access_tokens();
            json!({})
        }
        "ask_for_approval" => {
            slack.ask_for_approval(on);
            json!({})
        }
        "approve_app" => {
            slack.judge_app(need("client_id")?, true);
            json!({ "notice": "The app is approved." })
        }
        "restrict_app" => {
            slack.judge_app(need("client_id")?, false);
            json!({ "notice": "The app is restricted." })
        }
        "withhold_scopes" => {
            let withheld = scopes::split(with.text("scopes"));
            let withheld: Vec<&str> = withheld.iter().map(String::as_str).collect();
            slack.withhold_scopes(&withheld);
            json!({})
        }
        "invite" => {
            slack.invite(need("user_id")?, need("channel")?)?;
            json!({ "notice": "Invited." })
        }
        "messages" => json!({ "messages": slack.messages() }),
        "grants" => json!({ "grants": slack.grants() }),
        _ => return Err(Refused::unknown_order(order)),
    })
}
