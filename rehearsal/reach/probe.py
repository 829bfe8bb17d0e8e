"""Says what can be reached from here. Standard input: {"addresses": [...], "tcp": [ports], "udp": [ports]}; standard output:
[[address, protocol, port], ...]. An answer of any kind counts, a refusal too: a firewall drops without a word."""

import asyncio
import json
import os
import socket
import struct
import sys

LIMIT_SECONDS = 2.0


async def by_tcp(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), LIMIT_SECONDS)
        writer.close()
        return True
    except ConnectionRefusedError:
        return True
    except (OSError, asyncio.TimeoutError):
        return False


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answered = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.error_received(None)

    def error_received(self, exc: object) -> None:
        if not self.answered.done():
            self.answered.set_result(True)


async def by_udp(address: str, port: int) -> bool:
    """A closed port is answered with "port unreachable"."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, remote_addr=(address, port))
    try:
        transport.sendto(b"?")
        return await asyncio.wait_for(protocol.answered, LIMIT_SECONDS)
    except (OSError, asyncio.TimeoutError):
        return False
    finally:
        transport.close()


async def by_icmp(address: str, _port: int) -> bool:
    """Echo and its reply (RFC 792), without a program that a machine may not have."""
    def message(checksum: int) -> bytes:
        return struct.pack("!BBHHH", 8, 0, checksum, os.getpid() & 0xFFFF, 1)

    total = sum(word for (word,) in struct.iter_unpack("!H", message(0)))
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as echo:
        echo.setblocking(False)
        try:
            # Packets of others do not come in.
            echo.connect((address, 0))
            echo.send(message(checksum))
            return await asyncio.wait_for(reply(echo), LIMIT_SECONDS)
        except (OSError, asyncio.TimeoutError):
            return False


async def reply(echo: socket.socket) -> bool:
    """True once there is one; other messages are passed over, as one's own echo to oneself is."""
    while True:
        packet = await asyncio.get_running_loop().sock_recv(echo, 1500)
        header = (packet[0] & 0xF) * 4
        if packet[header] == 0:
            return True


async def main() -> None:
    asked = json.load(sys.stdin)
    probes = [(address, protocol, port)
              for address in asked["addresses"]
              for protocol, ports in (("tcp", asked["tcp"]), ("udp", asked["udp"]), ("icmp", [0]))
              for port in ports]
    how = {"tcp": by_tcp, "udp": by_udp, "icmp": by_icmp}
    reached = await asyncio.gather(*(how[protocol](address, port) for address, protocol, port in probes))
    json.dump([probe for probe, is_reached in zip(probes, reached, strict=True) if is_reached], sys.stdout)


asyncio.run(main())
