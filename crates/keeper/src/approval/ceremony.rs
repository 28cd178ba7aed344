//! Changing something about passkeys, step by step. What was done so far travels with the browser, sealed; nothing
//! is stored before the last step, and a ceremony ends when the person's passkeys change meanwhile.
//!
//! Who controls the pages can trick a person into one gesture, so one gesture never plants a passkey: it takes a
//! code of the operator's console, or two gestures with two passkeys that are enrolled. What is signed names what
//! is done, so an assertion for one purpose never serves another. Must not know: pages.

use super::{
    passkey::{Enrolled, id_of},
    records::{Ring, Seal, Ticket},
    view,
};
use crate::{
    credential::{from_bytes, to_bytes},
    keeper::Inner,
    sealing::Place,
};
use gatelodge_keeper_client::{
    BeginCeremony, Ceremony, CeremonyProgress, CeremonyPurpose, CeremonyStep, ContinueCeremony,
    KeeperResult, PasskeyHolder,
};
use gatelodge_model::{Digest, Error, ErrorKind, Result, Secret, Timestamp, WhoMustAct};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration};

/// How long a step waits for the browser.
const LIFE: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// Most passkeys of a person.
const MOST_PASSKEYS: usize = 10;

/// Longest name of a passkey.
const MOST_LETTERS: usize = 60;

/// How many enrolled passkeys must agree to another one.
const WITNESSES: u8 = 2;

/// Domain tags of the challenges.
const CREATE_TAG: &str = "gatelodge.passkey.create.v1";
const CONFIRM_TAG: &str = "gatelodge.passkey.confirm.v1";
/// Domain tag of codes.
const CODE_TAG: &str = "gatelodge.passkey.code.v1";

/// The seal of a state is bound to its person; nothing in it is ever replaced.
const GENERATION: i64 = 1;

/// What travels with the browser.
#[derive(Serialize, Deserialize)]
struct State {
    roster: u64,
    expires_at: Timestamp,
    doing: Doing,
}

#[derive(Serialize, Deserialize)]
enum Doing {
    /// A passkey is being made.
    Making {
        name: String,
        registration: Box<PasskeyRegistration>,
        /// Hash of the code, where one was given.
        code: Option<Digest>,
    },
    /// A passkey was made, and enrolled ones must agree.
    Witnessing {
        name: String,
        passkey: Box<Passkey>,
        /// Those that agreed.
        agreed: Vec<String>,
    },
    Removing {
        passkey: String,
    },
    SealingApprovals,
    /// The person proves who they are; the number keeps an answer from serving another time.
    Proving {
        nonce: [u8; 32],
    },
}

impl State {
    /// What a passkey signs to say yes to this: all that it decides, and who and when.
    fn challenge(&self, holder: PasskeyHolder) -> Result<Digest> {
        let state = to_bytes(self)?;
        let (organization, user) = (holder.organization.as_uuid(), holder.user.as_uuid());
        Ok(Digest::of(
            CONFIRM_TAG,
            &[organization.as_bytes(), user.as_bytes(), &state],
        ))
    }
}

/// The hash of a code, for one person.
pub(super) fn hash_of_code(holder: PasskeyHolder, code: &Secret) -> Digest {
    let letters: String = code
        .expose()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let (organization, user) = (holder.organization.as_uuid(), holder.user.as_uuid());
    Digest::of(
        CODE_TAG,
        &[organization.as_bytes(), user.as_bytes(), letters.as_bytes()],
    )
}

