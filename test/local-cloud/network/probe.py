"""Sends and answers packets for the tests of the network. Every wait is bounded.

usage: probe.py serve                     answers on TCP 80 and 443, UDP 4789 and 4790; prints "ready"
       probe.py tcp ADDRESS PORT [SOURCE] prints what the server saw: its own address and the client's
       probe.py udp ADDRESS PORT [SOURCE] the same
       probe.py hold ADDRESS PORT         opens a TCP connection, prints "open", sends a line for every line of stdin
       probe.py receive PROTOCOL          prints the source of the first packet of an IP protocol that came before the end of
                                          stdin
       probe.py send PROTOCOL ADDRESS     sends ten packets of an IP protocol
Ends with status 0 for an answer, 2 for a refusal or reset, 3 for silence: LIMIT seconds without an answer.
"""

import os
import selectors
import socket
import sys
import time

LIMIT = float(os.environ.get("LIMIT", "30"))


def serve() -> None:
    selector = selectors.DefaultSelector()
    for port in (80, 443):
        listener = socket.create_server(("0.0.0.0", port))
        selector.register(listener, selectors.EVENT_READ, "listener")
    for port in (4789, 4790):
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Answers leave from the address that was asked.
        datagrams.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_PKTINFO", 8), 1)
        datagrams.bind(("0.0.0.0", port))
        selector.register(datagrams, selectors.EVENT_READ, "datagrams")
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data == "listener":
                connection, _ = key.fileobj.accept()
                selector.register(connection, selectors.EVENT_READ, "connection")
            elif key.data == "connection":
                connection = key.fileobj
                try:
                    data = connection.recv(100)
                except OSError:
                    data = b""
                if data:
                    seen = f"{connection.getsockname()[0]} {connection.getpeername()[0]}\n"
                    connection.sendall(seen.encode())
                else:
                    selector.unregister(connection)
                    connection.close()
            else:
                _, ancillary, _, peer = key.fileobj.recvmsg(100, 100)
                packet_info = ancillary[0][2]
                own = socket.inet_ntoa(packet_info[8:12])
                reply_info = (socket.IPPROTO_IP, 8, b"\0" * 4 + socket.inet_aton(own) + b"\0" * 4)
                key.fileobj.sendmsg([f"{own} {peer[0]}\n".encode()], [reply_info], 0, peer)


def ask(kind: int, address: str, port: str, source: str = "0.0.0.0") -> None:
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(LIMIT)
        client.bind((source, 0))
        client.connect((address, int(port)))
        client.send(b"?")
        print(client.recv(100).decode(), end="")


def hold(address: str, port: str) -> None:
    with socket.create_connection((address, int(port)), LIMIT) as client:
        print("open", flush=True)
        for line in sys.stdin:
            client.sendall(line.encode())
            answer = client.recv(100)
            if not answer:
                raise ConnectionResetError
            print(answer.decode(), end="", flush=True)


def receive(protocol: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, int(protocol)) as receiver:
        print("ready", flush=True)
        sys.stdin.read()
        # What was sent before is here.
        receiver.setblocking(False)
        print(receiver.recvfrom(100)[1][0])


def send(protocol: str, address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, int(protocol)) as sender:
        for _ in range(10):
            sender.sendto(b"probe", (address, 0))
            time.sleep(0.01)


def main() -> None:
    command, *rest = sys.argv[1:]
    try:
        if command == "serve":
            serve()
        elif command == "tcp":
            ask(socket.SOCK_STREAM, *rest)
        elif command == "udp":
            ask(socket.SOCK_DGRAM, *rest)
        elif command == "hold":
            hold(*rest)
        elif command == "receive":
            receive(*rest)
        elif command == "send":
            send(*rest)
        else:
            sys.exit(f"unknown command {command}")
    except (ConnectionResetError, ConnectionRefusedError, BrokenPipeError):
        sys.exit(2)
    except (TimeoutError, BlockingIOError):
        sys.exit(3)


main()
