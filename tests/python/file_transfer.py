"""Chapter 7 in Python, framed, but as trusting as the article: it believes the size,
the name and the end of the stream, and looks at no digest."""

import argparse
import os
import socketserver


class Handler(socketserver.BaseRequestHandler):
    def exactly(self, length):
        body = b""
        while len(body) < length:
            if not (data := self.request.recv(length - len(body))):
                return body
            body += data
        return body

    def hear(self):
        header = self.exactly(5)
        return header[:1], self.exactly(int.from_bytes(header[1:], "big"))

    def say(self, kind, text):
        body = text.encode()
        self.request.sendall(kind + len(body).to_bytes(4, "big") + body)

    def handle(self):
        self.hear()
        self.say(b"R", "准备好了，请发吧")
        size, name = int(self.hear()[1]), self.hear()[1].decode()
        self.say(b"A", "大小和名字都收到了，请发内容")
        with open(os.path.join(options.dir, name), "wb") as file:
            while size > 0:
                kind, data = self.hear()
                if not kind:
                    return
                file.write(data)
                size -= len(data)
        self.hear()
        self.say(b"C", f"收完了：{name}")


parser = argparse.ArgumentParser()
parser.add_argument("role")
parser.add_argument("--bind")
parser.add_argument("--dir")
options = parser.parse_args()
os.makedirs(options.dir, exist_ok=True)
socketserver.ThreadingTCPServer.allow_reuse_address = True
host, port = options.bind.rsplit(":", 1)
with socketserver.ThreadingTCPServer((host, int(port)), Handler) as server:
    server.serve_forever()
