//! What this machine's network has. Some scenes of chapter 8 need it.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Whether the loopback interface has this address, as in `[::1]`. The system answers for
/// us, without a further thread.
pub fn answers(address: &str) -> bool {
    let call = || TcpStream::connect(TcpListener::bind((address, 0))?.local_addr()?);
    call().is_ok()
}

/// Whether it has `::1`.
pub fn has_ipv6() -> bool {
    answers("::1")
}

/// Whether a datagram to a group reaches a member on this machine.
pub fn has_multicast() -> bool {
    false
}

/// Whether we may have a network of our own, and an interface in it (Linux).
pub fn has_namespaces() -> bool {
    static FOUND: LazyLock<bool> = LazyLock::new(|| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "ip", "link", "set", "lo", "up"]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    });
    *FOUND
}
