//! A name server with the answers of a test, each good for no time at all.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::net::UdpSocket;

/// Questions (RFC 1035 §3.2.2, RFC 3596).
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

#[derive(Default)]
struct Book {
    /// Each round of questions gets the next list; the last stays.
    answers: HashMap<String, Vec<Vec<IpAddr>>>,
    aliases: HashMap<String, String>,
    asked: HashMap<(String, u16), usize>,
}

#[derive(Clone)]
pub(crate) struct NameServer(Arc<Mutex<Book>>);

impl NameServer {
    pub(crate) async fn start(address: &str) -> Self {
        let socket = UdpSocket::bind(address).await.unwrap();
        let server = Self(Arc::default());
        let book = server.clone();
        tokio::spawn(async move {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                if let Some(answer) = book.reply(&packet[..length]) {
                    // Who asked may be gone already.
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        server
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    pub(crate) fn answer(&self, name: &str, rounds: &[&[&str]]) {
        let lists = rounds
            .iter()
            .map(|list| list.iter().map(|text| text.parse().unwrap()).collect())
            .collect();
        self.book().answers.insert(name.to_owned(), lists);
    }

    pub(crate) fn alias(&self, name: &str, target: &str) {
        self.book()
            .aliases
            .insert(name.to_owned(), target.to_owned());
    }

    /// How often a name was asked for.
    pub(crate) fn asked(&self, name: &str) -> usize {
        let book = self.book();
        book.asked.get(&(name.to_owned(), A)).copied().unwrap_or(0)
    }

    fn reply(&self, question: &[u8]) -> Option<Vec<u8>> {
        let (name, end) = name_of(question, 12)?;
        let kind = u16::from_be_bytes(question.get(end..end + 2)?.try_into().ok()?);
        let mut book = self.book();
        let round = book.asked.entry((name.clone(), kind)).or_default();
        *round += 1;
        let round = *round - 1;
        let alias = book.aliases.get(&name).cloned();
        let found = alias.clone().unwrap_or_else(|| name.clone());
        let list = book
            .answers
            .get(&found)
            .map_or_else(Vec::new, |lists| lists[round.min(lists.len() - 1)].clone());
        let mut records = Vec::new();
        if let Some(target) = alias {
            records.push((CNAME, encoded(&target)));
        }
        for address in list {
            match (kind, address) {
                (A, IpAddr::V4(address)) => records.push((A, address.octets().to_vec())),
                (AAAA, IpAddr::V6(address)) => records.push((AAAA, address.octets().to_vec())),
                _ => {}
            }
        }
        let mut answer = question.get(..2)?.to_vec();
        answer.extend([0x81, 0x80, 0, 1]);
        answer.extend(u16::try_from(records.len()).ok()?.to_be_bytes());
        answer.extend([0, 0, 0, 0]);
        answer.extend(question.get(12..end + 4)?);
        let mut owner = encoded(&name);
        for (kind, data) in records {
            answer.extend(&owner);
            answer.extend(kind.to_be_bytes());
            answer.extend([0, 1, 0, 0, 0, 0]);
            answer.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
            answer.extend(&data);
            if kind == CNAME {
                owner = data;
            }
        }
        Some(answer)
    }
}

/// The name at a place, and where it ends.
fn name_of(packet: &[u8], mut place: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*packet.get(place)?);
        place += 1;
        if length == 0 {
            return Some((labels.join(".").to_lowercase(), place));
        }
        let label = packet.get(place..place + length)?;
        labels.push(String::from_utf8_lossy(label).into_owned());
        place += length;
    }
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
