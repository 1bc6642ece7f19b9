"""What Python's ipaddress module answers, as the blocks of text that ipaddress-demo must print.

    python3.13 tests/python_answers.py > tests/python_answers.txt

run in the folder of the crate. The first line of the table names the Python that made it. Then come
the cases, an empty line between them: a line "> ARGUMENTS", and below it what the program prints on
stdout, or the one word "error".

The answers come from the module's own properties, not from the program's table of registries. They
differ between patch releases of Python: a newer one changes the table, and the program has to follow.
"""

import ipaddress
import platform
import sys


def main():
    # Windows would write its own line endings and encoding.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("Python", platform.python_version())
    for text in dict.fromkeys(block_edges() + PLAIN + INTEGERS + PACKED + NETWORKS + ERRORS):
        show(text, describe(text))
    show("--sort " + " ".join(MIXED), sorted_list(MIXED))
    for network in "10.9.0.0/24", "0.0.0.0/0", "::/0", "10.9.0.6/32", "2001:db8::/32":
        show(f"--within {network} " + " ".join(MIXED), within(MIXED, ipaddress.ip_network(network)))


def show(arguments, answer):
    print(f"\n> {arguments}\n{answer}")


def block_edges():
    """The addresses on both sides of both ends of every block that the module knows."""
    edges = []
    for family in ipaddress.IPv4Address, ipaddress.IPv6Address:
        for block in blocks(family._constants):
            first, last = int(block.network_address), int(block.broadcast_address)
            inside = range(2**block.max_prefixlen)
            edges += [str(family(n)) for n in (first - 1, first, last, last + 1) if n in inside]
    return edges


def blocks(constants):
    """The module keeps its blocks in private attributes: networks and lists of networks."""
    for value in vars(constants).values():
        for network in value if isinstance(value, list) else [value]:
            if isinstance(network, ipaddress._BaseNetwork):
                yield network


def parse(text):
    """A VALUE as the program defines it. Where Python would accept more, the program is the stricter."""
    if "%" in text:
        raise ValueError("a scope id names an interface of one machine, so the program takes none")
    address, slash, prefix = text.partition("/")
    if slash:
        if not (prefix.isascii() and prefix.isdigit()):
            raise ValueError("the program takes networks in CIDR only, no netmasks")
        return ipaddress.ip_network(text)
    if text.startswith("0x"):
        return ipaddress.ip_address(bytes.fromhex(text[2:]))
    if text.isascii() and text.removeprefix("-").isdigit():
        # Base 0 refuses leading zeros, as Python's source code does, but for `00` and `-0`.
        if text.startswith("-") or (text.startswith("0") and len(text) > 1):
            raise ValueError("the program takes no sign and no leading zero")
        return ipaddress.ip_address(int(text, base=0))
    return ipaddress.ip_address(text)


def describe(text):
    try:
        value = parse(text)
    except ValueError:
        return "error"
    properties = of_network(value) if "/" in text else of_address(value)
    return "\n".join([str(value)] + [f"{name}: {answer}" for name, answer in properties.items()])


def of_address(address):
    properties = {
        "ip version": address.version,
        "is private": lower(address.is_private),
        "packed form": address.packed.hex(),
        "integer": int(address),
        "is global": lower(address.is_global),
        "is loopback": lower(address.is_loopback),
        "is link-local": lower(address.is_link_local),
        "is multicast": lower(address.is_multicast),
        "is unspecified": lower(address.is_unspecified),
        "is reserved": lower(address.is_reserved),
    }
    if address.version == 6:
        properties["ipv4 mapped"] = address.ipv4_mapped or "none"
    properties["reverse name"] = address.reverse_pointer
    return properties


def of_network(network):
    properties = {
        "ip version": network.version,
        "network address": network.network_address,
        "prefix length": network.prefixlen,
        "netmask": network.netmask,
        "hostmask": network.hostmask,
    }
    if network.version == 4:
        properties["broadcast"] = network.broadcast_address
    properties["addresses"] = network.num_addresses
    properties["first host"] = next(iter(network.hosts()))
    properties["last host"] = last_host(network)
    can_halve = network.prefixlen < network.max_prefixlen
    properties["subnets"] = " ".join(map(str, network.subnets())) if can_halve else "none"
    return properties


def last_host(network):
    """hosts() can only be walked, so a large network goes by the rule in the documentation."""
    if network.num_addresses <= 2**16:
        return list(network.hosts())[-1]
    return network[-2] if network.version == 4 else network[-1]


def sorted_list(texts):
    return "\n".join(map(str, sorted(map(parse, texts), key=ipaddress.get_mixed_type_key)))


def within(texts, network):
    answers = [(value, is_within(value, network)) for value in map(parse, texts)]
    return "\n".join(f"{value} is within {network}: {lower(answer)}" for value, answer in answers)


def is_within(value, network):
    if value.version != network.version:
        return False
    return value in network if isinstance(value, ipaddress._BaseAddress) else value.subnet_of(network)


