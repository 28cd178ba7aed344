//! No keeper: for commands at the console that change rows only.
//!
//! Must not know: which commands.

use async_trait::async_trait;
use gatelodge_keeper_client::{
    Arriving, Lost, Transport,
    wire::{Method, Packet},
};

/// Leads to no keeper.
pub(super) struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn exchange(&self, _: Method, _: Packet) -> Result<Result<Packet, Packet>, Lost> {
        Err(nobody())
    }

    async fn stream(
        &self,
        _: Method,
        _: Packet,
    ) -> Result<Result<(Packet, Arriving), Packet>, Lost> {
        Err(nobody())
    }
}

fn nobody() -> Lost {
    Lost::NotSent("this command has no keeper".to_owned())
}
