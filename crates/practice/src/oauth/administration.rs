//! What an administrator does to apps, grants, tokens and users.
//!
//! Rust functions for the administration interface and the pages; must not know HTTP.

use chrono::TimeDelta;

use crate::oauth::App;
use crate::oauth::authority::Authority;
use crate::oauth::change::OauthChange;
use crate::oauth::instance::Instance;
use crate::oauth::memory::{Lasting, Memory};
use crate::oauth::policy::{Ends, Policy};
use crate::org::{User, UserId};
use crate::persistence::{ChangeLog, Durable};
use crate::state::Practice;

impl Authority {
    /// Registers or changes an app; known when the propagation delay of the policy is over.
    pub fn change_app(&self, practice: &Practice, app: App) -> Durable {
        let mut memory = self.lock();
        let minutes = memory.lasting.policy.propagation_minutes;
        let change = if minutes == 0 {
            OauthChange::AppSaved(Box::new(app))
        } else {
            OauthChange::AppAnnounced {
                app: Box::new(app),
                known_at: practice.clock.now() + TimeDelta::minutes(i64::from(minutes)),
            }
        };
        memory.commit(&practice.log, vec![change])
    }

    /// The latest settings of an app, known everywhere or not.
    pub fn latest_app(&self, client_id: &str) -> Option<App> {
        self.lock().latest_app(client_id).cloned()
    }

    /// Deletes an app with its grants and tokens; `None` when there is none.
    pub fn remove_app(&self, practice: &Practice, client_id: &str) -> Option<Durable> {
        let mut memory = self.lock();
        memory.latest_app(client_id)?;
        let change = OauthChange::AppRemoved {
            client_id: client_id.to_owned(),
        };
        Some(memory.commit(&practice.log, vec![change]))
    }

    /// Blocks an app, or lets it in again, at once; `None` when there is none.
    pub fn block_app(
        &self,
        practice: &Practice,
        client_id: &str,
        blocked: bool,
    ) -> Option<Durable> {
        let mut memory = self.lock();
        let mut app = memory.latest_app(client_id)?.clone();
        app.blocked = blocked;
        Some(memory.commit(&practice.log, vec![OauthChange::AppSaved(Box::new(app))]))
    }

    /// Installs or uninstalls an app, at once; `None` when there is none.
    pub fn install_app(
        &self,
        practice: &Practice,
        client_id: &str,
        installed: bool,
    ) -> Option<Durable> {
        let mut memory = self.lock();
        let mut app = memory.latest_app(client_id)?.clone();
        app.installed = installed;
        Some(memory.commit(&practice.log, vec![OauthChange::AppSaved(Box::new(app))]))
    }

    /// Sets the rules of the org.
    pub fn set_policy(&self, practice: &Practice, policy: Policy) -> Durable {
        let changes = vec![OauthChange::PolicyChanged(Box::new(policy))];
        self.lock().commit(&practice.log, changes)
    }

    /// Number of live grants.
    pub fn grant_count(&self) -> usize {
        self.lock().lasting.grants.len()
    }

    /// Ends all grants and access tokens of a user, and says how many grants.
    pub fn revoke_user(&self, practice: &Practice, user: &UserId) -> (usize, Durable) {
        let mut memory = self.lock();
        let grants = memory.lasting.grants.values();
        let count = grants.filter(|grant| grant.user == *user).count();
        let changes = memory.ends(Ends::Grants, user);
        (count, memory.commit(&practice.log, changes))
    }

    /// Ends all access tokens, as if the session timeout had passed for everyone.
    pub fn expire_access_tokens(&self, practice: &Practice) -> Durable {
        let changes = vec![OauthChange::AllTokensEnded];
        self.lock().commit(&practice.log, changes)
    }

    /// Gives a user another password; ends what the policy says.
    pub fn change_password(&self, practice: &Practice, user: &User, password: &str) -> Durable {
        let mut memory = self.lock();
        let mut changes = vec![OauthChange::PasswordChanged {
            username: user.username.to_lowercase(),
            password: password.to_owned(),
        }];
        let ends = memory.lasting.policy.password_change_ends;
        changes.extend(memory.ends(ends, &user.id));
        memory.sign_ins.retain(|_, sign_in| sign_in.user != user.id);
        let durable = memory.commit(&practice.log, changes);
        self.passwords.replace(&memory.lasting.passwords);
        durable
    }

    /// Signs a user out everywhere; ends what the policy says.
    pub fn log_out(&self, practice: &Practice, user: &UserId) -> Durable {
        let mut memory = self.lock();
        memory.sign_ins.retain(|_, sign_in| sign_in.user != *user);
        let ends = memory.lasting.policy.logout_ends;
        let changes = memory.ends(ends, user);
        memory.commit(&practice.log, changes)
    }

    /// Moves the org to another instance, or back.
    pub fn move_instance(&self, log: &ChangeLog, instance: Instance) -> Durable {
        let changes = vec![OauthChange::InstanceMoved(instance)];
        self.lock().commit(log, changes)
    }

    /// Everything that lasts, at this moment.
    pub fn snapshot(&self) -> Lasting {
        self.lock().lasting.clone()
    }

    /// Puts everything that lasts back; browsers are signed out and open sign-ins forgotten.
    pub fn restore(&self, practice: &Practice, earlier: Lasting) -> Durable {
        let mut memory = self.lock();
        let changes = vec![OauthChange::Restored(Box::new(earlier))];
        let durable = memory.commit(&practice.log, changes);
        self.passwords.replace(&memory.lasting.passwords);
        durable
    }
}

impl Memory {
    fn ends(&self, what: Ends, user: &UserId) -> Vec<OauthChange> {
        let mut changes = Vec::new();
        if what == Ends::Grants {
            let grants = self.lasting.grants.values();
            let own = grants.filter(|grant| grant.user == *user);
            changes.extend(own.map(|grant| OauthChange::GrantEnded { grant: grant.id }));
        }
        if what != Ends::Nothing {
            let tokens = self.lasting.access.iter();
            let own = tokens.filter(|(_, access)| access.user == *user);
            changes.extend(own.map(|(token, _)| OauthChange::TokenEnded {
                token: token.clone(),
            }));
        }
        changes
    }
}
