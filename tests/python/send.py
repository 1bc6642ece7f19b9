"""Chapter 7 in Python, the client: send.py FILE (needs python3 -m pip install blake3)"""

import os
import socket
import struct
import sys

from blake3 import blake3

path = sys.argv[1]
server = socket.create_connection(("127.0.0.1", 8080), timeout=30)
replies = server.makefile("rb")


def say(kind, body):
    server.sendall(kind + struct.pack(">I", len(body)) + body)


def hear(expected):
    header = replies.read(5)
    if len(header) < 5:
        sys.exit("the server left")
    text = replies.read(int.from_bytes(header[1:], "big"))
    print("the server says:", text.decode(errors="replace"))
    if header[:1] != expected:
        sys.exit(1)


say(b"G", b"a file from Python")
hear(b"R")
size, digest = os.path.getsize(path), blake3()
say(b"S", str(size).encode())
say(b"N", os.path.basename(path).encode())
hear(b"A")
with open(path, "rb") as file:
    while piece := file.read(262144):
        digest.update(piece)
        say(b"B", piece)
say(b"D", digest.digest())
server.shutdown(socket.SHUT_WR)
hear(b"C")
