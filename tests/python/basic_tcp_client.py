"""Chapter 3 in Python, the client: basic_tcp_client.py HOST:PORT"""

import socket
import sys

host, port = sys.argv[1].split(":")
with socket.create_connection((host, int(port))) as server:
    for line in sys.stdin:
        server.sendall(line.rstrip("\n").encode())
        print(server.recv(1024).decode())
