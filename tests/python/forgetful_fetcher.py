"""Chapter 5 in Python, forgetful as the article: forgetful_fetcher.py HOST:PORT"""

import selectors
import socket
import sys

selector = selectors.DefaultSelector()
client = socket.socket()


def send_request():
    print("writable: send the request")
    host = sys.argv[1]
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    client.send(request.encode())
    selector.modify(client, selectors.EVENT_READ, read_data)


# ANCHOR: read
def read_data():
    data = b""
    received = client.recv(1024)
    print(f"readable: {len(received)} bytes")
    if received:
        data += received
    else:
        selector.unregister(client)
        print("the page:", data)
# ANCHOR_END: read


host, port = sys.argv[1].split(":")
client.setblocking(False)
client.connect_ex((host, int(port)))
selector.register(client, selectors.EVENT_WRITE, send_request)
while selector.get_map():
    for key, _ in selector.select():
        key.data()
