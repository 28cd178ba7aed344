//! What lasts of the authority as a compacted log keeps it: without what every start brings by itself.
//!
//! Must not know files.

use serde::{Deserialize, Serialize};

use crate::oauth::memory::Lasting;

/// What lasts, next to the first day. Apps of the first day are left out, so that one whose settings the owner has
/// changed since is known by the new ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OauthFold {
    /// Client ids of the first day that are gone.
    removed: Vec<String>,
    lasting: Lasting,
}

impl OauthFold {
    /// What lasts, without what is as it was on the first day.
    pub(crate) fn new(mut lasting: Lasting, first: &Lasting) -> Self {
        let removed = |name: &&String| !lasting.apps.contains_key(*name);
        let removed = first.apps.keys().filter(removed).cloned().collect();
        lasting
            .apps
            .retain(|name, app| first.apps.get(name) != Some(app));
        Self { removed, lasting }
    }

    /// What lasts, with the first day of this start below it.
    pub(crate) fn unfold(&self, first: &Lasting) -> Lasting {
        let mut lasting = self.lasting.clone();
        for (name, app) in &first.apps {
            if !self.removed.contains(name) {
                let kept = lasting.apps.entry(name.clone());
                kept.or_insert_with(|| app.clone());
            }
        }
        lasting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::memory::Memory;
    use crate::oauth::{App, OauthChange};

    fn with(apps: &[(&str, &str)]) -> Lasting {
        let mut memory = Memory::default();
        for (id, name) in apps {
            let app = App::public(id, name, "http://localhost/callback");
            memory.apply(&OauthChange::AppSaved(Box::new(app)));
        }
        memory.lasting
    }

    #[test]
    fn apps_of_the_first_day_are_as_the_owner_chose_them_last() {
        let first = with(&[("kept", "a"), ("changed", "a"), ("removed", "a")]);
        let now = with(&[("kept", "a"), ("changed", "b"), ("made", "b")]);
        let fold = OauthFold::new(now.clone(), &first);
        assert_eq!(fold.unfold(&first).apps, now.apps);
        let later = with(&[
            ("kept", "c"),
            ("changed", "c"),
            ("removed", "c"),
            ("new", "c"),
        ]);
        let expected = with(&[("kept", "c"), ("changed", "b"), ("made", "b"), ("new", "c")]);
        assert_eq!(fold.unfold(&later).apps, expected.apps);
    }
}
