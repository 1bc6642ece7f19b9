"""Chapter 2 in Python: lookup_demo.py"""

import socket


def show(what, look_up, *question):
    try:
        print(what, look_up(*question))
    except OSError as error:
        print(what, error)


show("this host:", socket.gethostname)
show("localhost:", socket.gethostbyname, "localhost")
show("name, aliases, addresses:", socket.gethostbyname_ex, "localhost")
show("service http: port", socket.getservbyname, "http", "tcp")
show("service https: port", socket.getservbyname, "https", "tcp")
show("port 80:", socket.getservbyport, 80, "tcp")
show("port 666:", socket.getservbyport, 666, "tcp")

stream = {"type": socket.SOCK_STREAM, "proto": socket.IPPROTO_TCP}
for family, kind, *rest in socket.getaddrinfo("127.0.0.1", 443, **stream):
    print(family.name, kind.name, *map(repr, rest))
