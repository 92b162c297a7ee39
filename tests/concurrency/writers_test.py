"""Several processes and one ledger: nothing is lost, nothing doubled, nobody waits for a reader."""

import json
import pathlib
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import harness
import ledger_format

WRITERS = 8
LINES = 1000


def line(writer, number, **more):
    return {"type": "note", "agent": f"writer-{writer}", "text": f"{writer}:{number}", **more}


class Together(harness.Case):
    def setUp(self):
        super().setUp()
        self.init()
        self.children = []
        self.addCleanup(self.stop_children)

    def stop_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream is not None:
                    stream.close()

    def start(self, *words, stdin=subprocess.DEVNULL):
        child = subprocess.Popen(
            [harness.AUDIT, *map(str, words)],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.environment(),
        )
        self.children.append(child)
        return child

    def finish(self, child):
        out, err = child.communicate(timeout=harness.SECONDS)
        self.assertEqual(child.returncode, 0, err.decode())
        return json.loads(out)

    def start_writers(self, files, *words):
        return [
            self.start("ingest", "--json", "-l", self.ledger, "--batch", "20", *words, file)
            for file in files
        ]

    def file(self, name, lines):
        path = self.folder / name
        path.write_bytes(harness.as_lines(lines))
        return path

    def at_rest(self):
        """What a ledger nobody uses consists of."""
        left = sorted(file.name for file in self.folder.glob("x.ledger*"))
        self.assertEqual(left, ["x.ledger", "x.ledger.index", "x.ledger.key", "x.ledger.pub"])

    def test_eight_writers_lose_or_mix_up_events(self):
        sent = {w: harness.as_lines([line(w, i) for i in range(LINES)]).splitlines() for w in range(WRITERS)}
        files = [self.file(f"{w}.jsonl", [line(w, i) for i in range(LINES)]) for w in sent]
        reports = [self.finish(child) for child in self.start_writers(files)]
        for report in reports:
            self.assertEqual((report["read"], report["stored"]), (LINES, LINES))
        stored = self.payloads()
        self.assertEqual(len(stored), WRITERS * LINES)
        for writer, lines in sent.items():
            mark = b'"writer-%d"' % writer
            own = [payload for payload in stored if mark in payload]
            self.assertEqual(own, lines, f"the events of writer {writer}, in their order")
        self.assertIsNone(ledger_format.check(self.ledger, self.key()))
        verdict = self.assert_intact()
        self.assertEqual(verdict.report["size"], WRITERS * LINES + 1)
        self.at_rest()
        found = self.run_ok("search", "-l", self.ledger, "--count", "agent:writer-3")
        self.assertEqual(found.stdout.split(), [b"%d" % LINES])

    def test_the_same_ids_sent_by_eight_writers_are_stored_twice(self):
        lines = [line(0, i, event_id=f"id-{i}") for i in range(LINES)]
        files = [self.file(f"{w}.jsonl", lines) for w in range(WRITERS)]
        reports = [self.finish(child) for child in self.start_writers(files)]
        self.assertEqual(sum(report["stored"] for report in reports), LINES)
        self.assertEqual(sum(report["duplicates"] for report in reports), (WRITERS - 1) * LINES)
        self.assertEqual(sum(report["conflicts"] for report in reports), 0)
        self.assertEqual(sorted(self.payloads()), sorted(harness.as_lines(lines).splitlines()))
        self.assert_intact()

    def test_one_writer_that_ends_takes_the_log_from_another(self):
        # The first holds the ledger open and its index has been built in part. Others come and go:
        # each of them may believe it is the last, and tidy up.
        pipe = self.start(
            "ingest", "-q", "-l", self.ledger, "--tee", "--flush-ms", "0", "-", stdin=subprocess.PIPE
        )
        sent = []

        def say(text):
            payload = json.dumps({"type": "note", "text": text}, separators=(",", ":")).encode()
            pipe.stdin.write(payload + b"\n")
            pipe.stdin.flush()
            self.assertEqual(pipe.stdout.readline().rstrip(b"\n"), payload)
            sent.append(payload)

        for number in range(300):  # enough for the index to be begun
            say(f"before {number}")
        for number in range(10):
            other = {"type": "note", "text": f"other {number}"}
            self.ingest([other])
            sent.append(json.dumps(other, separators=(",", ":")).encode())
            self.run_ok("search", "-l", self.ledger, "--count", "other")
            say(f"between {number}")
        pipe.stdin.close()
        self.assertEqual(pipe.wait(harness.SECONDS), 0, pipe.stderr.read())
        self.assertEqual(self.payloads(), sent)
        self.assertIsNone(ledger_format.check(self.ledger, self.key()))
        self.assert_intact()
        self.at_rest()

    def test_writers_lose_events_or_sign_with_old_keys_while_keys_are_rotated(self):
        files = [self.file(f"{w}.jsonl", [line(w, i) for i in range(LINES)]) for w in range(3)]
        writers = self.start_writers(files)
        rotations = 0
        while any(child.poll() is None for child in writers):
            both = [self.start("init", "--json", self.ledger, "--rotate-key") for _ in range(2)]
            for child in both:
                self.finish(child)
            rotations += 2
        for child in writers:
            self.assertEqual(self.finish(child)["stored"], LINES)
        self.assertGreater(rotations, 3, "nothing was rotated meanwhile: make the input longer")
        public = pathlib.Path(f"{self.ledger}.pub").read_text().splitlines()
        self.assertEqual(len(public), rotations + 1)
        for key in (public[0], public[-1]):
            self.assert_intact(None, "--key", key, "--require", "signed")
        verdict = self.assert_intact(None, "--key", f"{self.ledger}.pub")
        self.assertEqual(verdict.report["size"], 1 + 3 * LINES + rotations)
        self.at_rest()

    def test_two_who_place_a_hold_of_one_name_are_both_told_that_it_is_theirs(self):
        self.ingest([line(0, i) for i in range(20)])
        for turn in range(10):
            held = [f"seq:{2 * turn + 1}", f"seq:{2 * turn + 2}"]
            both = [self.start("init", "--json", self.ledger, "--hold", f"case-{turn}={query}") for query in held]
            codes = [child.wait(harness.SECONDS) for child in both]
            self.assertEqual(sorted(codes), [0, 73])
            # What was acknowledged is held.
            seq = held[codes.index(0)].removeprefix("seq:")
            words = ("erase", "-l", self.ledger, "--seq", seq, "--reason", "r", "--authority", "a", "--yes")
            erased = harness.run(*words)
            self.assertEqual(erased.returncode, 77, harness.told(erased))
        self.assert_intact()

    def test_a_reader_sees_the_past_or_a_broken_chain(self):
        files = [self.file(f"{w}.jsonl", [line(w, i) for i in range(3 * LINES)]) for w in range(3)]
        writers = self.start_writers(files)
        counts, sizes = [0], [0]
        while any(child.poll() is None for child in writers):
            found = harness.run("search", "--json", "-l", self.ledger, "--count", "type:note")
            self.assertIn(found.returncode, {0, 1}, harness.told(found))
            answer = json.loads(found.stdout)
            counts.append(answer["count"])
            self.assertLessEqual(answer["count"], answer["size"] - 1)
            verdict = self.assert_intact()
            sizes.append(verdict.report["size"])
        for child in writers:
            self.finish(child)
        self.assertEqual(counts, sorted(counts), "a later answer knows less")
        self.assertEqual(sizes, sorted(sizes))
        self.assertGreater(len(set(sizes)), 3, "the readers saw nothing happen: make the input longer")
        found = self.run_ok("search", "-l", self.ledger, "--count", "type:note")
        self.assertEqual(found.stdout.split(), [b"%d" % (9 * LINES)])
        self.assert_intact()

    def test_a_reader_that_stays_makes_a_writer_wait(self):
        self.ingest([line(0, i) for i in range(10)])
        reader = sqlite3.connect(str(self.ledger), isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        count = reader.execute("SELECT count(*) FROM entry").fetchone()
        started = time.monotonic()
        for number in range(5):
            self.ingest([line(1, number)])
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual(reader.execute("SELECT count(*) FROM entry").fetchone(), count)
        verdict = self.assert_intact()
        self.assertEqual(verdict.report["size"], 16)

    def test_a_lock_that_is_never_let_go_hangs_a_writer(self):
        if not harness.FULL:
            harness.skip_loudly("AUDIT_FULL=1 waits the 30 s for a lock; audit_threads tries a short wait")
        holder = sqlite3.connect(str(self.ledger), isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        result = harness.run("ingest", "-l", self.ledger, "-", stdin=b'{"type":"note"}\n')
        self.assertEqual(result.returncode, 75, harness.told(result))
        holder.execute("ROLLBACK")
        self.assertEqual(self.payloads(), [])
        self.assert_intact()

    def test_init_run_by_eight_at_once_makes_two_ledgers(self):
        ledger = self.folder / "new.ledger"
        children = [self.start("init", "-q", ledger) for _ in range(WRITERS)]
        codes = sorted(child.wait(harness.SECONDS) for child in children)
        self.assertEqual(codes, [0] + [73] * (WRITERS - 1))
        self.assert_intact(ledger, "--key", f"{ledger}.pub", "--require", "signed")
        self.ingest([{"type": "note"}], ledger=ledger)
        left = sorted(file.name for file in self.folder.glob("new.ledger*"))
        self.assertEqual([n for n in left if ".new-" in n], [], "leavings of those who came too late")


if __name__ == "__main__":
    unittest.main(verbosity=2)
