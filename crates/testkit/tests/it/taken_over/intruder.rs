//! Who took the web role over: holds the keeper's trait and the database, and remembers what it was told.
//!
//! Must not know: the keeper's key and folder, but for making the hub that is attacked.

use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use gatelodge_keeper::Console;
use gatelodge_keeper_client::{
    BeginAuthorization, Keeper, KeeperResult, PasskeyHolder, SealRequest, SealedKind, SendRead,
    SendWrite, Viewer,
};
use gatelodge_model::{
    Actor, Allowed, Approval, AuditOutcome, AuthorizationFlowId, Clock, ConnectionId, Environment,
    ErrorKind, Face, FrozenProposal, NewAuditEvent, ProposalId, Random, RequestId, Secret,
    SessionId, UserId, id::new_uuid,
};
use gatelodge_provider::ReadRequest;
use gatelodge_server::ambient::SystemRandom;
use gatelodge_server::wiring::KeeperSide;
use gatelodge_store::{DatabaseOptions, Store};
use gatelodge_testkit::authenticator::SoftPasskey;
use gatelodge_testkit::hub::{TestHub, Who, options};
use gatelodge_testkit::practice::MARIA;
use gatelodge_vault::{KeyFile, Vault};
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use url::Url;

use super::plunder;
use crate::proposals::{account, propose_phone};
use gatelodge_testkit::clock::to_the_next_hour;

/// The tables that the intruder keeps copies of.
const KEPT: [&str; 3] = ["approvals", "approval_records", "credentials"];

pub(super) struct Intruder {
    pub(super) hub: TestHub,
    pub(super) keeper: Arc<dyn Keeper>,
    store: Store,
    /// Attempts so far.
    pub(super) attempts: usize,
    /// Everything that it was answered.
    heard: String,
    pub(super) member: UserId,
    pub(super) second: UserId,
    pub(super) connection: ConnectionId,
    pub(super) account: String,
    /// The one write that the member approved, as the hub sent it.
    pub(super) sent: SendWrite,
    frozen: FrozenProposal,
    pub(super) kept_assertion: String,
    pub(super) stolen_evidence: Vec<u8>,
    pub(super) used_code: Secret,
    pub(super) member_passkey: String,
    pub(super) origin: String,
    mine: SoftPasskey,
}

impl Intruder {
    pub(super) async fn in_sealed_hub() -> Self {
        Box::pin(Self::begin(true)).await
    }

    pub(super) async fn in_plain_hub() -> Self {
        Box::pin(Self::begin(false)).await
    }

    /// A member with two passkeys approves one change; then the web role is taken over.
    async fn begin(sealed: bool) -> Self {
        let hub = TestHub::builder()
            .named()
            .configure(|config| {
                config.budget.rows = plunder::ROWS;
                config.budget.releases = plunder::RELEASES;
            })
            .start()
            .await;
        // no hour ends, and no other budget begins, while it is at work
        hub.clock.advance(to_the_next_hour(hub.clock.now()));
        let (mut person, agent) = hub.member_with_agent(MARIA).await;
        let store = store(&hub).await;
        let of = async |who: Who| hub.hub().find_user(who.email()).await.unwrap().unwrap();
        let (member, second) = (of(Who::Member).await, of(Who::SecondMember).await);
        let holder = PasskeyHolder {
            organization: member.organization,
            user: member.id,
        };
        let console = console(&hub, &store);
        let (code, _) = console.allow(holder).await.unwrap();
        let origin = hub.url.origin().ascii_serialization();
        let mut passkey = SoftPasskey::new(&origin, "localhost");
        person
            .enrol(&mut passkey, "Laptop", &code)
            .await
            .expect(303);
        let mut spare = SoftPasskey::new(&origin, "localhost");
        person
            .enrol(&mut spare, "Key ring", &code)
            .await
            .expect(303);
        let back = hub.back_door().await;
        back.execute_unprepared(
            "CREATE TABLE before_approval_records AS SELECT * FROM approval_records",
        )
        .await
        .unwrap();
        if sealed {
            console.set_sealed(member.organization, true).await.unwrap();
        }

        let (record, _) = account(&agent).await;
        let proposal = propose_phone(&agent, &record, "+49 30 1").await;
        let review = person.review(&proposal).await;
        let mut kept_assertion = String::new();
        if sealed {
            person.approve(&proposal, &review).await.expect(403);
            kept_assertion = passkey.get(&options(&review.page));
            let mut fields = review.form();
            fields.push(("assertion", kept_assertion.as_str()));
            let path = format!("/approvals/{proposal}/approve");
            person.post(&path, &fields).await.expect(303);
        } else {
            person.approve(&proposal, &review).await.expect(303);
        }
        assert_eq!(agent.proposal(&proposal).await["status"], "done");

        let id: ProposalId = proposal.parse().unwrap();
        let row = store.proposals().find(member.organization, id).await;
        let row = row.unwrap().unwrap();
        let approval = store.approvals().find(member.organization, id).await;
        let approval = approval.unwrap().unwrap();
        for table in KEPT {
            let copy = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
            back.execute_unprepared(&copy).await.unwrap();
        }
        back.close().await.unwrap();
        let keeper = keeper(&hub).await;
        let bytes = keeper
            .open(row.organization, row.sealed, Viewer::Execution)
            .await
            .unwrap();
        let frozen = FrozenProposal::thaw(&bytes, row.digest).unwrap();
        let sent = SendWrite {
            organization: row.organization,
            proposal: id,
            sealed: row.sealed,
            digest: row.digest,
            request_id: RequestId::generate(hub.clock.as_ref(), &SystemRandom),
        };
        Self {
            keeper,
            store,
            attempts: 0,
            heard: String::new(),
            member: member.id,
            second: second.id,
            connection: row.connection,
            account: record,
            sent,
            frozen,
            kept_assertion,
            stolen_evidence: approval.evidence.unwrap_or_default(),
            used_code: code,
            member_passkey: passkey.id_text(),
            mine: SoftPasskey::new(&origin, "localhost"),
            origin,
            hub,
        }
    }

