//! Whether this machine can be asked as a group. Some scenes of chapter 8 need it.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::time::Duration;

/// As in `first_group`: macOS and Windows have the loopback interface first, and Linux
/// chooses one for 0.
const INTERFACE: u32 = if cfg!(target_os = "linux") { 0 } else { 1 };

/// Whether a datagram to a group reaches a member on this machine, as `first_group` sends
/// it. A container without IPv6, or whose one interface is the loopback, has no such way.
pub fn has_multicast() -> bool {
    let heard = || -> io::Result<usize> {
        let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x114);
        let [member, asker] = [UdpSocket::bind("[::]:0")?, UdpSocket::bind("[::]:0")?];
        member.join_multicast_v6(&group, INTERFACE)?;
        member.set_read_timeout(Some(Duration::from_millis(500)))?;
        let port = member.local_addr()?.port();
        asker.send_to(b"?", SocketAddrV6::new(group, port, 0, INTERFACE))?;
        member.recv(&mut [0])
    };
    heard().is_ok()
}
