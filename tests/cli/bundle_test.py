"""Evidence bundles: what is in them, what is not, and every lie about them.

Each bundle is judged by the program and by scripts/reverify.py, which share no code; both must come to the same verdict
with the same findings. AUDIT_FULL=1 changes every byte of one; otherwise every 13th.
"""

import base64
import hashlib
import importlib.util
import json
import os
import pathlib
import sqlite3
import struct
import subprocess
import sys
import tarfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness
from ledger_format import Book, SigningKey, entry_hash, note, row_digests

spec = importlib.util.spec_from_file_location("reverify", harness.REVERIFY)
reverify = importlib.util.module_from_spec(spec)
sys.modules["reverify"] = reverify
spec.loader.exec_module(reverify)

STRIDE = 1 if harness.FULL else 13
SECRET = "zanzibar@example.com"
LINES = [
    {"type": "tool.call", "user": SECRET, "session": "s-1", "tool": "refund", "text": "first </script> \u202e"},
    {"type": "tool.call", "user": "bob@example.com", "session": "s-1", "tool": "bash", "text": f"mail {SECRET} now"},
    b"no JSON \xff\xfe at all",
    {"type": "approval", "approver": SECRET, "session": "s-2", "reason": "because", "decision": "allow"},
    {"type": "message", "agent": f"agent of {SECRET}", "text": "common"},
    # The same value in another spelling.
    b'{"type":"message","text":"zanzibar\\u0040example.com"}',
    {"type": "tool.call", "user": "bob@example.com", "session": "s-3", "tool": "bash", "text": "clean \u20ac"},
]


def sha256(data):
    return hashlib.sha256(data).digest()


def unpack(data):
    """The members of a bundle in their order."""
    found = {}
    with tarfile.open(fileobj=__import__("io").BytesIO(data)) as archive:
        for member in archive:
            found[member.name] = archive.extractfile(member).read()
    return found


def pack(members, seconds=1_700_000_000):
    out = b""
    for name, data in members if isinstance(members, list) else members.items():
        out += reverify.tar_header(name, len(data), seconds) + data + bytes(-len(data) % 512)
    return out + bytes(1024)


def again(members, **changes):
    """The manifest as it must be for what is there now; `changes` in what it says."""
    says = json.loads(members["manifest.json"])
    says["members"] = [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
        if name != "manifest.json"
    ]
    says.update({"time": 1_700_000_000, **changes})
    text = json.dumps(says, separators=(",", ":"), ensure_ascii=False) + "\n"
    return {**members, "manifest.json": text.encode()}


def lines_of(members, name="entries.jsonl"):
    return members[name].splitlines(keepends=True)


def root_of(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:]))


def cover(leaves, shown):
    """nodes.txt for these leaves if those of `shown` are there, by looking at every subtree."""
    nodes = []

    def bare(level, index):
        inside = range(index << level, (index + 1) << level)
        return inside.stop <= len(leaves) and not any(i in shown for i in inside)

    for first in range(len(leaves)):
        for level in range(12):
            index = first >> level
            if first % (1 << level) == 0 and bare(level, index) and not bare(level + 1, index >> 1):
                node = base64.b64encode(root_of(leaves[first : first + (1 << level)])).decode()
                nodes.append(f"{level} {index} {node}\n")
    return "".join(nodes).encode()


class BundleCase(harness.Case):
    def setUp(self):
        super().setUp()
        self.init()
        self.ingest(LINES)
        self.key_file = f"{self.ledger}.pub"

    def export(self, *words, name="x.bundle", **how):
        file = self.folder / name
        self.run_ok("export", "-q", "-l", self.ledger, "--bundle", "--force", "-o", file, *words, **how)
        return file.read_bytes()

    def program(self, file, *words):
        return harness.Verdict(harness.run("verify", "--json", file, *words, cwd=self.folder))

    def independent(self, file, *words):
        """Exit status, verdict, findings and the rest of what reverify.py says."""
        run = subprocess.run(
            [sys.executable, harness.REVERIFY, "--json", *map(str, words), file],
            capture_output=True, check=False, timeout=harness.SECONDS,
        )
        told = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertTrue(told and not run.stderr, run)
        return run.returncode, told[-1]["verdict"], {(f["kind"], f["seq"]) for f in told[:-1]}, told[-1]["remarks"]

    def judge(self, data, *words, keys=True):
        """Both verdicts, which must agree."""
        file = self.folder / "judged"
        file.write_bytes(data)
        words = [*(["--key", self.key_file] if keys else []), *words]
        ours = self.program(file, *words)
        code, verdict, findings, remarks = self.independent(file, *words)
        self.assertEqual((ours.code, ours.verdict, ours.findings), (code, verdict, findings), ours.text + str(remarks))
        return ours

    def refused(self, data, verdict, *findings):
        """It must be, with at least these findings."""
        got = self.judge(data)
        self.assertEqual((got.verdict, got.code), (verdict, 65 if verdict == "unverifiable" else 1), got.text)
        self.assertLessEqual(set(findings), got.findings, got.text)
        return got

    def good(self, data, *words):
        got = self.judge(data, *words)
        self.assertEqual((got.code, got.verdict), (0, "intact"), got.text)
        return got