    pub(super) async fn stop(self) {
        self.hub.stop().await;
    }

    pub(super) fn fresh(&self) -> uuid::Uuid {
        new_uuid(self.hub.clock.as_ref(), &SystemRandom)
    }

    /// A proposal of its own making, sealed by the keeper.
    pub(super) async fn freeze(&self, change: impl FnOnce(&mut FrozenProposal)) -> SendWrite {
        let mut frozen = self.frozen.clone();
        frozen.proposal = ProposalId::from_uuid(self.fresh());
        change(&mut frozen);
        self.seal_frozen(&frozen).await
    }

    /// The bytes that were sent, sealed a second time.
    pub(super) async fn sealed_again(&self) -> SendWrite {
        self.seal_frozen(&self.frozen).await
    }

    async fn seal_frozen(&self, frozen: &FrozenProposal) -> SendWrite {
        let (bytes, digest) = frozen.freeze().unwrap();
        let sealed = self
            .keeper
            .seal(self.request(SealedKind::Proposal, bytes))
            .await;
        SendWrite {
            proposal: frozen.proposal,
            sealed: sealed.unwrap(),
            digest,
            ..self.sent.clone()
        }
    }

    fn request(&self, kind: SealedKind, bytes: Vec<u8>) -> SealRequest {
        SealRequest {
            organization: self.sent.organization,
            kind,
            user: self.member,
            agent: None,
            bytes,
        }
    }

    /// The bytes that were sent, sealed as something else.
    pub(super) async fn seal(&self, kind: SealedKind) -> gatelodge_model::SealedId {
        let (bytes, _) = self.frozen.freeze().unwrap();
        self.keeper.seal(self.request(kind, bytes)).await.unwrap()
    }

    /// A row that says that the member approved.
    pub(super) async fn plant(&self, call: &SendWrite, evidence: Option<Vec<u8>>) {
        self.plant_as(call, self.by(self.member), evidence).await;
    }

    /// A row that says that somebody approved.
    pub(super) async fn plant_for(&self, call: &SendWrite, user: UserId) {
        self.plant_as(call, self.by(user), None).await;
    }

    fn by(&self, user: UserId) -> Allowed {
        Allowed::ByPerson {
            user,
            session: SessionId::from_uuid(self.fresh()),
            nonce: "planted".to_owned(),
        }
    }

    pub(super) async fn plant_as(
        &self,
        call: &SendWrite,
        allowed: Allowed,
        evidence: Option<Vec<u8>>,
    ) {
        let approval = Approval {
            organization: call.organization,
            proposal: call.proposal,
            digest: call.digest,
            allowed,
            evidence,
            approved_at: self.hub.clock.now(),
            spent_at: None,
        };
        let unit = self.store.begin(call.organization).await.unwrap();
        unit.approvals().insert(&approval).await.unwrap();
        let told = NewAuditEvent {
            organization: call.organization,
            actor: Actor::System,
            via: Face::Job,
            request: call.request_id,
            action: "proposal.approved",
            target: call.proposal.to_string(),
            outcome: AuditOutcome::Success,
            detail: json!({}),
        };
        unit.commit(vec![told]).await.unwrap();
    }

