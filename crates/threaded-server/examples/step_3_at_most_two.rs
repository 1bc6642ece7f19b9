//! Step 3: a thread for each client, and two clients at most.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

// ANCHOR: main
fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    let places = Arc::new(Places { free: Mutex::new(2), freed: Condvar::new() });
    loop {
        let (connection, peer) = listener.accept()?;
        let place = take(&places);
        thread::spawn(move || {
            if let Err(error) = converse(connection) {
                eprintln!("{peer}: {error}");
            }
            drop(place);
        });
    }
}
// ANCHOR_END: main

// ANCHOR: places
struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place, free again when this is dropped.
struct Place(Arc<Places>);

/// Waits until there is a place.
fn take(places: &Arc<Places>) -> Place {
    let free = places.free.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = places.freed.wait_while(free, |free| *free == 0);
    *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
    Place(Arc::clone(places))
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
// ANCHOR_END: places

fn converse(mut connection: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        connection.write_all(&[&buffer[..length], " 我收到了".as_bytes()].concat())?;
    }
}
