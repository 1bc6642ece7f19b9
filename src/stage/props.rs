//! What the guide plays itself: peers, web servers, addresses on which nobody answers, a
//! tap on the wire, a folder.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{SockRef, Socket};

use super::A_MOMENT;
use super::folder::Folder;
use super::peer::Peer;
use super::running::while_none_is_started;
use super::tap::Tap;
use super::web::{Web, nobody};
use crate::scene::bytes::{counted, printable};
use crate::scene::deed::Deed;
use crate::scene::frame::frame;
use crate::scene::names::Names;

/// What is to be seen of somebody whose call nobody has answered.
const STILL_WAITS: &str = "still waits after 300ms: neither connected nor refused";

/// All of it.
#[derive(Default)]
pub struct Props {
    /// How long a wait may last.
    patience: Duration,
    peers: BTreeMap<String, Peer>,
    datagrams: BTreeMap<String, UdpSocket>,
    attempts: BTreeMap<String, Receiver<io::Result<TcpStream>>>,
    web: Web,
    tap: Option<Tap>,
    folder: Option<Folder>,
    /// Sockets that have to be there to the end of the scene.
    kept: Vec<Socket>,
}

/// What somebody does.
pub struct Act<'a> {
    /// Who.
    pub name: &'a str,
    /// What.
    pub deed: &'a Deed,
    /// The bytes that it tells of.
    pub said: &'a [u8],
    /// Whether all that has come is received, and not only as much as is told.
    pub takes_all: bool,
    /// Whether no program runs any more, so that a request is waited for in vain.
    pub all_have_ended: &'a dyn Fn() -> bool,
    /// What was seen, if that is not what the scene tells; the last of it is in its place.
    pub seen: Vec<String>,
}

impl Props {
    /// None yet.
    pub fn new(patience: Duration) -> Self {
        Self { patience, ..Self::default() }
    }

    /// Does it, or waits for it.
    ///
    /// # Errors
    /// When it cannot be done, or does not come.
    pub fn does(&mut self, act: &mut Act<'_>, names: &mut Names) -> io::Result<()> {
        let form = act.deed.form;
        if form.contains("datagram") {
            return self.posts(act, names);
        }
        if act.deed.brings_in() {
            return self.brings_in(act, names);
        }
        match act.name {
            "tap" => self.tap()?.does(form, act.deed.number(), self.patience)?,
            "folder" => act.seen.extend(self.folder(names)?.does(act.deed, act.said)?),
            _ => self.talks(act, names)?,
        }
        Ok(())
    }

    /// Somebody comes, or comes to listen.
    fn brings_in(&mut self, act: &mut Act<'_>, names: &mut Names) -> io::Result<()> {
        let Act { name, deed, all_have_ended, .. } = *act;
        let patience = self.patience;
        let has_limit = deed.form.ends_with("room");
        match deed.form {
            "connects to ADDRESS" | "connects to ADDRESS, with little room" => {
                let peer = Peer::connects(address(names, deed)?, has_limit, patience)?;
                self.enters(names, name, peer)?;
            }
            "begins to connect to ADDRESS" => {
                let (sender, answer) = mpsc::channel();
                let to = address(names, deed)?;
                thread::spawn(move || sender.send(TcpStream::connect(to)));
                self.attempts.insert(name.to_owned(), answer);
            }
            "receives METHOD PATH HTTP/TEXT" => {
                let path = names.meant(deed.argument("PATH"));
                let path = path.map_err(io::Error::other)?;
                let deadline = Instant::now() + patience;
                let over = || all_have_ended() || Instant::now() > deadline;
                let request = self.web.next(&path, over)?;
                let whole = deed.argument("TEXT").contains("\\r\\n");
                let told = if whole { &request.bytes } else { request.line() };
                act.seen.push(format!("receives {}", printable(told)));
                let peer = Peer::on(request.stream, patience)?;
                self.peers.insert(name.to_owned(), peer);
            }
            form if form.starts_with("has ") => {
                let (address, sockets) = nobody(has_limit)?;
                self.kept.extend(sockets);
                bind(names, deed, address);
            }
            form if form.contains("passes on") => {
                let has_limit = deed.form.contains("no more than");
                let passes = if has_limit { deed.number() } else { usize::MAX };
                let (tap, here) = Tap::before(address(names, deed)?, passes)?;
                bind(names, deed, here);
                self.tap = Some(tap);
            }
            _ => bind(names, deed, self.web.opens(has_limit)?),
        }
        Ok(())
    }

