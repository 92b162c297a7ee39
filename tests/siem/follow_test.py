#!/usr/bin/env python3
"""export --follow: a pipe that feeds a forwarder."""

import json
import os
import select
import signal
import subprocess
import time
import unittest

from support_siem import AUDIT, LINES, SiemCase, environment, run, told

FOLLOWED = ("jsonl", "csv", *LINES)
PATIENCE = 20


class Pipe:
    """A running export, and what it has written so far."""

    def __init__(self, ledger, *words):
        self.process = subprocess.Popen(
            [AUDIT, "export", "--follow", "-l", str(ledger), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        )  # fmt: skip
        self.text = b""

    def wait_for(self, lines):
        end = time.monotonic() + PATIENCE
        while self.text.count(b"\n") < lines and time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                self.text += os.read(self.process.stdout.fileno(), 1 << 16)
        return self.text

    def end(self, sign):
        self.process.send_signal(sign)
        rest, error = self.process.communicate(timeout=PATIENCE)
        self.text += rest
        return self.process.returncode, error


class Follow(SiemCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.ingest([{"type": "message", "n": n} for n in range(3)])

    def test_what_is_there_or_what_comes_is_lost(self):
        for form in FOLLOWED:
            ledger = self.folder / f"{form}.ledger"
            self.init(ledger)
            self.ingest([{"type": "message", "n": n} for n in range(3)], ledger=ledger)
            pipe = Pipe(ledger, f"--{form}")
            head = 1 if form == "csv" else 0
            pipe.wait_for(head + 3)
            self.ingest([{"type": "decision"}, {"type": "message"}], ledger=ledger)
            pipe.wait_for(head + 5)
            code, error = pipe.end(signal.SIGINT)
            self.assertEqual(code, 130, error)
            whole = self.run_ok("export", f"--{form}", "-l", ledger).stdout
            self.assertEqual(pipe.text, whole, form)

    def test_it_tells_what_was_not_asked_for(self):
        pipe = Pipe(self.ledger, "--jsonl", "type:decision")
        self.ingest([{"type": "message"}, {"type": "decision"}])
        pipe.wait_for(1)
        pipe.end(signal.SIGTERM)
        self.assertEqual([json.loads(line)["seq"] for line in pipe.text.splitlines()], [5])

    def test_a_signal_leaves_part_of_a_line(self):
        self.ingest([{"type": "message", "text": "x" * 20_000} for _ in range(3000)])
        for sign in (signal.SIGINT, signal.SIGTERM):
            pipe = Pipe(self.ledger, "--jsonl")
            pipe.wait_for(50)
            code, error = pipe.end(sign)
            self.assertIn(code, (130, 143), error)
            self.assertTrue(pipe.text.endswith(b"\n"), pipe.text[-100:])
            for line in pipe.text.splitlines():
                json.loads(line)

    def test_it_goes_on_when_nobody_reads(self):
        pipe = Pipe(self.ledger, "--cef")
        pipe.wait_for(3)
        pipe.process.stdout.close()
        self.ingest([{"type": "message"}])
        self.assertIn(pipe.process.wait(timeout=PATIENCE), (0, 141, -signal.SIGPIPE))
        pipe.process.stderr.close()

    def test_a_number_of_entries_does_not_end_it(self):
        result = self.run_ok("export", "--follow", "--leef", "-n", "2", "-l", self.ledger)
        self.assertEqual(result.stdout.count(b"\n"), 2)

    def test_what_is_no_line_is_followed(self):
        for form in ("json", "pdf", "raw"):
            result = run("export", f"--{form}", "--follow", "-o", "-", "-l", self.ledger)
            self.assertEqual(result.returncode, 2, told(result))
        result = run("export", "--cef", "--follow", "-o", self.folder / "f", "-l", self.ledger)
        self.assertEqual(result.returncode, 2, told(result))
        self.assertFalse((self.folder / "f").exists())


if __name__ == "__main__":
    unittest.main()