def lower(answer):
    return str(answer).lower()


PLAIN = """
    61.135.169.125 0.0.0.0 8.8.8.8 10.9.0.6 100.64.0.1 127.0.0.1 169.254.1.1 192.0.0.8 192.88.99.1
    224.0.0.1 239.255.255.255 255.255.255.254 :: ::1 ::2 1:: 1::8 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7::
    ::2:3:4:5:6:7:8 1:0:0:2:0:0:0:3 1:0:0:2:3:0:0:4 1:0:2:3:4:5:6:7 0:0:1:: 2001:DB8::ABCD
    2001:0db8:0000::0001 2001:4860:4860::8888 2001:2::1 2001:10::1 2620:4f:8000::1 3fff::1 5f00::1
    64:ff9b::1.2.3.4 64:ff9b:1::1 fe80::1 fec0::1 ff02::1 ffff::1 ::1.2.3.4 ::ffff:1.2.3.4
    ::ffff:0:0 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.0.1 ::ffff:192.0.0.9 ::ffff:192.0.0.8
    ::ffff:224.0.0.1 ::ffff:240.0.0.1 ::ffff:100.64.0.1 ::ffff:255.255.255.255 ::FFFF:C0A8:0101
    ::fffe:ffff:ffff ::1:0:0:0 0:0:0:0:0:ffff:8.8.8.8 1:2:3:4:5:6:7.8.9.10 1:2:3:4:5::7.8.9.10
    2002:c000:204::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
""".split()

INTEGERS = """
    0 1 255 1032300925 2130706433 3221225985 4294967295 4294967296 281470681743360 281474976710655
    42540766411282592856903984951653826561 340282366920938463463374607431768211455
""".split()

PACKED = """
    0x3d87a97d 0x00000000 0x7f000001 0xFFFFFFFF 0x00000000000000000000000000000001
    0x20010db8000000000000000000000001 0x00000000000000000000ffff01020304
    0xffffffffffffffffffffffffffffffff
""".split()

NETWORKS = """
    0.0.0.0/0 0.0.0.0/1 128.0.0.0/1 10.0.0.0/8 10.9.0.0/24 10.9.0.0/16 192.0.2.128/25 192.0.2.4/30
    192.0.2.4/31 192.0.2.5/32 255.255.255.254/31 255.255.255.255/32 224.0.0.0/4 10.0.0.0/08 ::/0
    8000::/1 2000::/3 2001:db8::/32 2001:db8::/63 2001:db8::/64 2001:db8::/112 2001:db8::/126
    2001:db8::2/127 2001:db8::3/128 ::/96 ::/128 ::1/128 ::ffff:0:0/96 ::ffff:10.9.0.0/120 fe80::/10
    ff00::/8 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127
""".split()

ERRORS = """
    256.1.1.1 1.256.1.1 010.0.0.1 1.2.3.04 00.0.0.0 1.2.3 1.2.3.4.5 127.1 1..2.3 .1.2.3 1.2.3.
    1.2.3.4. 1.2.3.-4 1.2.3.+4 1.2.3.1000 1.2.3.a \u0967.2.3.4 \u0967\u0968 \uff11.2.3.4
    340282366920938463463374607431768211456 -1 -4294967296 010 +1 0x 0x1 0x1234567 0x123456789
    0x0000000000000000000000000000001 0xgggggggg 0x+1234567 ::1:: 1::2::3 ::: 1:::2 : :1 1:
    1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4::5:6:7:8 ::12345 ::g 1:2:3:4:5:6:7: :2:3:4:5:6:7:8
    ::1.2.3 ::1.2.3.256 ::01.2.3.4 1.2.3.4:: ::1.2.3.4:5 1:2:3:4:5:6:7:1.2.3.4 1:2:3:4:5:6::1.2.3.4
    fe80::1%eth0 fe80::1%1 fe80::%eth0/64 [::1] 127.0.0.1:80 [::1]:80 localhost example.org
    10.0.0.1/33 10.0.0.0/33 ::/129 10.0.0.1/24 10.9.0.6/31 2001:db8::1/64 ::1/127 10.0.0.0/
    10.0.0.0/-1 10.0.0.0/+8 10.0.0.0/a 10.0.0.0/8/8 10.0.0.0/255.0.0.0 10.0.0.0/999999999999
    10.0.0/8 /8 / 168361984/24 0x0a000000/8
""".split()

MIXED = """
    10.9.0.6 ::1 10.9.0.0/24 10.9.0.0 10.9.0.0/16 10.9.0.128/25 2001:db8::/32 9.255.255.255
    2001:db8:: 10.9.1.0 168361990 10.9.0.6/32 ::ffff:10.9.0.6 255.255.255.255 2001:db8::/33
    0.0.0.0/0 ::/0 0.0.0.0 :: 2001:db8:ffff::/48 10.9.0.0/23
""".split()

main()
