"""Chapter 4 in Python, with the mistakes of the article: select_server.py PORT"""

import queue
import select
import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=5)
inputs, outputs, queues = [server], [], {}
while True:
    readable, writable, exceptional = select.select(inputs, outputs, inputs)
    for ready in readable:
        if ready is server:
            connection, _ = ready.accept()
            inputs.append(connection)
            queues[connection] = queue.Queue()
        elif data := ready.recv(1024):
            queues[ready].put(data)
            if ready not in outputs:
                outputs.append(ready)
        else:
            if ready in outputs:
                outputs.remove(ready)
            inputs.remove(ready)
            ready.close()
            del queues[ready]
    for ready in writable:
        # A client that hung up in the loop above has no queue any more: KeyError.
        try:
            data = queues[ready].get_nowait()
        except queue.Empty:
            outputs.remove(ready)
        else:
            ready.send(data + "我收到了".encode())
    for ready in exceptional:
        inputs.remove(ready)
        if ready in outputs:
            outputs.remove(ready)
        del queues[ready]
