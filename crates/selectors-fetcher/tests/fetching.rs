//! Runs the program against servers of our own, and checks both of its streams, its exit
//! code and how often it waited.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// For a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

fn fetcher(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selectors-fetcher"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn output_of(mut command: Command) -> Output {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(command.output()));
    receiver.recv_timeout(PATIENCE).expect("it ends in time").unwrap()
}

/// The exit code and both streams.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = output_of(fetcher(arguments));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Answers each connection on a thread of its own, once it has the request.
fn serve(answer: impl Fn(&str, TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    // More than come at once: Linux may reset those that find the queue full.
    socket.listen(1024).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    serve_on(listener, answer);
    address
}

fn serve_on(
    listener: TcpListener,
    answer: impl Fn(&str, TcpStream) + Send + Sync + 'static,
) {
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_write_timeout(Some(PATIENCE)).unwrap();
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut request = Vec::new();
                let mut buffer = [0; 1024];
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut buffer) {
                        Ok(length @ 1..) => request.extend(&buffer[..length]),
                        _ => return,
                    }
                }
                let request = String::from_utf8(request).unwrap();
                let path = request.split(' ').nth(1).unwrap().to_owned();
                answer(&path, stream);
            });
        }
    });
}

fn page(body: &[u8]) -> Vec<u8> {
    let header = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [header.as_bytes(), body].concat()
}

