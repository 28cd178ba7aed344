//! Who may speak at the socket: the kernel says under which user the other end runs (`SO_PEERCRED`), and nothing
//! that the other end sends can change it.
//!
//! Must not know: what is asked.

use std::io;
use tokio::net::UnixStream;

/// Users whose processes are let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peers {
    own: u32,
    others: Vec<u32>,
}

impl Peers {
    /// The keeper's own user, and those that the configuration lists.
    pub const fn new(own: u32, others: Vec<u32>) -> Self {
        Self { own, others }
    }

    /// Whether a user is let in.
    pub fn admits(&self, user: u32) -> bool {
        user == self.own || self.others.contains(&user)
    }

    /// Asks the kernel.
    ///
    /// # Errors
    /// `PermissionDenied` for anybody else, with their user's number.
    pub(crate) fn check(&self, stream: &UnixStream) -> io::Result<()> {
        let user = stream.peer_cred()?.uid();
        if self.admits(user) {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("user {user} may not speak with the keeper"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_but_the_listed_users_is_let_in() {
        // proves V10
        let peers = Peers::new(1000, vec![1001]);
        assert!(peers.admits(1000) && peers.admits(1001));
        assert!(!peers.admits(1002) && !peers.admits(0));
    }

    #[tokio::test]
    async fn the_kernel_says_who_it_is() {
        let (stream, _other) = UnixStream::pair().unwrap();
        let me = stream.peer_cred().unwrap().uid();
        assert!(Peers::new(me, Vec::new()).check(&stream).is_ok());
        let refused = Peers::new(me + 1, Vec::new()).check(&stream).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
