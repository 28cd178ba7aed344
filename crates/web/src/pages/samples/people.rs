//! People, invitations, groups, and the page that takes a proof.

use super::{
    made::{HOSTILE, LONG_NAME, RIGHT_TO_LEFT, ago, frame, now, organization, user},
    write::sample,
};
use crate::{
    pages::{
        groups::{GroupPage, GroupsPage, Wish},
        invitations::{InvitedPage, InviteeRow},
        join::JoinPage,
        person::PersonPage,
        step_up::StepUpPage,
    },
    parts::{ErrorPanel, Section},
    step_up::Waiting,
};
use gatelodge_core::{
    GroupUse, GroupView, Invited, Invitee, Joining, Mailed, PeopleList, PersonView,
};
use gatelodge_model::{
    Digest, Error, ErrorKind, Group, GroupId, Invitation, InvitationId, Organization, Policy, Role,
    Secret, SwitchedOff, User,
    clock::testing::{FixedClock, SeededRandom},
};

fn person(name: &str, role: Role) -> User {
    User {
        id: user(),
        organization: organization(),
        email: "ada@harbourlights.example".into(),
        name: name.into(),
        role,
        password_hash: Some("$argon2id$secret".into()),
        created_at: ago(5_000),
        removed_at: None,
    }
}

fn group(name: &str, seed: u64) -> Group {
    Group {
        id: GroupId::generate(&FixedClock::at(0), &SeededRandom::new(seed)),
        organization: organization(),
        name: name.into(),
        position: 0,
        created_at: ago(9),
    }
}

fn invitation(role: Role) -> Invitation {
    Invitation {
        id: InvitationId::generate(&FixedClock::at(0), &SeededRandom::new(5)),
        organization: organization(),
        email: "new@harbourlights.example".into(),
        role,
        groups: Vec::new(),
        token_digest: Digest::from_bytes([7; 32]),
        invited_by: Some(user()),
        created_at: ago(9),
        expires_at: now(),
        ended_at: None,
        user: None,
    }
}

#[test]
fn a_person_is_changed_by_those_who_may() {
    // proves ACC-5
    let view = |role| PersonView {
        user: person(HOSTILE, role),
        groups: vec![group(RIGHT_TO_LEFT, 1), group(LONG_NAME, 2)],
        connections: Vec::new(),
        agents: Vec::new(),
        sessions: 1,
        open: Vec::new(),
    };
    let page = |looking, role| {
        let frame = frame(looking, 0).at(Section::People);
        PersonPage::of(frame, &view(role), user(), now())
    };
    let html = sample("person", &page(Role::Owner, Role::Member));
    assert!(html.contains("value=\"owner\"") && html.contains("1 browser"));
    assert!(!html.contains("<script>alert") && !html.contains("argon2id"));
    let by_admin = sample("person-by-admin", &page(Role::Admin, Role::Member));
    assert!(by_admin.contains("Save role") && !by_admin.contains("value=\"owner\""));
    for (looking, role) in [(Role::Admin, Role::Owner), (Role::Auditor, Role::Member)] {
        let html = sample("person-seen", &page(looking, role));
        assert!(!html.contains("Save role") && !html.contains("<h2 id=\"remove\">"));
    }
}

#[test]
fn links_are_shown_with_what_became_of_each_address() {
    // proves ACC-5
    let invited = |mailed| {
        Invitee::Invited(Box::new(Invited {
            invitation: invitation(Role::Member),
            token: Secret::new("a-token"),
            mailed,
        }))
    };
    let site = "https://gate.example".parse().unwrap();
    let invitees = [
        invited(Mailed::NoServer),
        invited(Mailed::Sent),
        invited(Mailed::Failed("550 no such mailbox".into())),
        Invitee::Updated {
            user: person(LONG_NAME, Role::Admin),
            changed: true,
        },
        Invitee::Refused {
            email: HOSTILE.into(),
            error: Error::invalid("email", "This is not an e-mail address."),
        },
    ];
    let rows = invitees
        .iter()
        .enumerate()
        .map(|(number, invitee)| InviteeRow::of(number, invitee, &site))
        .collect();
    let html = sample("invited", &InvitedPage::of(frame(Role::Admin, 0), rows));
    for needed in [
        "https://gate.example/invitation/a-token",
        "550 no such mailbox",
        "now admin",
        "not an e-mail address",
    ] {
        assert!(html.contains(needed), "{needed} in {html}");
    }
    assert!(!html.contains("<script>alert"));
    let joining = Joining {
        invitation: invitation(Role::Auditor),
        organization: Organization {
            id: organization(),
            name: HOSTILE.into(),
            policy: Policy::default(),
            off: SwitchedOff::default(),
            created_at: ago(9),
        },
        invited_by: Some(LONG_NAME.into()),
    };
    let message = Some("The two passwords differ.".to_owned());
    let html = sample("join", &JoinPage::of(&joining, HOSTILE.into(), message));
    assert!(html.contains("The two passwords differ") && !html.contains("<script>alert"));
}

#[test]
fn groups_stand_in_their_order() {
    // proves ADM-10a, ACC-2
    let groups = [
        GroupView {
            group: group(HOSTILE, 1),
            members: 0,
        },
        GroupView {
            group: group(LONG_NAME, 2),
            members: 10_000,
        },
    ];
    let at = || frame(Role::Admin, 0).at(Section::Groups);
    let html = sample("groups", &GroupsPage::of(at(), &groups));
    assert!(html.contains("10,000 people") && !html.contains("<script>alert"));
    assert_eq!(html.matches(" disabled>").count(), 2, "{html}");
    let none = sample("groups-none", &GroupsPage::of(at(), &[]));
    assert!(none.contains("No group yet"));
    let list = PeopleList {
        people: vec![person(RIGHT_TO_LEFT, Role::Member)],
        total: 120,
        page: 0,
        pages: 3,
    };
    let offered = [person(LONG_NAME, Role::Member)];
    let wish = Wish {
        add: HOSTILE.into(),
        ..Wish::default()
    };
    let uses = [GroupUse::Limit {
        provider: "salesforce".into(),
        name: HOSTILE.into(),
    }];
    let page = GroupPage::of(at(), &groups[0].group, &uses, &list, &offered, wish);
    let html = sample("group", &page);
    assert!(html.contains("120 people") && html.contains("Put in"));
    assert!(!html.contains("<script>alert"));
}

#[test]
fn the_page_of_a_proof_keeps_what_was_typed() {
    // proves ADM-9, APR-8
    let waiting = Waiting {
        action: "/admin/oauth-apps/app_1".into(),
        kept: vec![("name".into(), HOSTILE.into())],
        secrets: vec!["client_secret".into()],
        page: "/admin/oauth-apps".into(),
    };
    let error = Error::new(ErrorKind::Unauthenticated, "The password is wrong.");
    let page = StepUpPage::made(
        frame(Role::Admin, 0),
        "ada@harbourlights.example",
        waiting,
        None,
        Some(ErrorPanel::of(&error, None)),
    );
    let html = sample("step-up", &page);
    for needed in [
        "Client secret, once more",
        "The password is wrong",
        "name=\"name\"",
    ] {
        assert!(html.contains(needed), "{needed} in {html}");
    }
    assert!(!html.contains("<script>alert") && !html.contains("data-passkey"));
}
