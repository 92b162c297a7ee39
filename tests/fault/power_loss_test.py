"""The power fails: what was not synced is lost, in whole or in part, in any order.

fault_shim.c writes down every change the program makes to its files, every sync, and every line it
acknowledges. Here the disk is played again up to some call; what was not synced by then is kept or
dropped by chance. A file's bytes last when the file was synced, its name when its folder was. The
ledger that is left must be intact and hold what was acknowledged.
"""

import os
import pathlib
import random
import shutil
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness
import ledger_format

SEED = 7
SECTOR = 512
# Ways in which one moment may look afterwards: more of them where something has just gone.
CHANCES = 8 if harness.FULL else 2
CHANCES_WHEN_GONE = 20


def read_trace(file):
    """[(op, path, second path, offset, bytes)] in the order in which it happened."""
    data, at, ops = file.read_bytes(), 0, []
    while at < len(data):
        op, path, second, offset, length = struct.unpack_from("<5Q", data, at)
        at += 40
        op = chr(op)
        first_name, at = data[at : at + path].decode(), at + path
        second_name, at = data[at : at + second].decode(), at + second
        content, at = data[at : at + length], at + length
        ops.append((op, first_name, second_name, offset, content))
    return ops


class File:
    def __init__(self, content=b""):
        self.content = bytearray(content)  # what lasts
        self.pending = []  # writes and truncations since the last sync

    def apply(self, change):
        offset, content = change
        if content is None:
            self.content[offset:] = bytes(max(0, offset - len(self.content)))
            return
        self.content.extend(bytes(max(0, offset - len(self.content))))
        self.content[offset : offset + len(content)] = content

    def sync(self):
        for change in self.pending:
            self.apply(change)
        self.pending = []

    def after_crash(self, chance):
        """A copy in which what was not synced is there or not, whole or in part."""
        copy = File(self.content)
        for offset, content in self.pending:
            fate = chance.random()
            if fate < 0.4:
                copy.apply((offset, content))
            elif fate < 0.6 and content:
                copy.apply((offset, content[: SECTOR * chance.randrange(1 + len(content) // SECTOR)]))
        return bytes(copy.content)


class Disk:
    """Files and names, as they are and as they would be after a crash."""

    def __init__(self, folder=None):
        self.names = {}  # as the program sees them
        self.lasting = {}  # as the folder was synced
        self.changes = []  # to names, since then
        self.acknowledged = b""
        for file in folder.iterdir() if folder else ():
            self.names[str(file)] = self.lasting[str(file)] = File(file.read_bytes())

    def play(self, op, path, second, offset, content):
        if op == "A":
            self.acknowledged += content
        elif op == "C":
            self.rename_later({path: File()})
        elif op in ("L", "R"):
            self.rename_later({second: self.names[path], **({path: None} if op == "R" else {})})
        elif op == "U":
            self.rename_later({path: None})
        elif op == "S" and path in self.names:
            self.names[path].sync()
        elif op == "S":
            self.lasting, self.changes = dict(self.names), []
        elif path in self.names:
            self.names[path].pending.append((offset, content if op == "W" else None))

    def rename_later(self, change):
        self.changes.append(change)
        apply_names(self.names, change)

    def crash(self, chance, folder):
        """Writes what is left into `folder`. Names change in order: the journal of the file system."""
        names = dict(self.lasting)
        for change in self.changes[: chance.randrange(len(self.changes) + 1)]:
            apply_names(names, change)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, file in names.items():
            if not name.endswith("-shm"):  # memory, and no more
                (folder / os.path.basename(name)).write_bytes(file.after_crash(chance))


def apply_names(names, change):
    for name, file in change.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


class PowerLoss(harness.Case):
    def setUp(self):
        super().setUp()
        self.shim = os.environ.get("FAULT_SHIM", "")
        if not os.path.exists(self.shim):
            harness.skip_loudly("FAULT_SHIM does not name the built fault_shim.c")
        self.place = self.folder / "place"
        self.place.mkdir()
        self.ledger = self.place / "x.ledger"
        self.left = self.folder / "left"

    def trace(self, *words, stdin=None):
        """Runs the program and returns the disk before and what was done to it."""
        before = Disk(self.place)
        trace = self.folder / "trace"
        env = harness.environment(
            FAULT_UNDER=str(self.place), FAULT_TRACE=str(trace), FAULT_AT="0",
            ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0",
        )
        prefix = ("env", f"LD_PRELOAD={self.shim}")
        result = harness.run(*words, stdin=stdin, env=env, prefix=prefix)
        self.assertEqual(result.returncode, 0, harness.told(result))
        return before, read_trace(trace)

    def each_crash(self, disk, ops):
        """Yields after every operation, for every way in which that moment may look afterwards."""
        chance = random.Random(SEED)
        for number, op in enumerate(ops):
            disk.play(*op)
            for variant in range(CHANCES_WHEN_GONE if op[0] in "UT" else CHANCES):
                disk.crash(chance, self.left)
                with self.subTest(after=number, op=op[:4], variant=variant, seed=SEED):
                    yield

    def judge(self, acknowledged, lines, key):
        ledger = self.left / "x.ledger"
        self.assert_intact(ledger)
        self.assertIsNone(ledger_format.check(ledger, key))
        stored = self.payloads(ledger)
        self.assertEqual(stored, lines[: len(stored)], "not a prefix of what was sent")
        self.assertGreaterEqual(len(stored), len(acknowledged), "acknowledged, and lost")

    def test_an_acknowledged_event_is_lost_with_the_power(self):
        self.init()
        key = self.key()
        lines = [b'{"event_id":"%d","type":"note","text":"line %d"}' % (i, i) for i in range(6)]
        disk, ops = self.trace(
            "ingest", "-q", "-l", self.ledger, "--tee", "--batch", "2", "-",
            stdin=harness.as_lines(lines),
        )
        kinds = {op for op, *_ in ops}
        self.assertLessEqual({"A", "C", "W", "S"}, kinds, "the shim sees too little")
        for _ in self.each_crash(disk, ops):
            self.judge(disk.acknowledged.splitlines(), lines, key)
        self.assertEqual(disk.acknowledged, harness.as_lines(lines))

    def test_the_log_is_lost_while_it_is_moved_into_the_ledger(self):
        # More than fits the log before it is moved: many pages are written twice.
        self.init()
        key = self.key()
        lines = [b'{"type":"note","text":"%d %s"}' % (i, b"y" * 30_000) for i in range(6)]
        disk, ops = self.trace(
            "ingest", "-q", "-l", self.ledger, "--tee", "--batch", "3", "--index", "later", "-",
            stdin=harness.as_lines(lines),
        )
        for _ in self.each_crash(disk, ops):
            self.judge(disk.acknowledged.splitlines(), lines, key)

    def test_init_leaves_half_a_ledger_without_power(self):
        disk, ops = self.trace("init", self.ledger)
        self.assertLessEqual({"A", "C", "W", "S", "L", "U"}, {op for op, *_ in ops})
        for _ in self.each_crash(disk, ops):
            ledger = self.left / "x.ledger"
            if not ledger.exists():
                self.assertNotIn(b"created", disk.acknowledged, "said to be there, and lost")
                continue
            self.assertTrue((self.left / "x.ledger.pub").exists())
            self.assert_intact(ledger, "--key", self.left / "x.ledger.pub", "--require", "signed")
            self.assertIsNone(ledger_format.check(ledger, self.key(ledger)))
            self.ingest([{"type": "after"}], ledger=ledger)

    def test_a_rotation_loses_the_key_with_the_power(self):
        self.init()
        self.ingest([{"type": "before"}])
        first = self.folder / "first.pub"
        shutil.copy(f"{self.ledger}.pub", first)
        disk, ops = self.trace("init", self.ledger, "--rotate-key")
        self.assertLessEqual({"A", "C", "W", "S", "R"}, {op for op, *_ in ops})
        for _ in self.each_crash(disk, ops):
            ledger = self.left / "x.ledger"
            verdict = self.assert_intact(ledger, "--key", first, "--require", "signed")
            if disk.acknowledged:
                self.assertEqual(verdict.report["size"], 3, "said to be rotated, and is not")
                self.assertFalse((self.left / "x.ledger.key.new").exists())
            self.ingest([{"type": "after"}], ledger=ledger)
            self.assert_intact(ledger, "--key", self.left / "x.ledger.pub", "--require", "signed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
