"""kill -9 at any moment: afterwards the ledger is intact and holds what was acknowledged, or more.

AUDIT_KILLS=1000 in the environment kills that often; otherwise 40 times, with AUDIT_FULL=1 250 times.
A run that ends before it is killed does not count.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness
import ledger_format

KILLS = int(os.environ.get("AUDIT_KILLS") or (250 if harness.FULL else 40))
ROUNDS_OF_ONE = 50  # so often one ledger is killed; then another one begins
SEED = 20251121


class KilledIngest(harness.Case):
    """One ledger, killed again and again: what one round leaves is where the next begins."""

    def start(self, *words):
        return subprocess.Popen(
            [harness.AUDIT, "ingest", "-q", "-l", self.ledger, "--tee", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=harness.environment(),
        )

    def kill_after(self, process, text, seconds):
        """Sends `text`, kills after a while, returns what was acknowledged by then."""
        timer = time.monotonic() + seconds
        try:
            out, _ = process.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            time.sleep(max(0.0, timer - time.monotonic()))
            process.send_signal(signal.SIGKILL)
            out, _ = process.communicate()
        process.stdin.close()
        # The last line may have been cut by the kill: only whole ones were acknowledged.
        return out[: out.rfind(b"\n") + 1].splitlines()

    def test_an_acknowledged_event_is_lost_or_the_chain_is_broken(self):
        chance = random.Random(SEED)
        killed, partial, number = 0, 0, -1
        while killed < KILLS:
            number += 1
            self.assertLess(number, 4 * KILLS, "hardly any run was killed: make them longer")
            if number % ROUNDS_OF_ONE == 0:
                self.ledger = self.folder / f"{number}.ledger"
                self.init()
                key, before = self.key(), []
            lines = [
                b'{"event_id":"%d-%d","type":"note","text":"round %d %s"}'
                % (number, i, number, b"x" * chance.randrange(1000))
                for i in range(300)
            ]
            process = self.start("--batch", str(chance.choice([1, 7, 64, 4096])))
            seconds = chance.uniform(0.003, 0.15)
            acknowledged = self.kill_after(process, harness.as_lines(lines), seconds)
            killed += process.returncode == -signal.SIGKILL
            partial += 0 < len(acknowledged) < len(lines)
            with self.subTest(round=number, seconds=seconds, seed=SEED):
                self.assertEqual(acknowledged, lines[: len(acknowledged)])
                self.assert_intact()
                if number % 5 == 4:  # the slow judge
                    self.assertIsNone(ledger_format.check(self.ledger, key))
                stored = self.payloads()
                self.assertEqual(stored[: len(before)], before, "what was there before has changed")
                added = stored[len(before) :]
                self.assertEqual(added, lines[: len(added)], "not a prefix of what was sent")
                self.assertGreaterEqual(len(added), len(acknowledged), "acknowledged, and lost")
                before = stored
        print(f"killed {killed} of {number + 1} runs, {partial} in the middle of their output")

    def test_ids_seen_before_a_kill_are_forgotten(self):
        self.init()
        lines = [b'{"event_id":"id-%d","type":"note"}' % i for i in range(6000)]
        process = self.start("--batch", "100")
        self.kill_after(process, harness.as_lines(lines), 0.1)
        there = len(self.payloads())
        again = self.ingest(lines)
        self.assertEqual(again["duplicates"], there)
        self.assertEqual(again["stored"], len(lines) - there)
        self.assertEqual(self.payloads(), lines)
        self.assert_intact()

    def test_sigterm_loses_what_was_read(self):
        self.init()
        process = self.start("--flush-ms", "3600000")
        process.stdin.write(harness.as_lines([{"type": "note", "n": i} for i in range(1000)]))
        process.stdin.flush()
        deadline = time.monotonic() + harness.SECONDS
        # Read by the program: nothing waits in the pipe any more. Then it may be told to end.
        while waiting_bytes(process.stdin.fileno()) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=harness.SECONDS)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(len(out.splitlines()), 1000, "lines that the pipe no longer has")
        self.assertEqual(len(self.payloads()), 1000)
        self.assert_intact()


def waiting_bytes(pipe):
    import array
    import fcntl
    import termios

    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


if __name__ == "__main__":
    unittest.main(verbosity=2)
