//! TCP proxies between a client and a server: one records every byte, one harms.
//!
//! Must not know HTTP; it moves bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How a proxy harms what passes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Harm {
    /// Both directions of a connection are cut after this many bytes to the client.
    pub cut_answer_after: Option<usize>,
    /// Both directions of a connection are cut after this many bytes to the server.
    pub cut_request_after: Option<usize>,
    /// Each piece of an answer is held back for this long.
    pub delay_answer: Duration,
}

/// What passed.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Everything that clients sent.
    pub to_server: Vec<u8>,
    /// Everything that the server sent.
    pub to_client: Vec<u8>,
}

#[derive(Debug, Default)]
struct Shared {
    recording: Mutex<Recording>,
    harm: Mutex<Harm>,
}

/// A proxy on a free port of this machine; it ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug)]
enum Direction {
    ToServer,
    ToClient,
}

impl Proxy {
    /// A proxy before `server`, which records and does no harm yet.
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::<Shared>::default();
        let task = tokio::spawn(accept(listener, server, Arc::clone(&shared)));
        Self {
            address,
            shared,
            task,
        }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Harms connections that are made from now on.
    pub fn harm(&self, harm: Harm) {
        *lock(&self.shared.harm) = harm;
    }

    /// What passed so far.
    pub fn recording(&self) -> Recording {
        lock(&self.shared.recording).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // a server that is gone is a connection that ends, as without the proxy
            if let Ok(server) = TcpStream::connect(server).await {
                join(client, server, shared).await;
            }
        });
    }
}

async fn join(client: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    let harm = *lock(&shared.harm);
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let requests = pump(
        client_read,
        server_write,
        Direction::ToServer,
        harm,
        Arc::clone(&shared),
    );
    let answers = pump(server_read, client_write, Direction::ToClient, harm, shared);
    tokio::pin!(requests, answers);
    // a client that has sent all still reads; a cut or a server that is done ends both directions
    tokio::select! {
        cut = &mut requests => if !cut { answers.await; },
        _ = &mut answers => {}
    }
}

/// Moves bytes until the end; says whether it cut.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    direction: Direction,
    harm: Harm,
    shared: Arc<Shared>,
) -> bool {
    let limit = match direction {
        Direction::ToServer => harm.cut_request_after,
        Direction::ToClient => harm.cut_answer_after,
    };
    let mut left = limit.unwrap_or(usize::MAX);
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(count) = from.read(&mut buffer).await else {
            return false;
        };
        if count == 0 {
            // a half that is shut already needs no shutting
            drop(to.shutdown().await);
            return false;
        }
        if matches!(direction, Direction::ToClient) && !harm.delay_answer.is_zero() {
            tokio::time::sleep(harm.delay_answer).await;
        }
        let piece = &buffer[..count.min(left)];
        {
            let mut recording = lock(&shared.recording);
            match direction {
                Direction::ToServer => recording.to_server.extend_from_slice(piece),
                Direction::ToClient => recording.to_client.extend_from_slice(piece),
            }
        }
        if to.write_all(piece).await.is_err() {
            return false;
        }
        left -= piece.len();
        if left == 0 {
            return true;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each line with itself.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write)
                        .await
                        .unwrap_or_default();
                });
            }
        });
        address
    }

    async fn exchange(address: SocketAddr, text: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // a cut may come as an end or as a reset; what arrived counts
        drop(stream.read_to_end(&mut answer).await);
        answer
    }

    #[tokio::test]
    async fn every_byte_is_recorded() {
        let proxy = Proxy::before(echo().await).await;
        assert_eq!(exchange(proxy.address(), b"hello").await, b"hello");
        let recording = proxy.recording();
        assert_eq!(
            (
                recording.to_server.as_slice(),
                recording.to_client.as_slice()
            ),
            (&b"hello"[..], &b"hello"[..])
        );
    }

    #[tokio::test]
    async fn an_answer_is_cut_where_ordered() {
        let proxy = Proxy::before(echo().await).await;
        proxy.harm(Harm {
            cut_answer_after: Some(3),
            ..Harm::default()
        });
        assert_eq!(exchange(proxy.address(), b"hello").await, b"hel");
        proxy.harm(Harm {
            cut_request_after: Some(2),
            ..Harm::default()
        });
        assert!(exchange(proxy.address(), b"hello").await.len() <= 2);
        assert_eq!(proxy.recording().to_server, b"hellohe");
    }
}
