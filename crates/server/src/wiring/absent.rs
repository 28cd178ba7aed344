//! No keeper: for commands at the console that change rows only.
//!
//! Must not know: which commands.

use async_trait::async_trait;
use gatelodge_keeper_client::{
    Lost, Transport,
    wire::{Method, Packet},
};

/// Leads to no keeper.
pub(super) struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn exchange(&self, _: Method, _: Packet) -> Result<Result<Packet, Packet>, Lost> {
        Err(Lost::NotSent("this command has no keeper".to_owned()))
    }
}
