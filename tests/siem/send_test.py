#!/usr/bin/env python3
"""export --syslog --to: every entry arrives, whatever breaks on the way."""

import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from support_siem import AUDIT, SiemCase, environment, run, told

PATIENCE = 30


class Receiver:
    """Takes frames (RFC 6587) or datagrams; may hang up in the middle of one."""

    def __init__(self, listener, tls=None, hang_up_after=None):
        self.listener = listener
        self.tls = tls
        self.hang_up_after = hang_up_after
        self.lines = []
        self.is_open = True
        self.connections = 0
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while self.is_open:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                if self.tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                self.take(connection)
            except (OSError, ValueError):
                pass
            connection.close()

    def take(self, connection):
        held = b""
        budget = self.hang_up_after
        while True:
            piece = connection.recv(4096)
            if not piece:
                return
            held += piece
            held = self.cut(held)
            if budget is not None:
                budget -= len(piece)
                if budget < 0:
                    self.hang_up_after = None  # once
                    return

    def cut(self, held):
        while True:
            match = re.match(rb"(\d+) ", held)
            if not match or len(held) < match.end() + int(match[1]):
                return held
            end = match.end() + int(match[1])
            self.lines.append(held[match.end() : end].decode())
            held = held[end:]

    def numbers(self):
        return [int(re.search(r' seq="(\d+)"', line)[1]) for line in list(self.lines)]

    def wait_for(self, number):
        end = time.monotonic() + PATIENCE
        while number not in self.numbers() and time.monotonic() < end:
            time.sleep(0.02)
        return self.numbers()

    def close(self):
        self.is_open = False
        # A thread in accept() is not woken by close().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(PATIENCE)