    /// Somebody uses a socket for datagrams, on a port of its own.
    fn posts(&mut self, act: &mut Act<'_>, names: &mut Names) -> io::Result<()> {
        let Act { name, deed, said, .. } = *act;
        if !self.datagrams.contains_key(name) {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.set_read_timeout(Some(self.patience))?;
            names.bind(name, &socket.local_addr()?.to_string());
            self.datagrams.insert(name.to_owned(), socket);
        }
        let socket = &self.datagrams[name];
        match deed.form {
            "listens for datagrams on 127.0.0.1:<NAME>" => {
                bind(names, deed, socket.local_addr()?);
            }
            "sends a datagram to ADDRESS: BYTES" => {
                socket.send_to(said, address(names, deed)?)?;
            }
            _ => {
                let mut buffer = vec![0; 65_536];
                let (length, from) = socket.recv_from(&mut buffer)?;
                let text = printable(&buffer[..length]);
                act.seen.push(format!("receives a datagram from {from}: {text}"));
            }
        }
        Ok(())
    }

    /// Somebody who has come does something with the connection.
    fn talks(&mut self, act: &mut Act<'_>, names: &mut Names) -> io::Result<()> {
        let Act { name, deed, said, takes_all, .. } = *act;
        let seen = &mut act.seen;
        let patience = self.patience;
        match deed.form {
            "is connected at once" | STILL_WAITS => {
                seen.push(match self.attempt(name)?.recv_timeout(A_MOMENT) {
                    Err(_) => STILL_WAITS.to_owned(),
                    Ok(Ok(_)) => "is connected at once".to_owned(),
                    Ok(Err(error)) => format!("is refused: {}", error.kind()),
                });
                return Ok(());
            }
            "is connected" => {
                let answer = self.attempt(name)?.recv_timeout(patience);
                let stream = answer.map_err(|_| ErrorKind::TimedOut)??;
                return self.enters(names, name, Peer::on(stream, patience)?);
            }
            _ => {}
        }
        let peer = self.peer(name)?;
        match deed.form {
            "sends: BYTES" | "sends N bytes: BYTES" => {
                peer.sends(said)?;
                let (count, text) = (counted(said.len()), deed.argument("BYTES"));
                seen.push(format!("sends {count}: {text}").trim_end().to_owned());
            }
            "sends a byte of urgent data: BYTES" => {
                SockRef::from(&peer.stream).send_out_of_band(said)?;
            }
            "begins to send N bytes, and reads nothing: BYTES" => {
                peer.begins_to_send(said.to_vec(), A_MOMENT)?;
            }
            "says: BYTES" => peer.sends(&frame(said))?,
            "half-closes" | "half-closes: sends no more, still listens" => {
                peer.stream.shutdown(Shutdown::Write)?;
            }
            "closes" => self.hangs_up(name, None)?,
            "closes, and is heard" => self.hangs_up(name, Some(patience))?,
            "resets the connection" => self.hangs_up(name, Some(Duration::ZERO))?,
            "receives N bytes: TEXT" => {
                let (mut bytes, outcome) = peer.receives(deed.number());
                if takes_all {
                    bytes.extend(peer.left()?.0);
                }
                seen.extend((!bytes.is_empty()).then(|| received(&bytes)));
                return outcome;
            }
            "receives its N bytes back, each in its place, with TEXT in between" => {
                peer.receives_back(deed.argument("TEXT"))?;
            }
            "hears: TEXT" => {
                let body = peer.receives_frame()?;
                seen.push(format!("hears: {}", printable(&body)));
            }
            "receives the end of the stream" | "receives a reset" => {
                let (rest, outcome) = peer.receives_the_rest();
                seen.extend((!rest.is_empty()).then(|| received(&rest)));
                seen.push(ended(outcome)?);
            }
            // It hears nothing.
            _ => {
                let heard = peer.hears(A_MOMENT)?;
                seen.extend(heard.then(|| "hears something".to_owned()));
            }
        }
        Ok(())
    }

