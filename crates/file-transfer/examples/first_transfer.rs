//! The first version: a server that receives files and a client that sends one, as everybody
//! writes them first.
//!
//! ```console
//! cargo run -p file-transfer --example first_transfer -- server      # in one terminal
//! cargo run -p file-transfer --example first_transfer -- client      # in another
//! ```

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::{env, thread};

fn main() -> io::Result<()> {
    let address = argument(2, "127.0.0.1:8080");
    if argument(1, "") == "server" { server(&address) } else { client(&address) }
}

/// A word of the command line.
fn argument(number: usize, otherwise: &str) -> String {
    env::args().nth(number).unwrap_or(otherwise.to_string())
}

fn server(bind: &str) -> io::Result<()> {
    let listener = TcpListener::bind(bind)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept()?;
        println!("{peer} connected");
        thread::spawn(move || match receive(&stream, peer) {
            Ok(()) => println!("{peer} closed"),
            Err(error) => eprintln!("{peer}: {error}"),
        });
    }
}

fn receive(mut client: &TcpStream, peer: SocketAddr) -> io::Result<()> {
    println!("{peer} says {:?}", recv(client)?);
    client.write_all("准备好了，请发吧".as_bytes())?;
    let text = recv(client)?;
    println!("{peer} size: {text:?}");
    let size: u64 = text.parse().map_err(io::Error::other)?;
    let name = recv(client)?;
    println!("{peer} name: {name:?}");
    client.write_all("大小和名字都收到了，请发内容".as_bytes())?;

    let dir = argument(3, "received");
    fs::create_dir_all(&dir)?;
    let mut file = File::create(Path::new(&dir).join(&name))?;
    let mut buffer = [0; 1024];
    let mut received = 0;
    while received < size {
        let length = client.read(&mut buffer)?;
        file.write_all(&buffer[..length])?;
        received += length as u64;
    }
    println!("{peer} kept: {name:?}, {size} bytes");
    client.write_all(format!("收完了：{name}").as_bytes())
}

/// What one `recv` brings.
fn recv(mut stream: &TcpStream) -> io::Result<String> {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

fn client(host: &str) -> io::Result<()> {
    let path = argument(3, "README.md");
    let bytes = fs::read(&path)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut server = TcpStream::connect(host)?;
    // Each send leaves at once.
    server.set_nodelay(true)?;
    server.write_all("我要发送文件了，准备好了吗？".as_bytes())?;
    println!("the server says {:?}", recv(&server)?);
    server.write_all(bytes.len().to_string().as_bytes())?;
    server.write_all(argument(4, name).as_bytes())?;
    println!("the server says {:?}", recv(&server)?);
    server.write_all(&bytes)?;
    println!("the server says {:?}", recv(&server)?);
    Ok(())
}
