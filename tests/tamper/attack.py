"""A ledger to be attacked, and two judges of what is left of it: what the tests of this folder share."""

import atexit
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile

import harness
from ledger_format import Book, SigningKey

ORIGIN = "test.example/log"
FULL_EVENT = {
    "event_id": "0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911", "type": "tool.call",
    "time": "2026-08-01T12:00:00Z", "agent": "billing-agent", "agent_version": "1.2",
    "team": "billing", "environment": "prod", "region": "eu", "user": "alice", "session": "s-42",
    "trace": "4bf92f3577b34da6a3ce929d0e0e4736", "span": "00f067aa0ba902b7",
    "parent": "00f067aa0ba902b8", "step": 3, "links": ["evt-1", "evt-2"], "request_id": "r1",
    "model": "m-large", "provider": "acme", "tool": "refund", "tool_call_id": "call_7",
    "action": "pay", "side_effect": True, "resource": "invoice/1001", "destination": "bank",
    "status": "ok", "error": "none", "duration_us": 1500, "tokens_in": 10, "tokens_out": 20,
    "cost_usd": 0.5, "policy": "limit", "rule": "abc", "rule_version": "def", "decision": "allow",
    "approval": "granted", "approver": "bob", "reason": "duplicate charge", "risk": "low",
    "intent": "help", "subject": "cust-1", "purpose": "service",
}
EVENTS = [
    {"type": "note", "agent": "billing-agent", "text": "the first"},
    FULL_EVENT,
    {"type": "note", "agent": "mailer", "user": "bob", "session": "s-43", "text": "between"},
    {"event_id": "not-a-uuid", "type": "note", "trace": "not hex", "agent": "a" * 300, "user": "eve"},
    b"this is no JSON",
    {"type": "policy.decision", "decision": "deny", "policy": "pii", "reason": "address in body"},
    {"type": "note", "agent": "mailer", "text": "the last"},
]
FULL_SEQ = 2
SIZE = len(EVENTS) + 1
BIG_SIZE = 10_301
CELLS = []  # the columns of the table entry, filled in below
FILES = ("", ".key", ".pub", ".index")

made = {}


def prepare():
    """Makes the ledgers all tests begin with; once."""
    if made:
        return
    made["folder"] = folder = pathlib.Path(tempfile.mkdtemp(prefix="audit-tamper-", dir=harness.FAST))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, lines in (("small", EVENTS), ("big", big_events())):
        ledger = folder / name
        for words, text in ((["init", ledger, "--origin", ORIGIN], None),
                            (["ingest", "-l", ledger, "-"], harness.as_lines(lines))):
            result = harness.run("-q", *words, stdin=text)
            if result.returncode != 0:
                raise RuntimeError(harness.told(result))
    with Book.open(folder / "small") as book:
        CELLS.extend(book.row(0))
    made["reverify"] = load_reverify()


def big_events():
    """More than one kept checkpoint's worth, with words that are there once."""
    for number in range(BIG_SIZE - 1):
        yield b'{"type":"note","agent":"agent-%d","text":"common w%dx"}' % (number % 7, number)


def load_reverify():
    if not harness.REVERIFY.exists():
        print("\nSKIPPED: scripts/reverify.py is not there to agree or disagree", file=sys.stderr)
        return None
    spec = importlib.util.spec_from_file_location("reverify", harness.REVERIFY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["reverify"] = module
    spec.loader.exec_module(module)
    return module


def blame(findings):
    """Findings as two verifiers must agree on them: what the entries are accused of.

    In which of several ways the content of an entry is bad, which note says so, and at which entry
    a word is out of order are matters of taste; so is how much is said of heads and words once
    entries are gone, of an erasure that is not said as it must be, or of what is erased from an
    entry that is bad anyway.
    """
    kinds = {kind for kind, _ in findings}
    content = {seq for kind, seq in findings if kind in ("entry", "chain", "encoding")}
    exactly = {"hash", "missing", "erasure", "key", "rolled-back", "forked"}
    others = kinds & {"subtree", "schema", "order", "system"}
    notes = bool(kinds & {"head", "checkpoint", "signature"})
    if "system" not in kinds:
        exactly.add("erasure-undone")
    if kinds & {"system", "missing"}:
        notes = None
    else:
        others |= kinds & {"word"}
    erasures = {"erasure", "erasure-undone"}
    said = {found for found in findings if found[0] in exactly}
    return content, notes, others, {(k, s) for k, s in said if k not in erasures or s not in content}


class Attack(harness.Case):
    """A ledger to be changed, and a judge."""

    base = "small"

    def setUp(self):
        super().setUp()
        prepare()
        self.fresh()

    def fresh(self, base=None):
        for suffix in FILES:
            shutil.copy(f"{made['folder'] / (base or self.base)}{suffix}", f"{self.ledger}{suffix}")

    def edit(self):
        return Book.edit(self.ledger)

    @property
    def signer(self):
        return SigningKey.read(f"{self.ledger}.key", ORIGIN)

    def second_opinion(self, words):
        """What scripts/reverify.py says of the evidence: verdict and {(kind, seq)}."""
        said = io.StringIO()
        if "--require" in words:  # it has no such flag: what it found is for others to judge
            words = words[: words.index("--require")]
        with contextlib.redirect_stdout(said):
            made["reverify"].main(["--json", *map(str, words), str(self.ledger)])
        *findings, verdict = map(json.loads, said.getvalue().splitlines())
        return verdict["verdict"], {(found["kind"], found["seq"]) for found in findings}

    def judge(self, verdict, *words, agree=True):
        """Verifies, demands the verdict with its exit code, and asks the second verifier."""
        result = self.verify(None, *words)
        self.assertEqual(result.verdict, verdict, result.text)
        code = {"intact": 0, "unverifiable": 65}.get(verdict, 1)
        self.assertEqual(result.code, code, result.text)
        if made["reverify"] and agree:
            other, findings = self.second_opinion(words)
            self.assertEqual(other, verdict, (findings, result.text))
            self.assertEqual(blame(result.findings), blame(findings), f"reverify.py differs: {result.text}")
        return result

    def assert_tampered(self, *findings, entries=None, words=()):
        """Tampered; these are among the findings; `entries` are all that is blamed."""
        result = self.judge("tampered", *words)
        for finding in findings:
            self.assertIn(finding, result.findings, result.text)
        if entries is not None:
            # A word that is left over, or out of order, may be told with an entry that used it.
            blamed = {seq for kind, seq in result.findings if seq is not None and kind != "word"}
            self.assertEqual(blamed, set(entries), result.text)
        return result

    def assert_refused(self):
        """No command that uses the ledger does anything with it, and none changes it."""
        before = self.ledger.read_bytes()
        for words in (
            ["search", "-l", self.ledger, "note"],
            ["search", "-l", self.ledger, "--count"],
            ["export", "-l", self.ledger, "--raw"],
            ["ingest", "-l", self.ledger, "-"],
        ):
            result = harness.run(*words, stdin=b'{"type":"note"}\n')
            self.assertEqual(result.returncode, 65, (words, harness.told(result)))
            self.assertEqual(result.stdout, b"")
        self.assertEqual(self.ledger.read_bytes(), before)