class Good(BundleCase):
    def test_chosen_entries_stand_alone(self):
        data = self.export("user:bob@example.com")
        got = self.good(data)
        self.assertEqual(got.report["bundled"], {"entries": 2, "withheld": 0, "query": "user:bob@example.com"})
        self.assertEqual((got.report["entries_checked"], got.report["size"]), (2, 8))
        self.assertEqual(got.level, {"tree", "signed"})
        seqs = [json.loads(line)["seq"] for line in lines_of(unpack(data))]
        self.assertEqual(seqs, [2, 7])

    def test_everything_and_each_alone(self):
        self.good(self.export())
        self.assertEqual(unpack(self.export("seq:0..9"))["nodes.txt"], b"")
        for seq in range(8):
            got = self.good(self.export(f"seq:{seq}", "type:*") if seq else self.export("type:sys.created"))
            self.assertEqual(got.report["entries_checked"], 1)

    def test_nodes_are_those_that_are_needed(self):
        leaves = [bytes.fromhex(json.loads(line)["hash"]) for line in lines_of(unpack(self.export("seq:0..7")))]
        leaves.insert(0, bytes.fromhex(json.loads(lines_of(unpack(self.export()), "history.jsonl")[0])["hash"]))
        leaves = list(dict.fromkeys(leaves))
        self.assertEqual(len(leaves), 8)
        for seqs in ([3], [1, 6], [2, 3, 4], [7], [1]):
            data = self.export(" OR ".join(f"seq:{seq}" for seq in seqs))
            self.assertEqual(unpack(data)["nodes.txt"], cover(leaves, {0, *seqs}), seqs)

    def test_other_programs_read_it(self):
        file = self.folder / "x.bundle"
        data = self.export()
        listed = subprocess.run(["tar", "tf", file], capture_output=True, check=True).stdout.decode().split()
        self.assertEqual(listed, list(unpack(data)))
        self.assertIn(b"HOW TO CHECK IT", unpack(data)["README.txt"])

    def test_one_ledger_and_question_give_the_same_bytes(self):
        self.assertEqual(self.export("bash"), self.export("bash", name="y.bundle"))
        dated = self.export("bash", env=harness.environment(SOURCE_DATE_EPOCH="1700000000"))
        self.assertEqual(json.loads(unpack(dated)["manifest.json"])["time"], 1_700_000_000)
        self.good(dated)

    def test_without_a_key_it_is_self_declared(self):
        got = self.judge(self.export(), keys=False)
        self.assertEqual(got.verdict, "intact")
        self.assertNotIn("signed", got.level)
        self.assertIn("self-declared", got.limits)
        (self.folder / "judged").write_bytes(self.export())
        self.assertEqual(harness.run("verify", self.folder / "judged", "--require", "signed").returncode, 3)

    def test_another_key_did_not_sign_it(self):
        data = self.export()
        self.init(self.folder / "other.ledger", "other.example/log")
        self.key_file = self.folder / "other.ledger.pub"
        self.refused(data, "tampered", ("key", None))

    def test_keys_that_changed(self):
        first = self.folder / "first.pub"
        first.write_bytes(pathlib.Path(self.key_file).read_bytes())
        keys = [self.key(), *(SigningKey(bytes([i]) * 32, "test.example/log") for i in (1, 2))]
        sizes = []
        with Book.edit(self.ledger) as book:
            for old, new in zip(keys, keys[1:]):
                seq = book.append_system("sys.key", {"key": new.verifier, "previous": old.verifier})
                sizes.append(seq + 1)
                book.append(book.row(seq)["received"] + 1, b'{"text":"refund"}', type="note")
            book.sign(*keys, rotations=sizes)
        pathlib.Path(self.key_file).write_text("".join(key.verifier + "\n" for key in keys))
        self.assert_intact()
        data = self.export("type:note")
        self.assertEqual([n for n in unpack(data) if n.startswith("rot")], ["rotation-1.tlog-proof", "rotation-2.tlog-proof"])
        self.good(data)
        self.key_file = first
        self.assertIn("signed", self.good(data).level)
        members = unpack(data)
        swapped = dict(members)
        swapped["rotation-1.tlog-proof"] = members["rotation-2.tlog-proof"]
        self.refused(pack(again(swapped)), "tampered", ("proof", None))
        fewer = {n: d for n, d in members.items() if n != "rotation-2.tlog-proof"}
        self.refused(pack(again(fewer)), "tampered", ("checkpoint", None))
        cut = dict(members)
        cut["history.jsonl"] = b"".join(lines_of(members, "history.jsonl")[:-1])
        self.refused(pack(again(cut)), "tampered", ("proof", None), ("signature", None))
        keys = dict(members)
        keys["keys.txt"] = b"".join(lines_of(members, "keys.txt")[:-1])
        self.refused(pack(again(keys)), "tampered", ("key", None))

    def rotated(self):
        """A ledger whose key ended behind entry 8, and which goes on; the keys."""
        old, new = self.key(), SigningKey(b"\1" * 32, "test.example/log")
        with Book.edit(self.ledger) as book:
            seq = book.append_system("sys.key", {"key": new.verifier, "previous": old.verifier})
            book.append(book.row(seq)["received"] + 1, b'{"text":"later"}', type="note")
            book.sign(old, new, rotations=[seq + 1])
        self.assertEqual(seq, 8)
        self.assert_intact()
        return old, new

    def test_an_ended_key_signs_on_where_its_end_is_kept_back(self):
        old, new = self.rotated()
        members = unpack(self.export("type:sys.* OR seq:9"))
        del members["rotation-1.tlog-proof"]
        members["history.jsonl"] = lines_of(members, "history.jsonl")[0]
        members["keys.txt"] = old.verifier.encode() + b"\n"
        members["checkpoint"] = note(members["checkpoint"].decode().partition("\n\n")[0] + "\n", old).encode()
        pathlib.Path(self.key_file).write_text(old.verifier + "\n")
        self.refused(pack(again(members)), "tampered", ("system", 8))

    def test_the_key_of_today_forges_what_an_earlier_one_sealed(self):
        old, new = self.rotated()
        pathlib.Path(self.key_file).write_text(old.verifier + "\n")
        honest = unpack(self.export("seq:3"))
        with Book.open(self.ledger) as book:
            sealed = book.db.execute("SELECT note FROM checkpoint WHERE size = 9").fetchone()[0].encode()
        with Book.edit(self.ledger) as book:  # the entries behind it stay as they were sealed
            book.set(3, payload=b'{"text":"approved by the CEO"}')
            row = book.row(3)
            row["hash"] = entry_hash(3, row["received"], book.row(2)["hash"], *row_digests(row, book.words))
            book.set(3, hash=row["hash"])
            book.plant()
            book.sign(old, new, rotations=[9])
        # The genuine proof of the change, over other entries.
        members = unpack(self.export("seq:3"))
        members["rotation-1.tlog-proof"] = honest["rotation-1.tlog-proof"]
        self.refused(pack(again(members)), "tampered", ("checkpoint", None))
        # Nor does it agree with what was kept at the change: there the root can be seen.
        kept = self.folder / "kept"
        kept.write_bytes(sealed)
        self.good(pack(again(honest)), "--known", kept)
        got = self.judge(pack(again(members)), "--known", kept)
        self.assertIn(("forked", None), got.findings)

    def test_under_a_kept_and_cosigned_checkpoint(self):
        kept, policy = self.folder / "kept", self.folder / "policy"
        witness = self.folder / "w.key"
        self.run_ok("verify", "-q", self.ledger, "--save", kept, "--cosign", witness, "--witness", "example.com/w")
        log = pathlib.Path(self.key_file).read_text().strip()
        vkey = pathlib.Path(f"{witness}.pub").read_text().strip()
        policy.write_text(f"log {log}\nwitness w {vkey}\nquorum w\n")
        self.ingest(LINES[:2])
        result = harness.run("export", "-l", self.ledger, "--bundle", "-o", self.folder / "no", "--known", kept)
        self.assertEqual(result.returncode, 2, harness.told(result))
        self.assertIn(b"seq:..7", result.stderr)
        data = self.export("--known", kept, "seq:..7")
        self.assertEqual(unpack(data)["checkpoint"], kept.read_bytes())
        file = self.folder / "judged"
        file.write_bytes(data)
        got = self.program(file, "--policy", policy, "--known", kept, "--require", "signed,anchored,witnessed")
        self.assertEqual((got.code, got.level), (0, {"tree", "signed", "anchored", "witnessed"}), got.text)
        remarks = self.independent(file, "--key", self.key_file, "--key", f"{witness}.pub")[3]
        self.assertTrue(any("cosigned by" in remark for remark in remarks), remarks)
        self.good(data, "--known", kept)
        # A cosignature that does not verify.
        members = unpack(data)
        text, _, lines = members["checkpoint"].decode().rpartition("\n\n")
        one, two = lines.splitlines()
        blob = bytearray(base64.b64decode(two.split(" ")[2]))
        blob[20] ^= 1
        two = " ".join([*two.split(" ")[:2], base64.b64encode(blob).decode()])
        members["checkpoint"] = f"{text}\n\n{one}\n{two}\n".encode()
        bad = pack(again(members))
        file.write_bytes(bad)
        self.assertEqual(self.program(file, "--policy", policy, "--require", "witnessed").code, 3)
        got = self.judge(bad, "--key", f"{witness}.pub")
        self.assertEqual(got.findings, {("signature", None)})

    def test_what_nobody_signed_anchors_nothing(self):
        kept = self.folder / "kept"
        self.run_ok("verify", "-q", self.ledger, "--save", kept)
        stranger = SigningKey(b"\7" * 32, "stranger.example")
        text = kept.read_text().partition("\n\n")[0] + "\n"
        kept.write_text(note(text, stranger))
        got = self.judge(self.export(), "--known", kept)
        self.assertEqual((got.verdict, got.code, got.level), ("unverifiable", 65, {"tree", "signed"}), got.text)
        result = self.independent(self.ledger, "--key", self.key_file, "--known", kept)
        self.assertEqual(result[:2], (65, "unverifiable"))
        self.assertEqual(self.verify(None, "--known", kept).code, 65)

    def test_a_policy_for_other_logs_is_not_met(self):
        witness, policy, kept = self.folder / "w.key", self.folder / "policy", self.folder / "kept"
        self.run_ok("verify", "-q", self.ledger, "--save", kept, "--cosign", witness, "--witness", "example.com/w")
        vkey = pathlib.Path(f"{witness}.pub").read_text().strip()
        other = SigningKey(b"\7" * 32, "other.example/log").verifier
        policy.write_text(f"log {other}\nwitness w {vkey}\nquorum w\n")
        file = self.folder / "judged"
        file.write_bytes(self.export("--known", kept))
        for words in ((), ("--require", "witnessed")):
            got = self.program(file, "--policy", policy, *words)
            self.assertEqual((got.code, got.verdict), (65, "unverifiable"), got.text)
            self.assertIn("names no key of test.example/log", got.limits)

    def test_kept_checkpoints(self):
        kept = self.folder / "kept"
        self.ingest([{"type": "note", "n": n} for n in range(2)])
        self.run_ok("verify", "-q", self.ledger, "--save", kept)
        data = self.export()
        self.assertIn("anchored", self.good(data, "--known", kept).level)
        self.ingest([{"type": "note", "n": n} for n in range(2, 8)])
        got = self.judge(self.export("seq:1..2"), "--known", kept)
        self.assertEqual((got.verdict, got.code), ("unverifiable", 65))
        self.assertIn("anchored", self.good(self.export(), "--known", kept).level)  # its last entry is shown
        os.unlink(self.ledger)
        for ending in (".key", ".pub", ".index"):
            os.path.exists(f"{self.ledger}{ending}") and os.unlink(f"{self.ledger}{ending}")
        self.init()
        self.ingest(LINES)
        self.ingest([{"type": "note", "n": n} for n in range(2)])
        got = self.judge(self.export(), "--known", kept)
        self.assertEqual((got.verdict, got.findings), ("forked", {("forked", None)}), got.text)

    def test_several_at_once(self):
        for seq in (1, 2):
            self.export(f"seq:{seq}", name=f"{seq}.bundle")
        result = harness.run("verify", "-q", self.ledger, *self.folder.glob("*.bundle"), "--key", self.key_file)
        self.assertIn(b"3 files: 3 intact", result.stdout, harness.told(result))
        for form, sign in (("junit", b"<testsuite"), ("sarif", b'"results"')):
            result = harness.run("verify", "--format", form, self.folder / "1.bundle")
            self.assertEqual(result.returncode, 0)
            self.assertIn(sign, result.stdout)


