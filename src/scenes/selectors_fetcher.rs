//! Chapter 5: many pages at once, on one thread.

use super::{Chapter, Scene, Systems, Task};
use crate::failure::Played;
use crate::stage::{Actor, Stage};
use crate::web::{DeadAddress, SilentAddress, Web};

/// The chapter and its scenes.
pub const CHAPTER: Chapter = Chapter {
    name: "selectors-fetcher",
    title: "Many pages at once",
    question: "How does one thread wait for many sockets, and who is called when?",
    learnt: "You can write a state machine whose steps are called when a socket is ready. You know that writable is not connected, and how to see that a response is whole.",
    scenes: &[
        Scene::new("one-page", "one page, callback by callback", one_page).step(8),
        Scene::new(
            "ten-at-once",
            "ten requests sent before any is answered",
            ten_at_once,
        )
        .step(8)
        .exercises(4),
        Scene::new("long-request", "a request too long for one write", long_request)
            .step(6)
            .only_on(Systems::Linux),
        Scene::new("byte-by-byte", "a header that comes in pieces", byte_by_byte)
            .step(8)
            .exercises(7),
        Scene::new("many-reads", "a body too long for one read", many_reads)
            .step(8)
            .exercises(7),
        Scene::new("chunked", "a body that says its length as it goes", chunked)
            .step(9),
        Scene::new(
            "until-the-end",
            "a body that ends when the server closes",
            until_the_end,
        )
        .step(8),
        Scene::new("dead-address", "a name whose first address is dead", dead_address)
            .step(8)
            .exercises(5),
        Scene::new("all-dead", "a name whose addresses are all dead", all_dead).step(5),
        Scene::new(
            "silent-address",
            "a name whose first address never answers",
            silent_address,
        )
        .step(8)
        .exercises(2)
        .only_on(Systems::Linux),
        Scene::new("refused", "nobody listens; the other page comes", refused)
            .step(8)
            .exercises(5),
        Scene::new("time-out", "a server that never answers", time_out)
            .step(6)
            .exercises(4),
        Scene::new("at-rest", "the same, and how often we looked", at_rest)
            .step(6)
            .exercises(3),
        Scene::new("no-answer", "a server that closes without a word", no_answer)
            .step(7),
        Scene::new("header-cut", "closed before the header is complete", header_cut)
            .step(7),
        Scene::new("body-cut", "closed before the body is complete", body_cut)
            .step(8)
            .exercises(7),
        Scene::new("chunk-cut", "closed in the middle of a chunk", chunk_cut).step(9),
        Scene::new("reset", "reset in the middle of a body", reset)
            .step(8)
            .exercises(7),
        Scene::new("not-http", "a server of another kind", not_http).step(7),
        Scene::new(
            "wrong-urls",
            "URLs that cannot be fetched, and one that can",
            wrong_urls,
        )
        .step(8),
        Scene::new("in-python", "one page in Python", in_python).in_python(),
        Scene::new(
            "in-python-forgets",
            "one page in Python, by a callback that forgets",
            in_python_forgets,
        )
        .in_python(),
    ],
    tasks: &[
        Task {
            name: "redirect",
            about: "follow a page that has moved (301 or 302, with a Location) to where it is now, five times at most",
            scenes: &[
                Scene::new("redirect", "a page that has moved twice", redirect),
                Scene::new(
                    "redirect-loop",
                    "a page that has moved to itself",
                    redirect_loop,
                ),
            ],
        },
        Task {
            name: "body",
            about: "with --body print bodies alone: no header, and no sizes of chunks",
            scenes: &[Scene::new("body", "the same words, in two wrappings", body)],
        },
    ],
};

