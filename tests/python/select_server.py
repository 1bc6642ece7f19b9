"""Chapter 4 in Python, with the mistakes of the article: select_server.py PORT"""

import queue
import select
import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=5)
print("listening on %s:%d" % server.getsockname())
inputs, outputs, names, queues = [server], [], {}, {}
while True:
    readable, writable, exceptional = select.select(inputs, outputs, inputs)
    print(f"select: {len(readable)} readable, {len(writable)} writable")
    for ready in readable:
        if ready is server:
            connection, peer = ready.accept()
            names[connection], queues[connection] = "%s:%d" % peer, queue.Queue()
            inputs.append(connection)
            print(names[connection], "connected")
        elif data := ready.recv(1024):
            print(f"{names[ready]} {len(data)} bytes: {data.decode(errors='replace')}")
            queues[ready].put(data)
            if ready not in outputs:
                outputs.append(ready)
        else:
            print(names[ready], "closed")
            if ready in outputs:
                outputs.remove(ready)
            inputs.remove(ready)
            ready.close()
            del names[ready], queues[ready]
    for ready in writable:
        # A client that hung up in the loop above has no queue any more: KeyError.
        try:
            data = queues[ready].get_nowait()
        except queue.Empty:
            print(names[ready], "has an empty queue")
            outputs.remove(ready)
        else:
            sent = ready.send(data + "我收到了".encode())
            print(f"{names[ready]} is sent {sent} bytes")
    for ready in exceptional:
        inputs.remove(ready)
        if ready in outputs:
            outputs.remove(ready)
        del names[ready], queues[ready]