impl Inner {
    pub(crate) async fn begin_ceremony(&self, begin: BeginCeremony) -> KeeperResult<Ceremony> {
        let holder = begin.holder;
        let party = self.party()?;
        let ring = self.ring(holder).await?;
        let mut nonce = [0; 32];
        self.random.fill(&mut nonce);
        let name_and_code = match begin.purpose {
            CeremonyPurpose::Enrol { name, code } => {
                let code = hash_of_code(holder, &code);
                usable_ticket(&ring, code, self.clock.now())?;
                (name, Some(code))
            }
            CeremonyPurpose::Add { name } => {
                if ring.passkeys.len() < usize::from(WITNESSES) {
                    return Err(too_few_passkeys().into());
                }
                (name, None)
            }
            CeremonyPurpose::Remove { passkey } => {
                can_go(&ring, &passkey)?;
                let doing = Doing::Removing { passkey };
                return Ok(self.ask_for_yes(holder, &ring, doing, 1, 1).await?);
            }
            CeremonyPurpose::SealApprovals => {
                let doing = Doing::SealingApprovals;
                return Ok(self.ask_for_yes(holder, &ring, doing, 1, 1).await?);
            }
            CeremonyPurpose::ProveAgain => {
                let doing = Doing::Proving { nonce };
                return Ok(self.ask_for_yes(holder, &ring, doing, 1, 1).await?);
            }
        };
        let (name, code) = name_and_code;
        let name = checked_name(&name, &ring)?;
        let challenge = Digest::of(CREATE_TAG, &[&nonce]);
        let creation = party.creation(
            holder.user,
            &begin.user_name,
            &begin.display_name,
            &ring.passkeys,
            &challenge,
        )?;
        let doing = Doing::Making {
            name,
            registration: Box::new(creation.state),
            code,
        };
        let state = self.state(&ring, doing);
        Ok(Ceremony {
            step: CeremonyStep::Create,
            options: creation.options,
            state: self.seal_state(holder, &state).await?,
        })
    }

    pub(crate) async fn continue_ceremony(
        &self,
        step: ContinueCeremony,
    ) -> KeeperResult<CeremonyProgress> {
        let holder = step.holder;
        let state = self.open_state(holder, &step.state).await?;
        let ring = self.ring(holder).await?;
        still_the_same(&state, &ring)?;
        let challenge = state.challenge(holder)?;
        let progress = match state.doing {
            Doing::Making {
                name,
                registration,
                code,
            } => {
                let passkey = self.party()?.created(&step.answer, &registration)?;
                if let Some(code) = code {
                    self.enrol_with(holder, code, name, passkey).await?
                } else {
                    let passkey = Box::new(passkey);
                    let doing = Doing::Witnessing {
                        name,
                        passkey,
                        agreed: Vec::new(),
                    };
                    let next = self.ask_for_yes(holder, &ring, doing, 1, WITNESSES).await?;
                    CeremonyProgress::Next(next)
                }
            }
            Doing::Witnessing {
                name,
                passkey,
                mut agreed,
            } => {
                let fresh = without(&ring, &agreed);
                let party = self.party()?;
                let witness = party.verify(&fresh, &challenge, &step.answer)?;
                let witness = self.note_use(holder, state.roster, &witness).await?;
                agreed.push(witness);
                let so_far = u8::try_from(agreed.len()).unwrap_or(WITNESSES);
                if so_far >= WITNESSES {
                    self.enrol(holder, state.roster, name, *passkey).await?
                } else {
                    let doing = Doing::Witnessing {
                        name,
                        passkey,
                        agreed,
                    };
                    let next = self
                        .ask_for_yes(holder, &ring, doing, so_far + 1, WITNESSES)
                        .await?;
                    CeremonyProgress::Next(next)
                }
            }
            Doing::Removing { passkey } => {
                self.confirm(holder, &challenge, &step.answer).await?;
                self.remove(holder, state.roster, &passkey).await?
            }
            Doing::SealingApprovals => {
                self.confirm(holder, &challenge, &step.answer).await?;
                let now = self.clock.now();
                self.approval_records()
                    .change::<Seal, _>(holder.organization, (), |seal| {
                        if !seal.sealed {
                            *seal = Seal {
                                sealed: true,
                                changed_at: Some(now),
                                changed_by: Some(holder.user),
                            };
                        }
                        Ok(())
                    })
                    .await?;
                CeremonyProgress::Sealed
            }
            Doing::Proving { .. } => {
                self.confirm(holder, &challenge, &step.answer).await?;
                CeremonyProgress::Proved
            }
        };
        Ok(progress)
    }

