"""Chapter 8 in Python, a thread for each datagram: udp_server.py PORT"""

import socket
import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        client = "%s:%d" % self.client_address
        # Over TCP this is a socket that belongs to one client. Here it is a pair.
        data, server = self.request
        port = data.decode()
        print(f'{client} asks about port "{port}"')
        try:
            socket.create_connection(("127.0.0.1", int(port))).close()
            reply = "somebody listens"
        except OSError:
            reply = "nobody listens"
        server.sendto(reply.encode(), self.client_address)
        print(client, "is told:", reply)


with socketserver.ThreadingUDPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    print("listening on %s:%d" % server.server_address)
    server.serve_forever()
