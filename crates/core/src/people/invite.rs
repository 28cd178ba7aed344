//! Inviting people by a link, and by mail where a mail server is configured; making an invitation anew, and taking it
//! back.
//!
//! The link is shown once and goes out in one mail; only its hash is kept, so the mail does not wait in the outbox, and
//! that it failed is said at once. Must not know: pages.

use super::{PAGE, checked_email, require_admin, require_overseer, require_owner, view::typed};
use crate::{
    Hub, Person,
    hub::event,
    telling::words,
    token::{self, TokenKind},
};
use futures::{StreamExt as _, stream};
use gatelodge_keeper_client::DeliverMail;
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, GroupId, Invitation, InvitationId, Result, Role, Secret, User,
    WhoMustAct,
};
use serde_json::json;
use std::time::Duration;

/// How long a link works.
const LIFE: Duration = Duration::from_hours(7 * 24);

/// Most addresses at once.
const MOST: usize = 100;

/// Mails at the same time.
const MAILS: usize = 8;

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct NewInvitations {
    /// Their addresses.
    pub emails: Vec<String>,
    /// Their rights.
    pub role: Role,
    /// Groups to put them into.
    pub groups: Vec<GroupId>,
}

/// How the mail with a link went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mailed {
    /// No mail server is configured.
    NoServer,
    /// The mail server took it.
    Sent,
    /// It did not, and why.
    Failed(String),
}

/// An invitation with its link's token, which is in this answer and in one mail, and nowhere else.
#[derive(Debug)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The token.
    pub token: Secret,
    /// How the mail went.
    pub mailed: Mailed,
}

/// What became of one address.
#[derive(Debug)]
pub enum Invitee {
    /// An invitation was made, or an open one was made anew.
    Invited(Box<Invited>),
    /// The person is here already: role and groups are as asked for.
    Updated {
        /// Who.
        user: User,
        /// Whether anything had to be changed.
        changed: bool,
    },
    /// Nothing was done for this address.
    Refused {
        /// As it was typed.
        email: String,
        /// Why.
        error: Error,
    },
}

/// A page of invitations that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationList {
    /// Those of this page.
    pub invitations: Vec<Invitation>,
    /// How many there are on all pages.
    pub total: u64,
    /// Which page this is, counted from 0.
    pub page: u64,
    /// How many pages there are.
    pub pages: u64,
}

