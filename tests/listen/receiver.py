"""`audit ingest --listen` as a process, and what to send to it. Python's standard library only."""

import http.client
import json
import os
import random
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import time

import harness

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
LINES = "application/x-ndjson"


class Receiver:
    """Started when it is made; said() is what it wrote to standard error so far."""

    def __init__(self, ledger, *words, port=0, host="127.0.0.1", prefix=(), stdout=subprocess.PIPE):
        self.process = subprocess.Popen(
            [*prefix, harness.AUDIT, "ingest", "-l", str(ledger)]
            + ["--listen", f"{host}:{port}", *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=harness.environment(),
        )
        os.set_blocking(self.process.stderr.fileno(), False)
        self.text = ""
        found = self.wait_for(r"(https?)://([0-9.]+|\[[0-9a-f:]+\]):(\d+)")
        self.scheme, self.host, self.port = found[1], found[2].strip("[]"), int(found[3])
        self.context = None

    def said(self):
        """All of standard error until now."""
        while select.select([self.process.stderr], [], [], 0)[0]:
            more = os.read(self.process.stderr.fileno(), 65536)
            if not more:
                break
            self.text += more.decode(errors="replace")
        return self.text

    def wait_for(self, pattern):
        deadline = time.monotonic() + harness.SECONDS
        while time.monotonic() < deadline:
            found = re.search(pattern, self.said())
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"the receiver did not say {pattern!r}: {self.said()}")

    def connect(self, timeout=harness.SECONDS):
        if self.scheme == "https":
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=timeout, context=self.context
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def socket(self):
        return socket.create_connection((self.host, self.port), timeout=harness.SECONDS)

    def ask(self, method, path, body=None, kind=JSON, **headers):
        """One request on a connection of its own: (status, body, headers)."""
        connection = self.connect()
        try:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            if kind:
                fields["Content-Type"] = kind
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def post(self, path, body, kind=JSON, **headers):
        return self.ask("POST", path, body, kind, **headers)

    def raw(self, data, seconds=harness.SECONDS):
        """Sends bytes as they are; what comes back until the connection ends."""
        with self.socket() as peer:
            peer.sendall(data)
            return read_all(peer, seconds)

    def stop(self, how=signal.SIGTERM):
        """Ends it; (exit status, standard output)."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=harness.SECONDS)
        self.text += err.decode(errors="replace")
        return self.process.returncode, out

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def peak_memory(self):
        """In bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1]) * 1024


def read_all(peer, seconds=harness.SECONDS):
    peer.settimeout(seconds)
    data = b""
    while True:
        try:
            more = peer.recv(65536)
        except ConnectionResetError:
            return data
        if not more:
            return data
        data += more


def status_of(data):
    """Of the bytes of an answer."""
    return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.1 ") else None


# --- OTLP, written from the specification -----------------------------------------------------------


def span_ids(count, seed=None):
    chance = random.Random(seed)
    return [(chance.randbytes(16).hex(), chance.randbytes(8).hex()) for _ in range(count)]


def json_spans(ids, name="step", text=""):
    """A request of OTLP in JSON."""
    spans = [
        {
            "traceId": trace,
            "spanId": span,
            "name": name,
            "kind": 1,
            "startTimeUnixNano": "1700000000000000000",
            "endTimeUnixNano": "1700000001000000000",
            "attributes": [{"key": "note", "value": {"stringValue": text}}] if text else [],
        }
        for trace, span in ids
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "tester"}}]}
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    return json.dumps(request, separators=(",", ":")).encode()


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def protobuf_spans(ids, name="step"):
    """The same in protobuf."""
    spans = b"".join(
        field(
            2,
            field(1, bytes.fromhex(trace))
            + field(2, bytes.fromhex(span))
            + field(5, name.encode())
            + varint(6 << 3)
            + b"\x01"
            + varint(7 << 3 | 1)
            + struct.pack("<Q", 1700000000000000000)
            + varint(8 << 3 | 1)
            + struct.pack("<Q", 1700000001000000000),
        )
        for trace, span in ids
    )
    return field(1, field(2, spans))


def read_message(data):
    """The fields of a message of protobuf: {number: value}; bytes and varints only."""
    fields, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            fields[tag >> 3] = number()
        else:
            length = number()
            fields[tag >> 3] = data[at : at + length]
            at += length
    return fields


def stored_spans(ledger):
    """How often each (trace, span) has an entry."""
    result = harness.run("search", "--json", "-n", "0", "--oldest", "-l", ledger, "has:span")
    counts = {}
    for line in result.stdout.splitlines():
        entry = json.loads(line)
        key = (entry["trace"], entry["span"])
        counts[key] = counts.get(key, 0) + 1
    return counts


def insecure_context():
    """For certificates that the test made itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
