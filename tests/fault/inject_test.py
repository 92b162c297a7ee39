"""Every system call of init, a small ingest, an erasure, a copy and a rotation goes wrong once, in each of six ways.

usage: inject_test.py [Init|Ingest...|Erase|Copy|Rotate]

Whatever happens: the program ends, with an exit code that is documented; what it acknowledged is in
the ledger; the ledger is intact, and can be written again. Needs FAULT_SHIM, the built fault_shim.c.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness
import ledger_format

LINES = [b'{"type":"note","text":"line %d"}' % i for i in range(4)]
KINDS = ("eio", "enospc", "full", "short", "kill", "torn")
KILLED = -9


class Faults(harness.Case):
    def setUp(self):
        super().setUp()
        self.shim = os.environ.get("FAULT_SHIM", "")
        if not os.path.exists(self.shim):
            harness.skip_loudly("FAULT_SHIM does not name the built fault_shim.c")
        self.place = self.folder / "place"
        self.ledger = self.place / "x.ledger"

    def init_pristine(self):
        """The ledger that every run begins with a copy of."""
        self.pristine = self.folder / "pristine"
        self.pristine.mkdir()
        self.init(self.pristine / "x.ledger")
        return self.pristine / "x.ledger"

    def run_on_copy(self, *words, **fault):
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.pristine, self.place)
        return self.run_faulty(*words, **fault)

    def sweep_calls(self, kind, run, judge, least, goes_on_every=1):
        """Each system call of `run` goes wrong once; how many runs failed. Some are asked to go on.

        Without AUDIT_FULL each kind takes every second call, one kind the even ones, the next the odd.
        """
        clean = run(kind, 0)
        self.assertEqual(clean.returncode, 0, harness.told(clean))
        calls = int((self.folder / "count").read_text())
        self.assertGreater(calls, least, "the shim sees too little")
        went_wrong = 0
        step = 1 if harness.FULL else 2
        for at in range(1 + KINDS.index(kind) % step, calls + 1, step):
            with self.subTest(kind=kind, at=at):
                result = run(kind, at)
                went_wrong += result.returncode != 0
                judge(result, kind, goes_on=harness.FULL or at // step % goes_on_every == 0)
        if kind != "short":  # the rest of what was not written is written
            self.assertGreater(went_wrong, 5, "the faults have no effect: is the shim loaded?")
        return went_wrong

    def run_faulty(self, *words, kind="eio", at=0, stdin=None):
        asan = "verify_asan_link_order=0:detect_leaks=0"
        count = self.folder / "count"
        env = harness.environment(
            FAULT_UNDER=str(self.place), FAULT_AT=str(at), FAULT_KIND=kind, FAULT_COUNT=str(count),
            ASAN_OPTIONS=asan,
        )
        # Through env(1): the shim must not be loaded into Python's own fork.
        prefix = ("env", f"LD_PRELOAD={self.shim}")
        return harness.run(*words, stdin=stdin, env=env, prefix=prefix)

    def assert_documented(self, result, kind):
        allowed = harness.DOCUMENTED | ({KILLED, 137} if kind in ("kill", "torn") else set())
        self.assertIn(result.returncode, allowed, harness.told(result))
        # A fault of the disk is neither tampering nor a damaged file nor a mistake of the caller.
        self.assertNotIn(result.returncode, {1, 2, 65}, harness.told(result))
        if kind in ("enospc", "full", "eio") and result.returncode != 0:
            # 77: what cannot be opened for writing SQLite opens for reading, without a word.
            self.assertIn(result.returncode, {74, 75, 77, 78}, harness.told(result))


class Ingest(Faults):
    def setUp(self):
        super().setUp()
        self.signer = self.key(self.init_pristine())

    def ingest_faulty(self, kind, at, index):
        return self.run_on_copy(
            "ingest", "-l", self.ledger, "--tee", "--batch", "1", "--index", index, "-",
            kind=kind, at=at, stdin=harness.as_lines(LINES),
        )

    def judge(self, result, kind, goes_on):
        self.assert_documented(result, kind)
        acknowledged = result.stdout.splitlines()
        self.assertEqual(acknowledged, LINES[: len(acknowledged)])
        if result.returncode == 0:
            self.assertEqual(acknowledged, LINES, "success, but not all was acknowledged")
        self.assert_intact()
        self.assertIsNone(ledger_format.check(self.ledger, self.signer))
        stored = self.payloads()
        self.assertEqual(stored, LINES[: len(stored)], "not a prefix of what was sent")
        self.assertGreaterEqual(len(stored), len(acknowledged), "an acknowledged line is lost")
        if not goes_on:
            return
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=b'{"type":"after"}\n')
        self.assertEqual(self.payloads(), [*stored, b'{"type":"after"}'])
        self.assert_intact()

    def sweep(self, kind, index):
        went_wrong = self.sweep_calls(
            kind, lambda kind, at: self.ingest_faulty(kind, at, index), self.judge, 40, goes_on_every=4
        )
        if kind != "short":
            self.assertGreater(went_wrong, 10, "the faults have no effect: is the shim loaded?")


class Erase(Faults):
    """All of an erasure or nothing; and done again, it is done."""

    WORD = b"zyxander"

    def setUp(self):
        super().setUp()
        ledger = self.init_pristine()
        lines = [{"event_id": f"e{i}", "user": "zyxander" if i % 3 else "other", "text": f"{i} zyxander"}
                 for i in range(300)]
        self.ingest(lines, ledger=ledger)
        self.kept = self.folder / "kept"
        self.assert_intact(ledger, "--save", self.kept)

    def erase_faulty(self, kind, at):
        return self.run_on_copy(
            "erase", "-l", self.ledger, "--what", "entry", "zyxander", "--reason", "case 1",
            "--authority", "the court", "--yes", kind=kind, at=at,
        )

    def erased(self):
        with ledger_format.Book.open(self.ledger) as book:
            return sum(row["stored"] == 3 for row in book.rows())

    def judge(self, result, kind, goes_on):
        self.assert_documented(result, kind)
        self.assert_intact(None, "--known", self.kept)
        erased = self.erased()
        self.assertIn(erased, (0, 300), "half of a transaction")
        if result.returncode == 0:
            self.assertEqual(erased, 300, "success, and nothing was erased")
            self.assert_nowhere()
        if not goes_on:
            return
        again = harness.run("erase", "-l", self.ledger, "--what", "entry", "--seq", "1..300", "--reason",
                            "case 1", "--authority", "the court", "--yes")
        self.assertEqual(again.returncode, 0, harness.told(again))
        self.assertEqual(self.erased(), 300)
        self.assert_nowhere()
        self.assert_intact(None, "--known", self.kept)

    def assert_nowhere(self):
        for file in self.place.iterdir():
            self.assertNotIn(self.WORD, file.read_bytes(), file.name)

    def sweep(self, kind):
        self.sweep_calls(kind, self.erase_faulty, self.judge, 60, goes_on_every=4)


class Copy(Faults):
    """A whole copy or none; and the ledger is as it was."""

    def setUp(self):
        super().setUp()
        ledger = self.init_pristine()
        self.ingest([{"type": "note", "text": f"line {i}"} for i in range(50)], ledger=ledger)
        self.copy = self.place / "copy.ledger"

    def copy_faulty(self, kind, at):
        return self.run_on_copy("export", "-l", self.ledger, "--copy", self.copy, kind=kind, at=at)

    def judge(self, result, kind, goes_on):
        self.assert_documented(result, kind)
        self.assertEqual(self.copy.exists() or result.returncode != 0, True, "success, and there is no copy")
        if self.copy.exists():
            self.assertEqual(self.assert_intact(self.copy).report["size"], 51)
            self.assertEqual(self.payloads(self.copy), self.payloads())
        if kind not in ("kill", "torn") and not self.copy.exists():
            self.assertEqual([name for name in os.listdir(self.place) if "copy" in name], [], "a part of a copy is left")
        self.assert_intact()

    def sweep(self, kind):
        self.sweep_calls(kind, self.copy_faulty, self.judge, 20)


class Rotate(Faults):
    """The one key is in force or the other, and whoever writes next has it."""

    def setUp(self):
        super().setUp()
        ledger = self.init_pristine()
        self.ingest(LINES, ledger=ledger)
        self.kept, self.first = self.folder / "kept", self.folder / "first.pub"
        self.assert_intact(ledger, "--save", self.kept)
        shutil.copy(f"{ledger}.pub", self.first)

    def rotate_faulty(self, kind, at):
        return self.run_on_copy("init", "-q", self.ledger, "--rotate-key", kind=kind, at=at)

    def rotations(self):
        with ledger_format.Book.open(self.ledger) as book:
            return book.size - len(LINES) - 1

    def assert_sealed(self):
        self.assert_intact(None, "--key", self.first, "--known", self.kept, "--require", "signed,anchored")

    def judge(self, result, kind, goes_on):
        self.assert_documented(result, kind)
        rotated = self.rotations()
        self.assertIn(rotated, (0, 1))
        left = self.place / "x.ledger.key.new"
        if result.returncode == 0:
            self.assertEqual(rotated, 1, "success, and no rotation")
            self.assertFalse(left.exists())
        self.run_ok("ingest", "-q", "-l", self.ledger, "-", stdin=b'{"type":"after"}\n')
        self.assertEqual(self.payloads()[-1], b'{"type":"after"}')
        self.assertFalse(rotated and left.exists(), "the next writer did not finish it")
        public = pathlib.Path(f"{self.ledger}.pub").read_text().splitlines()
        self.assertEqual(public[-1], self.key().verifier, "the key in force has no line in LEDGER.pub")
        self.assertEqual(len(public), 1 + rotated)
        self.assert_sealed()
        if goes_on:
            self.rotate_again(left)

    def rotate_again(self, left):
        if left.exists():
            refused = harness.run("init", "-q", self.ledger, "--rotate-key")
            self.assertEqual(refused.returncode, 73, harness.told(refused))
            left.unlink()
        self.run_ok("init", "-q", self.ledger, "--rotate-key")
        self.ingest([{"type": "last"}])
        self.assert_sealed()
        self.assert_intact(None, "--key", f"{self.ledger}.pub", "--require", "signed")
        words = [sys.executable, harness.REVERIFY, self.ledger, "--key", self.first, "--known", self.kept]
        told = subprocess.run(words, capture_output=True, check=False)
        self.assertEqual(told.returncode, 0, harness.told(told))

    def sweep(self, kind):
        self.sweep_calls(kind, self.rotate_faulty, self.judge, 30, goes_on_every=8)


class Init(Faults):
    def init_faulty(self, kind, at):
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        return self.run_faulty("init", "-q", self.ledger, kind=kind, at=at)

    def judge(self, result, kind, goes_on):
        self.assert_documented(result, kind)
        if self.ledger.exists():
            self.assertTrue((self.place / "x.ledger.pub").exists(), "a ledger without its verifier key")
            self.assertTrue((self.place / "x.ledger.key").exists(), "a ledger without its key")
            self.assert_intact()
            self.assertIsNone(ledger_format.check(self.ledger, self.key()))
            self.ingest([{"type": "after"}])
            self.assert_intact()
        else:
            self.assertNotEqual(result.returncode, 0, "success, and there is no ledger")
        if result.returncode > 0 and not self.ledger.exists():
            left = sorted(os.listdir(self.place))
            # What could not be taken away again must not be taken for a ledger.
            self.assertFalse([name for name in left if name == "x.ledger"], left)

    def sweep(self, kind):
        self.sweep_calls(kind, self.init_faulty, self.judge, 20)


class IngestRefused(Ingest):
    """The system says no."""


class IngestCut(Ingest):
    """The process ends, or a write ends before its end."""


class IngestWithIndex(Ingest):
    """The index comes last and adds little: two kinds are enough."""


def add_tests():
    """One named test per kind of fault."""
    for kind in KINDS:
        name = f"test_init_leaves_half_a_ledger_after_{kind}"
        setattr(Init, name, lambda self, kind=kind: self.sweep(kind))
        group = IngestRefused if kind in ("eio", "enospc", "full") else IngestCut
        name = f"test_ingest_loses_or_breaks_something_after_{kind}"
        setattr(group, name, lambda self, kind=kind: self.sweep(kind, "later"))
        name = f"test_erase_leaves_half_an_erasure_or_words_after_{kind}"
        setattr(Erase, name, lambda self, kind=kind: self.sweep(kind))
        name = f"test_a_copy_is_half_a_ledger_after_{kind}"
        setattr(Copy, name, lambda self, kind=kind: self.sweep(kind))
        name = f"test_a_rotation_leaves_no_key_or_two_after_{kind}"
        setattr(Rotate, name, lambda self, kind=kind: self.sweep(kind))
    for kind in ("eio", "torn"):
        name = f"test_ingest_with_index_loses_or_breaks_something_after_{kind}"
        setattr(IngestWithIndex, name, lambda self, kind=kind: self.sweep(kind, "now"))


add_tests()

if __name__ == "__main__":
    unittest.main(verbosity=2)
