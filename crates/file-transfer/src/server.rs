//! The server: a thread for each client, and a file from each of them.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::Rules;
use crate::clients::{AT_ONCE, Clients, Place};
use crate::console::{complain, count, reason, say};
use crate::endpoint::{end_in_order, listen_on, turn_away_the_queue};
use crate::incoming::{self, Incoming};
use crate::name;
use crate::protocol::{Kind, parse_size};
use crate::stop::Stop;
use crate::talk::{End, Talk, part};
use crate::text::printable;

/// The pause after a failed `accept`: out of descriptors now does not mean out of them a
/// moment later.
const PAUSE: Duration = Duration::from_millis(200);

const STOPPING: &str = "the server is stopping";

// ANCHOR: server
struct Server {
    rules: Rules,
    stop: Stop,
    clients: Clients,
    received: AtomicUsize,
}
// ANCHOR_END: server

// ANCHOR: main
/// Parse, bind, announce, run.
pub fn main(bind: &str, rules: Rules) -> Result<(), String> {
    let swept = incoming::prepare(&rules.dir)?;
    let (listener, address) = listen_on(bind, TcpListener::bind)?;
    let stop = Stop::on_ctrl_c(address)
        .map_err(|error| format!("cannot watch for Ctrl-C: {}", reason(&error)))?;
    let clients = Clients::default();
    let server = Server { rules, stop, clients, received: AtomicUsize::new(0) };

    say(format_args!("listening on {address}"));
    if !swept.is_empty() {
        complain(format_args!("removed {swept} of a server that was killed"));
    }
    server.run(&listener);
    say(format_args!("received {}", count(server.received.into_inner(), "file")));
    Ok(())
}
// ANCHOR_END: main

