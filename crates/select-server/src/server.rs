//! The server: one thread, one `select` over all sockets, a queue for each client.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::console::{complain, count, reason, say, show};
use crate::conversation::Conversation;
use crate::endpoint::{end_in_order, listen_on, turn_away_the_queue};
use crate::reception::{Reception, listen};
use crate::select::{AsFd, AsRawFd, BorrowedFd, CAPACITY, RawFd, Ready, select};
use crate::{rounds, stop};

/// How many new clients a round takes in at most.
const PER_ROUND: usize = 64;

/// How long after Ctrl-C clients may take to read what is queued for them.
const GRACE: Duration = Duration::from_millis(500);

// ANCHOR: server
struct Server {
    reception: Reception,
    /// Readable after Ctrl-C.
    doorbell: UdpSocket,
    /// By the number of their socket, which is what `select` answers.
    clients: BTreeMap<RawFd, Conversation>,
    served: usize,
    /// What this round has to tell: printed at its end, in one write.
    lines: String,
    rounds: bool,
    send_buffer: Option<usize>,
}
// ANCHOR_END: server

// ANCHOR: main
/// Parse, bind, announce, run.
pub fn main(
    bind: &str,
    rounds: bool,
    send_buffer: Option<usize>,
) -> Result<(), String> {
    let (listener, address) = listen_on(bind, listen)?;
    let doorbell = stop::on_ctrl_c()
        .map_err(|error| format!("cannot watch for Ctrl-C: {}", reason(&error)))?;
    let mut server = Server {
        reception: Reception::open(listener),
        doorbell,
        clients: BTreeMap::new(),
        served: 0,
        lines: String::new(),
        rounds,
        send_buffer,
    };

    say(format_args!("listening on {address}"));
    server.run().map_err(|error| format!("select: {}", reason(&error)))?;
    say(format_args!("served {}", count(server.served, "client")));
    Ok(())
}
// ANCHOR_END: main

impl Server {
    // ANCHOR: run
    fn run(&mut self) -> io::Result<()> {
        // STEP 2: go through what is ready, round by round, until Ctrl-C
        loop {
            let ready = self.wait()?;
            if ready.readable.contains(&self.doorbell.as_raw_fd()) {
                break;
            }
            self.each(&ready.readable, Conversation::hear);
            self.each(&ready.writable, Conversation::tell);
            self.each(&ready.exceptional, |client, lines| {
                client.hear_urgent(lines);
                Ok(())
            });
            if ready.readable.contains(&self.reception.listener.as_raw_fd()) {
                self.accept();
            }
            self.print();
        }
        self.finish()
    }

    /// Makes the three lists anew, since what is worth waiting for has changed, and
    /// sleeps until something of it is there.
    fn wait(&mut self) -> io::Result<Ready> {
        // STEP 3: make the three lists and sleep in select
        let mut inputs = vec![self.doorbell.as_fd()];
        let rest = self.reception.rest();
        if rest.is_none() {
            inputs.push(self.reception.listener.as_fd());
        }
        inputs.extend(self.those(Conversation::listens));
        let outputs: Vec<_> = self.those(Conversation::has_to_tell).collect();
        let exceptions: Vec<_> = self.those(Conversation::expects_urgent).collect();

        let ready = select(&inputs, &outputs, &exceptions, rest)?;
        if self.rounds {
            let sets = [&inputs[..], &outputs, &exceptions];
            complain(rounds::describe(sets, &ready, |number| self.name(number)));
        }
        Ok(ready)
    }

    fn those(
        &self,
        who: fn(&Conversation) -> bool,
    ) -> impl Iterator<Item = BorrowedFd<'_>> {
        let clients = self.clients.values().filter(move |client| who(client));
        clients.map(|client| client.socket.as_fd())
    }

    /// Does `act` with each client of the list, and lets those go that are done.
    fn each(
        &mut self,
        ready: &[RawFd],
        act: fn(&mut Conversation, &mut String) -> io::Result<()>,
    ) {
        // STEP 4: act with each client that is still there, let go who is done
        for number in ready {
            // The list also holds the listener. And a client that is in two lists may
            // have gone when we come to the second: this is where the article's server
            // dies.
            let Some(client) = self.clients.get_mut(number) else { continue };
            match act(client, &mut self.lines) {
                Ok(()) if client.is_done() => {
                    self.lines += &format!("{} closed\n", client.peer);
                }
                Ok(()) => continue,
                Err(error) => {
                    let line = format!("{}: {}", client.peer, reason(&error));
                    self.complain(&line);
                }
            }
            if let Some(client) = self.clients.remove(number) {
                end_in_order(&client.socket);
            }
        }
    }
    // ANCHOR_END: run

    // ANCHOR: accept
    /// Takes in the clients that wait, but not without end: the others want their turn.
    fn accept(&mut self) {
        self.print();
        for already in 0..PER_ROUND {
            let Some((socket, peer)) = self.reception.next(already == 0) else { break };
            self.welcome(socket, peer);
        }
    }
    // ANCHOR_END: accept

    fn welcome(&mut self, socket: TcpStream, peer: SocketAddr) {
        // The listener and the doorbell are in the set too.
        if let Some(capacity) = CAPACITY
            && self.clients.len() + 2 >= capacity
        {
            self.complain(&format!(
                "{peer} refused: select takes {capacity} sockets on this system"
            ));
            end_in_order(&socket);
            return;
        }
        let number = socket.as_raw_fd();
        match Conversation::new(socket, peer, self.send_buffer) {
            Ok(client) => {
                self.lines += &format!("{peer} connected\n");
                self.served += 1;
                self.clients.insert(number, client);
            }
            Err(error) => self.complain(&format!("{peer}: {}", reason(&error))),
        }
    }

    // ANCHOR: finish
    /// After Ctrl-C: no new clients, nothing more is read, and what is queued goes out
    /// to those who read it in time.
    fn finish(&mut self) -> io::Result<()> {
        // STEP 9: take in nobody, hear nobody, and send what is queued
        turn_away_the_queue(&self.reception.listener);
        let deadline = Instant::now() + GRACE;
        for client in self.clients.values_mut().filter(|client| client.open) {
            client.hear_end(&mut self.lines);
        }
        let all: Vec<_> = self.clients.keys().copied().collect();
        self.each(&all, |_, _| Ok(()));
        self.print();

        while !self.clients.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let outputs: Vec<_> = self.those(Conversation::has_to_tell).collect();
            let ready = select(&[], &outputs, &[], Some(left))?;
            self.each(&ready.writable, Conversation::tell);
            self.print();
        }
        for client in self.clients.values() {
            complain(format_args!("{} did not read all of its replies", client.peer));
            end_in_order(&client.socket);
        }
        // Those who came meanwhile, or for whom no descriptor was left.
        self.clients.clear();
        turn_away_the_queue(&self.reception.listener);
        Ok(())
    }
    // ANCHOR_END: finish

    fn print(&mut self) {
        if !self.lines.is_empty() {
            show(&self.lines);
            self.lines.clear();
        }
    }

    /// On stderr, after what came before it on stdout.
    fn complain(&mut self, line: &str) {
        self.print();
        complain(line);
    }

    /// What `--rounds` calls a socket.
    fn name(&self, number: RawFd) -> String {
        match self.clients.get(&number) {
            Some(client) => client.peer.clone(),
            None if number == self.reception.listener.as_raw_fd() => {
                "listener".to_owned()
            }
            None => "ctrl-c".to_owned(),
        }
    }
}
