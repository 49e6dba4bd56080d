#!/usr/bin/env python3
"""Asks a prediction service, while others load it, for scores that it has given before; counts what differs.

    check_answers.py --port 8080 --nodes 169343 --seconds 10 [--slow 200]

First asks for the scores of some nodes; so start it before the load. With --slow, that many more clients send one
byte a second of a request that never ends. Exits with 1 if an answer was wrong or a connection broke.
"""

import argparse
import http.client
import json
import random
import socket
import threading
import time

TOLERANCE = 1e-4  # of a score; sums of another batch may round differently


def ask(connection, ids):
    connection.request("POST", "/predict", json.dumps({"ids": ids, "scores": True}))
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def differs(answer, right):
    pairs = (pair for row, good in zip(answer["scores"], right["scores"], strict=True) for pair in zip(row, good))
    return any(abs(a - b) > TOLERANCE for a, b in pairs)


def check(port, known, end, counts, lock):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.monotonic() < end:
        ids, right = random.choice(known)
        try:
            status, answer = ask(connection, ids)
            what = "wrong" if status == 200 and differs(answer, right) else str(status)
        except (OSError, http.client.HTTPException):
            what = "broken"
            connection.close()
        with lock:
            counts[what] = counts.get(what, 0) + 1
        time.sleep(0.005)


def trickle(port, end):
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
                client.sendall(b"POST /predict HTTP/1.1\r\nX-Slow: ")
                while time.monotonic() < end:
                    time.sleep(1)
                    client.sendall(b"x")
        except OSError:
            pass  # was cut off, as it should be


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--slow", type=int, default=0)
    options = parser.parse_args()
    connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=30)
    known = []
    for _ in range(100):
        ids = [random.randrange(options.nodes) for _ in range(5)]
        status, answer = ask(connection, ids)
        assert status == 200, answer
        known.append((ids, answer))
    print("knows 100 answers", flush=True)
    end = time.monotonic() + options.seconds
    counts, lock = {}, threading.Lock()
    threads = [threading.Thread(target=check, args=(options.port, known, end, counts, lock)) for _ in range(4)]
    threads += [threading.Thread(target=trickle, args=(options.port, end)) for _ in range(options.slow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("answers by status:", ", ".join(f"{what}: {count}" for what, count in sorted(counts.items())))
    return 1 if counts.get("wrong") or counts.get("broken") else 0


if __name__ == "__main__":
    raise SystemExit(main())