class Send(SiemCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([{"type": "message", "n": n, "agent": "x" * 200} for n in range(300)])
        self.state = self.folder / "sent"

    def listen(self, **how):
        listener = socket.create_server(("127.0.0.1", how.pop("port", 0)))
        receiver = Receiver(listener, **how)
        self.addCleanup(lambda: receiver.is_open and receiver.close())
        return receiver, f"tcp://127.0.0.1:{listener.getsockname()[1]}"

    def send(self, address, *words, code=0, **how):
        result = run("export", "--syslog", "-l", self.ledger, "--to", address, *words, **how)
        self.assertEqual(result.returncode, code, told(result))
        return result

    def follow(self, address, *words):
        process = subprocess.Popen(
            [AUDIT, "export", "--syslog", "--follow", "-l", str(self.ledger), "--to", address, *map(str, words)],
            stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process, sign=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(sign)
        process.communicate(timeout=PATIENCE)
        return process.returncode

    def test_lines_arrive_changed_or_not_at_all(self):
        receiver, address = self.listen()
        self.send(address)
        receiver.wait_for(300)
        self.assertEqual(receiver.lines, self.export("syslog"))

    def test_a_local_socket_takes_nothing(self):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            path = self.folder / f"log{int(kind)}"
            listener = socket.socket(socket.AF_UNIX, kind)
            listener.bind(str(path))
            if kind == socket.SOCK_STREAM:
                listener.listen()
                receiver = Receiver(listener)
                self.send(f"unix:{path}")
                receiver.wait_for(300)
                self.assertEqual(receiver.lines, self.export("syslog"))
                receiver.close()
                continue
            got = []
            taker = threading.Thread(target=lambda: got.extend(listener.recv(1 << 16) for _ in range(300)), daemon=True)
            taker.start()
            self.send(f"unix:{path}")
            taker.join(PATIENCE)
            self.assertEqual([line.decode() for line in got], self.export("syslog"))
            listener.close()

    def test_a_connection_that_breaks_loses_lines(self):
        receiver, address = self.listen(hang_up_after=30_000)
        result = self.send(address)
        receiver.wait_for(300)
        self.assertEqual(receiver.connections, 2)
        self.assertEqual(sorted(set(receiver.numbers())), list(range(1, 301)))
        self.assertIn(b"broke", result.stderr)

    def test_a_receiver_that_comes_later_gets_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        process = self.follow(f"tcp://127.0.0.1:{port}", "--resume", self.state)
        time.sleep(0.5)
        receiver, _ = self.listen(port=port)
        self.assertEqual(receiver.wait_for(300), list(range(1, 301)))
        self.ingest([{"type": "decision"}])
        self.assertEqual(receiver.wait_for(301)[-1], 301)
        self.assertEqual(self.end(process), 130)

    def test_a_restart_sends_all_again_or_leaves_a_gap(self):
        receiver, address = self.listen()
        self.send(address, "--resume", self.state, "-n", "100")
        self.assertEqual(receiver.wait_for(100), list(range(1, 101)))
        self.assertRegex(self.state.read_text(), r"^audit\.delivery/1 [0-9a-f]{32} 100 [0-9a-f]{64}\n$")
        self.send(address, "--resume", self.state)
        self.assertEqual(receiver.wait_for(300), list(range(1, 301)))
        self.send(address, "--resume", self.state, code=1)
        self.assertEqual(len(receiver.numbers()), 300)

    def test_a_kill_leaves_a_gap(self):
        receiver, address = self.listen()
        for _ in range(6):
            process = self.follow(address, "--resume", self.state)
            self.ingest([{"type": "message", "n": n} for n in range(40)])
            time.sleep(0.12)
            self.end(process, signal.SIGKILL)
        self.send(address, "--resume", self.state, code=0 if self.is_behind() else 1)
        last = 300 + 6 * 40
        self.assertEqual(sorted(set(receiver.wait_for(last))), list(range(1, last + 1)))

    def is_behind(self):
        return not self.state.exists() or self.state.read_text().split()[2] != str(300 + 6 * 40)

    def test_the_state_of_another_ledger_is_believed(self):
        receiver, address = self.listen()
        self.send(address, "--resume", self.state)
        other = self.folder / "y.ledger"
        self.init(other)
        self.ingest([{"type": "message"}] * 400, ledger=other)
        result = run("export", "--syslog", "-l", other, "--to", address, "--resume", self.state)
        self.assertEqual(result.returncode, 78, told(result))
        for text in ("", "junk\n", "audit.delivery/1 x y z\n", "x" * 1_000_000):
            self.state.write_text(text)
            self.send(address, "--resume", self.state, code=78)
        receiver.close()

    def certificate(self):
        openssl = shutil.which("openssl")
        self.assertTrue(openssl, "no openssl")
        made = [self.folder / "key.pem", self.folder / "cert.pem"]
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", made[0], "-out", made[1],
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True,
        )  # fmt: skip
        return made

    def test_tls_is_sent_to_whoever_answers(self):
        key, certificate = self.certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        receiver, address = self.listen(tls=context)
        port = address.rsplit(":", 1)[1]
        self.send(f"tls://localhost:{port}", "--tls-ca", certificate)
        receiver.wait_for(300)
        self.assertEqual(receiver.lines, self.export("syslog"))
        del receiver.lines[:]
        # Of a name that the certificate does not have, and of nobody the system knows.
        for words in (("tls://127.0.0.1:" + port, "--tls-ca", certificate), ("tls://localhost:" + port,)):
            process = self.follow(*words)
            time.sleep(1)
            self.assertEqual(self.end(process), 130)
            self.assertEqual(receiver.lines, [])

    def test_an_address_that_is_none(self):
        for address in ("", "udp://h:1", "tcp://h", "tcp://:1", "tcp://h:", "tcp://h:x", "tcp://h:1/x", "unix:",
                        "unix:" + "x" * 200, "h:1"):  # fmt: skip
            result = run("export", "--syslog", "-l", self.ledger, "--to", address)
            self.assertEqual(result.returncode, 2, (address, told(result)))
        for words in (("--cef", "--to", "unix:/x"), ("--syslog", "--resume", "x"),
                      ("--syslog", "--to", "unix:/x", "-o", "x"), ("--syslog", "--tls-ca", "x")):  # fmt: skip
            result = run("export", "-l", self.ledger, *words)
            self.assertEqual(result.returncode, 2, (words, told(result)))


if __name__ == "__main__":
    unittest.main()