impl Hub {
    /// Invitations that nobody answered, expired ones too.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn invitations(
        &self,
        person: &Person,
        search: &str,
        page: u64,
    ) -> Result<InvitationList> {
        require_overseer(person)?;
        let offset = page.saturating_mul(PAGE);
        let search = typed(search);
        let (invitations, total) = self
            .store
            .invitations()
            .unanswered(person.context.organization, search.as_deref(), offset, PAGE)
            .await?;
        Ok(InvitationList {
            invitations,
            total,
            page,
            pages: total.div_ceil(PAGE).max(1),
        })
    }

    /// Invites people. Who is in the organization already gets the role and the groups instead. An address that cannot
    /// be invited keeps no other one from being.
    ///
    /// # Errors
    /// `forbidden`, also for inviting owners by others; `step_up_needed`; `not_found` for an unknown group;
    /// `invalid_argument` for no address or too many.
    pub async fn invite(&self, person: &Person, new: NewInvitations) -> Result<Vec<Invitee>> {
        require_admin(person)?;
        self.require_step_up(person)?;
        if new.role == Role::Owner {
            require_owner(person, "invite an owner")?;
        }
        let organization = person.context.organization;
        let known = self.store.groups().list(organization).await?;
        if !new
            .groups
            .iter()
            .all(|id| known.iter().any(|group| group.id == *id))
        {
            return Err(Error::not_found("group"));
        }
        let mut emails: Vec<String> = Vec::new();
        for email in &new.emails {
            let email = email.trim().to_lowercase();
            if !email.is_empty() && !emails.contains(&email) {
                emails.push(email);
            }
        }
        if emails.is_empty() || emails.len() > MOST {
            return Err(Error::invalid(
                "emails",
                format!(
                    "Type 1 to {MOST} e-mail addresses, one in each line; these are {}.",
                    emails.len()
                ),
            ));
        }
        let mut invitees = Vec::with_capacity(emails.len());
        for email in emails {
            let invitee = self.invite_one(person, &email, &new).await;
            invitees.push(invitee.unwrap_or_else(|error| Invitee::Refused { email, error }));
        }
        Ok(stream::iter(invitees)
            .map(|invitee| async {
                match invitee {
                    Invitee::Invited(mut invited) => {
                        invited.mailed = self.mail_invitation(person, &invited).await;
                        Invitee::Invited(invited)
                    }
                    other => other,
                }
            })
            .buffered(MAILS)
            .collect()
            .await)
    }

    async fn invite_one(
        &self,
        person: &Person,
        email: &str,
        new: &NewInvitations,
    ) -> Result<Invitee> {
        let email = checked_email(email)?;
        let organization = person.context.organization;
        let known = self.store.users().find_by_email(&email).await?;
        // An address of another organization looks like any other one until its link is opened.
        if let Some(user) =
            known.filter(|user| user.organization == organization && user.removed_at.is_none())
        {
            return self.update_instead(person, user, new).await;
        }
        let unit = self.store.begin(organization).await?;
        let open = unit
            .invitations()
            .find_unanswered(organization, &email)
            .await?;
        let (mut invitation, is_new) = match open {
            Some(open) => (open, false),
            None => (self.fresh_invitation(person, email), true),
        };
        invitation.role = new.role;
        invitation.groups.clone_from(&new.groups);
        let token = self.renew(person, &mut invitation);
        if is_new {
            unit.invitations().insert(&invitation).await?;
        } else {
            unit.invitations().update(&invitation).await?;
        }
        self.commit_invited(person, unit, &invitation).await?;
        Ok(Invitee::Invited(Box::new(Invited {
            invitation,
            token,
            mailed: Mailed::NoServer,
        })))
    }

    async fn update_instead(
        &self,
        person: &Person,
        user: User,
        new: &NewInvitations,
    ) -> Result<Invitee> {
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let inside = unit.groups().of_user(organization, user.id).await?;
        let (user, mut events) = self.give_role(person, &unit, user, new.role).await?;
        for group in &new.groups {
            if inside.iter().all(|known| known.id != *group) {
                unit.groups().add_member(*group, user.id).await?;
                events.push(event(
                    &person.context,
                    "group.member_added",
                    group,
                    AuditOutcome::Success,
                    json!({ "user": user.id }),
                ));
            }
        }
        let changed = !events.is_empty();
        if changed {
            unit.commit(events).await?;
            self.recent_callers.forget();
            self.recent_groups.forget();
            self.recent_limits.forget();
        }
        Ok(Invitee::Updated { user, changed })
    }

    /// Makes an invitation anew: another link, from now on for seven days. The earlier link is dead.
    ///
    /// # Errors
    /// `forbidden`, also for owners' invitations by others; `step_up_needed`, `not_found`, `conflict` when it was
    /// answered already.
    pub async fn resend_invitation(&self, person: &Person, id: InvitationId) -> Result<Invited> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let mut invitation = unit
            .invitations()
            .find(organization, id)
            .await?
            .ok_or_else(|| Error::not_found("invitation"))?;
        if invitation.role == Role::Owner {
            require_owner(person, "invite an owner")?;
        }
        if invitation.ended_at.is_some() {
            return Err(answered());
        }
        let token = self.renew(person, &mut invitation);
        unit.invitations().update(&invitation).await?;
        self.commit_invited(person, unit, &invitation).await?;
        let mut invited = Invited {
            invitation,
            token,
            mailed: Mailed::NoServer,
        };
        invited.mailed = self.mail_invitation(person, &invited).await;
        Ok(invited)
    }

    /// Takes an invitation back; its link is dead.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `conflict` when it was answered already.
    pub async fn withdraw_invitation(&self, person: &Person, id: InvitationId) -> Result<()> {
        require_admin(person)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let invitation = unit
            .invitations()
            .find(organization, id)
            .await?
            .ok_or_else(|| Error::not_found("invitation"))?;
        if !unit.invitations().withdraw(id).await? {
            return Err(answered());
        }
        unit.commit(vec![event(
            &person.context,
            "invitation.withdrawn",
            id,
            AuditOutcome::Success,
            json!({ "email": invitation.email }),
        )])
        .await?;
        Ok(())
    }

    fn fresh_invitation(&self, person: &Person, email: String) -> Invitation {
        Invitation {
            id: InvitationId::generate(&*self.clock, &*self.random),
            organization: person.context.organization,
            email,
            role: Role::Member,
            groups: Vec::new(),
            token_digest: gatelodge_model::Digest::from_bytes([0; 32]),
            invited_by: None,
            created_at: self.now(),
            expires_at: self.now(),
            ended_at: None,
            user: None,
        }
    }

    /// Gives an invitation another link and its whole time.
    fn renew(&self, person: &Person, invitation: &mut Invitation) -> Secret {
        let token = token::generate(TokenKind::Invitation, &*self.random);
        invitation.token_digest = token::digest(TokenKind::Invitation, &token);
        invitation.invited_by = Some(person.user.id);
        invitation.created_at = self.now();
        invitation.expires_at = self.after(LIFE);
        token
    }

    async fn commit_invited(
        &self,
        person: &Person,
        unit: gatelodge_store::Unit,
        invitation: &Invitation,
    ) -> Result<()> {
        let detail = json!({
            "email": invitation.email,
            "role": invitation.role,
            "groups": invitation.groups,
            "expires_at": invitation.expires_at,
        });
        unit.commit(vec![event(
            &person.context,
            "invitation.made",
            invitation.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok(())
    }

    async fn mail_invitation(&self, person: &Person, invited: &Invited) -> Mailed {
        if !self.settings.mail {
            return Mailed::NoServer;
        }
        let organization = words::line(&person.organization.name);
        let text = format!(
            "{} invites you to join {organization} in Gatelodge.\n\nOpen this link to choose your password. It works once, until {}:\n\n{}\n",
            words::line(&person.user.name),
            words::until(invited.invitation.expires_at),
            self.address(&format!("/invitation/{}", invited.token.expose())),
        );
        let sent = self
            .keeper
            .deliver_mail(DeliverMail {
                message: invited.invitation.id.to_string(),
                to: invited.invitation.email.clone(),
                subject: words::line(&format!("You are invited to {organization} in Gatelodge")),
                text,
            })
            .await;
        match sent {
            Ok(()) => Mailed::Sent,
            Err(failure) => Mailed::Failed(words::line(failure.error.message())),
        }
    }
}

fn answered() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "This invitation was accepted or withdrawn already. Nothing was changed.",
    )
    .with_hint(
        WhoMustAct::Admin,
        "Look at the list of people; invite the address again where it is missing.",
    )
}
