"""Chapter 3 in Python: basic_tcp.py PORT"""

import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=5)
while True:
    connection, peer = server.accept()
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data + " 我收到了".encode())