class Hidden(BundleCase):
    def secrets(self):
        """Of each entry salt_e, and the salts that follow from it."""
        db = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)
        for seq, salt_e in db.execute("SELECT seq, salt_e FROM entry WHERE salt_e IS NOT NULL"):
            pairs = b"".join(sha256(b"\x10" + salt_e + bytes([i])) for i in range(8))
            yield seq, salt_e, [pairs[i : i + 16] for i in range(0, len(pairs), 16)]
        db.close()

    def entries(self, data):
        return {(entry := json.loads(line))["seq"]: entry for line in lines_of(unpack(data))}

    def test_a_value_is_nowhere(self):
        data = self.export("--hide", "user", "seq:1..8")
        for needle in (SECRET, "zanzibar", "bob@example.com"):
            self.assertNotIn(needle.encode(), data)
        got = self.good(data)
        self.assertIn("is not shown", got.limits)
        hidden = {seq: entry.get("hidden", []) for seq, entry in self.entries(data).items()}
        self.assertEqual(hidden, {
            1: ["user", "payload"], 2: ["user", "payload"], 3: [], 4: ["approver", "reason", "payload"],
            5: ["common", "payload"], 6: ["payload"], 7: ["user", "payload"]})

    def test_a_value_is_folded_into_other_text(self):
        """Behind escapes of JSON in JSON, in lines that are no JSON, and as a number."""
        name = "Zo\u00eb M\u00fcller"
        inner = json.dumps({"customer": name})  # escaped once
        folded = [json.dumps({"arguments": inner}), json.dumps({"a": json.dumps({"b": inner})})]
        deep = inner
        for _ in range(7):
            deep = json.dumps({"a": deep})
        broken = [f'{{"customer": "{json.dumps(name)[1:-1]}",}}', f'{{"a": 1}} {{"b": {json.dumps(name)}}}']
        lines = [{"type": "note", "user": name, "event_id": "who"}, *(line.encode() for line in folded),
                 deep.encode(), *(line.encode() for line in broken), {"type": "note", "other": 1},
                 {"type": "note", "user": "4711"}, {"type": "llm.call", "tokens_in": 4711, "n": 2}]
        self.ingest(lines)
        members = unpack(self.export("--hide", "user", "seq:8.."))
        shown = [json.loads(line) for line in lines_of(members)]
        self.assertEqual(len(shown), len(lines))
        for line, entry in zip(lines, shown):
            with self.subTest(line):
                self.assertEqual("payload" in entry, b"other" in (json.dumps(line).encode() if isinstance(line, dict) else line))
        self.assertEqual([field for field in shown[-1].get("fields", []) if field.get("int") == "4711"], [])
        self.good(pack(again(members)))

    def test_a_short_value_is_a_word(self):
        self.ingest([{"type": "note", "user": "eve", "text": "a"}, {"type": "note", "text": "ask eve."},
                     {"type": "note", "text": "an event of steven"}, {"type": "note", "resource": "of/eve"}])
        data = self.export("--hide", "user", "seq:8..11")
        self.good(data)
        hidden = {seq: entry.get("hidden", []) for seq, entry in self.entries(data).items()}
        self.assertEqual(hidden, {8: ["user", "payload"], 9: ["payload"], 10: [], 11: ["resource", "payload"]})

    def test_payloads_go_with_what_came_from_them(self):
        data = self.export("--hide", "payload")
        for needle in (b"because", b"first ", b"no JSON"):
            self.assertNotIn(needle, data)
        self.assertIn(SECRET.encode(), data)
        self.good(data)
        self.assertEqual(self.entries(data)[4]["hidden"], ["reason", "payload"])

    def test_the_question_would_tell(self):
        data = self.export("--hide", "user", f"user:{SECRET}")
        self.assertNotIn(SECRET.encode(), data)
        self.assertIsNone(json.loads(unpack(data)["manifest.json"])["query"])
        self.good(data)

    def test_no_salt_lets_anybody_guess(self):
        for words in ([], ["--hide", "user"], ["--hide", "payload,session,reason"]):
            data = self.export(*words)
            text = b"".join(unpack(data).values()).decode()
            entries = self.entries(data)
            for seq, salt_e, salts in self.secrets():
                for spelt in (salt_e.hex(), base64.b64encode(salt_e).decode()):
                    self.assertNotIn(spelt, text)
                self.assertNotIn(salt_e, data)
                if seq not in entries:
                    continue
                for j, own in enumerate(entries[seq]["own"], 1):
                    spelt = base64.b64encode(salts[j]).decode()
                    self.assertEqual(spelt in text, "salt" in own, (seq, own))
                self.assertEqual(base64.b64encode(salts[0]).decode() in text, "s0" in entries[seq])
            db = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)
            for seq, salt_p in db.execute("SELECT seq, salt_p FROM entry"):
                if seq in entries:
                    self.assertEqual(base64.b64encode(salt_p).decode() in text, "salt_p" in entries[seq])
            db.close()

    def test_what_cannot_be_hidden_is_said(self):
        for word, says in (("agent", b"common fields"), ("usr", b"no such field"), ("entry", b"no such field")):
            result = harness.run("export", "-l", self.ledger, "--bundle", "-o", self.folder / "no", "--hide", word)
            self.assertEqual(result.returncode, 2, harness.told(result))
            self.assertIn(says, result.stderr)
        self.ingest([{"type": "message", "user": "test.example/log"}])
        result = harness.run("export", "-l", self.ledger, "--bundle", "-o", self.folder / "no", "--hide", "user")
        self.assertEqual(result.returncode, 2, harness.told(result))
        self.assertIn(b"entry 0", result.stderr)
        self.assertFalse((self.folder / "no").exists())

    def test_what_was_erased(self):
        kept = self.folder / "kept"
        self.run_ok("verify", "-q", self.ledger, "--save", kept)
        before = self.export()
        for what, seq in (("payload", 1), ("user", 2), ("entry", 7)):
            self.run_ok("erase", "-l", self.ledger, "--seq", seq, "--what", what, "--yes",
                        "--reason", "asked", "--authority", "me")
        self.good(before, "--known", kept)
        data = self.export("seq:1..7")
        got = self.good(data)
        entries = self.entries(data)
        self.assertEqual(entries[1]["erased"], ["payload"])
        self.assertEqual(entries[2]["erased"], ["user", "payload"])
        self.assertEqual(got.report["erased"], len([e for e in entries.values() if "erased" in e]))
        self.assertEqual(entries[7]["erased"], ["entry", "payload"])
        both = self.export("seq:1..7", "--hide", "user")
        self.good(both)
        self.assertEqual(self.entries(both)[1]["erased"], ["payload"])
        self.assertEqual(self.entries(both)[1]["hidden"], ["user"])

    def test_why_something_is_not_shown_is_the_makers_word(self):
        members = unpack(self.export("--hide", "payload", "seq:1"))
        members["entries.jsonl"] = members["entries.jsonl"].replace(b'"hidden"', b'"erased"')
        self.assertIn("word of whoever made", self.good(pack(again(members, withheld=0, erased=1))).limits)


