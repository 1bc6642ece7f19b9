"""Chapter 6 in Python: threaded_server.py PORT"""

import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        client = "%s:%d" % self.client_address
        print(client, "connected")
        while data := self.request.recv(1024):
            # As the article: half a character is an error, which ends this thread.
            print(f"{client} {len(data)} bytes: {data.decode()}")
            self.request.sendall(data + " 我收到了".encode())
        print(client, "closed")


socketserver.ThreadingTCPServer.allow_reuse_address = True
with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    print("listening on %s:%d" % server.server_address)
    server.serve_forever()