impl Server {
    // ANCHOR: run
    /// A thread for each client, until Ctrl-C; when this returns, all have ended.
    fn run(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            while let Some((connection, peer)) = self.next_client(listener) {
                let place = self.clients.take_in(connection);
                let connection = Arc::clone(&place.connection);
                let thread = thread::Builder::new()
                    .spawn_scoped(scope, move || self.serve(&place, peer));
                if let Err(error) = thread {
                    complain(format_args!(
                        "{peer}: no thread for it: {}",
                        reason(&error)
                    ));
                    if let Ok(mut talk) = Talk::new(&connection, PAUSE) {
                        talk.give_up("the server has no thread left");
                    }
                    end_in_order(&connection);
                    thread::sleep(PAUSE);
                }
            }
            turn_away_the_queue(listener);
            self.clients.end();
        });
        // Those who came while the last threads ended.
        turn_away_the_queue(listener);
    }

    /// The next client, once there is a place for it, or none after Ctrl-C.
    fn next_client(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
        let mut told = false;
        while !self.stop.requested() {
            let trouble = if self.clients.have_a_place(PAUSE) {
                match listener.accept() {
                    Ok((connection, _)) if self.stop.requested() => {
                        end_in_order(&connection);
                        return None;
                    }
                    Ok(client) => return Some(client),
                    // It was gone before we came to it.
                    Err(error) if error.kind() == ErrorKind::ConnectionAborted => {
                        continue;
                    }
                    // Most likely all descriptors are in use.
                    Err(error) => {
                        thread::sleep(PAUSE);
                        reason(&error)
                    }
                }
            } else {
                format!("{AT_ONCE} are served")
            };
            if !told {
                complain(format_args!("new clients have to wait: {trouble}"));
                told = true;
            }
        }
        None
    }
    // ANCHOR_END: run

    // ANCHOR: serve
    /// One client, from its greeting to its end. What goes wrong ends this transfer
    /// alone; both sides learn why.
    fn serve(&self, place: &Place<'_>, peer: SocketAddr) {
        say(format_args!("{peer} connected"));
        match Talk::new(&place.connection, self.rules.timeout) {
            Ok(mut talk) => {
                if let Err(end) = self.receive(&mut talk, place, peer) {
                    self.tell(end, &mut talk, peer);
                }
            }
            Err(error) => complain(format_args!("{peer}: {}", reason(&error))),
        }
        place.stops_talking();
        part(&place.connection);
        say(format_args!("{peer} closed"));
    }

    fn tell(&self, end: End, talk: &mut Talk<'_>, peer: SocketAddr) {
        let end = match end {
            // After Ctrl-C it was we who ended the client's side.
            End::Left | End::Lost(_) if self.stop.requested() => {
                STOPPING.to_owned().into()
            }
            end => end,
        };
        match end {
            End::WeGiveUp(why) => {
                talk.give_up(&why);
                complain(format_args!("{peer} refused: {why}"));
            }
            End::TheyGiveUp(why) => complain(format_args!("{peer} gave up: {why}")),
            End::Left => complain(format_args!("{peer} left too early")),
            End::Lost(why) => complain(format_args!("{peer} {why}")),
        }
    }
    // ANCHOR_END: serve

    // ANCHOR: receive
    /// The conversation, step by step.
    fn receive(
        &self,
        talk: &mut Talk<'_>,
        place: &Place<'_>,
        peer: SocketAddr,
    ) -> Result<(), End> {
        let greeting = talk.expect(Kind::Greeting)?;
        say(format_args!("{peer} says: {}", printable(greeting)));
        talk.say(Kind::Ready, "准备好了，请发吧".as_bytes())?;

        let (size, name) = self.agree(talk, peer)?;
        let mut incoming = Incoming::new(&self.rules.dir)?;
        talk.say(Kind::Accepted, "大小和名字都收到了，请发内容".as_bytes())?;

        let theirs = self.receive_bytes(talk, size, &mut incoming)?;
        say(format_args!("{peer} digest: {theirs}"));
        verify(talk, incoming.digest(), theirs)?;

        // After Ctrl-C it may be we who ended the client's side.
        if self.stop.requested() {
            return Err(STOPPING.to_owned().into());
        }
        // From here on the file is kept, whatever happens: Ctrl-C waits for it.
        place.stops_talking();
        let name = incoming.keep(&name, self.rules.on_conflict)?;
        self.received.fetch_add(1, Ordering::Relaxed);
        say(format_args!("{peer} kept: {name}, {size} bytes"));
        talk.say(Kind::Confirmed, format!("收完了：{name}").as_bytes())
    }

    /// The size and the name of the file, if we can take it.
    fn agree(
        &self,
        talk: &mut Talk<'_>,
        peer: SocketAddr,
    ) -> Result<(u64, String), End> {
        // STEP 3: hear the size and the name, and refuse what we cannot take
        let Rules { dir, on_conflict, max_size, .. } = &self.rules;
        let digits = talk.expect(Kind::Size)?;
        say(format_args!("{peer} size: {}", printable(digits)));
        let size = parse_size(digits)?;
        if max_size.is_some_and(|most| size > most) {
            return Err("the size is over the limit".to_owned().into());
        }
        // Where the system does not tell, the disk tells when it is full.
        if fs4::available_space(dir).is_ok_and(|free| size > free) {
            return Err("the size is over the free space".to_owned().into());
        }

        let bytes = talk.expect(Kind::Name)?;
        say(format_args!("{peer} name: {}", printable(bytes)));
        let name = name::check(bytes)?.to_owned();
        incoming::check(dir, &name, *on_conflict)?;
        Ok((size, name))
    }

    /// The bytes of the file, and the digest that its sender made of them.
    fn receive_bytes(
        &self,
        talk: &mut Talk<'_>,
        size: u64,
        incoming: &mut Incoming,
    ) -> Result<blake3::Hash, End> {
        // STEP 5: take in the bytes, until the digest comes where it has to
        loop {
            if self.stop.requested() {
                return Err(STOPPING.to_owned().into());
            }
            let came = incoming.length();
            match talk.hear() {
                Ok((Kind::Bytes, bytes)) if bytes.len() as u64 > size - came => {
                    return Err(format!("more than the {size} bytes announced").into());
                }
                Ok((Kind::Bytes, bytes)) => incoming.push(bytes)?,
                Ok((Kind::Digest, _)) if came < size => {
                    return Err(format!(
                        "the digest came after {came} of {size} bytes"
                    )
                    .into());
                }
                Ok((Kind::Digest, digest)) => {
                    let digest = blake3::Hash::from_slice(digest);
                    return digest.map_err(|error| error.to_string().into());
                }
                Ok((kind, _)) => {
                    return Err(format!("{kind} came among the bytes").into());
                }
                Err(end) => return Err(cut_short(end, came, size)),
            }
        }
    }
    // ANCHOR_END: receive
}

// ANCHOR: verify
/// The end of a conversation among the bytes: how many had come?
fn cut_short(end: End, came: u64, size: u64) -> End {
    let why = match end {
        End::Left => "left".to_owned(),
        End::Lost(why) => why,
        end => return end,
    };
    End::Lost(format!("{why} after {came} of {size} bytes; nothing is kept"))
}

/// Both sides have the same bytes, and the client has ended its side.
fn verify(
    talk: &mut Talk<'_>,
    ours: blake3::Hash,
    theirs: blake3::Hash,
) -> Result<(), End> {
    // STEP 6: compare the digests, and see that nothing follows
    if ours != theirs {
        return Err(format!("the bytes that came have the digest {ours}").into());
    }
    match talk.hear() {
        Err(End::Left) => Ok(()),
        Ok((kind, _)) => Err(format!("{kind} came after the end").into()),
        Err(end) => Err(end),
    }
}
// ANCHOR_END: verify
