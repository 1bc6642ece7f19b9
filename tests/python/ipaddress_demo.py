"""Chapter 1 in Python: ipaddress_demo.py"""

import ipaddress

address = ipaddress.ip_address("61.135.169.125")
print(address)
print("ip version:", address.version)
print("is private:", address.is_private)
print("packed form:", address.packed.hex())
print("integer:", int(address))

# A network whose address has bits set that belong to hosts.
try:
    ipaddress.ip_network("10.0.0.1/24")
except ValueError as error:
    print("error:", error)
print("not strict:", ipaddress.ip_network("10.0.0.1/24", strict=False))

# The last bits of an IPv6 network, and the halves of a network of one.
small = ipaddress.ip_network("2001:db8::/126")
print("hosts:", *small.hosts())
print("halves:", *ipaddress.ip_network("10.9.0.6/32").subnets())
