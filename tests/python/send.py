"""Chapter 7 in Python, the client: send.py FILE (needs python3 -m pip install blake3)"""

import os
import socket
import struct
import sys

from blake3 import blake3

path = sys.argv[1]
server = socket.create_connection(("127.0.0.1", 8080), timeout=30)
replies = server.makefile("rb")


def say(body):
    server.sendall(struct.pack(">I", len(body)) + body)


def hear():
    header = replies.read(4)
    if len(header) < 4:
        sys.exit("the server left")
    text = replies.read(int.from_bytes(header, "big"))
    print("the server says:", text.decode(errors="replace"))
    if text[:1] != b"+":
        sys.exit(1)


say(b"a file from Python")
hear()
size, digest = os.path.getsize(path), blake3()
say(str(size).encode())
say(os.path.basename(path).encode())
hear()
with open(path, "rb") as file:
    while piece := file.read(131072):
        digest.update(piece)
        say(piece)
say(digest.digest())
hear()
