//! A server that speaks HTTP by hand, and badly: heads and lengths that no library would send.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};
use url::Url;

const ME: &str = r#"{"organization_id":"O1","user_id":"U1","username":"ada@small.test"}"#;

/// Where a head that drips waits.
const DRIP: Duration = Duration::from_millis(5);

pub(crate) struct Rough {
    pub(crate) base: Url,
    /// Bytes of the endless head that went out.
    pub(crate) head: Arc<AtomicUsize>,
}

impl Rough {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let head = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&head);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that closes in the middle is what some tests are about.
                tokio::spawn(speak(stream, Arc::clone(&counted)));
            }
        });
        Self { base, head }
    }
}

async fn speak(mut stream: TcpStream, head: Arc<AtomicUsize>) -> std::io::Result<()> {
    while let Some(path) = asked(&mut stream).await? {
        match path.as_str() {
            "/me" => write(&mut stream, ME.len(), ME).await?,
            "/data/long-head" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await?;
                let piece = [b'a'; 16 * 1024];
                // a gigabyte, for whoever takes it
                for _ in 0..64 * 1024 {
                    stream.write_all(&piece).await?;
                    head.fetch_add(piece.len(), Ordering::SeqCst);
                }
                return Ok(());
            }
            "/data/many-headers" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                loop {
                    stream.write_all(b"x-more: and more\r\n").await?;
                    head.fetch_add(18, Ordering::SeqCst);
                }
            }
            "/data/dripping-head" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx-slow: ").await?;
                loop {
                    stream.write_all(b"a").await?;
                    tokio::time::sleep(DRIP).await;
                }
            }
            "/data/overlong" => write(&mut stream, 5, "five, and more").await?,
            "/data/short" => {
                write(&mut stream, 50, "not fifty").await?;
                return Ok(());
            }
            _ => write(&mut stream, 2, "ok").await?,
        }
    }
    Ok(())
}

async fn write(stream: &mut TcpStream, announced: usize, body: &str) -> std::io::Result<()> {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {announced}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}

/// The path of the next request.
async fn asked(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => text.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let text = String::from_utf8(text).unwrap();
    Ok(text.split(' ').nth(1).map(str::to_owned))
}
