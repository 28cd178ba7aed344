//! Passwords of the practice users. They are practice secrets: fixed, readable and shown on the start page.
//!
//! Knows usernames and words; who may sign in is decided by the sign-in.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use crate::oauth::secrets;

/// Passwords by username.
pub struct Passwords {
    chosen: BTreeMap<String, String>,
    /// Set since the start; wins over the chosen ones.
    changed: RwLock<BTreeMap<String, String>>,
    security_token: Option<String>,
}

/// What a programmatic login found out about the password it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
    /// The password is right, but the security token is missing.
    NeedsSecurityToken,
}

impl Passwords {
    pub(crate) fn new(chosen: &BTreeMap<String, String>, security_token: Option<String>) -> Self {
        let lower = |(name, word): (&String, &String)| (name.to_lowercase(), word.clone());
        Self {
            chosen: chosen.iter().map(lower).collect(),
            changed: RwLock::default(),
            security_token,
        }
    }

    /// Takes the passwords that were changed, by username in lower case.
    pub(crate) fn replace(&self, changed: &BTreeMap<String, String>) {
        let mut known = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        known.clone_from(changed);
    }

    /// The password of a user: the chosen one, or else `practice-` and the part of the username before the `@`.
    pub fn of(&self, username: &str) -> String {
        let username = username.to_lowercase();
        let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(password) = changed.get(&username) {
            return password.clone();
        }
        self.chosen.get(&username).cloned().unwrap_or_else(|| {
            let part = username.split('@').next().unwrap_or_default();
            format!("practice-{part}")
        })
    }

    /// Checks a password typed into the sign-in page.
    pub(crate) fn matches(&self, username: &str, password: &str) -> bool {
        secrets::same(&self.of(username), password)
    }

    /// Checks a password sent by a program, with the security token behind it where the org wants one.
    pub(crate) fn check_program(&self, username: &str, password: &str) -> Verdict {
        let Some(token) = &self.security_token else {
            return if self.matches(username, password) {
                Verdict::Right
            } else {
                Verdict::Wrong
            };
        };
        if secrets::same(&(self.of(username) + token), password) {
            Verdict::Right
        } else if self.matches(username, password) {
            Verdict::NeedsSecurityToken
        } else {
            Verdict::Wrong
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_and_chosen_passwords() {
        let chosen = BTreeMap::from([("Ada@Example.org".to_owned(), "violets".to_owned())]);
        let passwords = Passwords::new(&chosen, None);
        assert!(passwords.matches("ada@example.org", "violets"));
        assert!(!passwords.matches("ada@example.org", "practice-ada"));
        assert_eq!(passwords.of("Tom@example.org"), "practice-tom");
        let changed = BTreeMap::from([("tom@example.org".to_owned(), "new".to_owned())]);
        passwords.replace(&changed);
        assert!(passwords.matches("Tom@example.org", "new"));
    }

    #[test]
    fn programs_append_the_security_token() {
        let passwords = Passwords::new(&BTreeMap::new(), Some("T0k".to_owned()));
        assert_eq!(
            passwords.check_program("a@b", "practice-aT0k"),
            Verdict::Right
        );
        assert_eq!(
            passwords.check_program("a@b", "practice-a"),
            Verdict::NeedsSecurityToken
        );
        assert_eq!(passwords.check_program("a@b", "practice-b"), Verdict::Wrong);
    }
}
