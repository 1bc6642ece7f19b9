"""Chapter 7 in Python, framed, but as trusting as the article: it believes the size,
the name and the end of the stream, and looks at no digest."""

import argparse
import os
import socketserver


class Handler(socketserver.StreamRequestHandler):
    def hear(self):
        length = int.from_bytes(self.rfile.read(4), "big")
        return self.rfile.read(length)

    def say(self, text):
        body = text.encode()
        self.wfile.write(len(body).to_bytes(4, "big") + body)

    def handle(self):
        client = "%s:%d" % self.client_address
        print(f"{client} says: {self.hear().decode()}")
        self.say("+准备好了，请发吧")
        size = int(self.hear())
        print(f"{client} size: {size}")
        name = self.hear().decode()
        print(f"{client} name: {name}")
        with open(os.path.join(options.dir, name), "wb") as file:
            self.say("+大小和名字都收到了，请发内容")
            while size > 0 and (data := self.hear()):
                file.write(data)
                size -= len(data)
        if size > 0:
            return print(f"{client} is gone, {size} bytes are missing")
        self.hear()
        print(f"{client} written: {name}")
        self.say(f"+收完了：{name}")


parser = argparse.ArgumentParser()
for argument in ["role", "--bind", "--dir"]:
    parser.add_argument(argument)
options = parser.parse_args()
os.makedirs(options.dir, exist_ok=True)
socketserver.ThreadingTCPServer.allow_reuse_address = True
host, port = options.bind.rsplit(":", 1)
with socketserver.ThreadingTCPServer((host, int(port)), Handler) as server:
    print("listening on %s:%d" % server.server_address)
    server.serve_forever()
