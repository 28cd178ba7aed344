//! Telling a person that something waits for them. How it is told (log line, mail) is wired by `server`.

use gatelodge_model::{ProposalId, User};

/// What waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The proposal.
    pub proposal: ProposalId,
    /// Who asked, by name.
    pub requester: String,
    /// The tool's name.
    pub tool: String,
    /// Where the person reviews it.
    pub review_url: String,
}

/// Tells people. Must return at once; delivery happens elsewhere.
pub trait Notifier: Send + Sync + 'static {
    /// A proposal waits for this person's decision.
    fn proposal_waits(&self, person: &User, waiting: &Waiting);
}

/// Writes a log line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogNotifier;

impl Notifier for LogNotifier {
    fn proposal_waits(&self, person: &User, waiting: &Waiting) {
        tracing::info!(
            person = %person.id,
            proposal = %waiting.proposal,
            tool = %waiting.tool,
            requester = %waiting.requester,
            review_url = %waiting.review_url,
            "a proposal waits for a decision"
        );
    }
}
