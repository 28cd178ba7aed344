//! A person with passkeys, at a keeper whose approvals may be sealed.

use crate::{
    authenticator::SoftPasskey,
    bench::{ADDRESS, Bench},
    write::{approval, frozen, seal, store},
};
use gatelodge_keeper::Console;
use gatelodge_keeper_client::{
    AcceptApproval, BeginCeremony, CeremonyProgress, CeremonyPurpose, ContinueCeremony, Keeper,
    KeeperResult, PasskeyHolder, SealedKind, SendWrite,
};
use gatelodge_model::{FrozenProposal, Secret};
use gatelodge_provider::ProviderResponse;

pub(crate) const SITE: &str = "hub.test";

pub(crate) fn passkey() -> SoftPasskey {
    SoftPasskey::new(ADDRESS, SITE)
}

/// What the hub asks for a person.
pub(crate) fn ceremony(holder: PasskeyHolder, purpose: CeremonyPurpose) -> BeginCeremony {
    BeginCeremony {
        holder,
        user_name: "ada@hub.test".to_owned(),
        display_name: "Ada".to_owned(),
        purpose,
    }
}

impl Bench {
    pub(crate) fn holder(&self) -> PasskeyHolder {
        PasskeyHolder {
            organization: self.organization,
            user: self.user,
        }
    }

    pub(crate) fn console(&self) -> Console {
        Console::open(
            self.store.clone(),
            self.vault.clone(),
            self.keeper_folder.path().to_owned(),
            self.clock.clone(),
            self.random.clone(),
        )
        .unwrap()
    }

    /// One step with this passkey's answer.
    pub(crate) async fn go_on(
        &self,
        holder: PasskeyHolder,
        state: Vec<u8>,
        answer: String,
    ) -> KeeperResult<CeremonyProgress> {
        let step = ContinueCeremony {
            holder,
            state,
            answer,
        };
        self.keeper.continue_ceremony(step).await
    }

    pub(crate) async fn enrol_with(
        &self,
        holder: PasskeyHolder,
        passkey: &mut SoftPasskey,
        name: &str,
        code: &Secret,
    ) -> KeeperResult<CeremonyProgress> {
        let purpose = CeremonyPurpose::Enrol {
            name: name.to_owned(),
            code: code.clone(),
        };
        let begun = self
            .keeper
            .begin_ceremony(ceremony(holder, purpose))
            .await?;
        let answer = passkey.create(&begun.options);
        self.go_on(holder, begun.state, answer).await
    }

    /// Enrols as many passkeys as a code is good for.
    pub(crate) async fn enrolled(&self, holder: PasskeyHolder) -> (SoftPasskey, SoftPasskey) {
        let (code, _) = self.console().allow(holder).await.unwrap();
        let (mut first, mut second) = (passkey(), passkey());
        for (passkey, name) in [(&mut first, "Laptop"), (&mut second, "Key ring")] {
            let done = self.enrol_with(holder, passkey, name, &code).await.unwrap();
            assert!(matches!(done, CeremonyProgress::Enrolled(_)), "{done:?}");
        }
        (first, second)
    }

    /// A connected bench with sealed approvals, and the passkeys of its person.
    pub(crate) async fn sealed() -> (Self, SoftPasskey, SoftPasskey) {
        let bench = Self::connected().await;
        let (first, second) = bench.enrolled(bench.holder()).await;
        bench
            .console()
            .set_sealed(bench.organization, true)
            .await
            .unwrap();
        (bench, first, second)
    }

    /// Proposes; gives the call that will send it.
    pub(crate) async fn proposed(&self, change: impl FnOnce(&mut FrozenProposal)) -> SendWrite {
        let mut proposal = frozen(self);
        change(&mut proposal);
        seal(self, &proposal, SealedKind::Proposal).await
    }

    /// The keeper's judgement of an assertion for a call.
    pub(crate) async fn accept(
        &self,
        call: &SendWrite,
        assertion: Option<String>,
    ) -> KeeperResult<Option<Vec<u8>>> {
        let accept = AcceptApproval {
            organization: call.organization,
            proposal: call.proposal,
            digest: call.digest,
            user: self.user,
            assertion,
        };
        self.keeper.accept_approval(accept).await
    }

    /// An assertion of a passkey over the hash of a call.
    pub(crate) async fn assertion(&self, call: &SendWrite, passkey: &mut SoftPasskey) -> String {
        let terms = self
            .keeper
            .approval_terms(self.holder(), call.digest)
            .await
            .unwrap();
        passkey.get(&terms.request.unwrap())
    }

    /// Approves as the hub does; nothing is sent yet.
    pub(crate) async fn approve(&self, call: &SendWrite, passkey: &mut SoftPasskey) {
        let assertion = self.assertion(call, passkey).await;
        let mut approval = approval(self, call);
        approval.evidence = self.accept(call, Some(assertion)).await.unwrap();
        assert!(approval.evidence.is_some());
        store(self, &approval).await;
    }

    pub(crate) async fn send(&self, call: &SendWrite) -> KeeperResult<ProviderResponse> {
        self.keeper.write(call.clone()).await
    }

    /// How many requests arrived that write.
    pub(crate) fn writes(&self) -> usize {
        let script = self.server.script();
        let writes = script.calls.iter().filter(|call| call.0 != "GET");
        writes.count()
    }
}
