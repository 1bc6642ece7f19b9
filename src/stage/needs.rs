//! What scenes need of a machine: most need nothing, some a system, Python, or more of a
//! network than all have.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use super::python;

/// As in `first_group`: macOS and Windows have the loopback interface first, and Linux
/// chooses one for 0.
const INTERFACE: u32 = if cfg!(target_os = "linux") { 0 } else { 1 };

/// What a scene may need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The loopback interface and IPv4, which all have.
    Nothing,
    /// A system with signals.
    Unix,
    /// Linux alone, since another system answers otherwise.
    Linux,
    /// One that understands the programs of `tests/python`.
    Python,
    /// `::1`.
    Ipv6,
    /// An interface on which a group is heard.
    Multicast,
    /// Leave to have a network of its own.
    Namespace,
}

impl Need {
    /// What is said of a scene that needs it.
    pub fn told(self) -> &'static str {
        match self {
            Self::Nothing => "for all",
            Self::Unix => "for Unix alone",
            Self::Linux => "for Linux alone",
            Self::Python => "needs python3",
            Self::Ipv6 => "needs IPv6",
            Self::Multicast => "needs an interface with IPv6 multicast",
            Self::Namespace => {
                "needs leave to have a user or a network of its own (unshare, ip)"
            }
        }
    }

    /// Whether this machine has it.
    pub fn is_met(self) -> bool {
        static MULTICAST: LazyLock<bool> = LazyLock::new(|| hears_a_group().is_ok());
        static NAMESPACE: LazyLock<bool> = LazyLock::new(has_namespaces);
        match self {
            Self::Nothing => true,
            Self::Unix => cfg!(unix),
            Self::Linux => cfg!(target_os = "linux"),
            Self::Python => python::command().is_some(),
            Self::Ipv6 => answers("::1"),
            Self::Multicast => *MULTICAST,
            Self::Namespace => *NAMESPACE,
        }
    }
}

/// Whether the loopback interface has this address. The system answers for us, without a
/// further thread.
pub fn answers(address: &str) -> bool {
    let call = || TcpStream::connect(TcpListener::bind((address, 0))?.local_addr()?);
    call().is_ok()
}

/// Asks a group whose only member we are, as `first_group` does. A container without IPv6,
/// or whose one interface is the loopback, has no way to it.
fn hears_a_group() -> io::Result<usize> {
    let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x114);
    let [member, asker] = [UdpSocket::bind("[::]:0")?, UdpSocket::bind("[::]:0")?];
    member.join_multicast_v6(&group, INTERFACE)?;
    member.set_read_timeout(Some(Duration::from_millis(500)))?;
    let port = member.local_addr()?.port();
    asker.send_to(b"?", SocketAddrV6::new(group, port, 0, INTERFACE))?;
    member.recv(&mut [0])
}

fn has_namespaces() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "ip", "link", "set", "lo", "up"]);
    command.output().is_ok_and(|output| output.status.success())
}
