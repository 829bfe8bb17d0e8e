"""A visitor with long connections to a load balancer: a websocket that says something ten times a second, a download, and
a POST whose answer takes its time, each for SECONDS. Makes CONNECTED when all have begun, then prints how each ended.
Usage: visit-for-long.py SECONDS CONNECTED"""

import http.client
import json
import ssl
import sys
import threading
import time

SECONDS, CONNECTED = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
context.load_cert_chain("/etc/haproxy/tls/site.pem", "/etc/haproxy/tls/site.pem.key")
SITE = {"Host": "www.example.com"}
begun = threading.Barrier(4)
ended: dict[str, str] = {}


def connect() -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection("127.0.0.1", timeout=SECONDS + 10, context=context)


def websocket() -> None:
    connection = connect()
    upgrade = {"Connection": "upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    connection.request("GET", "/", headers={**SITE, **upgrade})
    tls = connection.sock
    answer = tls.recv(1000)
    assert b" 101 " in answer, answer
    begun.wait()
    for turn in range(SECONDS * 10):
        tls.sendall(b"%09d" % turn)
        assert tls.recv(9) == b"%09d" % turn
        time.sleep(0.1)


def download() -> None:
    connection = connect()
    connection.request("GET", f"/download?{SECONDS}", headers=SITE)
    answer = connection.getresponse()
    answer.read(1)
    begun.wait()
    assert len(answer.read()) == SECONDS * 10 - 1


def report() -> None:
    connection = connect()
    connection.request("POST", f"/report?{SECONDS}", b"x", SITE)
    begun.wait()
    assert connection.getresponse().status == 200


def keep(visit) -> None:
    try:
        visit()
        ended[visit.__name__] = "well"
    except Exception as error:
        begun.abort()
        ended[visit.__name__] = repr(error)


threads = [threading.Thread(target=keep, args=[visit]) for visit in (websocket, download, report)]
for thread in threads:
    thread.start()
try:
    begun.wait(60)
    open(CONNECTED, "w").close()
except threading.BrokenBarrierError:
    pass
for thread in threads:
    thread.join()
print(json.dumps(ended))
