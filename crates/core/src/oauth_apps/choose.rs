//! Which OAuth apps count for a person, and why in words: group before organization before installation (ADM-10a,
//! ADM-11, ADM-14). What a person gave for an own connection stands before all of them; that connection is bound to it.
//!
//! Must not know: stores. It decides from what it is given.

use gatelodge_model::{Group, GroupId, OAuthApp, Serves};
use std::fmt::Write as _;

/// Why these apps count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// The first of the person's groups that has apps of its own.
    Group(Group),
    /// No group of the person has one that is switched on.
    Organization,
    /// The organization has none either.
    Instance,
    /// Nobody has one.
    Nothing,
}

/// A setting that was looked at and does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Passed {
    /// The group's apps are switched off or not set up.
    Off(String),
    /// Another group of the person stands before it.
    Later(String),
    /// The organization's apps are switched off or not set up.
    OrganizationOff,
}

/// The apps that count for a person, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppChoice {
    /// All of one source; several where each is for a sign-in host of its own.
    pub apps: Vec<OAuthApp>,
    /// Why.
    pub because: Because,
    passed: Vec<Passed>,
}

/// Decides. `apps` are those of one provider that people share, `groups` the person's, the first one first.
pub(crate) fn choose(apps: &[OAuthApp], groups: &[Group]) -> AppChoice {
    let usable = |serves: Serves| -> Vec<OAuthApp> {
        let of_source = apps.iter().filter(|app| app.serves == serves);
        of_source.filter(|app| app.is_usable()).cloned().collect()
    };
    let has_any = |serves: Serves| apps.iter().any(|app| app.serves == serves);
    let mut passed = Vec::new();
    let mut chosen: Option<(Vec<OAuthApp>, Because)> = None;
    for group in groups {
        let serves = Serves::Group(group.id);
        if !has_any(serves) {
            continue;
        }
        let found = usable(serves);
        if found.is_empty() {
            passed.push(Passed::Off(group.name.clone()));
        } else if chosen.is_some() {
            passed.push(Passed::Later(group.name.clone()));
        } else {
            chosen = Some((found, Because::Group(group.clone())));
        }
    }
    let (apps, because) = chosen.unwrap_or_else(|| {
        let own = usable(Serves::Organization);
        if !own.is_empty() {
            return (own, Because::Organization);
        }
        if has_any(Serves::Organization) {
            passed.push(Passed::OrganizationOff);
        }
        match usable(Serves::Instance) {
            none if none.is_empty() => (none, Because::Nothing),
            configured => (configured, Because::Instance),
        }
    });
    AppChoice {
        apps,
        because,
        passed,
    }
}