/// What the summary says of the number of waits.
fn waits(stderr: &str) -> usize {
    let told = stderr.split(", in ").nth(1).unwrap_or_else(|| panic!("{stderr}"));
    told.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_page_comes_out_byte_for_byte() {
    let body: Vec<u8> = (0..1_500_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let whole = page(&body);
    let answer = whole.clone();
    let address = serve(move |_, mut stream| stream.write_all(&answer).unwrap());
    let output = output_of(fetcher(&[&address.to_string()]));
    assert!(output.status.success());
    assert!(output.stdout == whole, "{} of {} bytes", output.stdout.len(), whole.len());
}

#[test]
fn a_complete_page_ends_a_fetch_even_if_the_server_keeps_the_connection() {
    for answer in [
        page(b"all of it"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
            .to_vec(),
        b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
    ] {
        let address = serve(move |_, mut stream| {
            stream.write_all(&answer).unwrap();
            // Until the other side hangs up.
            assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        });
        let start = Instant::now();
        let (code, _, stderr) = run(&["--timeout", "40", &address.to_string()]);
        assert_eq!(code, 0, "{stderr}");
        assert!(start.elapsed() < Duration::from_secs(35));
    }
}

/// Serves pages that say their path, and counts how many are asked for at once.
fn serve_counting() -> (SocketAddr, Arc<AtomicUsize>) {
    let most = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&most);
    let now = AtomicUsize::new(0);
    let address = serve(move |path, mut stream| {
        counted.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Long enough for others to come meanwhile, if they may.
        thread::sleep(Duration::from_millis(5));
        now.fetch_sub(1, Ordering::SeqCst);
        stream.write_all(&page(format!("page {path}\n").as_bytes())).unwrap();
    });
    (address, most)
}

/// Fetches pages 1 to `count`; returns them in the order in which they were printed.
fn fetch_pages(address: SocketAddr, count: usize, options: &[&str]) -> Vec<String> {
    let urls: Vec<_> = (1..=count).map(|n| format!("http://{address}/{n}")).collect();
    let arguments: Vec<_> =
        options.iter().copied().chain(urls.iter().map(String::as_str)).collect();
    let (code, stdout, stderr) = run(&arguments);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stderr.lines().count(), count + 1, "{stderr}");
    stdout
        .lines()
        .filter_map(|line| line.strip_prefix("page /"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn two_hundred_pages_at_once() {
    let (address, _) = serve_counting();
    let mut pages = fetch_pages(address, 200, &[]);
    pages.sort_by_key(|page| page.parse::<usize>().unwrap());
    assert_eq!(pages, (1..=200).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn one_at_a_time_they_finish_in_their_order() {
    let (address, most) = serve_counting();
    let pages = fetch_pages(address, 20, &["--concurrency", "1"]);
    assert_eq!(pages, (1..=20).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn never_more_at_once_than_allowed() {
    let (address, most) = serve_counting();
    assert_eq!(fetch_pages(address, 40, &["--concurrency", "3"]).len(), 40);
    assert!(most.load(Ordering::SeqCst) <= 3);
}

/// The others come all the same.
#[test]
#[cfg(unix)]
fn out_of_descriptors_is_told_of_each_that_has_none() {
    let (address, _) = serve_counting();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 20; exec \"$0\" \"$@\""]);
    shell.arg(env!("CARGO_BIN_EXE_selectors-fetcher")).stdin(Stdio::null());
    shell.args(["--concurrency", "200"]);
    shell.args((1..=200).map(|n| format!("{address}/{n}")));
    let output = output_of(shell);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let good = stderr.matches(": 200, ").count();
    let without = stderr.matches("(os error 24), 0 bytes").count();
    assert!(good >= 10 && good + without == 200, "{stderr}");
}

#[test]
fn waiting_is_not_looking_again_and_again() {
    let held_back = serve(|_, mut stream| {
        thread::sleep(Duration::from_millis(300));
        stream.write_all(&page(b"at last")).unwrap();
    });
    let (code, _, stderr) = run(&[&held_back.to_string()]);
    assert_eq!(code, 0, "{stderr}");
    // Writable, readable; and one to spare for a response that comes as two.
    assert!(waits(&stderr) <= 3, "{stderr}");

    let silent = serve(|_, mut stream| _ = stream.read(&mut [0]));
    let (code, stdout, stderr) = run(&["--timeout", "1", &silent.to_string()]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("/: timed out, 0 bytes in 1.0s\n"), "{stderr}");
    // Writable, and nothing until the time is over.
    assert!(waits(&stderr) <= 3, "{stderr}");
}

#[test]
fn many_that_wait_do_not_look_again_and_again() {
    let held_back = serve(|path, mut stream| {
        thread::sleep(Duration::from_millis(300));
        stream.write_all(&page(path.as_bytes())).unwrap();
    });
    let urls: Vec<_> = (1..=50).map(|n| format!("{held_back}/{n}")).collect();
    let (code, _, stderr) = run(&urls.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, 0, "{stderr}");
    assert!(waits(&stderr) <= 3 * 50, "{stderr}");
}

/// An address that neither accepts nor refuses: its queue is full. The sockets keep it
/// so.
#[cfg(target_os = "linux")]
fn silence() -> (SocketAddr, Vec<Socket>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets = vec![listener];
    for _ in 0..3 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        // In progress: it will never be more.
        let _ = socket.connect(&address);
        sockets.push(socket);
    }
    (address.as_socket().unwrap(), sockets)
}

#[test]
#[cfg(target_os = "linux")]
fn connecting_is_not_looking_again_and_again() {
    let (address, _sockets) = silence();
    let (code, _, stderr) = run(&["--timeout", "1", &address.to_string()]);
    assert_eq!(code, 1);
    let expected = format!("cannot connect to {address}: timed out, 0 bytes");
    assert!(stderr.contains(&expected), "{stderr}");
    assert!(waits(&stderr) <= 2, "{stderr}");
}

/// So does one that sends a byte now and then: the time is for all of the response.
#[test]
fn a_server_that_drips_is_not_waited_for() {
    let address = serve(|_, mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let start = Instant::now();
    let (code, _, stderr) = run(&["--timeout", "1", &address.to_string()]);
    assert_eq!(code, 1, "{stderr}");
    assert!(start.elapsed() < Duration::from_secs(20), "{stderr}");
}

#[test]
fn a_server_that_never_stops_is_stopped() {
    for (begin, why) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "longer than there is room for"),
        ("HTTP/1.1 200 OK\r\nA: ", "a header of more than 32 KiB"),
    ] {
        let address = serve(move |_, mut stream| {
            stream.write_all(begin.as_bytes()).unwrap();
            while stream.write_all(&[b'x'; 8192]).is_ok() {}
        });
        let (code, stdout, stderr) = run(&["--timeout", "50", &address.to_string()]);
        assert_eq!(code, 1);
        assert!(stderr.contains(&format!(": {why}, ")), "{stderr}");
        assert!(stdout.starts_with(begin), "what had come is printed");
    }
}

#[test]
fn ipv6_addresses_stand_in_brackets() {
    // A machine without IPv6 has nothing to show here.
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let address = listener.local_addr().unwrap();
    serve_on(listener, |path, mut stream| {
        stream.write_all(&page(path.as_bytes())).unwrap();
    });
    let (code, stdout, stderr) = run(&[&format!("http://{address}/a?b=c#d")]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.ends_with("\r\n\r\n/a?b=c"), "{stdout}");
}

#[test]
fn each_page_stands_under_its_name_on_a_line_of_its_own() {
    let address = serve(|path, mut stream| {
        stream.write_all(&page(path.as_bytes())).unwrap();
    });
    let urls = [format!("{address}/1"), format!("{address}/2")];
    let (_, stdout, _) = run(&["--concurrency", "1", &urls[0], &urls[1]]);
    let header = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let [first, second] = &urls;
    assert_eq!(
        stdout,
        format!(
            "\n==> http://{first} <==\n{header}/1\n==> http://{second} <==\n{header}/2"
        )
    );
}

#[test]
fn what_cannot_be_fetched_is_one_line_each() {
    let none = [
        ("https://a/", "only http://"),
        ("http://http://127.0.0.1:1/", "only http://"),
        ("ftp://127.0.0.1/", "only http://"),
        ("http://me:secret@127.0.0.1:1/", "only http://"),
        ("a b", "invalid"),
        ("x\u{1b}[2J\n", "invalid"),
        ("photo\u{202e}gpj", "invalid"),
        ("[::1", "invalid IPv6 address"),
        ("127.0.0.1:99999", "invalid port number"),
        ("http:127.0.0.1:x", "invalid port number"),
        ("", "empty host"),
    ];
    let urls: Vec<_> = none.iter().map(|(url, _)| *url).collect();
    let start = Instant::now();
    let (code, stdout, stderr) = run(&urls);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert_eq!(stderr.lines().count(), none.len() + 1, "{stderr}");
    for (line, (url, why)) in stderr.lines().zip(none) {
        let begin = format!("selectors-fetcher: {url:?}: {why}");
        assert!(line.starts_with(&begin), "{line} does not begin with {begin}");
    }
    assert!(start.elapsed() < Duration::from_secs(4), "nobody was asked for a name");
}

/// As a browser has it: what is meant is clear.
#[test]
fn a_url_may_be_written_carelessly() {
    let address = serve(|path, mut stream| {
        stream.write_all(&page(path.as_bytes())).unwrap();
    });
    for begin in ["", " http://", "HTTP://", "http:/", "http:"] {
        let (code, stdout, stderr) = run(&[&format!("{begin}{address}/a?b=c#d")]);
        assert_eq!(code, 0, "{begin:?}: {stderr}");
        assert!(stdout.ends_with("\r\n\r\n/a?b=c"), "{stdout}");
    }
}

/// All responses together have 64 MiB, and may take twice that while they grow.
#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded_whatever_servers_send() {
    let address = serve(|_, mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    });
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 200000; exec \"$0\" \"$@\" > /dev/null"]);
    shell.arg(env!("CARGO_BIN_EXE_selectors-fetcher")).stdin(Stdio::null());
    shell.args(["--concurrency", "64"]).args(vec![address.to_string(); 64]);
    let output = output_of(shell);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.matches(": longer than there is room for, ").count(), 64);
}

