//! The server: one thread, one `select` over all sockets, a queue for each client.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use rustix::fd::{AsRawFd, RawFd};

use crate::conversation::{Client, accept, hear, ignore, listen, tell};
use crate::select::{PAUSE, SERVED, ring_at_ctrl_c, select};
use crate::{complain, print, say, why};

/// Windows' sets have 64 places, two of which are the listener's and the doorbell's.
const MOST: usize = if cfg!(windows) { 62 } else { usize::MAX };

/// By the number of the socket, which is what `select` answers.
type Clients = BTreeMap<RawFd, Client>;

/// Serves all clients, until Ctrl-C. What goes wrong with one of them is told in one line,
/// and ends that one alone.
///
/// # Errors
/// When the address cannot be had.
pub fn run(bind: SocketAddr, rounds: bool) -> io::Result<()> {
    let listener = listen(bind)?;
    let doorbell = ring_at_ctrl_c()?;
    say(&format!("listening on {}", listener.local_addr()?));
    let mut clients = Clients::new();
    let mut closed_until = Instant::now();
    let mut ending = false;
    while !ending || !clients.is_empty() {
        // What is worth waiting for has changed: the lists are made anew.
        let mut inputs = vec![doorbell.as_raw_fd()];
        let rest = closed_until.saturating_duration_since(Instant::now());
        if !ending && rest.is_zero() {
            inputs.push(listener.as_raw_fd());
        }
        let mut outputs = vec![];
        for (number, client) in &clients {
            if client.open && !client.full {
                inputs.push(*number);
            }
            if !client.queue.is_empty() {
                outputs.push(*number);
            } else if ending {
                // Our end comes after what was queued. Then we wait for the client's.
                let _ = client.socket.shutdown(Shutdown::Write);
            }
        }
        print();
        let lists = [&inputs[..], &outputs, &inputs];
        let ready = select(lists, (!rest.is_zero()).then_some(rest));
        if rounds {
            complain(&told(lists, &ready, &clients));
        }
        let [readable, writable, exceptional] = ready;
        for number in exceptional {
            with(&mut clients, number, |client| {
                say(&format!("{} has something urgent to say", client.peer));
                Ok(())
            });
        }
        for number in writable {
            with(&mut clients, number, tell);
        }
        for number in readable {
            if number == doorbell.as_raw_fd() {
                ending = doorbell.recv(&mut [0]).is_ok();
                continue;
            }
            if number != listener.as_raw_fd() {
                with(&mut clients, number, if ending { ignore } else { hear });
                continue;
            }
            match accept(&listener) {
                Ok(client) if clients.len() < MOST => {
                    say(&format!("{} connected", client.peer));
                    SERVED.fetch_add(1, Relaxed);
                    clients.insert(client.socket.as_raw_fd(), client);
                }
                Ok(client) => complain(&format!("{} refused: no place", client.peer)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => {
                    complain(&format!("accept: {error}; trying again"));
                    closed_until = Instant::now() + PAUSE;
                }
            }
        }
    }
    print();
    Ok(())
}

/// Does `act` with a client. If it fails, this client has to go, and no other.
fn with(clients: &mut Clients, number: RawFd, act: fn(&mut Client) -> io::Result<()>) {
    // It may have gone in this very round: this is where the article's server dies.
    let Some(client) = clients.get_mut(&number) else { return };
    match act(client) {
        Ok(()) if client.open || !client.queue.is_empty() => return,
        Ok(()) => say(&format!("{} closed", client.peer)),
        // Not ready after all: another round, then.
        Err(error) if error.kind() == ErrorKind::WouldBlock => return,
        Err(error) => complain(&format!("{}: {}", client.peer, why(&error))),
    }
    clients.remove(&number);
}

/// A round in words: who is waited for, and [in brackets] who is ready.
fn told(lists: [&[RawFd]; 3], ready: &[Vec<RawFd>; 3], clients: &Clients) -> String {
    let mut words = vec![];
    for (kind, what) in ["read", "write", "exceptional"].into_iter().enumerate() {
        words.push(what.to_owned());
        for number in lists[kind] {
            let peer = clients.get(number).map(|client| client.peer.to_string());
            let name = peer.unwrap_or("us".to_owned());
            let is_ready = ready[kind].contains(number);
            words.push(if is_ready { format!("[{name}]") } else { name });
        }
    }
    words.join(" ")
}