impl AppChoice {
    /// The code of the reason, for the audit log.
    pub(crate) const fn code(&self) -> &'static str {
        match self.because {
            Because::Group(_) => "group",
            Because::Organization => "organization",
            Because::Instance => "instance",
            Because::Nothing => "nothing",
        }
    }

    /// The group whose apps count.
    pub const fn group(&self) -> Option<GroupId> {
        match &self.because {
            Because::Group(group) => Some(group.id),
            _ => None,
        }
    }

    /// The choice and its reason in a sentence or two: "For Ben, in group EMEA: …, because …". Without a name it
    /// speaks to the person.
    pub fn in_words(&self, person: Option<&str>, provider: &str) -> String {
        let (person, their, theirs) = match person {
            Some(name) => (name, "their", "theirs"),
            None => ("you", "your", "yours"),
        };
        let names: Vec<String> = self
            .apps
            .iter()
            .map(|app| format!("\u{201c}{}\u{201d}", app.name))
            .collect();
        let names = names.join(" and ");
        let mut text = match &self.because {
            Because::Group(group) => format!(
                "For {person}, in group {name}: {names}, because {name} is the first of {their} groups with an OAuth app of its own that is switched on.",
                name = group.name,
            ),
            Because::Organization => format!(
                "For {person}: {names}, because it is the organization's and none of {their} groups has one that is switched on."
            ),
            Because::Instance => format!(
                "For {person}: {names}, the default of this installation, because the organization has no OAuth app of its own that is switched on."
            ),
            Because::Nothing => format!(
                "For {person} there is no OAuth app of {provider}: neither a group of {theirs}, nor the organization, nor the installation has one that is set up and switched on."
            ),
        };
        for passed in &self.passed {
            // Writing to a String cannot fail.
            let _ = match passed {
                Passed::Off(group) => write!(
                    text,
                    " That of group {group} is switched off or not set up."
                ),
                Passed::Later(group) => write!(
                    text,
                    " Group {group} has one too and comes later in the order."
                ),
                Passed::OrganizationOff => {
                    write!(
                        text,
                        " The organization's own is switched off or not set up."
                    )
                }
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{
        Asks, ExtraScopes, OAuthAppId, OrganizationId, Timestamp,
        clock::testing::{FixedClock, SeededRandom},
    };
    use proptest::prelude::*;

    static CLOCK: FixedClock = FixedClock::at(1_700_000_000_000);
    static RANDOM: SeededRandom = SeededRandom::new(7);

    fn organization() -> OrganizationId {
        OrganizationId::generate(&CLOCK, &RANDOM)
    }

    fn group(name: &str, position: u32) -> Group {
        Group {
            id: GroupId::generate(&CLOCK, &RANDOM),
            organization: organization(),
            name: name.to_owned(),
            position,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn app(name: &str, serves: Serves, enabled: bool, client_id: &str) -> OAuthApp {
        OAuthApp {
            id: OAuthAppId::generate(&CLOCK, &RANDOM),
            organization: organization(),
            provider: "salesforce".to_owned(),
            name: name.to_owned(),
            client_id: client_id.to_owned(),
            secret_fingerprint: None,
            auth_base_url: None,
            environment: None,
            serves,
            asks: Asks::default(),
            scopes: ExtraScopes::default(),
            enabled,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn named(choice: &AppChoice) -> Vec<&str> {
        choice.apps.iter().map(|app| app.name.as_str()).collect()
    }

    #[test]
    fn the_first_group_with_an_app_counts_and_the_reason_is_said() {
        // proves ADM-10, ADM-10a, ADM-11, ADM-14
        let (emea, apac) = (group("EMEA", 0), group("APAC", 1));
        let mut apps = [
            app("Ours", Serves::Organization, true, "a"),
            app("EMEA's", Serves::Group(emea.id), true, "b"),
            app("APAC's", Serves::Group(apac.id), true, "c"),
            app("Everybody's", Serves::Instance, true, "d"),
        ];
        let both = [emea.clone(), apac.clone()];
        let choice = choose(&apps, &both);
        assert_eq!(named(&choice), ["EMEA's"]);
        let words = choice.in_words(Some("Ben"), "Salesforce");
        assert!(
            words.starts_with("For Ben, in group EMEA: \u{201c}EMEA's\u{201d}, because"),
            "{words}"
        );
        assert!(words.contains("Group APAC has one too"), "{words}");
        // the order is the groups', not the apps'
        assert_eq!(named(&choose(&apps, &[apac.clone(), emea])), ["APAC's"]);
        assert_eq!(named(&choose(&apps, &[])), ["Ours"]);

        apps[1].enabled = false;
        let choice = choose(&apps, &both);
        assert_eq!(named(&choice), ["APAC's"]);
        apps[2].enabled = false;
        let choice = choose(&apps, &both);
        assert_eq!(named(&choice), ["Ours"]);
        let words = choice.in_words(None, "Salesforce");
        assert!(
            words.contains("EMEA is switched off") && words.contains("APAC is switched off"),
            "{words}"
        );

        apps[0].client_id.clear();
        let choice = choose(&apps, &both);
        assert_eq!(
            (named(&choice), choice.code()),
            (vec!["Everybody's"], "instance")
        );
        // a blank client id that people are asked for is not missing (ADM-13)
        apps[0].asks.client_id = true;
        assert_eq!(named(&choose(&apps, &both)), ["Ours"]);
        let none = choose(&[], &both);
        assert_eq!(none.because, Because::Nothing);
        assert!(
            none.in_words(Some("Ben"), "Salesforce")
                .contains("no OAuth app of Salesforce")
        );
    }

    /// One row per app with the rank of its source, the smallest wins: written without looking at the code above.
    fn naive(apps: &[OAuthApp], groups: &[Group]) -> Vec<OAuthAppId> {
        let rank = |app: &OAuthApp| match app.serves {
            Serves::Group(id) => groups.iter().position(|group| group.id == id),
            Serves::Organization => Some(100),
            Serves::Instance => Some(200),
            Serves::Person { .. } => None,
        };
        let ranked: Vec<(usize, OAuthAppId)> = apps
            .iter()
            .filter(|app| app.enabled && (app.asks.client_id || !app.client_id.is_empty()))
            .filter_map(|app| Some((rank(app)?, app.id)))
            .collect();
        let best = ranked.iter().map(|(rank, _)| *rank).min();
        let winners = ranked.iter().filter(|(rank, _)| Some(*rank) == best);
        winners.map(|(_, id)| *id).collect()
    }

    proptest! {
        #[test]
        fn it_chooses_as_the_naive_model_does(
            made in proptest::collection::vec((0usize..7, any::<bool>(), any::<bool>(), any::<bool>()), 0..9),
            mine in proptest::sample::subsequence(vec![0usize, 1, 2, 3], 0..=4),
        ) {
            // proves ADM-10a, ADM-14
            let all: Vec<Group> = (0..4).map(|place| group(&format!("g{place}"), place)).collect();
            let groups: Vec<Group> = mine.iter().map(|place| all[*place].clone()).collect();
            let apps: Vec<OAuthApp> = made
                .iter()
                .map(|(source, enabled, set_up, asks)| {
                    let serves = match source {
                        4 => Serves::Organization,
                        5 => Serves::Instance,
                        6 => Serves::Group(GroupId::generate(&CLOCK, &RANDOM)),
                        place => Serves::Group(all[*place].id),
                    };
                    let mut one = app("x", serves, *enabled, if *set_up { "id" } else { "" });
                    one.asks.client_id = *asks;
                    one
                })
                .collect();
            let chosen: Vec<OAuthAppId> = choose(&apps, &groups).apps.iter().map(|app| app.id).collect();
            prop_assert_eq!(chosen, naive(&apps, &groups));
        }
    }
}
