//! The first version: fetches web pages, one after the other.
//!
//! ```console
//! cargo run -p selectors-fetcher --example first_fetch -- localhost:8000/ localhost:8000/src/
//! ```

use std::env;
use std::io::{self, Read, Write};
use std::net::TcpStream;

fn main() -> io::Result<()> {
    for url in env::args().skip(1) {
        let (host, path) = url.split_once('/').unwrap_or((&url, ""));
        let page = fetch(host, path)?;
        println!("{url}: {} bytes", page.len());
        println!("{}", String::from_utf8_lossy(&page));
    }
    Ok(())
}

/// Asks a server for a page, and returns what it sends until it closes.
fn fetch(host: &str, path: &str) -> io::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(host)?;
    write!(socket, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n")?;
    write!(socket, "Connection: close\r\n\r\n")?;
    let mut page = Vec::new();
    socket.read_to_end(&mut page)?;
    Ok(page)
}