    pub(super) async fn sql(&self, statement: &str) {
        let connection = self.hub.back_door().await;
        connection.execute_unprepared(statement).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Puts the copy of a table back.
    pub(super) async fn sql_back(&self, table: &str) {
        self.sql(&format!(
            "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"
        ))
        .await;
    }

    /// Another keeper in the place of this one: nothing is in its memory.
    pub(super) async fn restart(&mut self) {
        self.keeper = keeper(&self.hub).await;
    }

    /// Asks for a write that must be refused.
    pub(super) async fn expect(
        &mut self,
        name: &str,
        call: &SendWrite,
        kind: ErrorKind,
        words: &str,
    ) {
        let answer = self.keeper.write(call.clone()).await;
        self.judge(name, answer, kind, words);
    }

    /// Judges an answer that must be a refusal.
    pub(super) fn judge<T: Debug>(
        &mut self,
        name: &str,
        answer: KeeperResult<T>,
        kind: ErrorKind,
        words: &str,
    ) {
        self.attempts += 1;
        writeln!(self.heard, "{answer:?}").unwrap();
        let Err(failure) = answer else {
            panic!("{name}: {answer:?}");
        };
        assert_eq!(failure.error.kind(), kind, "{name}: {failure:?}");
        assert!(
            failure.error.message().contains(words),
            "{name}: {failure:?}"
        );
    }

    pub(super) async fn own_assertion(&mut self, call: &SendWrite) -> String {
        let holder = PasskeyHolder {
            organization: call.organization,
            user: self.member,
        };
        let terms = self.keeper.approval_terms(holder, call.digest).await;
        self.mine.get(&terms.unwrap().request.unwrap())
    }

    pub(super) fn read(&self, request: ReadRequest) -> SendRead {
        SendRead {
            organization: self.sent.organization,
            connection: self.connection,
            request_id: self.sent.request_id,
            agent: "intruder".to_owned(),
            request,
        }
    }

    /// Notes an answer that is no refusal.
    pub(super) fn hear(&mut self, answer: &impl Debug) {
        self.attempts += 1;
        writeln!(self.heard, "{answer:?}").unwrap();
    }

    pub(super) async fn begin_at(&self, host: &str) -> KeeperResult<Url> {
        let begin = BeginAuthorization {
            organization: self.sent.organization,
            flow: AuthorizationFlowId::from_uuid(self.fresh()),
            connection: self.connection,
            user: self.second,
            provider: "salesforce".to_owned(),
            oauth_app: self.hub.app.id,
            login_base: host.parse().unwrap(),
            environment: Environment::Production,
            extra_scopes: Vec::new(),
            redirect_uri: "https://evil.example/callback".to_owned(),
            state: Secret::new("state"),
        };
        self.keeper.begin_authorization(begin).await
    }

    /// How many requests arrived at the practice org that write.
    pub(super) fn writes_arrived(&self) -> usize {
        let journal = self.hub.practice.running().journal();
        let writes = journal.iter().filter(|entry| {
            entry.path.starts_with("/services/data")
                && entry.method != "GET"
                && !entry.path.contains("/jobs/query")
        });
        writes.count()
    }

    /// What it heard that looks like a token of the provider: an organization's id and '!', or the form of a
    /// refresh token.
    pub(super) fn tokens_seen(&self) -> Vec<&str> {
        let looks_so =
            |word: &&str| (word.starts_with("00D") && word.contains('!')) || word.contains("5Aep");
        let parts = |letter: char| !letter.is_ascii_alphanumeric() && !"!._-".contains(letter);
        self.heard.split(parts).filter(looks_so).collect()
    }
}

/// The operator's console.
pub(crate) fn console(hub: &TestHub, store: &Store) -> Console {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let key = KeyFile::new(hub.config.key_file(), Some(hub.config.data_dir()));
    let vault = Vault::unlock(&key, Arc::clone(&random)).unwrap();
    let folder = hub.config.keeper_dir();
    let clock: Arc<dyn Clock> = hub.clock.clone();
    Console::open(store.clone(), vault, folder, clock, random).unwrap()
}

async fn keeper(hub: &TestHub) -> Arc<dyn Keeper> {
    let clock: Arc<dyn Clock> = hub.clock.clone();
    let side = KeeperSide::start(&hub.config, clock, Arc::new(SystemRandom)).await;
    side.unwrap().keeper
}

/// The database beside the hub's own connection.
pub(crate) async fn store(hub: &TestHub) -> Store {
    let options = DatabaseOptions {
        urls: hub.config.database_urls(),
        max_connections: 2,
    };
    let clock: Arc<dyn Clock> = hub.clock.clone();
    let store = Store::connect(&options, clock, Arc::new(SystemRandom)).await;
    store.unwrap()
}