class Lies(BundleCase):
    def setUp(self):
        super().setUp()
        self.members = unpack(self.export("--hide", "user", "seq:1..4"))
        self.shown = unpack(self.export("seq:1..4"))

    def changed(self, name, change, members=None, manifest=True):
        members = dict(self.shown if members is None else members)
        before = members[name]
        members[name] = change(before)
        self.assertNotEqual(before, members[name])
        return pack(again(members) if manifest else members)

    def line(self, number, change, **how):
        def whole(text):
            lines = text.splitlines(keepends=True)
            lines[number] = change(lines[number])
            return b"".join(lines)
        return self.changed("entries.jsonl", whole, **how)

    def test_the_tar_that_is_made_here_is_right(self):
        self.good(pack(again(self.shown)))
        self.good(pack(again(self.members)))

    def test_entries(self):
        replace = lambda a, b: lambda line: line.replace(a, b, 1)
        for name, data, finding in (
            ("payload", self.line(0, replace(b"first", b"fifth")), ("entry", 1)),
            ("own field", self.line(1, replace(b'"text":"bob', b'"text":"rob')), ("entry", 2)),
            ("common field", self.line(1, replace(b'"bash"', b'"dash"')), ("entry", 2)),
            ("time", self.line(1, replace(b'"received":"1', b'"received":"2')), ("entry", 2)),
            ("hash", self.line(1, lambda line: line.replace(line[line.index(b'"hash":"') + 8 :][:8], b"00000000")),
             ("hash", 2)),
            ("prev", self.line(1, lambda line: line.replace(line[line.index(b'"prev":"') + 8 :][:8], b"00000000")),
             ("entry", 2)),
            ("a name", self.line(1, replace(b'"name":"tool"', b'"name":"agent"')), ("encoding", 2)),
            ("a tag", self.line(1, replace(b'"name":"tool","tag":148', b'"name":"agent","tag":132')), ("entry", 2)),
            ("a space", self.line(1, replace(b',"received"', b', "received"')), ("encoding", 2)),
            ("an escape", self.line(1, replace(b'"bash"', b'"bas\\u0068"')), ("encoding", 2)),
            ("a member", self.line(1, replace(b'{"seq":2', b'{"seq":2,"note":"x"')), ("encoding", 2)),
            ("no JSON", self.line(1, replace(b'"fields"', b"'fields'")), ("encoding", 2)),
            ("another number", self.line(1, replace(b'{"seq":2', b'{"seq":7')), ("entry", 7)),
            ("behind the end", self.line(1, replace(b'{"seq":2', b'{"seq":8')), ("order", 8)),
            ("dropped", self.line(1, lambda line: b""), ("proof", None)),
            ("twice", self.line(1, lambda line: line + line), ("order", 2)),
        ):
            with self.subTest(name):
                self.refused(data, "tampered", finding)

    def test_every_bad_entry_is_named(self):
        def both(text):
            return text.replace(b"first", b"fifth").replace(b"because", b"becausE")
        got = self.refused(self.changed("entries.jsonl", both), "tampered", ("entry", 1), ("entry", 4))
        self.assertEqual(got.entries, {1, 4})

    def test_salts(self):
        one, two = (json.loads(line) for line in lines_of(self.shown)[:2])
        def swap(name):
            a, b = one[name].encode(), two[name].encode()
            return lambda text: text.replace(a, b"?").replace(b, a).replace(b"?", b)
        for name in ("s0", "salt_p"):
            self.refused(self.changed("entries.jsonl", swap(name)), "tampered", ("entry", 1), ("entry", 2))
        a, b = (own["salt"].encode() for own in one["own"][:2])
        exchanged = self.line(0, lambda line: line.replace(a, b"?").replace(b, a).replace(b"?", b))
        self.refused(exchanged, "tampered", ("entry", 1))

    def test_order(self):
        lines = lines_of(self.shown)
        swapped = b"".join([lines[1], lines[0], *lines[2:]])
        members = again({**self.shown, "entries.jsonl": swapped}, first=2)
        self.refused(pack(members), "tampered", ("order", 1))

    def test_what_is_hidden(self):
        line = lines_of(self.members)[0]
        entry = json.loads(line)
        for name, change in (
            ("label gone", line.replace(b',"hidden":["user","payload"]', b"")),
            ("label less", line.replace(b'["user","payload"]', b'["payload"]')),
            ("label more", line.replace(b'["user","payload"]', b'["user","session","payload"]')),
            ("label twice", line.replace(b'["user","payload"]', b'["user","payload"],"erased":["user"]')),
            ("label order", line.replace(b'["user","payload"]', b'["payload","user"]')),
            ("payload beside P", line.replace(b',"hidden"', b',"payload":"x","hidden"')),
            ("field beside its digest", line.replace(b'"fields":[', b'"fields":[{"name":"user","tag":9,"text":"x"},')),
            ("common beside F0", line.replace(b'"s0":"' + entry["s0"].encode(), b'"F0":"' + b"A" * 43 + b"=")),
        ):
            with self.subTest(name):
                self.assertNotEqual(line, change)
                data = self.changed("entries.jsonl", lambda text: text.replace(line, change), members=self.members)
                self.refused(data, "tampered", ("encoding", 1))
        digest = entry["own"][0]["digest"].encode()
        data = self.changed("entries.jsonl", lambda t: t.replace(digest, b"A" * 43 + b"="), members=self.members)
        self.refused(data, "tampered", ("entry", 1))

    def test_nodes(self):
        nodes = lines_of(self.shown, "nodes.txt")
        self.assertGreater(len(nodes), 1)
        for name, wrong in (
            ("dropped", nodes[:-1]), ("more", [*nodes, nodes[-1]]), ("swapped", [*nodes[1:], nodes[0]]),
            ("changed", [nodes[0].replace(nodes[0].split()[2], b"A" * 43 + b"="), *nodes[1:]]),
            ("renamed", [b"1" + nodes[0][1:], *nodes[1:]]), ("none", []),
        ):
            with self.subTest(name):
                data = pack(again({**self.shown, "nodes.txt": b"".join(wrong)}))
                self.refused(data, "tampered", ("proof", None))

    def test_head(self):
        other = self.folder / "other.ledger"
        self.init(other)
        self.ingest(LINES, ledger=other)
        self.run_ok("verify", "-q", other, "--save", self.folder / "other")
        note = (self.folder / "other").read_bytes()
        head = reverify.parse_checkpoint("", note)
        data = pack(again({**self.shown, "checkpoint": note}, root=base64.b64encode(head.root).decode()))
        self.refused(data, "tampered", ("proof", None), ("signature", None))
        unsigned = self.shown["checkpoint"].replace(b"8\n", b"9\n", 1)
        self.refused(pack(again({**self.shown, "checkpoint": unsigned}, size=9)), "tampered", ("signature", None))
        self.refused(pack(again({**self.shown, "checkpoint": b"nothing\n"})), "tampered", ("head", None))

    def test_history(self):
        history = self.shown["history.jsonl"]
        key = self.shown["keys.txt"].strip()
        line = lines_of(self.shown)[0]
        for name, wrong, finding in (
            ("empty", b"", ("system", None)), ("another entry", line, ("order", 1)),
            ("more", history + line, ("system", 1)), ("changed", history.replace(b"test.ex", b"best.ex"), ("entry", 0)),
            ("another key", history.replace(key[-8:], b"AAAAAAA="), ("entry", 0)),
        ):
            with self.subTest(name):
                self.refused(pack(again({**self.shown, "history.jsonl": wrong})), "tampered", finding)

    def test_the_first_entry_is_another_one_among_the_entries(self):
        members = unpack(self.export("type:sys.created OR seq:1..2"))
        lines = lines_of(members)
        lines[0] = lines[0].replace(b"test.ex", b"best.ex")
        self.refused(pack(again({**members, "entries.jsonl": b"".join(lines)})), "tampered", ("entry", 0))

    def test_manifest(self):
        for changes in ({"entries": 5}, {"first": 2}, {"last": 3}, {"withheld": 1}, {"erased": 1}, {"size": 9},
                        {"origin": "x"}, {"ledger": "0" * 32}, {"hidden": ["user"]}, {"query": None}, {"time": 5},
                        {"root": base64.b64encode(bytes(32)).decode()}, {"schema": "audit.bundle/2"}, {"more": 1}):
            with self.subTest(changes):
                self.refused(pack(again(self.shown, **changes)), "tampered", ("manifest", None))
        self.refused(pack({**self.shown, "README.txt": b"Trust me.\n"}, 1_700_000_000), "tampered", ("manifest", None))
        got = self.good(pack(again({**self.shown, "README.txt": b"Trust me.\n"})))  # nothing vouches for it
        self.assertTrue(got.limits)
        self.refused(pack({**again(self.shown), "manifest.json": b"{}\n"}), "tampered", ("manifest", None))

    def test_archive(self):
        members = again(self.shown)
        good = pack(members)
        order = list(members.items())
        for name, data in (
            ("twice", pack([*order[:1], *order])), ("order", pack([order[1], order[0], *order[2:]])),
            ("more", pack([*order, ("more", b"x")])), ("less", pack(order[:-1])), ("no end", good[:-1024]),
            ("half an end", good[:-512]), ("behind", good + b"x"), ("zeros behind", good + bytes(512)),
            ("a stray byte", good[:900] + b"x" + good[901:] if good[900] == 0 else good[:-1] + b"x"),
            ("another time", pack(order[:1])[:-1024] + pack(order[1:], 5)), ("a folder", pack([("a/b", b"")] + order)),
            ("empty", b""), ("short", good[:600]),
        ):
            with self.subTest(name):
                got = self.judge(data)
                self.assertNotEqual(got.code, 0, got.text)
                if got.verdict != "tampered":
                    self.assertEqual((got.verdict, got.code), ("unverifiable", 65))
        foreign = self.folder / "foreign.tar"
        with tarfile.open(foreign, "w", format=tarfile.GNU_FORMAT) as archive:
            for name, content in order:
                (self.folder / name).write_bytes(content)
                archive.add(self.folder / name, name)
        self.refused(foreign.read_bytes(), "unverifiable")

    def test_nothing_to_check_is_never_yes(self):
        whole = unpack(self.export("seq:0..8", "type:*"))
        leaves = [bytes.fromhex(json.loads(line)["hash"]) for line in lines_of(whole)]
        if len(leaves) == 7:
            leaves.insert(0, bytes.fromhex(json.loads(lines_of(whole, "history.jsonl")[0])["hash"]))
        self.assertEqual(len(leaves), 8)
        empty = {**self.shown, "entries.jsonl": b"", "nodes.txt": cover(leaves, {0})}
        data = pack(again(empty, entries=0, first=None, last=None))
        got = self.refused(data, "unverifiable")
        self.assertIn("nothing to check", got.limits)

    def test_every_byte(self):
        """One bit of a byte changed: never intact, whichever it is."""
        good = self.export("seq:2..3")
        self.good(good)
        files, at = [], 0
        for at in range(0, len(good), STRIDE):
            data = bytearray(good)
            data[at] ^= 1 << at % 8
            files.append(self.folder / f"flip-{at:06}")
            files[-1].write_bytes(data)
        self.assertGreater(len(files), 500)
        for i in range(0, len(files), 200):
            result = harness.run("verify", "--json", *files[i : i + 200], "--key", self.key_file)
            verdicts = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual(len(verdicts), len(files[i : i + 200]), harness.told(result))
            for file, verdict in zip(files[i : i + 200], verdicts):
                self.assertIn(verdict.get("verdict"), ("tampered", "unverifiable"), file.name)
        keys = reverify.read_keys(str(self.key_file))
        for file in files:
            report = reverify.Report(True)
            with open(os.devnull, "w") as null:
                out, sys.stdout = sys.stdout, null
                try:
                    status = reverify.verify_bundle(str(file), keys, [], report)
                finally:
                    sys.stdout = out
            self.assertIn(status, (1, 65), file.name)


if __name__ == "__main__":
    unittest.main()
