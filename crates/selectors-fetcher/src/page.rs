//! A URL, and what it says: whom to connect to, and what to ask for.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;

use url::{Position, Url};

/// What we fetch, for whoever asks for something else.
const ONLY: &str = "only http://HOST:PORT/PATH is fetched; https would need TLS";

/// What is to be fetched, and the addresses of its server.
pub type Page = (Url, VecDeque<SocketAddr>);

/// Takes `text` apart, and looks its host up unless its addresses are `known`.
pub fn find(text: &str, known: &[SocketAddr]) -> io::Result<Page> {
    // Taken by itself, `localhost:8000` is a URL whose scheme is "localhost".
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => url,
        _ => Url::parse(&format!("http://{text}")).map_err(io::Error::other)?,
    };
    let twice = ["http", "https"].contains(&url.host_str().unwrap_or_default());
    if url.scheme() != "http" || twice || !url.username().is_empty() {
        return Err(io::Error::other(ONLY));
    }
    let mut addresses = known.to_vec();
    if known.is_empty() {
        addresses = url.socket_addrs(|| None)?;
    }
    Ok((url, addresses.into()))
}

/// Asks for the page of this URL.
pub fn request(url: &Url) -> Vec<u8> {
    let path = &url[Position::BeforePath..Position::AfterQuery];
    // Many sites share an address; Host says which one is meant.
    let host = &url[Position::BeforeHost..Position::AfterPort];
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").into()
}
