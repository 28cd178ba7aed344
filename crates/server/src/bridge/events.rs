//! Reading a stream of server-sent events (WHATWG HTML, section 9.2) piece by piece: only the data matters.
//!
//! Must not know: what the data is.

/// Collects bytes and gives out the data of each event once it is whole.
#[derive(Debug, Default)]
pub(super) struct Events {
    rest: Vec<u8>,
    data: Vec<String>,
}

impl Events {
    /// Takes the next bytes; gives the data of events that ended in them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut whole = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            self.line(line.trim_end_matches(['\r', '\n']), &mut whole);
        }
        whole
    }

    fn line(&mut self, line: &str, whole: &mut Vec<String>) {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data).join("\n");
            if !data.is_empty() {
                whole.push(data);
            }
        } else if let Some(data) = line.strip_prefix("data:") {
            self.data
                .push(data.strip_prefix(' ').unwrap_or(data).to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn events_end_with_an_empty_line() {
        let mut events = Events::default();
        assert!(events.push(b": ping\n\nid: 1\ndata: {\"a\":").is_empty());
        assert_eq!(
            events.push(b"1}\r\n\r\ndata:x\ndata: y\n\ndata: late"),
            ["{\"a\":1}", "x\ny"]
        );
        assert_eq!(events.push(b"\n\n"), ["late"]);
    }

    proptest! {
        #[test]
        fn where_the_pieces_are_cut_does_not_matter(cuts in prop::collection::vec(0_usize..60, 0..6)) {
            let stream = "data: {\"\u{fc}\":1}\n\n: x\n\nevent: message\ndata: two\n\n".as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut events = Events::default();
            let found: Vec<String> = cuts
                .windows(2)
                .flat_map(|pair| events.push(&stream[pair[0]..pair[1]]))
                .collect();
            prop_assert_eq!(found, ["{\"\u{fc}\":1}", "two"]);
        }
    }
}
