"""Chapter 5 in Python: selectors_fetcher.py URL..."""

import selectors
import socket
import sys
from urllib.parse import urlsplit

selector = selectors.DefaultSelector()


class Fetch:
    def __init__(self, url):
        self.url, self.page = urlsplit(url), b""
        self.client = socket.socket()
        self.client.setblocking(False)
        self.client.connect_ex((self.url.hostname, self.url.port or 80))
        selector.register(self.client, selectors.EVENT_WRITE, self.connected)

    def connected(self):
        if error := self.client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return self.finish(f"failed, error {error}")
        print("writable: connected, send the request")
        path, host = self.url.path or "/", self.url.netloc
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        self.client.send(request.encode())
        selector.modify(self.client, selectors.EVENT_READ, self.receive)

    def receive(self):
        data = self.client.recv(16384)
        print(f"readable: {len(data)} bytes")
        self.page += data
        if not data:
            self.finish(f"{len(self.page)} bytes\n{self.page.decode()}")

    def finish(self, what):
        selector.unregister(self.client)
        self.client.close()
        print(f"{self.url.geturl()}: {what}")


for url in sys.argv[1:]:
    Fetch(url)
while selector.get_map():
    for key, _ in selector.select():
        key.data()