/// A server that refuses does not read the rest, and there is no room for it.
#[test]
#[cfg(target_os = "linux")]
fn an_answer_may_come_before_the_request_is_sent() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.set_tcp_mss(536).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(1).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // As much of the request as there is room for has been sent by then.
        thread::sleep(Duration::from_millis(300));
        stream.write_all(b"HTTP/1.1 414 No\r\nContent-Length: 4\r\n\r\nlong").unwrap();
        thread::sleep(PATIENCE);
    });
    let url = format!("{address}/{}", "x".repeat(100_000));
    let (code, stdout, stderr) = run(&["--timeout", "5", &url]);
    assert_eq!(code, 0, "{}", stderr.replace(&url, "URL"));
    assert!(stdout.ends_with("long") && stderr.contains(": 414, "), "{stdout}");
}

/// What comes while nobody reads our output has come in time.
#[test]
fn a_slow_reader_costs_no_page() {
    let (sender, later) = mpsc::channel();
    let later = Mutex::new(later);
    let address = serve(move |path, mut stream| {
        if path == "/small" {
            later.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            stream.write_all(&page(b"hi")).unwrap();
        } else {
            // More than a pipe takes: printing it has to wait for the reader.
            stream.write_all(&page(&b"x".repeat(1_000_000))).unwrap();
        }
    });
    let urls = ["large", "small"].map(|path| format!("{address}/{path}"));
    let mut command = fetcher(&["--timeout", "2", &urls[0], &urls[1]]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let fetcher = command.spawn().unwrap();
    thread::sleep(Duration::from_secs(1));
    sender.send(()).unwrap();
    thread::sleep(Duration::from_secs(2));
    let output = fetcher.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && output.stdout.ends_with(b"hi"), "{stderr}");
}

#[test]
fn a_closed_stdout_ends_it() {
    let address = serve(|_, mut stream| stream.write_all(&page(b"hi")).unwrap());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = fetcher(&[&address.to_string()]);
    command.stdout(writer).stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr, "selectors-fetcher: cannot go on: broken pipe\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_a_full_stderr_is_not() {
    let address = serve(|_, mut stream| stream.write_all(&page(b"hi")).unwrap());
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = fetcher(&[&address.to_string()]);
    command.stdout(full()).stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "selectors-fetcher: cannot go on: no storage space\n");

    let mut command = fetcher(&["--trace", &address.to_string(), "[::1"]);
    command.stderr(full()).stdout(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.ends_with(b"hi\n") || output.stdout.ends_with(b"hi"));
}

#[test]
fn bad_usage_exits_2() {
    let cases: [&[&str]; 6] = [
        &["--timeout", "0"],
        &["--timeout=-1"],
        &["--timeout", "1.5"],
        &["--concurrency", "0"],
        &["--resolve", "host"],
        &["--resolve", "localhost:80"],
    ];
    for arguments in cases {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("error: "), "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_has_an_example_and_the_default_page() {
    let (code, stdout, stderr) = run(&["--help"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    for part in ["Example: selectors-fetcher", "[default: http://www.baidu.com/]"] {
        assert!(stdout.contains(part), "{stdout}");
    }
}
