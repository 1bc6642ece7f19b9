//! C's `gethostbyname`: the one call that knows a host's aliases. std has none like it,
//! nor has `getaddrinfo`.

use std::net::Ipv4Addr;

use crate::resolver::{self, Failure};

/// What is known of a host: C's `struct hostent`, copied.
pub struct HostEntry {
    pub official_name: String,
    pub aliases: Vec<String>,
    pub addresses: Vec<Ipv4Addr>,
}

// ANCHOR: python
/// Python's `gethostbyname_ex`. It too asks `getaddrinfo` first, which alone says why
/// there is no answer.
pub fn gethostbyname_ex(name: &str) -> Result<(Ipv4Addr, HostEntry), Failure> {
    let address = resolver::gethostbyname(name)?;
    let entry = gethostbyname(name).ok_or_else(|| {
        Failure::Other(format!("getaddrinfo finds {address}, gethostbyname nothing"))
    })?;
    Ok((address, entry))
}
// ANCHOR_END: python

// ANCHOR: gethostbyname
/// Asks the C library; `None` when it knows no such host, or no IPv4 address of it.
#[cfg(unix)]
#[expect(unsafe_code)]
fn gethostbyname(name: &str) -> Option<HostEntry> {
    use std::ffi::{CStr, CString, c_char};
    use std::iter;
    use std::sync::Mutex;

    unsafe extern "C" {
        // The libc crate has the structure, but not the function.
        fn gethostbyname(name: *const c_char) -> *const libc::hostent;
    }
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    let name = CString::new(name).ok()?;
    let _guard = ONE_AT_A_TIME.lock();

    // SAFETY: the answer is null or an entry in C's own memory that stays as it is
    // until the next call, which the guard holds off until all is copied; its lists end
    // with a null pointer, and an AF_INET address has 4 bytes.
    unsafe {
        let list = |mut next: *mut *mut c_char| {
            iter::from_fn(move || {
                // Python reckons with both: no list at all, and one at an odd address.
                let item = (!next.is_null()).then(|| next.read_unaligned())?;
                next = next.add(1);
                (!item.is_null()).then_some(item)
            })
        };
        let text =
            |text: *mut c_char| CStr::from_ptr(text).to_string_lossy().into_owned();

        let entry = gethostbyname(name.as_ptr()).as_ref()?;
        if entry.h_addrtype != libc::AF_INET {
            return None;
        }
        Some(HostEntry {
            official_name: text(entry.h_name),
            aliases: list(entry.h_aliases).map(text).collect(),
            addresses: list(entry.h_addr_list)
                .map(|a| Ipv4Addr::from(*a.cast::<[u8; 4]>()))
                .collect(),
        })
    }
}
// ANCHOR_END: gethostbyname

// ANCHOR: windows
/// Windows: the official name and the addresses as `getaddrinfo` tells them. The
/// aliases are lost.
#[cfg(windows)]
fn gethostbyname(name: &str) -> Option<HostEntry> {
    use crate::resolver::{AI_CANONNAME, getaddrinfo, ipv4};
    use dns_lookup::{AddrFamily, AddrInfoHints, SockType};

    // One type of socket, for each address to come once.
    let hints = AddrInfoHints {
        flags: AI_CANONNAME,
        address: AddrFamily::Inet.into(),
        socktype: SockType::Stream.into(),
        protocol: 0,
    };
    let answers = getaddrinfo(name, None, hints).ok()?;
    Some(HostEntry {
        official_name: answers.first()?.canonname.clone()?,
        aliases: Vec::new(),
        addresses: answers.iter().filter_map(ipv4).collect(),
    })
}
// ANCHOR_END: windows
