//! Orders of testers about a practice HubSpot, by name and with texts, for the page and for programs.
//!
//! Reads an order and calls what does it; must not do anything itself.

use serde_json::{Value, json};

use super::{HubSpot, HubSpotApp};
use crate::oauth::Parameters;
use crate::vendor::Refused;

/// Carries an order out.
pub(super) fn obey(hubspot: &HubSpot, order: &str, with: &Parameters) -> Result<Value, Refused> {
    let need = |name: &'static str| {
        with.get(name)
            .ok_or_else(|| Refused(format!("{order} needs {name}")))
    };
    let on = with.text("on") == "yes";
    Ok(match order {
        "register_app" => {
            let (client_id, secret) = (need("client_id")?, need("client_secret")?);
            let app = HubSpotApp::new(client_id, secret, need("name")?, need("redirect_url")?);
            hubspot.register(app);
            json!({})
        }
        "make_private_token" => {
            let scopes = with.get("scopes").unwrap_or("crm.objects.contacts.read");
            let scopes: Vec<&str> = scopes.split_whitespace().collect();
            let token = hubspot.make_private_token(&scopes)?;
            json!({ "token": token, "notice": format!("Private app token: {token}") })
        }
        "uninstall" => json!({ "ended": hubspot.uninstall(need("client_id")?) }),
        "revoke_refresh_token" => {
            let id = need("grant")?;
            let ended = id.parse().is_ok_and(|id| hubspot.revoke_refresh_token(id));
            if !ended {
                return Err(Refused::unknown("living refresh token of the grant", id));
            }
            json!({ "notice": "The refresh token was revoked." })
        }
        "expire_access_tokens" => {
            hubspot.expire_access_tokens();
            json!({})
        }
        "withhold_scopes" => {
            let scopes: Vec<&str> = with.text("scopes").split_whitespace().collect();
            hubspot.withhold_scopes(&scopes);
            json!({})
        }
        "page_links_to" => {
            hubspot.page_links_to(with.get("origin"));
            json!({})
        }
        "set_add_on" => {
            hubspot.set_add_on(on);
            json!({})
        }
        "block_app" => {
            hubspot.block_app(need("client_id")?, on);
            json!({ "notice": if on { "The app is blocked." } else { "The app is let in." } })
        }
        "answer_for" => {
            hubspot.answer_for(need("address")?, need("result")?);
            json!({})
        }
        "archive_contact" => {
            let id = need("id")?;
            let number = id.parse().map_err(|_| Refused::unknown("contact", id))?;
            hubspot.archive_contact(number)?;
            json!({})
        }
        "mails" => json!({ "mails": hubspot.mails() }),
        "attempts" => json!({ "attempts": hubspot.attempts() }),
        "contacts" => json!({ "contacts": hubspot.contacts() }),
        "written_contacts" => json!({ "written_contacts": hubspot.written_contacts() }),
        "grants" => json!({ "grants": hubspot.grants() }),
        _ => return Err(Refused::unknown_order(order)),
    })
}