    fn state(&self, ring: &Ring, doing: Doing) -> State {
        State {
            roster: ring.roster,
            expires_at: self.clock.now() + LIFE,
            doing,
        }
    }

    /// A step in which an enrolled passkey says yes to what the state says.
    async fn ask_for_yes(
        &self,
        holder: PasskeyHolder,
        ring: &Ring,
        doing: Doing,
        number: u8,
        of: u8,
    ) -> Result<Ceremony> {
        let agreed: &[String] = match &doing {
            Doing::Witnessing { agreed, .. } => agreed,
            _ => &[],
        };
        let asked = without(ring, agreed);
        if asked.is_empty() {
            return Err(no_passkey());
        }
        let state = self.state(ring, doing);
        Ok(Ceremony {
            step: CeremonyStep::Confirm { number, of },
            options: self.party()?.request(&asked, &state.challenge(holder)?)?,
            state: self.seal_state(holder, &state).await?,
        })
    }

    async fn note_use(
        &self,
        holder: PasskeyHolder,
        roster: u64,
        result: &webauthn_rs::prelude::AuthenticationResult,
    ) -> Result<String> {
        let now = self.clock.now();
        self.change_ring(holder, roster, |ring| {
            let used = ring
                .passkeys
                .iter_mut()
                .find(|enrolled| enrolled.passkey.cred_id() == result.cred_id())
                .ok_or_else(changed_meanwhile)?;
            used.passkey.update_credential(result);
            used.last_used_at = Some(now);
            Ok(used.id())
        })
        .await
    }

    async fn enrol_with(
        &self,
        holder: PasskeyHolder,
        code: Digest,
        name: String,
        passkey: Passkey,
    ) -> Result<CeremonyProgress> {
        let now = self.clock.now();
        self.approval_records()
            .change::<Ring, _>(holder.organization, holder.user, |ring| {
                let mut ticket = usable_ticket(ring, code, now)?.clone();
                ticket.left -= 1;
                ring.ticket = (ticket.left > 0).then_some(ticket);
                put(ring, name.clone(), passkey.clone(), now)
            })
            .await
    }

    async fn enrol(
        &self,
        holder: PasskeyHolder,
        roster: u64,
        name: String,
        passkey: Passkey,
    ) -> Result<CeremonyProgress> {
        let now = self.clock.now();
        self.change_ring(holder, roster, |ring| {
            put(ring, name.clone(), passkey.clone(), now)
        })
        .await
    }

    async fn remove(
        &self,
        holder: PasskeyHolder,
        roster: u64,
        id: &str,
    ) -> Result<CeremonyProgress> {
        self.change_ring(holder, roster, |ring| {
            let place = can_go(ring, id)?;
            let removed = ring.passkeys.remove(place);
            ring.roster += 1;
            Ok(CeremonyProgress::Removed(view(&removed)))
        })
        .await
    }

    /// Changes the passkeys if they are still those with which the ceremony began.
    async fn change_ring<R>(
        &self,
        holder: PasskeyHolder,
        roster: u64,
        mut change: impl FnMut(&mut Ring) -> Result<R>,
    ) -> Result<R> {
        self.approval_records()
            .change::<Ring, R>(holder.organization, holder.user, |ring| {
                if ring.roster != roster {
                    return Err(changed_meanwhile());
                }
                change(ring)
            })
            .await
    }

    async fn seal_state(&self, holder: PasskeyHolder, state: &State) -> Result<Vec<u8>> {
        let place = Place::Ceremony;
        let bytes = to_bytes(state)?;
        let sealed = self
            .sealing
            .seal(place, holder.organization, &holder.user, GENERATION, &bytes)
            .await?;
        Ok(sealed.record)
    }

