//! What waits to be sent to one client.

/// A client for whom so many bytes have gone into the queue since it was last empty has
/// not read for a while.
pub const FULL: usize = 64 * 1024;

// ANCHOR: queue
/// Bytes in order, of which the system may have taken the first ones already.
#[derive(Default)]
pub struct Queue {
    bytes: Vec<u8>,
    sent: usize,
}

impl Queue {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What has not been taken yet.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// Notes that the system took the first `count` bytes of the rest: `send` may take
    /// a part, and the next one has to go on from there.
    pub fn took(&mut self, count: usize) {
        self.sent += count;
        if self.is_empty() {
            self.bytes.clear();
            self.sent = 0;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// True from `FULL` bytes on until the queue is empty, and not just shorter: else a
    /// slow client would be read from, byte by byte, at the brink.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }
}
// ANCHOR_END: queue

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_whatever_the_system_takes() {
        let mut queue = Queue::default();
        let mut taken = Vec::new();
        let mut expected = Vec::new();
        for step in 0..1000_u32 {
            let bytes = step.to_be_bytes();
            queue.push(&bytes);
            expected.extend_from_slice(&bytes);
            // 0 to 7 bytes of what is there, in no even rhythm.
            let count = (step as usize * 5 % 8).min(queue.rest().len());
            taken.extend_from_slice(&queue.rest()[..count]);
            queue.took(count);
        }
        taken.extend_from_slice(queue.rest());
        assert_eq!(taken, expected);
    }

    #[test]
    fn is_full_until_it_is_empty() {
        let mut queue = Queue::default();
        queue.push(&vec![0; FULL - 1]);
        assert!(!queue.is_full());
        queue.push(&[0; 100]);
        assert!(queue.is_full());
        queue.took(FULL);
        assert!(queue.is_full() && !queue.is_empty());
        queue.took(99);
        assert!(!queue.is_full() && queue.is_empty());
    }
}
