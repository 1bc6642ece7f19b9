"""Chapter 3 in Python, the server: basic_tcp.py PORT"""

import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=5)
print("listening on %s:%d" % server.getsockname())
while True:
    connection, peer = server.accept()
    client = "%s:%d" % peer
    print(client, "connected")
    with connection:
        while data := connection.recv(1024):
            print(f"{client} {len(data)} bytes: {data.decode(errors='replace')}")
            connection.sendall(data + " 我收到了".encode())
    print(client, "closed")
