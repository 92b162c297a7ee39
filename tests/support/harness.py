"""What the tests that run the program share: where it is, a place to work, how to ask it.

AUDIT names the program (ctest sets it). Every test has a folder of its own in `self.folder`.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from ledger_format import Book, SigningKey

AUDIT = os.environ.get("AUDIT") or shutil.which("audit")
ROOT = pathlib.Path(__file__).resolve().parents[2]
REVERIFY = ROOT / "scripts" / "reverify.py"
FULL = os.environ.get("AUDIT_FULL", "") not in ("", "0")
SECONDS = 60

# Memory, where there is some: the tests sync many thousand times.
FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) and "TMPDIR" not in os.environ else None

# What product.md promises; 70 is documented too, as a bug of the program.
DOCUMENTED = {0, 1, 2, 3, 4, 65, 66, 73, 74, 75, 77, 78, 130}


def environment(**more):
    """The caller's, without what would change the program's mind."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AUDIT")}
    for name in ("PAGER", "NO_COLOR", "CLICOLOR_FORCE", "SOURCE_DATE_EPOCH"):
        kept.pop(name, None)
    # Looking for leaks takes long and finds nothing in a program that was killed.
    kept.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    return {**kept, "AUDIT_CONFIG": "", "AUDIT_STATE": "", "LC_ALL": "C.UTF-8", "TZ": "UTC", **more}


def run(*words, stdin=None, timeout=SECONDS, env=None, prefix=(), cwd=None):
    """Runs the program; a run that does not end fails the test."""
    command = [*map(str, prefix), AUDIT, *map(str, words)]
    return subprocess.run(
        command,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=timeout,
        env=env or environment(),
        cwd=cwd,
        check=False,
    )


def told(result):
    """What a run said, for messages of failed tests."""
    return f"exit {result.returncode}\n{result.stdout.decode(errors='replace')[-2000:]}\n" + (
        result.stderr.decode(errors="replace")[-2000:]
    )


def skip_loudly(why):
    print(f"\nSKIPPED: {why}", file=sys.stderr, flush=True)
    raise unittest.SkipTest(why)


class Verdict:
    """The answer of `audit verify --json`."""

    def __init__(self, result):
        self.code = result.returncode
        try:
            self.report = json.loads(result.stdout)
        except ValueError:
            self.report = {"verdict": None, "findings": [], "limits": [], "level": [], "checks": []}
        self.verdict = self.report["verdict"]
        self.findings = {(f["kind"], f["seq"]) for f in self.report["findings"]}
        self.kinds = {kind for kind, _ in self.findings}
        self.entries = {seq for _, seq in self.findings if seq is not None}
        self.level = set(self.report["level"])
        self.limits = " ".join(self.report["limits"])
        self.text = told(result)


class Case(unittest.TestCase):
    """A test with a folder and a program."""

    longMessage = True

    def setUp(self):
        if not AUDIT:
            self.fail("AUDIT does not name the program")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="audit-test-", dir=FAST)).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ledger = self.folder / "x.ledger"

    def run_ok(self, *words, **how):
        result = run(*words, **how)
        self.assertEqual(result.returncode, 0, told(result))
        return result

    def init(self, ledger=None, origin="test.example/log"):
        self.run_ok("init", "-q", ledger or self.ledger, "--origin", origin)

    def ingest(self, lines, *words, ledger=None):
        """Appends lines (bytes, or objects to be written as JSON)."""
        result = self.run_ok(
            "ingest", "--json", "-l", ledger or self.ledger, *words, "-", stdin=as_lines(lines)
        )
        return json.loads(result.stdout)

    def verify(self, ledger=None, *words, **how):
        return Verdict(run("verify", "--json", ledger or self.ledger, *words, **how))

    def payloads(self, ledger=None):
        """The payloads of all events, read without the program."""
        with Book.open(ledger or self.ledger) as book:
            return [bytes(row["payload"] or b"") for row in book.rows()[1:]]

    def key(self, ledger=None):
        ledger = pathlib.Path(ledger or self.ledger)
        with Book.open(ledger) as book:
            return SigningKey.read(f"{ledger}.key", book.origin)

    def assert_intact(self, ledger=None, *words, **how):
        verdict = self.verify(ledger, *words, **how)
        self.assertEqual((verdict.code, verdict.verdict), (0, "intact"), verdict.text)
        return verdict


def as_lines(lines):
    def one(line):
        return line if isinstance(line, bytes) else json.dumps(line, separators=(",", ":")).encode()

    return b"".join(one(line) + b"\n" for line in lines)