    async fn open_state(&self, holder: PasskeyHolder, sealed: &[u8]) -> Result<State> {
        let place = Place::Ceremony;
        let bytes = self
            .sealing
            .open(place, holder.organization, &holder.user, GENERATION, sealed)
            .await
            .map_err(|cause| {
                Error::new(
                    ErrorKind::PasskeyRefused,
                    "This is no step that the keeper began for you. Nothing was changed.",
                )
                .with_context("cause", cause)
                .with_hint(WhoMustAct::Person, "Begin again on your passkeys page.")
            })?;
        let state: State = from_bytes(&bytes)?;
        if state.expires_at <= self.clock.now() {
            return Err(Error::new(
                ErrorKind::Expired,
                "This took too long. Nothing was changed.",
            )
            .with_hint(WhoMustAct::Person, "Begin again on your passkeys page."));
        }
        Ok(state)
    }
}

fn put(
    ring: &mut Ring,
    name: String,
    passkey: Passkey,
    now: Timestamp,
) -> Result<CeremonyProgress> {
    let id = id_of(&passkey);
    if ring.passkeys.iter().any(|enrolled| enrolled.id() == id) {
        return Err(Error::new(
            ErrorKind::Conflict,
            "This passkey is enrolled already.",
        ));
    }
    let enrolled = Enrolled {
        passkey,
        name,
        added_at: now,
        last_used_at: None,
    };
    let seen = view(&enrolled);
    ring.passkeys.push(enrolled);
    ring.roster += 1;
    Ok(CeremonyProgress::Enrolled(seen))
}

fn without(ring: &Ring, agreed: &[String]) -> Vec<Enrolled> {
    let rest = ring
        .passkeys
        .iter()
        .filter(|enrolled| !agreed.contains(&enrolled.id()));
    rest.cloned().collect()
}

fn usable_ticket(ring: &Ring, code: Digest, now: Timestamp) -> Result<&Ticket> {
    ring.ticket
        .as_ref()
        .filter(|ticket| ticket.code == code && ticket.expires_at > now && ticket.left > 0)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::PasskeyRefused,
                "This code is wrong, was used, or its time is over. Nothing was changed.",
            )
            .with_hint(
                WhoMustAct::Operator,
                "Ask whoever runs this installation for a new code: 'gatelodge passkeys allow'.",
            )
        })
}

fn can_go(ring: &Ring, id: &str) -> Result<usize> {
    let place = ring
        .passkeys
        .iter()
        .position(|enrolled| enrolled.id() == id)
        .ok_or_else(|| Error::not_found("passkey"))?;
    if ring.passkeys.len() > 1 {
        return Ok(place);
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "This is your only passkey, and without one you could approve nothing.",
    )
    .with_hint(
        WhoMustAct::Operator,
        "Enrol another one first, or have it removed with 'gatelodge passkeys revoke'.",
    ))
}

fn checked_name(name: &str, ring: &Ring) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MOST_LETTERS || name.chars().any(char::is_control)
    {
        return Err(Error::invalid(
            "name",
            format!("A passkey's name has 1 to {MOST_LETTERS} letters."),
        ));
    }
    if ring.passkeys.len() >= MOST_PASSKEYS {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!("A person has at most {MOST_PASSKEYS} passkeys. Remove one first."),
        ));
    }
    Ok(name.to_owned())
}

fn still_the_same(state: &State, ring: &Ring) -> Result<()> {
    if state.roster == ring.roster {
        Ok(())
    } else {
        Err(changed_meanwhile())
    }
}

fn changed_meanwhile() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "Your passkeys changed meanwhile. Nothing was changed by this step.",
    )
    .with_hint(WhoMustAct::Person, "Begin again on your passkeys page.")
}

fn no_passkey() -> Error {
    Error::new(ErrorKind::PasskeyNeeded, "You have no enrolled passkey.").with_hint(
        WhoMustAct::Operator,
        "Ask whoever runs this installation for a code: 'gatelodge passkeys allow'.",
    )
}

fn too_few_passkeys() -> Error {
    Error::new(
        ErrorKind::PasskeyNeeded,
        format!("{WITNESSES} enrolled passkeys must agree to another one, and you have fewer."),
    )
    .with_hint(
        WhoMustAct::Operator,
        "Ask whoever runs this installation for a code: 'gatelodge passkeys allow'.",
    )
}