    /// The folder, which is made when it is first needed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&mut self, names: &mut Names) -> io::Result<&Folder> {
        if self.folder.is_none() {
            let folder = Folder::new()?;
            let path = folder.path().display().to_string();
            // With `\`, a program that escapes what it shows would show something else.
            let path = if cfg!(windows) { path.replace('\\', "/") } else { path };
            names.bind("folder", &path);
            self.folder = Some(folder);
        }
        self.folder.as_ref().ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Somebody who is connected.
    ///
    /// # Errors
    /// When nobody is.
    pub fn peer(&mut self, name: &str) -> io::Result<&mut Peer> {
        self.peers.get_mut(name).ok_or_else(|| ErrorKind::NotConnected.into())
    }

    fn attempt(&self, name: &str) -> io::Result<&Receiver<io::Result<TcpStream>>> {
        self.attempts.get(name).ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// The tap.
    ///
    /// # Errors
    /// When there is none.
    pub fn tap(&self) -> io::Result<&Tap> {
        self.tap.as_ref().ok_or_else(|| ErrorKind::NotConnected.into())
    }

    fn enters(&mut self, names: &mut Names, name: &str, peer: Peer) -> io::Result<()> {
        names.bind(name, &peer.stream.local_addr()?.to_string());
        self.peers.insert(name.to_owned(), peer);
        Ok(())
    }

    /// Closes. It may be told how long close(2) waits until the other system has got the end
    /// of the stream; if not at all, a reset (RST) is sent in place of an end (FIN).
    fn hangs_up(&mut self, name: &str, lingers: Option<Duration>) -> io::Result<()> {
        if lingers.is_some() {
            SockRef::from(&self.peer(name)?.stream).set_linger(lingers)?;
        }
        let peer = self.peers.remove(name);
        while_none_is_started(|| drop(peer));
        Ok(())
    }

    /// What has come for peers, and was not received.
    ///
    /// # Errors
    /// None that a caller can mend.
    pub fn left(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut told = Vec::new();
        for (name, peer) in self.peers.iter_mut().filter(|(_, peer)| !peer.deaf) {
            let (bytes, end) = peer.left()?;
            if !bytes.is_empty() {
                told.push((name.clone(), received(&bytes)));
            }
            if let Ok(end) = ended(end) {
                peer.deaf = true;
                told.push((name.clone(), end));
            }
        }
        Ok(told)
    }
}

/// How a stream has ended.
fn ended(outcome: io::Result<()>) -> io::Result<String> {
    match outcome {
        Ok(()) => Ok("receives the end of the stream".to_owned()),
        Err(why) if why.kind() == ErrorKind::ConnectionReset => {
            Ok("receives a reset".to_owned())
        }
        Err(why) => Err(why),
    }
}

fn received(bytes: &[u8]) -> String {
    format!("receives {}: {}", counted(bytes.len()), printable(bytes))
}

fn address(names: &Names, deed: &Deed) -> io::Result<SocketAddr> {
    let address = names.filled_in(deed.argument("ADDRESS"));
    let wrong = |_| io::Error::other(format!("{address} is no address"));
    address.parse().map_err(wrong)
}

fn bind(names: &mut Names, deed: &Deed, address: SocketAddr) {
    names.bind(deed.argument("NAME"), &address.port().to_string());
}
