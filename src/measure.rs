//! What servers cost on this machine: round trips, and memory for clients that
//! are silent; and what silent clients cost those who ask `select`, `poll` or a poller.
//! Servers and clients share its processors, so figures of one machine compare, and those
//! of two do not.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Played};
use crate::stage::programs::Programs;
use crate::stage::running::{Running, set_apart};

/// What a client says, time after time.
const MESSAGE: [u8; 64] = [b'x'; 64];

/// How long a client waits for its reply before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many clients are silent. Linux allows a program 1024 descriptors, unless told
/// otherwise, and a server of ours needs at most two for a client.
const IDLE: u32 = 200;

/// One alone, and more and more together.
const MANY: &[u32] = &[1, 10, 100];

/// The servers, how many clients each is measured with, and what it adds to a message.
const CONTENDERS: [(&str, &[u32], &str); 3] = [
    ("basic-tcp", &[1], " 我收到了"),
    ("threaded-server", MANY, " 我收到了"),
    ("select-server", MANY, SHORT),
];

/// What those add that serve many clients on one thread.
const SHORT: &str = "我收到了";

/// The servers that differ in how they ask who is ready.
const ASKING: [&str; 3] = ["first_select", "first_poll", "first_selector"];

/// Measures each server for about `time` with each number of clients, and prints a line
/// for each.
///
/// # Errors
/// When a server does not start, or a reply does not come within ten seconds.
pub fn measure(programs: &Programs, time: Duration, out: &mut dyn Write) -> Played {
    writeln!(out, "server           clients  round trips a second")?;
    for (name, clients, receipt) in CONTENDERS {
        for count in clients {
            let rate = Server::start(programs, name, receipt)?.rate(*count, time)?;
            writeln!(out, "{name:15}  {count:7}  {rate:20.0}")?;
        }
    }
    writeln!(out)?;
    // The first one serves one client at a time.
    for (name, _, receipt) in &CONTENDERS[1..] {
        let each = Server::start(programs, name, receipt)?.kib_per_client()?;
        let told = each.map(|kib| format!("{kib:.1} KiB each"));
        let told = told.unwrap_or("only Linux tells".to_owned());
        writeln!(out, "{name:15}  memory for {IDLE} silent clients: {told}")?;
    }
    writeln!(out, "\nserver           silent ones  round trips a second of one more")?;
    for name in ASKING {
        for count in [0, 100, 900] {
            let server = Server::start(programs, name, SHORT)?;
            let told = match server.clients(count) {
                Ok(_silent) => format!("{:.0}", server.rate(1, time)?),
                Err(error) => format!("more than it serves here ({error})"),
            };
            writeln!(out, "{name:15}  {count:11}  {told:>32}")?;
        }
    }
    Ok(())
}

/// A server that runs. It is killed when it goes out of scope.
struct Server {
    running: Running,
    address: String,
    /// The length of its reply.
    reply: usize,
}

impl Server {
    fn start(programs: &Programs, name: &str, receipt: &str) -> Played<Self> {
        // The small ones take their address as the second word.
        let bind = (!ASKING.contains(&name)).then_some("--bind");
        let mut command = programs.command(name, &["server"])?;
        command.args(bind).arg("127.0.0.1:0");
        let (out, stdout) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null());
        set_apart(&mut command);
        let running = Running::start(command)?;
        let (mut out, mut line) = (BufReader::new(out), String::new());
        out.read_line(&mut line)?;
        // The rest is forgotten: no server waits for somebody to read it.
        thread::spawn(move || io::copy(&mut out, &mut io::sink()));
        let address = line.trim_end().strip_prefix("listening on ").map(str::to_owned);
        let silent = || Failure::new(format!("{name} did not say where it listens"));
        let address = address.ok_or_else(silent)?;
        Ok(Self { running, address, reply: MESSAGE.len() + receipt.len() })
    }

    /// A client that has had a reply: all that it costs is there.
    fn client(&self) -> io::Result<TcpStream> {
        let mut client = TcpStream::connect(&self.address)?;
        client.set_read_timeout(Some(PATIENCE))?;
        client.set_nodelay(true)?;
        self.round_trip(&mut client)?;
        Ok(client)
    }

    fn clients(&self, count: u32) -> io::Result<Vec<TcpStream>> {
        (0..count).map(|_| self.client()).collect()
    }

    fn round_trip(&self, client: &mut TcpStream) -> io::Result<()> {
        client.write_all(&MESSAGE)?;
        client.read_exact(&mut vec![0; self.reply])
    }

    /// Round trips a second of so many clients together, each with one under way.
    fn rate(&self, clients: u32, time: Duration) -> Played<f64> {
        let all = self.clients(clients)?;
        let start = Instant::now();
        let talk = |mut client: TcpStream| {
            let mut trips = 0;
            while start.elapsed() < time {
                self.round_trip(&mut client)?;
                trips += 1;
            }
            Ok(trips)
        };
        let trips: u32 = thread::scope(|scope| {
            let talks = all.into_iter().map(|client| scope.spawn(move || talk(client)));
            let threads: Vec<_> = talks.collect();
            let trips = threads.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
            });
            trips.sum::<io::Result<u32>>()
        })?;
        Ok(f64::from(trips) / start.elapsed().as_secs_f64())
    }

    /// KiB of the server's own memory for each client that has said one thing and then
    /// nothing more. What the system keeps for a connection is not in it.
    fn kib_per_client(&self) -> Played<Option<f64>> {
        // The first client brings in what all need.
        let _first = self.client()?;
        let before = self.running.resident_kib();
        let _silent = self.clients(IDLE)?;
        let after = self.running.resident_kib();
        Ok(before.zip(after).map(|(before, after)| {
            f64::from(after.saturating_sub(before)) / f64::from(IDLE)
        }))
    }
}
