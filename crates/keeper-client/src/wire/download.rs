//! The one call outside the table: its answer is a head, followed by a body that is never whole anywhere.
//!
//! Must not know: what carries it.

use super::{Method, Packet, pack, pack_result, unpack};
use crate::{Download, IfLost, Keeper, KeeperResult, SendRead};
use bytes::Bytes;
use futures::stream::BoxStream;
use gatelodge_model::Error;
use serde::{Deserialize, Serialize};

/// The call as the socket knows it.
pub const DOWNLOAD: Method = Method {
    name: "download",
    if_lost: IfLost::Unavailable,
};

/// What is known when the body begins.
#[derive(Debug, Serialize, Deserialize)]
pub struct DownloadHead {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
}

/// A packed head, and the body that follows.
pub type Streamed = (Packet, BoxStream<'static, Result<Bytes, Error>>);

/// Begins the download that a packet asks for. `Err` holds a packed failure.
///
/// # Errors
/// The packed failure of the call.
pub async fn dispatch_download(keeper: &dyn Keeper, packet: Packet) -> Result<Streamed, Packet> {
    let begun: KeeperResult<Download> = match unpack::<SendRead>(packet) {
        Ok(call) => keeper.download(call).await,
        Err(error) => Err(error.into()),
    };
    let download = begun.map_err(failed)?;
    let Download {
        status,
        headers,
        body,
    } = download;
    let head = pack(&DownloadHead { status, headers }).map_err(|error| failed(error.into()))?;
    Ok((head, body))
}

fn failed(failure: crate::KeeperFailure) -> Packet {
    match pack_result::<()>(Err(failure)) {
        Ok(packet) | Err(packet) => packet,
    }
}
