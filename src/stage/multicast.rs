//! Whether this machine can be asked as a group. Some scenes of chapter 8 need it.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::time::Duration;

/// Whether a datagram to a group reaches a member on this machine, as `first_group` sends
/// it. A container without IPv6, or whose one interface is the loopback, has no such way.
pub fn has_multicast() -> bool {
    let heard = || -> io::Result<usize> {
        let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x114);
        let interface = u32::from(!cfg!(target_os = "linux"));
        let [member, asker] = [UdpSocket::bind("[::]:0")?, UdpSocket::bind("[::]:0")?];
        member.join_multicast_v6(&group, interface)?;
        member.set_read_timeout(Some(Duration::from_millis(500)))?;
        let port = member.local_addr()?.port();
        asker.send_to(b"?", SocketAddrV6::new(group, port, 0, interface))?;
        member.recv(&mut [0])
    };
    heard().is_ok()
}
