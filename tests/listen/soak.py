#!/usr/bin/env python3
"""Sends to `audit ingest --listen` from many connections for a while, and looks whether anything is
lost, or memory grows.

usage: AUDIT=build/release/apps/audit/audit tests/listen/soak.py [--seconds 300] [--connections 8]

Each connection sends requests of OTLP one after the other: JSON and protobuf by turns, packed or not,
of 1 to 10 spans and now and then 500, sometimes one again. At the end each span that was answered 200 must be there once,
and the ledger intact. Prints what it saw; exit 1 if something was lost, or if memory grew.
"""

import argparse
import collections
import gzip
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import harness
import receiver
from receiver import JSON, PROTOBUF

# What is remembered is written out from time to time, so memory goes up and down: the most that was
# taken in the second half may not be this much more than in the first.
MAY_GROW = 32 << 20


class Sender(threading.Thread):
    def __init__(self, here, number, until):
        super().__init__()
        self.here, self.until = here, until
        self.chance = random.Random(number)
        self.requests = self.bytes = self.later = 0
        self.sent, self.latencies, self.failures = [], [], []

    def make(self):
        count = 500 if self.chance.random() < 0.01 else self.chance.randrange(1, 11)
        ids = receiver.span_ids(count, self.chance.random())
        if self.chance.random() < 0.5:
            body, headers = receiver.protobuf_spans(ids), {"Content-Type": PROTOBUF}
        else:
            body, headers = receiver.json_spans(ids, text="soak"), {"Content-Type": JSON}
        if self.chance.random() < 0.5:
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
        return ids, body, headers

    def run(self):
        connection = self.here.connect()
        while time.monotonic() < self.until:
            ids, body, headers = self.make()
            for _ in range(2 if self.chance.random() < 0.05 else 1):
                begin = time.monotonic()
                connection.request("POST", "/v1/traces", body, headers)
                answer = connection.getresponse()
                answer.read()
                self.latencies.append(time.monotonic() - begin)
                self.requests += 1
                self.bytes += len(body)
                if answer.status == 429:
                    self.later += 1
                    time.sleep(1)
                elif answer.status != 200:
                    self.failures.append(answer.status)
            if answer.status == 200:
                self.sent += [bytes.fromhex(trace + span) for trace, span in ids]
        connection.close()


def memory_now(here):
    with open(f"/proc/{here.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def stored_spans(ledger):
    """How often each span has an entry; there may be millions."""
    command = [harness.AUDIT, "search", "--json", "-n", "0", "--oldest", "-l", ledger, "has:span"]
    pattern = re.compile(rb'"trace":"([0-9a-f]{32})".*?"span":"([0-9a-f]{16})"')
    counts = collections.Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=harness.environment()) as search:
        for line in search.stdout:
            counts[bytes.fromhex(b"".join(pattern.search(line).groups()).decode())] += 1
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="audit-soak-"))
    try:
        return soak(options, folder / "soak.ledger")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def soak(options, ledger):
    harness.run("init", "-q", ledger)
    here = receiver.Receiver(ledger)
    until = time.monotonic() + options.seconds
    senders = [Sender(here, number, until) for number in range(options.connections)]
    for sender in senders:
        sender.start()
    halves = [0, 0]
    while (left := until - time.monotonic()) > 0:
        half = 0 if left > options.seconds / 2 else 1
        halves[half] = max(halves[half], memory_now(here))
        time.sleep(min(left, 0.1))
    for sender in senders:
        sender.join()
    peak = here.peak_memory()
    code, _ = here.stop()

    stored = stored_spans(ledger)
    verdict = harness.run("verify", "-q", ledger, timeout=900).returncode
    sent = [key for sender in senders for key in sender.sent]
    twice = [key for key, count in stored.items() if count != 1]
    lost = [key for key in sent if key not in stored]
    failures = [status for sender in senders for status in sender.failures]
    latencies = sorted(latency for sender in senders for latency in sender.latencies)
    requests = sum(sender.requests for sender in senders)
    print(
        f"{options.seconds:.0f} s, {options.connections} connections: {requests} requests "
        f"({requests / options.seconds:.0f}/s), {len(sent)} spans, "
        f"{sum(s.bytes for s in senders) >> 20} MiB sent, {sum(s.later for s in senders)} x 429"
    )
    print(
        f"latency: median {latencies[len(latencies) // 2] * 1000:.1f} ms, "
        f"99 % {latencies[len(latencies) * 99 // 100] * 1000:.1f} ms, "
        f"longest {latencies[-1] * 1000:.0f} ms"
    )
    print(
        f"memory: {peak >> 20} MiB at most, {halves[0] >> 20} MiB in the first half, "
        f"{halves[1] >> 20} MiB in the second"
    )
    print(
        f"lost {len(lost)}, stored twice {len(twice)}, other statuses {len(failures)}, "
        f"exit {code}, verify {verdict}"
    )
    grew = halves[1] > halves[0] + MAY_GROW
    return 1 if lost or twice or failures or grew or code != 130 or verdict != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