/// The beginning of a response whose body has `length` bytes.
fn header(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Starts the fetcher; what its summary says differs from run to run.
fn fetches<'s, 'a>(stage: &'s Stage<'a>, arguments: &[&str]) -> Played<Actor<'s, 'a>> {
    stage.masks_times();
    stage.varies("selectors-fetcher: waited ", "<number> times, by <mechanism>");
    stage.start("fetcher", "selectors-fetcher", arguments)
}

/// Starts it with `--trace`, and waits until it has sent its request.
fn fetches_traced<'s, 'a>(
    stage: &'s Stage<'a>,
    web: &Web<'_, '_>,
) -> Played<Actor<'s, 'a>> {
    let fetcher = fetches(stage, &["--trace", &web.url("/")])?;
    fetcher.complains("connect to")?;
    fetcher.complains("send the request")?;
    Ok(fetcher)
}

fn one_page(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches_traced(stage, &web)?;
    let mut page = web.gets_whole("/")?;
    page.sends(header(6).as_bytes())?;
    fetcher.complains("readable")?;
    page.sends("你好".as_bytes())?;
    fetcher.complains("readable")?;
    fetcher.complains("complete")?;
    page.receives_end()?;
    fetcher.ends()
}

fn ten_at_once(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let paths: Vec<_> = (1..=10).map(|number| format!("/{number}")).collect();
    let urls: Vec<_> = paths.iter().map(|path| web.url(path)).collect();
    let fetcher = fetches(stage, &urls.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut pages = Vec::new();
    for path in &paths {
        pages.push(web.gets(path)?);
    }

    stage.remark("All ten are connected and have asked. Now they are answered, in another order.");
    for number in [7, 3, 10, 1, 9, 2, 6, 4, 8, 5] {
        let body = format!("page {number}\n");
        let response = header(body.len()) + &body;
        pages[number - 1].sends(response.as_bytes())?;
        // The line with its name, two of the header, an empty one, and the body.
        for _ in 0..5 {
            fetcher.prints(&format!("page {number}"))?;
        }
    }
    fetcher.ends()
}

fn long_request(stage: &Stage<'_>) -> Played {
    let web = Web::opens_with_little_room(stage)?;
    let path = format!("/{}", "x".repeat(100_000));
    let _fetcher = fetches(stage, &[&web.url(&path)])?;
    stage.remark("The server has little room. A write takes what fits, and no more.");
    web.gets(&path)?.stays();
    stage.remark("All of it has come. No page is needed here.");
    Ok(())
}

fn byte_by_byte(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches_traced(stage, &web)?;
    stage.repeats("selectors-fetcher: http://127.0.0.1:<port>/: readable: 1 byte");
    let mut page = web.gets("/")?;
    stage.remark(
        "Each byte is a callback of its own: the fetcher's next line comes 41 times.",
    );
    page.sends_byte_by_byte((header(3) + "hi\n").as_bytes(), || {
        fetcher.complains("readable: 1 byte")
    })?;
    fetcher.complains("complete")?;
    fetcher.ends()
}

fn many_reads(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches(stage, &[&web.url("/")])?;
    let mut page = web.gets("/")?;
    let body = "x".repeat(200_000);
    page.sends((header(body.len()) + &body).as_bytes())?;
    fetcher.ends()
}

fn chunked(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches_traced(stage, &web)?;
    let mut page = web.gets("/")?;
    for piece in [CHUNKED, "6\r\nhello \r\n", "7\r\nthe", "re!\n\r\n", "0\r\n\r\n"] {
        page.sends(piece.as_bytes())?;
        fetcher.complains("readable")?;
    }
    fetcher.complains("complete")?;
    fetcher.ends()
}

fn until_the_end(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches_traced(stage, &web)?;
    let mut page = web.gets("/")?;
    page.sends(b"HTTP/1.0 200 OK\r\n\r\nhow long is this?\n")?;
    fetcher.complains("readable")?;
    page.closes();
    fetcher.complains("the end")?;
    fetcher.complains("complete")?;
    fetcher.ends()
}

fn dead_address(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let dead = DeadAddress::takes(stage)?;
    let addresses = format!("www.example.org={},{}", dead.address, web.address());
    let fetcher = fetches(
        stage,
        &["--trace", "--resolve", &addresses, "http://www.example.org/"],
    )?;
    fetcher.complains("connect to")?;
    fetcher.complains("connect to")?;
    fetcher.complains("send the request")?;
    let mut page = web.gets_whole("/")?;
    page.sends((header(3) + "hi\n").as_bytes())?;
    fetcher.complains("readable")?;
    fetcher.complains("complete")?;
    fetcher.ends()
}

fn all_dead(stage: &Stage<'_>) -> Played {
    let dead = [DeadAddress::takes(stage)?, DeadAddress::takes(stage)?];
    let addresses = format!("www.example.org={},{}", dead[0].address, dead[1].address);
    let fetcher = fetches(
        stage,
        &["--trace", "--resolve", &addresses, "http://www.example.org/"],
    )?;
    fetcher.ends()
}

fn silent_address(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let silent = SilentAddress::takes(stage)?;
    let addresses = format!("www.example.org={},{}", silent.address, web.address());
    let fetcher = fetches(
        stage,
        &[
            "--trace",
            "--timeout",
            "2",
            "--resolve",
            &addresses,
            "http://www.example.org/",
        ],
    )?;
    fetcher.complains("connect to")?;
    stage.remark(
        "A second later half of the time is over, and the next one gets the rest.",
    );
    fetcher.complains("connect to")?;
    fetcher.complains("send the request")?;
    let mut page = web.gets("/")?;
    page.sends((header(3) + "hi\n").as_bytes())?;
    fetcher.complains("readable")?;
    fetcher.complains("complete")?;
    fetcher.ends()
}

fn refused(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let dead = DeadAddress::takes(stage)?;
    let fetcher =
        fetches(stage, &[&format!("http://{}/", dead.address), &web.url("/")])?;
    fetcher.complains("refused")?;
    let mut page = web.gets("/")?;
    page.sends((header(3) + "hi\n").as_bytes())?;
    fetcher.ends()
}

fn time_out(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches(stage, &["--timeout", "1", &web.url("/")])?;
    let mut page = web.gets("/")?;
    stage.remark("The server has the request, and does nothing.");
    page.receives_end()?;
    fetcher.ends()
}

fn at_rest(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    stage.masks_times();
    stage.varies("selectors-fetcher: waited 2 times, by ", "<mechanism>");
    let arguments = ["--trace", "--timeout", "1", &web.url("/")];
    let fetcher = stage.start("fetcher", "selectors-fetcher", &arguments)?;
    fetcher.complains("connect to")?;
    fetcher.complains("send the request")?;
    let mut page = web.gets("/")?;
    page.receives_end()?;
    fetcher.ends()
}

fn no_answer(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches(stage, &[&web.url("/")])?;
    web.gets("/")?.closes();
    fetcher.ends()
}

/// The server sends `piece`, which is no whole response, and closes.
fn is_cut(stage: &Stage<'_>, piece: &str) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches(stage, &[&web.url("/")])?;
    let mut page = web.gets("/")?;
    page.sends(piece.as_bytes())?;
    page.closes();
    fetcher.ends()
}

fn header_cut(stage: &Stage<'_>) -> Played {
    is_cut(stage, "HTTP/1.1 200 OK\r\nContent-Le")
}

fn body_cut(stage: &Stage<'_>) -> Played {
    is_cut(stage, &(header(10) + "hello"))
}

fn chunk_cut(stage: &Stage<'_>) -> Played {
    is_cut(stage, &format!("{CHUNKED}6\r\nhello \r\n7\r\nthe"))
}

fn reset(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches_traced(stage, &web)?;
    let mut page = web.gets("/")?;
    page.sends((header(10) + "hello").as_bytes())?;
    // What a reset overtakes is lost: it has to be read first.
    fetcher.complains("readable")?;
    page.resets()?;
    fetcher.ends()
}

fn not_http(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches(stage, &[&web.url("/")])?;
    let mut page = web.gets("/")?;
    page.sends(b"220 mail.example.org ready\r\n")?;
    stage.remark("The fetcher does not wait for more: this will not become HTTP.");
    page.receives_end()?;
    fetcher.ends()
}

fn wrong_urls(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let urls = [
        "https://www.example.org/",
        "ftp://www.example.org/",
        "http://me:secret@www.example.org/",
        "www.example.org/two words",
        "www.example.org:http",
        "::1",
        &web.url("/"),
    ];
    let fetcher = fetches(stage, &urls)?;
    for url in &urls[..urls.len() - 1] {
        fetcher.complains(url)?;
    }
    let mut page = web.gets("/")?;
    page.sends((header(3) + "hi\n").as_bytes())?;
    fetcher.ends()
}

/// `fetcher`, written in Python, asks for a page, gets it in two pieces, and waits for
/// the end.
fn answered_in_pieces(web: &Web<'_, '_>, fetcher: &Actor<'_, '_>) -> Played {
    fetcher.prints("send the request")?;
    let mut page = web.gets("/")?;
    for piece in [header(6).as_bytes(), "你好".as_bytes()] {
        page.sends(piece)?;
        fetcher.prints("readable")?;
    }
    page.closes();
    fetcher.prints("readable")?;
    fetcher.ends()
}

fn in_python(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let url = web.url("/");
    let fetcher = stage.start_in_python("fetcher", "selectors_fetcher.py", &[&url])?;
    answered_in_pieces(&web, &fetcher)
}

fn in_python_forgets(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let address = web.address().to_string();
    let fetcher =
        stage.start_in_python("fetcher", "forgetful_fetcher.py", &[&address])?;
    answered_in_pieces(&web, &fetcher)
}

/// A response that says where its page is now.
fn moved(code: &str, to: &str) -> String {
    format!("HTTP/1.1 {code}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

fn redirect(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let other = Web::opens(stage)?;
    let addresses = format!("www.example.org={}", other.address());
    let fetcher = fetches(stage, &["--resolve", &addresses, &web.url("/old")])?;
    let mut page = web.gets("/old")?;
    page.sends(moved("301 Moved Permanently", "/new?year=1999").as_bytes())?;
    let mut page = web.gets("/new?year=1999")?;
    page.sends(moved("302 Found", "http://www.example.org/newest").as_bytes())?;
    let mut page = other.gets_whole("/newest")?;
    page.sends((header(3) + "hi\n").as_bytes())?;
    fetcher.ends()
}

fn redirect_loop(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let fetcher = fetches(stage, &[&web.url("/")])?;
    for _ in 0..=5 {
        let mut page = web.gets("/")?;
        page.sends(moved("301 Moved Permanently", "/").as_bytes())?;
    }
    fetcher.ends()
}

fn body(stage: &Stage<'_>) -> Played {
    let web = Web::opens(stage)?;
    let urls = [web.url("/counted"), web.url("/chunked")];
    let fetcher = fetches(stage, &["--body", &urls[0], &urls[1]])?;
    let (mut counted, mut chunked) = (web.gets("/counted")?, web.gets("/chunked")?);
    counted.sends((header(13) + "hello there!\n").as_bytes())?;
    for _ in 0..2 {
        fetcher.prints("hello there!")?;
    }
    for piece in [CHUNKED, "6\r\nhello \r\n", "7\r\nthe", "re!\n\r\n", "0\r\n\r\n"] {
        chunked.sends(piece.as_bytes())?;
    }
    fetcher.ends()
}
